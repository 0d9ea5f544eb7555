// Base64 in the alphabet for URLs, without padding (RFC 4648 section 5), one text for each value: what
// tokens and their keys are written in. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace casewheel {

std::string base64url(std::string_view bytes);

// The bytes, or nothing when the text holds any other character (padding, white space and the + / of
// plain base64 included), has a length no bytes have, or sets bits that belong to no byte: were those
// let through, one signature could be written in several ways.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace casewheel
