#include "engine/cli/numerals.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kSignBytes = 3;  // every one of these signs, in UTF-8
constexpr std::size_t kSignsMax = 30;

struct Sign {
  std::string_view sign;
  std::int64_t value;
};
constexpr std::array<Sign, 25> kDigitSigns = {
    {{"〇", 0}, {"○", 0},  {"零", 0}, {"一", 1}, {"二", 2}, {"兩", 2}, {"两", 2},
     {"三", 3}, {"四", 4}, {"五", 5}, {"六", 6}, {"七", 7}, {"八", 8}, {"九", 9},
     {"壹", 1}, {"貳", 2}, {"參", 3}, {"肆", 4}, {"伍", 5}, {"陸", 6}, {"柒", 7},
     {"捌", 8}, {"玖", 9}, {"叁", 3}, {"弍", 2}}};
constexpr std::array<Sign, 8> kPlaceSigns = {{{"十", 10},
                                              {"拾", 10},
                                              {"百", 100},
                                              {"佰", 100},
                                              {"千", 1000},
                                              {"仟", 1000},
                                              {"萬", 10'000},
                                              {"億", 100'000'000}}};
constexpr std::int64_t kMyriad = 10'000;

// Words for counting that say nothing of how many.
constexpr std::array<std::string_view, 36> kMeasureWords = {
    "人", "名", "位", "個",   "個人", "件",   "戶",   "輛",   "台",   "臺",   "部",   "張",
    "份", "本", "棟", "間",   "層",   "樓",   "支",   "盞",   "根",   "株",   "頭",   "度",
    "元", "次", "天", "小時", "坪",   "公尺", "公里", "公斤", "公噸", "公頃", "公升", "平方公尺"};

template <typename Signs>
std::int64_t sign_value(const Signs& signs, std::string_view sign) {
  for (const Sign& one : signs) {
    if (one.sign == sign) return one.value;
  }
  return -1;
}

// One group of four places, 0 to 9999: 二千零五十, 十二, 五. -1: no number, or one with two readings.
std::int64_t group_value(const std::vector<std::string_view>& signs, std::size_t from,
                         std::size_t to, bool first) {
  std::int64_t sum = 0, digit = -1, place_before = kMyriad;
  bool zero = false;
  for (std::size_t at = from; at < to; ++at) {
    const std::int64_t value = sign_value(kDigitSigns, signs[at]);
    if (value == 0) {
      if (digit >= 0 || zero || at + 1 == to) return -1;
      zero = true;
    } else if (value > 0) {
      if (digit >= 0) return -1;
      digit = value;
    } else {
      const std::int64_t place = sign_value(kPlaceSigns, signs[at]);
      const bool ten_alone = digit < 0 && place == 10 && !zero &&  // 十二, 一百十五
                             ((at == from && first) || place_before == 100);
      if (place >= place_before || (digit < 0 && !ten_alone)) return -1;
      sum += (ten_alone ? 1 : digit) * place;
      digit = -1;
      zero = false;
      place_before = place;
    }
  }
  if (digit < 0) return sum;
  // 一百五: the last place is named behind every place but ten, or a zero stands between.
  if (place_before != kMyriad && place_before != 10 && !zero) return -1;
  return sum + digit;
}

std::optional<std::int64_t> number_of_signs(const std::vector<std::string_view>& signs) {
  const bool in_places = std::any_of(signs.begin(), signs.end(), [](std::string_view sign) {
    return sign_value(kPlaceSigns, sign) > 0;
  });
  std::int64_t sum = 0;
  if (!in_places) {
    constexpr std::size_t kDigitsMax = 15;
    if (signs.size() > kDigitsMax) return std::nullopt;
    for (const std::string_view sign : signs) sum = sum * 10 + sign_value(kDigitSigns, sign);
    return sum;
  }
  std::size_t from = 0;
  std::int64_t before = kMyriad * kMyriad * kMyriad;
  for (std::size_t at = 0; at <= signs.size(); ++at) {
    const std::int64_t place = at < signs.size() ? sign_value(kPlaceSigns, signs[at]) : 1;
    if (at < signs.size() && place < kMyriad) continue;
    if (from == at && at < signs.size()) return std::nullopt;  // 萬 of nothing
    if (from == at) break;
    const std::int64_t group = group_value(signs, from, at, from == 0);
    // 一萬二 is 12,000 to some: behind a larger place a lone digit needs a zero before it.
    const bool lone = from > 0 && at - from == 1;
    if (group < 0 || lone || place >= before) return std::nullopt;
    sum += group * place;
    before = place;
    from = at + 1;
  }
  return sum;
}

bool is_digit_sign(char c) { return c >= '0' && c <= '9'; }

// "1,200.5" without its commas; nothing where they do not stand between thousands, or it is no number.
std::optional<std::string> take_digits_number(std::string_view& text) {
  std::string out;
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    if (rest.front() == '-') out = "-";
    rest.remove_prefix(1);
  }
  const auto take_run = [&rest] {
    std::size_t size = 0;
    while (size < rest.size() && is_digit_sign(rest[size])) ++size;
    const std::string_view run = rest.substr(0, size);
    rest.remove_prefix(size);
    return run;
  };
  std::string_view run = take_run();
  if (run.empty()) return std::nullopt;
  out += run;
  constexpr std::size_t kThousand = 3;
  const bool grouped = rest.starts_with(',');
  if (grouped && run.size() > kThousand) return std::nullopt;
  while (rest.starts_with(',')) {
    rest.remove_prefix(1);
    run = take_run();
    if (run.size() != kThousand) return std::nullopt;
    out += run;
  }
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    run = take_run();
    if (run.empty()) return std::nullopt;
    out += "." + std::string(run);
  }
  text = rest;
  return out;
}

bool is_measure(std::string_view word, const std::vector<std::string>& units) {
  if (std::find(kMeasureWords.begin(), kMeasureWords.end(), word) != kMeasureWords.end())
    return true;
  const std::string plain = folded(word);
  return !plain.empty() && std::any_of(units.begin(), units.end(), [&](const std::string& unit) {
    return folded(unit) == plain;
  });
}

}  // namespace

std::optional<std::int64_t> take_chinese_number(std::string_view& text) {
  std::vector<std::string_view> signs;
  while (signs.size() <= kSignsMax) {
    const std::string_view sign = text.substr(signs.size() * kSignBytes, kSignBytes);
    if (sign_value(kDigitSigns, sign) < 0 && sign_value(kPlaceSigns, sign) < 0) break;
    signs.push_back(sign);
    if (signs.size() * kSignBytes >= text.size()) break;
  }
  if (signs.empty() || signs.size() > kSignsMax) return std::nullopt;
  const std::optional<std::int64_t> number = number_of_signs(signs);
  if (number) text.remove_prefix(signs.size() * kSignBytes);
  return number;
}

std::optional<std::string> typed_number(std::string_view text,
                                        const std::vector<std::string>& units) {
  const std::string plain = half_width_signs(text);
  std::string_view rest = plain;
  const auto skip_spaces = [&rest] {
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    while (rest.ends_with(' ')) rest.remove_suffix(1);
  };
  skip_spaces();
  std::optional<std::string> number = take_digits_number(rest);
  if (!number) {
    const std::optional<std::int64_t> chinese = take_chinese_number(rest);
    if (!chinese) return std::nullopt;
    number = std::to_string(*chinese);
  }
  skip_spaces();
  if (!rest.empty() && !is_measure(rest, units)) return std::nullopt;
  return number;
}

}  // namespace casewheel::cli
