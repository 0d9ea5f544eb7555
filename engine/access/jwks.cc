#include "engine/access/jwks.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "engine/base/base64url.h"
#include "engine/base/strict_json.h"

namespace casewheel::access {
namespace {

namespace json = boost::json;

constexpr int kRsaBitsMin = 2048;  // RFC 7518 section 3.3
constexpr int kRsaBitsMax = 8192;  // beyond, one check of a signature takes milliseconds
constexpr int kRsaExponentBitsMax = 32;
constexpr std::size_t kP256NumberBytes = 32;
constexpr std::size_t kEd25519KeyBytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

struct JwkPartDeleter {
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(ECDSA_SIG* p) const { ECDSA_SIG_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
  void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
};
template <typename T>
using JwkPart = std::unique_ptr<T, JwkPartDeleter>;
using PublicKey = std::shared_ptr<EVP_PKEY>;

// What fails in here is an answer, not an error of the thread's: others look at the thread's list of
// OpenSSL errors after calls of their own (gRPC's TLS does).
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

JwkPart<BIGNUM> number_of(std::string_view bytes) {
  return JwkPart<BIGNUM>(BN_bin2bn(unsigned_bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

// Null for a key that is none, e.g. a point off the curve or a modulus with small factors.
PublicKey public_key_from(const char* type, OSSL_PARAM_BLD* parts) {
  const JwkPart<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(parts));
  const JwkPart<EVP_PKEY_CTX> maker(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  PublicKey key(made, EVP_PKEY_free);
  const JwkPart<EVP_PKEY_CTX> checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (!checker || EVP_PKEY_public_check(checker.get()) != 1) return nullptr;
  return key;
}

PublicKey rsa_key(std::string_view modulus, std::string_view exponent) {
  const JwkPart<BIGNUM> n = number_of(modulus);
  const JwkPart<BIGNUM> e = number_of(exponent);
  if (!n || !e || BN_num_bits(n.get()) < kRsaBitsMin || BN_num_bits(n.get()) > kRsaBitsMax ||
      BN_num_bits(e.get()) < 2 || BN_num_bits(e.get()) > kRsaExponentBitsMax ||
      !BN_is_odd(e.get()) || !BN_is_odd(n.get()))
    return nullptr;
  const JwkPart<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new());
  if (!parts || OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return public_key_from("RSA", parts.get());
}

PublicKey p256_key(std::string_view x, std::string_view y) {
  if (x.size() != kP256NumberBytes || y.size() != kP256NumberBytes) return nullptr;
  std::string point("\x04");  // uncompressed
  point.append(x).append(y);
  const JwkPart<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new());
  if (!parts ||
      OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return nullptr;
  return public_key_from("EC", parts.get());
}

PublicKey ed25519_key(std::string_view x) {
  if (x.size() != kEd25519KeyBytes) return nullptr;
  EVP_PKEY* made =
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, unsigned_bytes(x), x.size());
  if (made == nullptr) return nullptr;
  return {made, EVP_PKEY_free};
}

std::optional<std::string> bytes_member(const json::object& object, std::string_view name) {
  const std::optional<std::string_view> text = string_member(object, name);
  return text ? from_base64url(*text) : std::nullopt;
}

// `use`, `key_ops` and the absence of a private part.
bool is_for_verifying(const json::object& jwk) {
  if (jwk.contains("d") || jwk.contains("k")) return false;
  if (jwk.contains("use") && string_member(jwk, "use") != "sig") return false;
  const json::value* operations = jwk.if_contains("key_ops");
  if (operations == nullptr) return true;
  if (!operations->is_array()) return false;
  const json::array& list = operations->get_array();
  return std::any_of(list.begin(), list.end(), [](const json::value& operation) {
    return operation.is_string() && operation.get_string() == "verify";
  });
}

std::optional<VerificationKey> read_jwk(const json::object& jwk) {
  if (!is_for_verifying(jwk)) return std::nullopt;
  std::string kid;
  if (jwk.contains("kid")) {
    const std::optional<std::string_view> name = string_member(jwk, "kid");
    if (!name || name->empty() || name->size() > kKeyIdBytesMax) return std::nullopt;
    kid = *name;
  }
  const std::optional<std::string_view> type = string_member(jwk, "kty");
  const std::optional<std::string_view> curve = string_member(jwk, "crv");
  JwsAlgorithms algorithms = 0;
  PublicKey key;
  if (type == "RSA") {
    const std::optional<std::string> n = bytes_member(jwk, "n");
    const std::optional<std::string> e = bytes_member(jwk, "e");
    if (n && e && n->size() <= kRsaBitsMax / 8 + 1) key = rsa_key(*n, *e);
    algorithms = algorithm_bit(JwsAlgorithm::kRs256) | algorithm_bit(JwsAlgorithm::kPs256);
  } else if (type == "EC" && curve == "P-256") {
    const std::optional<std::string> x = bytes_member(jwk, "x");
    const std::optional<std::string> y = bytes_member(jwk, "y");
    if (x && y) key = p256_key(*x, *y);
    algorithms = algorithm_bit(JwsAlgorithm::kEs256);
  } else if (type == "OKP" && curve == "Ed25519") {
    const std::optional<std::string> x = bytes_member(jwk, "x");
    if (x) key = ed25519_key(*x);
    algorithms = algorithm_bit(JwsAlgorithm::kEdDsa);
  }
  if (jwk.contains("alg")) {
    const std::optional<std::string_view> name = string_member(jwk, "alg");
    const std::optional<JwsAlgorithm> named = name ? jws_algorithm_named(*name) : std::nullopt;
    algorithms &= named ? algorithm_bit(*named) : 0;
  }
  if (!key || algorithms == 0) return std::nullopt;
  return VerificationKey(std::move(kid), algorithms, std::move(key));
}

// JWS has the two numbers of an ECDSA signature side by side, OpenSSL wants them in DER. Empty when
// they are not 32 bytes each.
std::string der_signature(std::string_view raw) {
  if (raw.size() != 2 * kP256NumberBytes) return {};
  JwkPart<BIGNUM> r = number_of(raw.substr(0, kP256NumberBytes));
  JwkPart<BIGNUM> s = number_of(raw.substr(kP256NumberBytes));
  const JwkPart<ECDSA_SIG> pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // the pair owns them now
  static_cast<void>(s.release());
  unsigned char* encoded = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &encoded);
  if (length <= 0) return {};
  std::string der(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length));
  OPENSSL_free(encoded);
  return der;
}

// Fetched once: OpenSSL 3 looks an algorithm up by name on every implicit use.
const EVP_MD* signature_digest() {
  static const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

}  // namespace

std::optional<JwsAlgorithm> jws_algorithm_named(std::string_view name) {
  if (name == "RS256") return JwsAlgorithm::kRs256;
  if (name == "PS256") return JwsAlgorithm::kPs256;
  if (name == "ES256") return JwsAlgorithm::kEs256;
  if (name == "EdDSA") return JwsAlgorithm::kEdDsa;
  return std::nullopt;
}

bool VerificationKey::verifies(JwsAlgorithm algorithm, std::string_view bytes,
                               std::string_view signature) const {
  if (!suits(algorithm)) return false;
  const QuietErrors quiet;
  const JwkPart<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* details = nullptr;  // the context's own
  const EVP_MD* digest = algorithm == JwsAlgorithm::kEdDsa ? nullptr : signature_digest();
  if (!context || EVP_DigestVerifyInit(context.get(), &details, digest, nullptr, key_.get()) != 1)
    return false;
  std::string der;
  switch (algorithm) {
    case JwsAlgorithm::kRs256:
      if (EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PADDING) != 1) return false;
      break;
    case JwsAlgorithm::kPs256:  // RFC 7518 section 3.5: SHA-256 twice, and a salt as long as it
      if (EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) != 1 ||
          EVP_PKEY_CTX_set_rsa_mgf1_md(details, signature_digest()) != 1 ||
          EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) != 1)
        return false;
      break;
    case JwsAlgorithm::kEs256:
      der = der_signature(signature);
      if (der.empty()) return false;
      signature = der;
      break;
    case JwsAlgorithm::kEdDsa:
      if (signature.size() != kEd25519SignatureBytes) return false;
      break;
  }
  return EVP_DigestVerify(context.get(), unsigned_bytes(signature), signature.size(),
                          unsigned_bytes(bytes), bytes.size()) == 1;
}

