// Numbers as people type them in Taiwan: 40, ４０, 1,200, 四十, 兩百零五, 二〇. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel::cli {

// The whole number in Chinese numerals at the beginning, taken off `text`: in places (四十, 一百零五, 兩萬)
// or sign by sign (二〇). Nothing where it begins with none, and for what has two readings (一百五 is 105 to
// some and 150 to others); `text` is left as it is then.
std::optional<std::int64_t> take_chinese_number(std::string_view& text);

// A number as the engine reads it, "12" or "-3.5": of digits in half or full width, with commas between
// thousands, or of Chinese numerals. A measure word may follow: one of the common ones (40人, 四十 名), or one
// of `units` (9.9瓩). Nothing where it is no number, or only about one (約40, 40多人, 3萬).
std::optional<std::string> typed_number(std::string_view text,
                                        const std::vector<std::string>& units = {});

}  // namespace casewheel::cli
