#include "engine/base/text.h"

#include <utf8proc.h>

#include <cstdlib>

namespace casewheel {
namespace {

bool is_plain_ascii(std::string_view text, TextKind kind) {
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x7f) return false;
    if (u < 0x20 && !(kind == TextKind::kFree && (c == '\n' || c == '\t' || c == '\r')))
      return false;
  }
  return true;
}

}  // namespace

Result<std::string> clean_text(std::string_view field, std::string_view text,
                               std::size_t characters_max, TextKind kind) {
  const auto refuse = [&](std::string why) {
    return Rejection::invalid(std::string(field), std::move(why));
  };
  const auto too_long = [&] {
    return refuse("is longer than " + std::to_string(characters_max) + " characters");
  };
  if (text.size() > characters_max * 4) return too_long();
  if (is_plain_ascii(text, kind)) {
    if (text.size() > characters_max) return too_long();
    return std::string(text);
  }
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  std::size_t characters = 0;
  bool may_need_composing = false;
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, size - at, &code);
    if (length <= 0 || code < 0) return refuse("is not valid UTF-8 at byte " + std::to_string(at));
    const bool newline = code == '\n' || code == '\t' || code == '\r';
    if (((code < 0x20 || (code >= 0x7f && code < 0xa0)) && !(kind == TextKind::kFree && newline)) ||
        code == 0xfeff) {
      return refuse("holds a control character at byte " + std::to_string(at));
    }
    // Below U+0300 nothing combines; the CJK ideographs and full-width forms of our texts neither.
    if (code >= 0x300 && !(code >= 0x3001 && code <= 0x3029) &&
        !(code >= 0x4e00 && code <= 0x9fff) && !(code >= 0xff01 && code <= 0xff60) &&
        !(code >= 0x2010 && code <= 0x2027)) {
      may_need_composing = true;
    }
    if (++characters > characters_max) return too_long();
    at += length;
  }
  if (!may_need_composing) return std::string(text);
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t composed_size = utf8proc_map(
      bytes, size, &composed, static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  if (composed_size < 0) return refuse("cannot be normalised");
  std::string out(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(composed_size));
  std::free(composed);
  return out;
}

bool is_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, size - at, &code);
    if (length <= 0) return false;
    at += length;
  }
  return true;
}

std::string folded(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &mapped,
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE));
  if (size < 0) return {};
  std::string out;
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(mapped + at, size - at, &code);
    if (length <= 0) break;
    const utf8proc_category_t category = utf8proc_category(code);
    if ((category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
        (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO)) {
      out.append(reinterpret_cast<const char*>(mapped + at), static_cast<std::size_t>(length));
    }
    at += length;
  }
  std::free(mapped);
  return out;
}

}  // namespace casewheel
