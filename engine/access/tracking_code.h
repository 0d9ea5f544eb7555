// What applicants show to look at their case: a code they were given, or the end of their telephone
// number. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/ids.h"

namespace casewheel::access {

inline constexpr std::size_t kTrackingCodeDigits = 8;
inline constexpr std::size_t kPhoneLastDigits = 4;

// 8 decimal digits from the system's generator.
std::string new_tracking_code();

// What of a code is stored: HMAC-SHA-256 (RFC 2104) of case and code under the installation's secret,
// its first 16 bytes in hexadecimal. Without the secret 10^8 codes could be tried out.
inline constexpr std::size_t kTrackingDigestChars = 32;
std::string tracking_digest(std::string_view secret, CaseAddress address, std::string_view code);

// Digits as people type them, full width and grouped too. Empty when there is anything else.
std::string typed_digits(std::string_view text);

// The last 4 digits of a telephone number, of its extension none. Empty when it has fewer.
std::string last_digits(std::string_view phone);

}  // namespace casewheel::access
