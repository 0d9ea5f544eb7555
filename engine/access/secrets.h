// Secrets: drawing them, and knowing them again without keeping them. A token is 256 random bits in
// base64url behind a prefix that says what it is; only its SHA-256 is stored, so that what is read in a
// backup opens nothing. Callable from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/digest.h"

namespace casewheel::access {

inline constexpr std::string_view kSessionPrefix = "cws_";
inline constexpr std::string_view kKeyPrefix = "cwk_";

// `prefix` and 43 characters. Draws from the system's generator.
std::string new_token(std::string_view prefix);
// Lower-case letters and digits without those that are read wrongly (0 o 1 l i), for people to type
// once: 20 of 31 letters, 99 bits.
std::string new_one_time_password();
// 16 lower-case hexadecimal digits, for ids.
std::string new_id();

// What of a token is stored and looked for.
inline Sha256 digest_of(std::string_view token) { return sha256(token); }

// Takes as long for what differs early as for what differs late.
bool same_secret(std::string_view a, std::string_view b);

// A key as its holder sends it: "cwk_<id>_<secret>".
struct KeyToken {
  std::string_view id;
  std::string_view secret;
};
std::optional<KeyToken> parse_key_token(std::string_view token);

}  // namespace casewheel::access