bool KeySet::knows(std::string_view kid) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [kid](const VerificationKey& key) { return key.kid() == kid; });
}

const VerificationKey* KeySet::find(std::string_view kid, JwsAlgorithm algorithm) const {
  for (const VerificationKey& key : keys_)
    if (key.kid() == kid && key.suits(algorithm)) return &key;
  return nullptr;
}

const VerificationKey* KeySet::only(JwsAlgorithm algorithm) const {
  const VerificationKey* found = nullptr;
  for (const VerificationKey& key : keys_) {
    if (!key.suits(algorithm)) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

Result<KeySet> parse_jwks(std::string_view text) {
  Result<json::object> document = parse_json_object("jwks", text, {.bytes_max = kJwksBytesMax});
  if (!document) return document.error();
  const json::value* list = document->if_contains("keys");
  if (list == nullptr || !list->is_array()) return Rejection::invalid("jwks.keys", "not a list");
  const json::array& jwks = list->get_array();
  if (jwks.size() > kJwksKeysMax)
    return Rejection::invalid("jwks.keys", "more than " + std::to_string(kJwksKeysMax) + " keys");
  const QuietErrors quiet;
  std::vector<VerificationKey> keys;
  for (const json::value& jwk : jwks) {
    std::optional<VerificationKey> key =
        jwk.is_object() ? read_jwk(jwk.get_object()) : std::nullopt;
    if (!key) continue;
    for (const VerificationKey& other : keys) {
      if (!key->kid().empty() && other.kid() == key->kid() &&
          (other.algorithms() & key->algorithms()) != 0)
        return Rejection::invalid("jwks.keys", "two keys for one algorithm have the same kid");
    }
    keys.push_back(*std::move(key));
  }
  const std::size_t skipped = jwks.size() - keys.size();
  return KeySet(std::move(keys), skipped);
}

}  // namespace casewheel::access
