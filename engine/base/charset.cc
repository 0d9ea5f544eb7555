#include "engine/base/charset.h"

#include <iconv.h>

#include "engine/base/text.h"

namespace casewheel {
namespace {

std::optional<std::string> converted(const char* from_name, std::string_view text,
                                     std::size_t* at) {
  const iconv_t converter = iconv_open("UTF-8", from_name);
  *at = 0;
  if (converter == iconv_t(-1)) return std::nullopt;
  std::string out(text.size() * 3, '\0');  // two bytes of Big5 or UTF-16 are at most three of UTF-8
  std::string in(text);
  char* from = in.data();
  char* to = out.data();
  std::size_t from_left = in.size();
  std::size_t to_left = out.size();
  const std::size_t failed = iconv(converter, &from, &from_left, &to, &to_left);
  iconv_close(converter);
  *at = text.size() - from_left;
  if (failed == static_cast<std::size_t>(-1)) return std::nullopt;
  out.resize(out.size() - to_left);
  return out;
}

}  // namespace

std::optional<std::string> from_big5(std::string_view text, std::size_t* at) {
  return converted("CP950", text, at);
}

std::optional<std::string> to_utf8(std::string text) {
  constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";
  constexpr std::string_view kLittleEndian = "\xff\xfe";
  constexpr std::string_view kBigEndian = "\xfe\xff";
  std::size_t at = 0;
  const std::string_view view = text;
  if (view.starts_with(kLittleEndian)) return converted("UTF-16LE", view.substr(2), &at);
  if (view.starts_with(kBigEndian)) return converted("UTF-16BE", view.substr(2), &at);
  if (view.starts_with(kUtf8Mark)) text.erase(0, kUtf8Mark.size());
  if (is_utf8(text)) return text;
  return from_big5(text, &at);
}

}  // namespace casewheel
