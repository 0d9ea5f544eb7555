// Key sets: which keys are kept, which are skipped, and when the whole set is refused.
#include <gtest/gtest.h>

#include "engine/access/jwks.h"
#include "tests/unit/access_signing.h"

namespace casewheel::access {
namespace {

KeySet kept(const std::string& json) {
  Result<KeySet> keys = parse_jwks(json);
  EXPECT_TRUE(keys.has_value()) << (keys ? "" : keys.error().message);
  return keys ? *std::move(keys) : KeySet();
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return at == text.npos ? text : text.replace(at, what.size(), by);
}

TEST(Jwks, KeepsTheKindsItKnows) {
  const KeySet keys = kept(
      jwks_of({an_rsa_key().jwk("r", R"("use":"sig")"), a_p256_key().jwk("e", R"("alg":"ES256")"),
               an_ed25519_key().jwk("o", R"("key_ops":["verify"])")}));
  EXPECT_EQ(keys.size(), 3u);
  EXPECT_EQ(keys.skipped(), 0u);
  EXPECT_NE(keys.find("r", JwsAlgorithm::kRs256), nullptr);
  EXPECT_EQ(keys.find("r", JwsAlgorithm::kRs256), keys.find("r", JwsAlgorithm::kPs256));
  EXPECT_EQ(keys.find("r", JwsAlgorithm::kEs256), nullptr);
  EXPECT_NE(keys.find("e", JwsAlgorithm::kEs256), nullptr);
  EXPECT_NE(keys.find("o", JwsAlgorithm::kEdDsa), nullptr);
  EXPECT_EQ(keys.find("x", JwsAlgorithm::kEdDsa), nullptr);
  EXPECT_TRUE(keys.knows("e"));
  EXPECT_FALSE(keys.knows("x"));
}

TEST(Jwks, AKeyIsForItsAlgorithmAlone) {
  const KeySet keys = kept(jwks_of({an_rsa_key().jwk("r", R"("alg":"PS256")")}));
  EXPECT_EQ(keys.find("r", JwsAlgorithm::kRs256), nullptr);
  EXPECT_NE(keys.find("r", JwsAlgorithm::kPs256), nullptr);
}

TEST(Jwks, SkipsWhatItCannotUse) {
  const std::string ec = a_p256_key().jwk("e");
  const std::string ed = an_ed25519_key().jwk("o");
  const std::vector<std::string> useless = {
      SigningKey::rsa(1024).jwk("short"),
      an_rsa_key().jwk("other use", R"("use":"enc")"),
      an_rsa_key().jwk("no use", R"("use":7)"),
      an_rsa_key().jwk("signs only", R"("key_ops":["sign"])"),
      an_rsa_key().jwk("wraps", R"("alg":"RSA-OAEP")"),
      an_rsa_key().jwk("symmetric", R"("alg":"HS256")"),
      an_rsa_key().jwk("curve's", R"("alg":"ES256")"),
      an_rsa_key().jwk("told its secret", R"("d":"AQAB")"),
      an_rsa_key().jwk(std::string(300, 'k')),
      replaced(an_rsa_key().jwk("even"), R"("e":"AQAB")", R"("e":"AQAA")"),
      replaced(an_rsa_key().jwk("one"), R"("e":"AQAB")", R"("e":"AQ")"),
      replaced(an_rsa_key().jwk("vast"), R"("e":"AQAB")", R"("e":"AQAAAAAAAAAB")"),
      R"({"kty":"RSA","kid":"three times","e":"AQAB","n":")" + base64url(std::string(256, '\x03')) +
          R"("})",
      R"({"kty":"RSA","kid":"no e","n":"AQAB"})",
      replaced(ec, R"("P-256")", R"("P-384")"),
      replaced(ec, R"("x":")", R"("x":"AAAA)"),
      R"({"kty":"EC","kid":"off the curve","crv":"P-256","x":")" +
          base64url(std::string(32, '\x01')) + R"(","y":")" + base64url(std::string(32, '\x01')) +
          R"("})",
      replaced(ed, R"("Ed25519")", R"("X25519")"),
      replaced(ed, R"("x":")", R"("x":"AAAA)"),
      replaced(ed, R"("x":")", R"("x":"=)"),
      R"({"kty":"oct","kid":"shared","k":"AQAB"})",
      R"({"kty":"AKP","kid":"of times to come"})",
      R"({"kid":"no type"})",
      R"("no key at all")",
  };
  for (const std::string& jwk : useless) EXPECT_EQ(kept(jwks_of({jwk})).size(), 0u) << jwk;
  std::vector<std::string> all = useless;
  all.push_back(an_ed25519_key().jwk("good"));
  const KeySet keys = kept(jwks_of(all));
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys.skipped(), useless.size());
}

TEST(Jwks, AnEmptySetIsASet) { EXPECT_EQ(kept(R"({"keys":[]})").size(), 0u); }

TEST(Jwks, NamesMustNotBeAmbiguous) {
  const std::string one = an_ed25519_key().jwk("k");
  const std::string other = SigningKey::ed25519().jwk("k");
  EXPECT_FALSE(parse_jwks(jwks_of({one, other})).has_value());
  // Of different kinds they may share a name (RFC 7517 section 4.5).
  EXPECT_EQ(kept(jwks_of({one, a_p256_key().jwk("k")})).size(), 2u);
  // Without names only a token that leaves no choice finds its key.
  const KeySet nameless = kept(jwks_of({SigningKey::ed25519().jwk(""), a_p256_key().jwk("")}));
  EXPECT_NE(nameless.only(JwsAlgorithm::kEdDsa), nullptr);
  EXPECT_EQ(nameless.only(JwsAlgorithm::kRs256), nullptr);
  const KeySet two = kept(jwks_of({one, SigningKey::ed25519().jwk("l")}));
  EXPECT_EQ(two.only(JwsAlgorithm::kEdDsa), nullptr);
}

TEST(Jwks, RefusesWhatIsNoKeySet) {
  const std::string key = an_ed25519_key().jwk("k");
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("{}"),
        std::string(R"({"keys":{}})"), R"({"keys":[],"keys":[)" + key + "]}",
        jwks_of({an_ed25519_key().jwk("k", R"("kid":"l")")}),
        jwks_of({an_ed25519_key().jwk("k", R"("x5c":[[[[[[[[]]]]]]]])")}),
        std::string(kJwksBytesMax + 1, ' ') + jwks_of({key}),
        jwks_of(std::vector<std::string>(kJwksKeysMax + 1, "{}"))}) {
    EXPECT_FALSE(parse_jwks(text).has_value()) << text.substr(0, 200);
  }
  EXPECT_EQ(kept(jwks_of(std::vector<std::string>(kJwksKeysMax, "{}"))).skipped(), kJwksKeysMax);
}

}  // namespace
}  // namespace casewheel::access
