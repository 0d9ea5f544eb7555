// The public keys an OpenID Connect provider signs its tokens with (JSON Web Key Set, RFC 7517), read
// once and never changed afterwards: any thread may use a set, several at a time.
//
// Kept are RSA keys of 2048 to 8192 bits, elliptic keys on P-256 and Ed25519 (RFC 8037) that are for
// verifying signatures. Keys of other kinds, for other uses, malformed, or published with their private
// part are skipped, as RFC 7517 section 5 has it, and counted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

struct evp_pkey_st;

namespace casewheel::access {

inline constexpr std::size_t kJwksBytesMax = 256 * 1024;  // 100 keys with their certificates fit
inline constexpr std::size_t kJwksKeysMax = 100;
inline constexpr std::size_t kKeyIdBytesMax = 256;

// The algorithms (RFC 7518, RFC 8037) casewheel takes; bits, so that a key can name several. Nothing
// symmetric: a public key must never become a shared secret.
enum class JwsAlgorithm : std::uint8_t { kRs256 = 1, kPs256 = 2, kEs256 = 4, kEdDsa = 8 };
using JwsAlgorithms = std::uint8_t;

constexpr JwsAlgorithms algorithm_bit(JwsAlgorithm algorithm) {
  return static_cast<JwsAlgorithms>(algorithm);
}
inline constexpr JwsAlgorithms kEveryJwsAlgorithm = 15;

std::optional<JwsAlgorithm> jws_algorithm_named(std::string_view name);  // "RS256", "EdDSA", ...

class VerificationKey {
 public:
  VerificationKey(std::string kid, JwsAlgorithms algorithms, std::shared_ptr<evp_pkey_st> key)
      : kid_(std::move(kid)), algorithms_(algorithms), key_(std::move(key)) {}

  const std::string& kid() const { return kid_; }  // empty: the set gave it no name
  bool suits(JwsAlgorithm algorithm) const { return algorithms_ & algorithm_bit(algorithm); }
  JwsAlgorithms algorithms() const { return algorithms_; }

  // Whether `signature` (as JWS has it: for ES256 the two numbers of 32 bytes each) is this key's over
  // `bytes`. False when the key does not suit the algorithm.
  bool verifies(JwsAlgorithm algorithm, std::string_view bytes, std::string_view signature) const;

 private:
  std::string kid_;
  JwsAlgorithms algorithms_;
  std::shared_ptr<evp_pkey_st> key_;
};

class KeySet {
 public:
  KeySet() = default;
  KeySet(std::vector<VerificationKey> keys, std::size_t skipped)
      : keys_(std::move(keys)), skipped_(skipped) {}

  // Whether any key has that name.
  bool knows(std::string_view kid) const;
  // The key of that name which suits the algorithm, or null.
  const VerificationKey* find(std::string_view kid, JwsAlgorithm algorithm) const;
  // For tokens that name no key: the only one that suits, null when there is none or a choice.
  const VerificationKey* only(JwsAlgorithm algorithm) const;

  std::size_t size() const { return keys_.size(); }
  std::size_t skipped() const { return skipped_; }

 private:
  std::vector<VerificationKey> keys_;
  std::size_t skipped_ = 0;
};

// Refused is a document that is no key set, is over a limit, or in which one name could mean two keys.
// A set without any usable key is a set all the same: so a provider takes back every key it had.
Result<KeySet> parse_jwks(std::string_view json);

}  // namespace casewheel::access
