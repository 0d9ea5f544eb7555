// Passwords of local accounts: argon2id with the parameters OWASP's password storage guide gives first
// (19 MiB, two passes, one lane), stored as its own encoded string, so that they can be raised later.
// Each takes some 30 ms of a core and 19 MiB: never on a thread that serves others. Callable from any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::access {

inline constexpr std::size_t kPasswordCharsMin = 12;
inline constexpr std::size_t kPasswordBytesMax = 200;

// Why a password cannot be taken, by length and the account's own name (NIST SP 800-63B: no rules of
// composition); empty when it can.
std::optional<Rejection> refuse_password(std::string_view field, std::string_view password,
                                         std::string_view account);

std::string hash_password(std::string_view password);
// An empty hash is nobody's: it takes as long as any other and never fits, so that the time of a
// refusal does not tell whether there is such an account.
bool password_fits(std::string_view password, const std::string& hash);

}  // namespace casewheel::access
