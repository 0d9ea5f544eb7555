// A provider's side for tests: keys made by OpenSSL, published as JWK and signing compact JWS.
#pragma once

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/jwks.h"
#include "engine/access/jwt.h"
#include "engine/base/base64url.h"
#include "engine/base/clock.h"

namespace casewheel::access {

inline TokenResult<TokenClaims> verify_token(std::string_view token, const KeySet& keys,
                                             const TokenRules& rules, TimeMs now) {
  const TokenResult<Jws> jws = parse_jws(token);
  if (!jws) return jws.error();
  return verify_jws(*jws, keys, rules, now);
}

class SigningKey {
 public:
  static SigningKey rsa(unsigned bits = 2048) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)), "RSA"};
  }
  static SigningKey p256() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "EC"}; }
  static SigningKey ed25519() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), "OKP"}; }
  static SigningKey ed25519_of(const std::string& secret) {
    return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                         reinterpret_cast<const unsigned char*>(secret.data()),
                                         secret.size()),
            "OKP"};
  }

  // The public key; `more` are further members, e.g. R"("use":"sig")".
  std::string jwk(const std::string& kid, const std::string& more = {}) const {
    std::string out = R"({"kty":")" + type_ + '"';
    if (!kid.empty()) out += R"(,"kid":")" + kid + '"';
    if (type_ == "RSA") {
      out += R"(,"n":")" + base64url(number(OSSL_PKEY_PARAM_RSA_N, 0)) + R"(","e":")" +
             base64url(number(OSSL_PKEY_PARAM_RSA_E, 0)) + '"';
    } else if (type_ == "EC") {
      out += R"(,"crv":"P-256","x":")" + base64url(number(OSSL_PKEY_PARAM_EC_PUB_X, 32)) +
             R"(","y":")" + base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)) + '"';
    } else {
      std::string x(32, '\0');
      std::size_t size = x.size();
      EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()),
                                            &size),
                1);
      out += R"(,"crv":"Ed25519","x":")" + base64url(x) + '"';
    }
    return out + (more.empty() ? "" : ',' + more) + '}';
  }

  // A signature as OpenSSL has it: DER for P-256.
  std::string signature(std::string_view bytes, bool pss = false, int salt_bytes = 32) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    EVP_PKEY_CTX* details = nullptr;
    const EVP_MD* digest = type_ == "OKP" ? nullptr : EVP_sha256();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), &details, digest, nullptr, key_.get()), 1);
    if (pss) {
      EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING), 1);
      EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(details, salt_bytes), 1);
    }
    std::string out(2048, '\0');
    std::size_t size = out.size();
    EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                             reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()),
              1);
    out.resize(size);
    return out;
  }

  // A signature as JWS has it.
  std::string jws_signature(std::string_view bytes, std::string_view algorithm) const {
    const std::string made = signature(bytes, algorithm == "PS256");
    if (type_ != "EC") return made;
    const auto* at = reinterpret_cast<const unsigned char*>(made.data());
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(made.size())), ECDSA_SIG_free);
    std::string raw(64, '\0');
    auto* to = reinterpret_cast<unsigned char*>(raw.data());
    EXPECT_EQ(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, 32), 32);
    EXPECT_EQ(BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + 32, 32), 32);
    return raw;
  }

  // A token of any header and payload, signed as if for `algorithm`.
  std::string token_of(std::string_view header, std::string_view payload,
                       std::string_view algorithm) const {
    const std::string bytes = base64url(header) + '.' + base64url(payload);
    return bytes + '.' + base64url(jws_signature(bytes, algorithm));
  }
  std::string token(std::string_view algorithm, std::string_view kid,
                    std::string_view payload) const {
    return token_of(header(algorithm, kid), payload, algorithm);
  }

  static std::string header(std::string_view algorithm, std::string_view kid) {
    return R"({"alg":")" + std::string(algorithm) + R"(","kid":")" + std::string(kid) + R"("})";
  }

 private:
  SigningKey(EVP_PKEY* key, std::string type) : key_(key, EVP_PKEY_free), type_(std::move(type)) {
    EXPECT_NE(key, nullptr);
  }

  std::string number(const char* name, int bytes) const {
    BIGNUM* value = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &value), 1);
    const int size = bytes == 0 ? BN_num_bytes(value) : bytes;
    std::string out(static_cast<std::size_t>(size), '\0');
    EXPECT_EQ(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), size), size);
    BN_free(value);
    return out;
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::string type_;
};

inline std::string jwks_of(const std::vector<std::string>& keys) {
  std::string out = R"({"keys":[)";
  for (std::size_t i = 0; i < keys.size(); ++i) out += (i == 0 ? "" : ",") + keys[i];
  return out + "]}";
}

// Made once: an RSA key takes a while.
inline const SigningKey& an_rsa_key() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}
inline const SigningKey& a_p256_key() {
  static const SigningKey key = SigningKey::p256();
  return key;
}
inline const SigningKey& an_ed25519_key() {
  static const SigningKey key = SigningKey::ed25519();
  return key;
}

inline constexpr TimeMs kTokenNow = 1'800'000'000'000;  // 2027-01-15

// Stands at kTokenNow; its steady time moves when a test says so.
class ManualClock final : public ClockSource {
 public:
  TimeMs system_ms() override { return kTokenNow; }
  std::int64_t steady_ms() override { return steady_.load(); }
  void advance(DurationMs by) { steady_.fetch_add(by); }

 private:
  std::atomic<std::int64_t> steady_ = 1000;
};
inline constexpr std::string_view kTestIssuer = "https://id.example.tw";
inline constexpr std::string_view kTestAudience = "casewheel";

inline TokenRules test_rules() {
  TokenRules rules;
  rules.issuer = kTestIssuer;
  rules.audience = kTestAudience;
  return rules;
}

// Claims of a good token; `more` is added to them, e.g. R"("azp":"console")".
inline std::string good_claims(const std::string& more = {}, std::string_view subject = "u-1") {
  return R"({"iss":"https://id.example.tw","aud":"casewheel","exp":1800000300,"iat":1799999990,"sub":")" +
         std::string(subject) + '"' + (more.empty() ? "" : ',' + more) + '}';
}

}  // namespace casewheel::access
