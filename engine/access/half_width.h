// Text as a row of half-width signs: what people type in full width (０９１２－３４５), with whichever dash
// or space, reads as plain ASCII, and each sign knows the bytes it stands for. Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace casewheel::access {

struct Sign {
  std::size_t from = 0;   // byte offset; the next sign's is where this one ends
  std::int32_t code = 0;  // Unicode code point, -1 for a byte that is no UTF-8
  // '-' for every dash, ' ' for every space and invisible mark, 0 for what has no ASCII form.
  char ascii = 0;
};

// One sign a code point (or malformed byte), and one of code 0 at the end with the text's size.
std::vector<Sign> half_width(std::string_view text);

constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace casewheel::access
