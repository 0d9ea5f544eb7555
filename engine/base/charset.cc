#include "engine/base/charset.h"

#include <iconv.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <type_traits>

#include "engine/base/text.h"

namespace casewheel {
namespace {

// What of a line is looked at to tell its charset.
constexpr std::size_t kLineBytesMax = 4096;

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

template <typename... Values>
std::string printed(const char* format, Values... values) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

void append_utf8(unsigned code, std::string* text) {
  if (code < 0x80) {
    *text += static_cast<char>(code);
    return;
  }
  if (code < 0x800) {
    *text += static_cast<char>(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *text += static_cast<char>(0xe0 | code >> 12);
    } else {
      *text += static_cast<char>(0xf0 | code >> 18);
      *text += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    }
    *text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  }
  *text += static_cast<char>(0x80 | (code & 0x3f));
}

// The blocks of user-defined characters of Windows' code page 950, and where Unicode's private use
// has them.
struct UserDefined {
  unsigned first, last;  // as two bytes
  unsigned code;
};
constexpr std::array kUserDefined = {
    UserDefined{0xfa40, 0xfefe, 0xe000}, UserDefined{0x8e40, 0xa0fe, 0xe311},
    UserDefined{0x8140, 0x8dfe, 0xeeb8}, UserDefined{0xc6a1, 0xc8fe, 0xf6b1}};
constexpr unsigned kTrailBytes = 157;

// How many characters stand before it, all rows having 157 of them: 40 to 7E, A1 to FE.
unsigned place_of(unsigned bytes) {
  const unsigned trail = bytes & 0xff;
  return (bytes >> 8) * kTrailBytes + (trail < 0x80 ? trail - 0x40 : trail - 0xa1 + 63);
}

// 0: not a user-defined character.
unsigned private_code(unsigned bytes) {
  const unsigned trail = bytes & 0xff;
  if (trail < 0x40 || (trail > 0x7e && trail < 0xa1) || trail > 0xfe) return 0;
  for (const UserDefined& block : kUserDefined) {
    if (bytes >= block.first && bytes <= block.last)
      return block.code + place_of(bytes) - place_of(block.first);
  }
  return 0;
}

struct CloseConverter {
  void operator()(iconv_t converter) const { iconv_close(converter); }
};
using Converter = std::unique_ptr<std::remove_pointer_t<iconv_t>, CloseConverter>;

Converter open_converter(const char* from) {
  const iconv_t opened = iconv_open("UTF-8", from);
  return Converter(opened == iconv_t(-1) ? nullptr : opened);
}

// Converts the front of `rest` and takes it off, as far as it goes.
void convert_front(iconv_t converter, std::string_view* rest, std::string* text) {
  std::array<char, 4096> piece;
  char* from = const_cast<char*>(rest->data());  // iconv only reads it
  std::size_t from_left = rest->size();
  std::size_t failed = 0;
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  do {
    char* to = piece.data();
    std::size_t to_left = piece.size();
    failed = iconv(converter, &from, &from_left, &to, &to_left);
    text->append(piece.data(), piece.size() - to_left);
  } while (failed == static_cast<std::size_t>(-1) && errno == E2BIG);
  rest->remove_prefix(rest->size() - from_left);
}

// Half a surrogate pair, or half a unit, stays what UTF-8 cannot hold.
std::string from_utf16(std::string_view rest, bool little_end) {
  const Converter converter = open_converter(little_end ? "UTF-16LE" : "UTF-16BE");
  std::string text;
  while (converter != nullptr && !rest.empty()) {
    convert_front(converter.get(), &rest, &text);
    if (rest.size() < 2) break;
    append_utf8(byte_at(rest, little_end ? 1 : 0) << 8 | byte_at(rest, little_end ? 0 : 1), &text);
    rest.remove_prefix(2);
  }
  return rest.empty() ? text : text + "\xff";
}

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// The first byte that begins no character.
std::string wrong_utf8(std::string_view piece) {
  while (!piece.empty()) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(piece.data()),
                         static_cast<utf8proc_ssize_t>(piece.size()), &code);
    if (length <= 0) return printed("%02X", byte_at(piece, 0));
    piece.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

// Of the first user-defined character.
std::string user_defined_in(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (byte_at(bytes, at) < 0x81) continue;
    if (at + 1 == bytes.size()) break;
    const unsigned both = byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
    if (const unsigned code = private_code(both))
      return printed("%04X, kept as U+%04X", both, code);
    ++at;
  }
  return {};
}

Decoded decode_big5(std::string_view piece) {
  // A converter is not for two threads at once, and costs more to open than a field to convert.
  thread_local const Converter converter = open_converter("CP950");
  Decoded result;
  std::string_view rest = piece;
  while (!rest.empty()) {
    if (converter != nullptr) convert_front(converter.get(), &rest, &result.text);
    if (rest.empty()) break;
    const unsigned both = rest.size() < 2 ? 0 : byte_at(rest, 0) << 8 | byte_at(rest, 1);
    const unsigned code = private_code(both);
    if (code == 0) {
      result.text.clear();
      result.wrong = rest.size() < 2 ? printed("%02X", byte_at(rest, 0))
                                     : printed("%02X %02X", both >> 8, both & 0xff);
      return result;
    }
    append_utf8(code, &result.text);
    rest.remove_prefix(2);
  }
  result.user_defined = user_defined_in(piece);
  return result;
}

}  // namespace

const char* name_of(Charset charset) { return charset == Charset::kBig5 ? "Big5" : "UTF-8"; }

void CharsetGuess::end_line() {
  std::string_view line = line_;
  if (!is_ascii(line)) {
    // Where it was cut, its last character may be.
    bool utf8 = is_utf8(line);
    for (int cut = 0; !utf8 && line_.size() == kLineBytesMax && cut < 3; ++cut) {
      line.remove_suffix(1);
      utf8 = is_utf8(line);
    }
    ++(utf8 ? utf8_lines_ : other_lines_);
  }
  line_.clear();
}

void CharsetGuess::add(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    line_.append(piece.substr(0, std::min(end, kLineBytesMax - line_.size())));
    if (end == std::string_view::npos) return;
    end_line();
    piece.remove_prefix(end + 1);
  }
}

Charset CharsetGuess::charset() {
  end_line();
  return other_lines_ > utf8_lines_ ? Charset::kBig5 : Charset::kUtf8;
}

SavedText as_saved(std::string bytes) {
  const std::string_view view = bytes;
  if (view.starts_with("\xff\xfe")) return {from_utf16(view.substr(2), true), Charset::kUtf8};
  if (view.starts_with("\xfe\xff")) return {from_utf16(view.substr(2), false), Charset::kUtf8};
  if (view.starts_with("\xef\xbb\xbf")) {
    bytes.erase(0, 3);
    return {std::move(bytes), Charset::kUtf8};
  }
  CharsetGuess guess;
  guess.add(view);
  const Charset charset = guess.charset();
  return {std::move(bytes), charset};
}

Decoded decoded(std::string_view piece, Charset charset) {
  if (is_ascii(piece)) return {std::string(piece), {}, {}};
  if (charset == Charset::kBig5) return decode_big5(piece);
  if (is_utf8(piece)) return {std::string(piece), {}, {}};
  return {{}, wrong_utf8(piece), {}};
}

std::optional<std::string> from_big5(std::string_view text, std::size_t* at) {
  const Converter converter = open_converter("CP950");
  std::string out;
  std::string_view rest = text;
  if (converter != nullptr) convert_front(converter.get(), &rest, &out);
  *at = text.size() - rest.size();
  if (!rest.empty()) return std::nullopt;
  return out;
}

}  // namespace casewheel
