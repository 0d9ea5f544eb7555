#include "engine/access/half_width.h"

#include <utf8proc.h>

#include <algorithm>

namespace casewheel::access {
namespace {

char half_width_of(std::int32_t code) {
  if (code < 0) return 0;
  if (code < 0x80) return static_cast<char>(code);
  if (code >= 0xff01 && code <= 0xff5e) return static_cast<char>(code - 0xff01 + '!');
  if (code >= 0x2010 && code <= 0x2015) return '-';
  switch (code) {
    case 0x2212:  // minus
    case 0x30fc:  // the long vowel mark input methods give for a dash
    case 0xfe63:
      return '-';
    case 0x3000:  // ideographic space
    case 0x00a0:
    case 0x00ad:  // soft hyphen: seen only where a line breaks
    case 0x202f:
    case 0x2060:
    case 0xfeff:
      return ' ';
    default:
      break;
  }
  // Spaces of every width, and the marks of direction that come along with a number that is pasted
  // from an address book.
  if ((code >= 0x2000 && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069)) {
    return ' ';
  }
  return 0;
}

}  // namespace

std::vector<Sign> half_width(std::string_view text) {
  std::vector<Sign> signs;
  signs.reserve(text.size() + 1);
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = -1;
    const utf8proc_ssize_t length = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
        static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size() - at, 4)), &code);
    if (length <= 0) code = -1;
    signs.push_back({at, code, half_width_of(code)});
    at += length > 0 ? static_cast<std::size_t>(length) : 1;
  }
  signs.push_back({text.size(), 0, 0});
  return signs;
}

}  // namespace casewheel::access
