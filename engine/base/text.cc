#include "engine/base/text.h"

#include <utf8proc.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace casewheel {
namespace {

// Turns the direction of writing, so that a text reads as another one: Unicode's Bidi_Control.
bool turns_direction(utf8proc_int32_t code) {
  return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

bool joins_emoji(utf8proc_int32_t code) { return code == 0x200c || code == 0x200d; }

// Line and paragraph separators, format characters, and the letters and signs that are drawn as nothing.
bool is_invisible(utf8proc_int32_t code) {
  if (code < 0xad) return false;
  if (code == 0x115f || code == 0x1160 || code == 0x2800 || code == 0x3164 || code == 0xffa0)
    return true;
  // Ideographs, kana, Hangul and full-width forms, most of what is written here.
  if ((code >= 0x2e80 && code <= 0xd7ff) || (code >= 0xff01 && code <= 0xffdc)) return false;
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

template <typename... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

// Why a character cannot stand in a text of the kind; null when it can. `previous`: the one before it, 0 at
// the beginning.
const char* refused_character(utf8proc_int32_t code, utf8proc_int32_t previous, TextKind kind) {
  const bool newline = code == '\n' || code == '\t' || code == '\r';
  if (((code < 0x20 || (code >= 0x7f && code < 0xa0)) && !(kind == TextKind::kFree && newline)) ||
      code == 0xfeff)
    return "a control character";
  if (turns_direction(code)) return "a character that turns the direction of writing";
  if (kind == TextKind::kFree || !is_invisible(code)) return nullptr;
  const bool joins = joins_emoji(code) && previous > 0xa0 && !is_invisible(previous);
  return joins ? nullptr : "a character that cannot be seen";
}

// Calls use(code, bytes) for each character; code -1 for a byte that is none of UTF-8.
template <typename Use>
void each_character(std::string_view text, Use use) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code = 0;
    utf8proc_ssize_t length = utf8proc_iterate(bytes + at, size - at, &code);
    if (length <= 0) {
      length = 1;
      code = -1;
    }
    use(code, text.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(length)));
    at += length;
  }
}

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
  utf8proc_int32_t previous = 0;
  for (utf8proc_ssize_t at = 0; at < size;) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, size - at, &code);
    if (length <= 0 || code < 0) return refuse("is not valid UTF-8 at byte " + std::to_string(at));
    if (const char* what = refused_character(code, previous, kind)) {
      return refuse("holds " + std::string(what) + " at byte " + std::to_string(at) + ", " +
                    formatted("U+%04X", static_cast<unsigned>(code)));
    }
    previous = code;
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

bool is_blank(std::string_view text) {
  bool blank = true;
  each_character(text, [&](utf8proc_int32_t code, std::string_view) {
    if (!blank) return;
    const bool space =
        code >= 0 && (code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85 ||
                      utf8proc_category(code) == UTF8PROC_CATEGORY_ZS);
    blank = space || (code >= 0 && is_invisible(code));
  });
  return blank;
}

std::string valid_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  each_character(text, [&](utf8proc_int32_t code, std::string_view bytes) {
    out += code < 0 ? "\xEF\xBF\xBD" : bytes;
  });
  return out;
}

std::string_view first_bytes(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

std::string visible(std::string_view text) {
  std::string out;
  each_character(text, [&](utf8proc_int32_t code, std::string_view bytes) {
    if (code < 0 || code < 0x20 || code == 0x7f) {
      out += formatted("\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(bytes[0])));
    } else if ((code >= 0x80 && code < 0xa0) || turns_direction(code) || is_invisible(code)) {
      out += formatted("\\u{%x}", static_cast<unsigned>(code));
    } else {
      out += bytes;
    }
  });
  return out;
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
