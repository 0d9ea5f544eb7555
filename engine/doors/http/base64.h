// Base64 as Connect writes and reads it (RFC 4648). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace casewheel::doors {

// In the plain alphabet, without padding.
std::string base64(std::string_view bytes);

// In either alphabet, with or without padding: clients differ.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace casewheel::doors
