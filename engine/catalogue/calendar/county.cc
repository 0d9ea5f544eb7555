#include "engine/catalogue/calendar/county.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/catalogue/yaml_tree.h"

namespace casewheel::catalogue {
namespace {

constexpr std::array<std::string_view, 22> kCounties{
    "臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "基隆市", "新竹市",
    "嘉義市", "新竹縣", "苗栗縣", "彰化縣", "南投縣", "雲林縣", "嘉義縣", "屏東縣",
    "宜蘭縣", "花蓮縣", "臺東縣", "澎湖縣", "金門縣", "連江縣"};

constexpr std::string_view kFullWidthBlank = "\u3000";
constexpr std::string_view kShortTai = "台";
constexpr std::string_view kTai = "臺";
// Two characters, which every name begins with before its 縣 or 市.
constexpr std::size_t kNameBytes = 6;

std::string_view trimmed(std::string_view text) {
  for (;;) {
    const auto size = text.size();
    for (const std::string_view blank :
         {std::string_view(" "), std::string_view("\t"), kFullWidthBlank}) {
      if (text.starts_with(blank)) text.remove_prefix(blank.size());
      if (text.ends_with(blank)) text.remove_suffix(blank.size());
    }
    if (text.size() == size) return text;
  }
}

}  // namespace

std::span<const std::string_view> counties() { return kCounties; }

std::string county_name(std::string_view text) {
  std::string name(trimmed(text));
  static_assert(kShortTai.size() == kTai.size());
  for (auto at = name.find(kShortTai); at != std::string::npos; at = name.find(kShortTai, at)) {
    name.replace(at, kShortTai.size(), kTai);
  }
  return name;
}

bool is_county(std::string_view text) {
  return std::find(kCounties.begin(), kCounties.end(), county_name(text)) != kCounties.end();
}

std::string_view meant_county(std::string_view text) {
  const std::string name = county_name(text);
  if (name.size() < kNameBytes) return {};
  std::string_view meant;
  for (const std::string_view county : kCounties) {
    if (name.starts_with(county)) return county;
    if (name.size() != kNameBytes || !county.starts_with(name)) continue;
    if (!meant.empty()) return {};
    meant = county;
  }
  return meant;
}

std::vector<std::string_view> like_counties(std::string_view text) {
  const std::string name = county_name(text);
  std::vector<std::string_view> like;
  if (name.size() < kNameBytes) return like;
  std::copy_if(kCounties.begin(), kCounties.end(), std::back_inserter(like), [&](auto county) {
    return county.starts_with(std::string_view(name).substr(0, kNameBytes));
  });
  return like;
}

std::string no_county(std::string_view text) {
  const std::string why = shown(text) + " is no county or city";
  const std::vector<std::string_view> like = like_counties(text);
  if (like.empty()) return why + "; write one of the 22 in full, like 臺南市";
  std::string meant;
  for (const std::string_view county : like)
    meant += (meant.empty() ? "" : " or ") + std::string(county);
  return why + "; did you mean " + meant + "?";
}

}  // namespace casewheel::catalogue
