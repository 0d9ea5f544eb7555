// What counts as text: valid UTF-8 in NFC without control characters (newline and tab are allowed in
// free text), without characters that turn the direction of writing, and in a line without any that
// cannot be seen. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel {

enum class TextKind { kLine, kFree };  // one line, or with newlines and tabs

// The text in NFC, or why it is refused, naming the field and the limit. `characters_max` counts
// Unicode code points.
Result<std::string> clean_text(std::string_view field, std::string_view text,
                               std::size_t characters_max, TextKind kind);

bool is_utf8(std::string_view text);

// True of a text in which nothing can be read: empty, or spaces of every kind, line breaks and characters
// that cannot be seen.
bool is_blank(std::string_view text);

// The text with U+FFFD for bytes that are not UTF-8.
std::string valid_utf8(std::string_view text);

// As many whole characters from its beginning as fit into so many bytes.
std::string_view first_bytes(std::string_view text, std::size_t bytes_max);

// For a line of a log: control characters, those that cannot be seen, and bytes that are not UTF-8 are
// written as \x0d, \u{202e}, \xff, so that no line forges another one.
std::string visible(std::string_view text);

// NFKC with case folded and everything but letters and digits taken out: for comparing what people
// type in half and full width. Empty when it is not UTF-8.
std::string folded(std::string_view text);

}  // namespace casewheel
