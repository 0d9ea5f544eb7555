#include "engine/access/secrets.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "engine/base/result.h"

namespace casewheel::access {
namespace {

template <std::size_t kBytes>
std::array<std::uint8_t, kBytes> drawn() {
  std::array<std::uint8_t, kBytes> bytes;
  CASEWHEEL_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
                  "the system gives no random numbers");
  return bytes;
}

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kReadable = "abcdefghjkmnpqrstuvwxyz23456789";

}  // namespace

std::string new_token(std::string_view prefix) {
  std::string token(prefix);
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : drawn<32>()) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) token += kBase64Url[bits >> (held - 6) & 63];
  }
  token += kBase64Url[bits << (6 - held) & 63];
  return token;
}

std::string new_one_time_password() {
  std::string password;
  while (password.size() < 20) {
    for (const std::uint8_t byte : drawn<32>()) {
      // Above the last whole multiple the first letters would come oftener.
      if (byte >= 256 / kReadable.size() * kReadable.size() || password.size() == 20) continue;
      password += kReadable[byte % kReadable.size()];
    }
  }
  return password;
}

std::string new_id() {
  const auto bytes = drawn<8>();
  return hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<KeyToken> parse_key_token(std::string_view token) {
  if (!token.starts_with(kKeyPrefix)) return std::nullopt;
  token.remove_prefix(kKeyPrefix.size());
  const std::size_t bar = token.find('_');  // ids have none, secrets may
  if (bar == std::string_view::npos || bar == 0 || bar + 1 == token.size()) return std::nullopt;
  return KeyToken{token.substr(0, bar), token.substr(bar + 1)};
}

}  // namespace casewheel::access
