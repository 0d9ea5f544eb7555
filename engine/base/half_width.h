// Text as a row of signs, and the one definition of how people write numbers: which signs stand for
// a digit and which may stand between two digits of one number. Finding, hiding, comparing and
// dialling telephones, identity and customer numbers all read them through this. Pure, any thread.
//
// A digit is written as 0 to 9 in half or full width, in any script's decimal digits (Unicode Nd),
// with a circle, brackets, a full stop or a key cap, raised or lowered, or in Chinese: 零 to 九, 〇,
// the forms of cheques (壹貳), of merchants (〡〢) and of radio (洞么兩). Between two digits of one number
// may stand, up to three together, spaces of every kind, line breaks and tabs, dashes, brackets,
// dots, commas, slashes and other marks, save those that separate values or mean something else:
// colons, semicolons, signs of sentences' ends, '#', '+', '@', '%', '&' and '*'. Marks that take no
// room (zero width, direction, variation, key caps) count for nothing, however many.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel {

// What a sign is between two digits of one number.
enum class Gap : std::uint8_t {
  kNone,     // they are two numbers
  kNothing,  // takes no room
  kSpace,
  kMark,
};

struct Sign {
  std::size_t from = 0;   // byte offset; the next sign's is where this one ends
  std::int32_t code = 0;  // Unicode code point, -1 for a byte that is not UTF-8
  // '-' for every dash, ' ' for every space and invisible mark, 0 for what has no ASCII form.
  char ascii = 0;
  char digit = 0;  // '0' to '9', however it is written; else 0
  Gap gap = Gap::kNone;
};

// One sign a code point (or malformed byte), and one of code 0 at the end with the text's size.
std::vector<Sign> half_width(std::string_view text);

// The digits as ASCII, the marks that take no room left out, all else as it was: by this two
// spellings of one number are compared.
std::string with_ascii_digits(std::string_view text);

// Whether a text is digits with what may stand before and between them ("+886 (0)912", "#12"), and
// nothing else: a number, though perhaps one that nobody can dial.
bool is_number_text(std::string_view text);

constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
// Whether the sign is a digit written in Chinese.
constexpr bool is_chinese_digit(const Sign& sign) {
  return sign.digit != 0 && !is_ascii_digit(sign.ascii);
}

}  // namespace casewheel
