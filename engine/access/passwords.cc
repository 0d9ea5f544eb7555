#include "engine/access/passwords.h"

#include <argon2.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/base/text.h"

namespace casewheel::access {
namespace {

constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kMemoryKib = 19 * 1024;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

}  // namespace

std::optional<Rejection> refuse_password(std::string_view field, std::string_view password,
                                         std::string_view account) {
  const auto invalid = [field](std::string description) {
    return Rejection::invalid(std::string(field), std::move(description));
  };
  if (password.size() > kPasswordBytesMax) return invalid("is longer than 200 bytes");
  const auto letters = std::count_if(password.begin(), password.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // each begins one character of UTF-8
  });
  if (static_cast<std::size_t>(letters) < kPasswordCharsMin)
    return invalid("must have at least 12 characters");
  if (!account.empty() && folded(password).find(folded(account)) != std::string::npos)
    return invalid("must not hold the account's name");
  if (std::all_of(password.begin(), password.end(),
                  [&password](char c) { return c == password.front(); }))
    return invalid("is one character over and over");
  return std::nullopt;
}

std::string hash_password(std::string_view password) {
  std::array<std::uint8_t, kSaltBytes> salt;
  CASEWHEEL_CHECK(RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1,
                  "the system gives no random numbers");
  std::string encoded(
      argon2_encodedlen(kPasses, kMemoryKib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int failed =
      argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                            salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  CASEWHEEL_CHECK(failed == ARGON2_OK, argon2_error_message(failed));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool password_fits(std::string_view password, const std::string& hash) {
  static const std::string kNobody = hash_password("nobody has this password");
  const bool fits = argon2id_verify((hash.empty() ? kNobody : hash).c_str(), password.data(),
                                    password.size()) == ARGON2_OK;
  return fits && !hash.empty();
}

}  // namespace casewheel::access
