// Bearer tokens: the examples of the RFCs, every algorithm, and the attacks RFC 8725 and the years before
// it tell of.
#include <gtest/gtest.h>

#include <thread>

#include "engine/access/jwt.h"
#include "tests/unit/access_signing.h"

namespace casewheel::access {
namespace {

KeySet every_key() {
  return *parse_jwks(
      jwks_of({an_rsa_key().jwk("r"), a_p256_key().jwk("e"), an_ed25519_key().jwk("o")}));
}

// The reason a token is refused for, nothing when it is accepted.
std::optional<TokenFault> fault_of(std::string_view token, const TokenRules& rules = test_rules(),
                                   TimeMs now = kTokenNow) {
  static const KeySet keys = every_key();
  const TokenResult<TokenClaims> verdict = verify_token(token, keys, rules, now);
  if (verdict) return std::nullopt;
  EXPECT_FALSE(verdict.error().message.empty());
  // Messages go to logs: nothing of the token may be in them.
  for (const std::string_view part : {"u-1", "id.example", "stranger", "secret"})
    EXPECT_EQ(verdict.error().message.find(part), std::string::npos) << verdict.error().message;
  return verdict.error().fault;
}

std::string signed_claims(std::string_view claims) {
  return an_ed25519_key().token("EdDSA", "o", claims);
}
std::optional<TokenFault> fault_of_claims(std::string_view claims,
                                          const TokenRules& rules = test_rules(),
                                          TimeMs now = kTokenNow) {
  return fault_of(signed_claims(claims), rules, now);
}
std::string with_header(std::string_view header) {
  return an_ed25519_key().token_of(header, good_claims(), "EdDSA");
}

bool rfc_signature_holds(const std::string& jwk, std::string_view token) {
  const Result<KeySet> keys = parse_jwks(jwks_of({jwk}));
  const TokenResult<Jws> jws = parse_jws(token);
  if (!keys || !jws) return false;
  const TokenResult<const VerificationKey*> key = key_for(*jws, *keys, kEveryJwsAlgorithm);
  return key && (*key)->verifies(jws->algorithm, jws->signed_bytes, jws->signature);
}

constexpr std::string_view kRfc7515Payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";

TEST(Jwt, Rfc7515AppendixA2) {
  EXPECT_TRUE(rfc_signature_holds(
      R"({"kty":"RSA","e":"AQAB","n":")"
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
      "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
      "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
      R"(FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})",
      "eyJhbGciOiJSUzI1NiJ9." + std::string(kRfc7515Payload) +
          ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
          "O8W"
          "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
          "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSj"
          "tQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
          "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh"
          "6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"));
}

TEST(Jwt, Rfc7515AppendixA3) {
  EXPECT_TRUE(rfc_signature_holds(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      "eyJhbGciOiJFUzI1NiJ9." + std::string(kRfc7515Payload) +
          ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-"
          "Kg6NU1Q"));
}

TEST(Jwt, Rfc8037AppendixA4) {
  const std::string jwk =
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(rfc_signature_holds(jwk, token));
  std::string other = token;
  other[25] = other[25] == 'R' ? 'S' : 'R';
  EXPECT_FALSE(rfc_signature_holds(jwk, other));
  // Its payload is a sentence, not claims.
  const TokenResult<TokenClaims> verdict =
      verify_token(token, *parse_jwks(jwks_of({jwk})), test_rules(), kTokenNow);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().fault, TokenFault::kMalformed);
}

TEST(Jwt, EveryAlgorithmIsAccepted) {
  EXPECT_EQ(fault_of(an_rsa_key().token("RS256", "r", good_claims())), std::nullopt);
  EXPECT_EQ(fault_of(an_rsa_key().token("PS256", "r", good_claims())), std::nullopt);
  EXPECT_EQ(fault_of(a_p256_key().token("ES256", "e", good_claims())), std::nullopt);
  EXPECT_EQ(fault_of(an_ed25519_key().token("EdDSA", "o", good_claims())), std::nullopt);
  for (const std::string_view type : {"JWT", "jwt", "at+jwt", "application/at+JWT"})
    EXPECT_EQ(fault_of(with_header(R"({"typ":")" + std::string(type) +
                                   R"(","alg":"EdDSA","kid":"o","x5t":"AA"})")),
              std::nullopt)
        << type;
  // Without a kid the key is the only one that suits.
  EXPECT_EQ(fault_of(with_header(R"({"alg":"EdDSA"})")), std::nullopt);
}

TEST(Jwt, WhatATokenSays) {
  const std::string token = signed_claims(good_claims(
      R"("jti":"t-9","client_id":"desk","nbf":1799999990.75,"preferred_username":"mei.lin",)"
      R"("name":"林美","email":"mei@example.tw","email_verified":true,"groups":["billing","north"],)"
      R"("roles":"agent","realm_access":{"roles":["lead",  "agent"]},"family_name":null)"));
  TokenRules rules = test_rules();
  TokenResult<TokenClaims> claims = verify_token(token, every_key(), rules, kTokenNow);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->issuer, kTestIssuer);
  EXPECT_EQ(claims->subject, "u-1");
  EXPECT_EQ(claims->expires_at, 1'800'000'300'000);
  EXPECT_EQ(claims->issued_at, 1'799'999'990'000);
  EXPECT_EQ(claims->token_id, "t-9");
  EXPECT_EQ(claims->client_id, "desk");
  EXPECT_EQ(claims->preferred_username, "mei.lin");
  EXPECT_EQ(claims->name, "林美");
  EXPECT_EQ(claims->email, "mei@example.tw");
  EXPECT_TRUE(claims->email_verified);
  EXPECT_EQ(claims->groups, (std::vector<std::string>{"billing", "north"}));
  EXPECT_EQ(claims->roles, (std::vector<std::string>{"agent"}));
  rules.roles_path = {"realm_access", "roles"};
  rules.groups_path = {"nowhere", "groups"};
  claims = verify_token(token, every_key(), rules, kTokenNow);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->roles, (std::vector<std::string>{"lead", "agent"}));
  EXPECT_TRUE(claims->groups.empty());
}

TEST(JwtAttack, Unsigned) {
  const std::string payload = base64url(good_claims());
  for (const std::string_view name : {"none", "None", "NONE", "nOnE"}) {
    const std::string header = base64url(R"({"alg":")" + std::string(name) + R"("})");
    EXPECT_EQ(fault_of(header + "." + payload + "."), TokenFault::kAlgorithm);
    EXPECT_EQ(fault_of(header + "." + payload + ".AAAA"), TokenFault::kAlgorithm);
  }
  // No signature, but an honest header.
  EXPECT_EQ(fault_of(base64url(R"({"alg":"EdDSA","kid":"o"})") + "." + payload + "."),
            TokenFault::kMalformed);
  EXPECT_EQ(fault_of(base64url(R"({"kid":"o"})") + "." + payload + ".AAAA"),
            TokenFault::kMalformed);
}

TEST(JwtAttack, PublicKeyAsSharedSecret) {
  const std::string secret = an_rsa_key().jwk("r");
  const std::string bytes =
      base64url(SigningKey::header("HS256", "r")) + "." + base64url(good_claims());
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr,
                                   reinterpret_cast<const unsigned char*>(secret.data()),
                                   secret.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  std::string mac(32, '\0');
  std::size_t size = mac.size();
  ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
  ASSERT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(mac.data()), &size,
                           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()),
            1);
  EXPECT_EQ(fault_of(bytes + "." + base64url(mac)), TokenFault::kAlgorithm);
  for (const std::string_view name : {"HS384", "HS512", "RS384", "RS1", "ES384", "rs256", "EDDSA"})
    EXPECT_EQ(
        fault_of(an_rsa_key().token_of(SigningKey::header(name, "r"), good_claims(), "RS256")),
        TokenFault::kAlgorithm)
        << name;
}

TEST(JwtAttack, AnotherAlgorithmThanTheKeys) {
  EXPECT_EQ(fault_of(an_rsa_key().token("RS256", "e", good_claims())), TokenFault::kAlgorithm);
  EXPECT_EQ(
      fault_of(an_ed25519_key().token_of(SigningKey::header("ES256", "o"), good_claims(), "EdDSA")),
      TokenFault::kAlgorithm);
  // A PKCS #1 signature passed off as PSS, the other way round, and a salt of another length.
  EXPECT_EQ(
      fault_of(an_rsa_key().token_of(SigningKey::header("PS256", "r"), good_claims(), "RS256")),
      TokenFault::kSignature);
  EXPECT_EQ(
      fault_of(an_rsa_key().token_of(SigningKey::header("RS256", "r"), good_claims(), "PS256")),
      TokenFault::kSignature);
  const std::string bytes =
      base64url(SigningKey::header("PS256", "r")) + "." + base64url(good_claims());
  EXPECT_EQ(fault_of(bytes + "." + base64url(an_rsa_key().signature(bytes, true, 20))),
            TokenFault::kSignature);
  TokenRules rules = test_rules();
  rules.algorithms = algorithm_bit(JwsAlgorithm::kEs256);
  EXPECT_EQ(fault_of(signed_claims(good_claims()), rules), TokenFault::kAlgorithm);
}

TEST(JwtAttack, AKeyOfItsOwn) {
  const SigningKey stranger = SigningKey::ed25519();
  for (const std::string& key :
       {R"("jwk":)" + stranger.jwk("o"), std::string(R"("jku":"https://stranger.example/keys")"),
        std::string(R"("x5u":"https://stranger.example/chain")"), std::string(R"("x5c":["AAAA"])")})
    EXPECT_EQ(fault_of(stranger.token_of(R"({"alg":"EdDSA","kid":"o",)" + key + "}", good_claims(),
                                         "EdDSA")),
              TokenFault::kMalformed)
        << key;
  EXPECT_EQ(fault_of(stranger.token("EdDSA", "o", good_claims())), TokenFault::kSignature);
  EXPECT_EQ(fault_of(stranger.token("EdDSA", "stranger", good_claims())), TokenFault::kUnknownKey);
  EXPECT_EQ(fault_of(stranger.token("EdDSA", "../../dev/null", good_claims())),
            TokenFault::kUnknownKey);
  for (const std::string& kid : {std::string("7"), std::string(R"("")"), std::string("null"),
                                 '"' + std::string(300, 'k') + '"'})
    EXPECT_EQ(fault_of(with_header(R"({"alg":"EdDSA","kid":)" + kid + "}")),
              TokenFault::kMalformed);
}

TEST(JwtAttack, ExtensionsAndTypes) {
  for (const std::string_view more :
       {R"("crit":["exp"])", R"("crit":[])", R"("b64":false,"crit":["b64"])", R"("crit":null)",
        R"("typ":"logout+jwt")", R"("typ":"dpop+jwt")", R"("typ":"secevent+jwt")", R"("typ":7)"})
    EXPECT_EQ(fault_of(with_header(R"({"alg":"EdDSA","kid":"o",)" + std::string(more) + "}")),
              TokenFault::kMalformed)
        << more;
}

TEST(JwtAttack, SignaturesOfTheCurveInOtherForms) {
  const std::string bytes =
      base64url(SigningKey::header("ES256", "e")) + "." + base64url(good_claims());
  const std::string raw = a_p256_key().jws_signature(bytes, "ES256");
  ASSERT_EQ(fault_of(bytes + "." + base64url(raw)), std::nullopt);
  const std::string zeros(64, '\0');
  for (const std::string& other :
       {a_p256_key().signature(bytes), raw + '\0', raw.substr(0, 63), '\0' + raw, zeros,
        raw.substr(0, 32) + zeros.substr(0, 32), zeros.substr(0, 32) + raw.substr(32),
        raw.substr(32) + raw.substr(0, 32), std::string(64, '\xff')})
    EXPECT_EQ(fault_of(bytes + "." + base64url(other)), TokenFault::kSignature) << other.size();
  const std::string rsa_bytes =
      base64url(SigningKey::header("RS256", "r")) + "." + base64url(good_claims());
  const std::string rsa = an_rsa_key().signature(rsa_bytes);
  EXPECT_EQ(fault_of(rsa_bytes + "." + base64url('\0' + rsa)), TokenFault::kSignature);
  EXPECT_EQ(fault_of(rsa_bytes + "." + base64url(rsa.substr(1))), TokenFault::kSignature);
  const std::string ed = signed_claims(good_claims());
  EXPECT_EQ(fault_of(ed + "AA"), TokenFault::kSignature);
}

TEST(JwtAttack, TakenApartAndPutTogether) {
  const std::string token = signed_claims(good_claims());
  ASSERT_EQ(fault_of(token), std::nullopt);
  // Every prefix, as lost connections leave them.
  for (std::size_t size = 0; size < token.size(); ++size)
    EXPECT_NE(fault_of(token.substr(0, size)), std::nullopt) << size;
  for (const std::string& other :
       {token + ".", token + "..", "." + token, token + ".AAAA", " " + token, token + " ",
        token + "\n", token + std::string(1, '\0'), token + "=", "Bearer " + token,
        std::string(".."), std::string("..."), std::string("a.b.c")})
    EXPECT_NE(fault_of(other), std::nullopt) << other.substr(0, 20);
  const std::size_t first = token.find('.');
  std::string spaced = token;
  spaced.insert(first + 3, "\r\n");
  EXPECT_EQ(fault_of(spaced), TokenFault::kMalformed);
  // Claims of one token under the signature of another.
  const std::string other = signed_claims(good_claims({}, "u-2"));
  EXPECT_EQ(fault_of(token.substr(0, token.rfind('.')) + other.substr(other.rfind('.'))),
            TokenFault::kSignature);
}

TEST(JwtAttack, OtherSpellingsOfOneToken) {
  const std::string token = signed_claims(good_claims());
  // 64 bytes leave four bits over in the last letter: A, Q, g and w alone leave them unset.
  std::size_t accepted = 0;
  for (const char last :
       std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=")) {
    std::string other = token;
    other.back() = last;
    const std::optional<TokenFault> fault = fault_of(other);
    if (!fault) ++accepted;
    if (std::string_view("AQgw").find(last) == std::string_view::npos) {
      EXPECT_EQ(fault, TokenFault::kMalformed) << last;
    }
  }
  EXPECT_EQ(accepted, 1u);
}

TEST(JwtAttack, JsonThatReadsInTwoWays) {
  for (const std::string& claims :
       {good_claims(R"("sub":"u-2")"), good_claims(R"("s\u0075b":"u-2")"),
        good_claims(R"("address":{"a":1,"a":2})"), good_claims() + "{}", good_claims() + "x",
        good_claims().substr(0, good_claims().size() - 1) + ",}", "// \n" + good_claims(),
        "\xef\xbb\xbf" + good_claims(),
        good_claims(R"("name":")"
                    "\xff"
                    R"(")"),
        good_claims("\"name\":\"\\ud800\""), "[" + good_claims() + "]", std::string("null"),
        std::string()})
    EXPECT_EQ(fault_of_claims(claims), TokenFault::kMalformed) << claims;
  EXPECT_EQ(fault_of(with_header(R"({"alg":"none","alg":"EdDSA","kid":"o"})")),
            TokenFault::kMalformed);
  EXPECT_EQ(fault_of(with_header(R"({"alg":"EdDSA","kid":"x","kid":"o"})")),
            TokenFault::kMalformed);
  EXPECT_EQ(fault_of_claims("  " + good_claims() + " \n"), std::nullopt);
}

TEST(JwtAttack, DeepAndHuge) {
  const auto nested = [](std::size_t levels) {
    return R"("deep":)" + std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(fault_of_claims(good_claims(nested(7))), std::nullopt);
  EXPECT_EQ(fault_of_claims(good_claims(nested(8))), TokenFault::kMalformed);
  EXPECT_EQ(fault_of_claims(good_claims(nested(2500))), TokenFault::kMalformed);
  EXPECT_EQ(fault_of(with_header(R"({"alg":"EdDSA","kid":"o",)" + nested(2500) + "}")),
            TokenFault::kMalformed);
  const auto padded = [](std::size_t bytes) {
    return signed_claims(good_claims(R"("x":")" + std::string(bytes, 'x') + '"'));
  };
  EXPECT_EQ(fault_of(padded(5500)), std::nullopt);
  ASSERT_GT(padded(6200).size(), kTokenBytesMax);
  EXPECT_EQ(fault_of(padded(6200)), TokenFault::kMalformed);
  EXPECT_EQ(fault_of(std::string(50'000'000, '.')), TokenFault::kMalformed);
}

TEST(JwtClaims, Times) {
  const auto times = [](const std::string& some) {
    return R"({"iss":"https://id.example.tw","aud":"casewheel","sub":"u-1",)" + some + "}";
  };
  const TimeMs second = 1'800'000'000'000;
  const std::string claims = times(R"("exp":1800000000)");
  EXPECT_EQ(fault_of_claims(claims, test_rules(), second + 59'999), std::nullopt);
  EXPECT_EQ(fault_of_claims(claims, test_rules(), second + 60'000), TokenFault::kExpired);
  const std::string begins = times(R"("exp":1800009999,"nbf":1800000000)");
  EXPECT_EQ(fault_of_claims(begins, test_rules(), second - 60'000), std::nullopt);
  EXPECT_EQ(fault_of_claims(begins, test_rules(), second - 60'001), TokenFault::kNotYetValid);
  const std::string issued = times(R"("exp":1800009999,"iat":1800000000)");
  EXPECT_EQ(fault_of_claims(issued, test_rules(), second - 60'000), std::nullopt);
  EXPECT_EQ(fault_of_claims(issued, test_rules(), second - 60'001), TokenFault::kNotYetValid);
  TokenRules exact = test_rules();
  exact.leeway_ms = 0;
  EXPECT_EQ(fault_of_claims(times(R"("exp":1800000000.5)"), exact, second + 499), std::nullopt);
  EXPECT_EQ(fault_of_claims(times(R"("exp":1800000000.5)"), exact, second + 500),
            TokenFault::kExpired);
  for (const std::string_view bad :
       {R"("exp":"1800000300")", R"("exp":-1)", R"("exp":1e300)", R"("exp":9223372036854775807)",
        R"("exp":18446744073709551615)", R"("exp":99999999999999999999)", R"("exp":null)",
        R"("exp":true)", R"("iat":1)", R"("exp":1800000300,"nbf":[])",
        R"("exp":1800000300,"iat":{})"})
    EXPECT_EQ(fault_of_claims(times(std::string(bad))), TokenFault::kClaims) << bad;
}

TEST(JwtClaims, IssuerAndSubject) {
  const auto of = [](std::string_view issuer, std::string_view subject) {
    return R"({"aud":"casewheel","exp":1800000300)" + std::string(issuer) + std::string(subject) +
           "}";
  };
  const std::string_view ours = R"(,"iss":"https://id.example.tw")";
  EXPECT_EQ(fault_of_claims(of(ours, R"(,"sub":"u-1")")), std::nullopt);
  for (const std::string_view issuer :
       {"", R"(,"iss":"https://id.example.tw/")", R"(,"iss":"https://ID.example.tw")",
        R"(,"iss":"http://id.example.tw")", R"(,"iss":"https://stranger.example")",
        R"(,"iss":null)", R"(,"iss":["https://id.example.tw"])"})
    EXPECT_EQ(fault_of_claims(of(issuer, R"(,"sub":"u-1")")), TokenFault::kIssuer) << issuer;
  for (const std::string& subject :
       {std::string(), std::string(R"(,"sub":"")"), std::string(R"(,"sub":7)"),
        std::string(R"(,"sub":null)"), std::string(R"(,"sub":"u-1\u0000")"),
        std::string(R"(,"sub":"u\n1")"), R"(,"sub":")" + std::string(256, 's') + '"'})
    EXPECT_EQ(fault_of_claims(of(ours, subject)), TokenFault::kClaims) << subject;
}

TEST(JwtClaims, AudienceAndParty) {
  const auto fault = [](std::string_view some, const TokenRules& rules = test_rules()) {
    return fault_of_claims(
        R"({"iss":"https://id.example.tw","exp":1800000300,"sub":"u-1")" + std::string(some) + "}",
        rules);
  };
  EXPECT_EQ(fault(R"(,"aud":"casewheel")"), std::nullopt);
  EXPECT_EQ(fault(R"(,"aud":["casewheel"])"), std::nullopt);
  EXPECT_EQ(fault(R"(,"aud":["casewheel"],"azp":"console")"), std::nullopt);
  EXPECT_EQ(fault(R"(,"aud":["account","casewheel"],"azp":"casewheel")"), std::nullopt);
  // As Keycloak and Auth0 write those of their clients.
  EXPECT_EQ(fault(R"(,"aud":["casewheel","account"],"azp":"spa")"), std::nullopt);
  EXPECT_EQ(fault(R"(,"aud":["casewheel","https://tenant.auth0.com/userinfo"])"), std::nullopt);
  for (const std::string_view bad :
       {"", R"(,"aud":"stranger")", R"(,"aud":[])", R"(,"aud":"Casewheel")", R"(,"aud":"case")",
        R"(,"aud":"casewheel stranger")", R"(,"aud":["account","stranger"],"azp":"casewheel")"})
    EXPECT_EQ(fault(bad), TokenFault::kAudience) << bad;
  for (const std::string_view bad :
       {R"(,"aud":7)", R"(,"aud":["casewheel",7])", R"(,"aud":{"casewheel":1})",
        R"(,"aud":"casewheel","azp":["casewheel"])"})
    EXPECT_EQ(fault(bad), TokenFault::kClaims) << bad;
  TokenRules console = test_rules();
  console.authorized_parties = {"console", "desk"};
  EXPECT_EQ(fault(R"(,"aud":["account","casewheel"],"azp":"desk")", console), std::nullopt);
  EXPECT_EQ(fault(R"(,"aud":"casewheel","azp":"console")", console), std::nullopt);
  EXPECT_EQ(fault(R"(,"aud":"casewheel","azp":"casewheel")", console), TokenFault::kAudience);
  EXPECT_EQ(fault(R"(,"aud":"casewheel")", console), TokenFault::kAudience);
}

TEST(JwtClaims, NoBearerTokens) {
  EXPECT_EQ(fault_of_claims(good_claims(R"("cnf":{"jkt":"AA"})")), TokenFault::kClaims);
  EXPECT_EQ(fault_of_claims(good_claims(
                R"("events":{"http://schemas.openid.net/event/backchannel-logout":{}})")),
            TokenFault::kClaims);
}

TEST(JwtClaims, WrongTypesAndLongTexts) {
  std::string many = R"("groups":["g")";
  for (std::size_t i = 0; i < kTokenListMax; ++i) many += R"(,"g")";
  for (const std::string& bad :
       {std::string(R"("name":7)"), std::string(R"("email":["a@b"])"),
        std::string(R"("preferred_username":"a\u0007b")"), std::string(R"("azp":"a\nb")"),
        R"("name":")" + std::string(kTokenTextMax + 1, 'n') + '"', std::string(R"("groups":[7])"),
        std::string(R"("groups":{"a":1})"), std::string(R"("roles":[""])"),
        std::string(R"("roles":["a\u0000"])"), many + "]"})
    EXPECT_EQ(fault_of_claims(good_claims(bad)), TokenFault::kClaims) << bad.substr(0, 60);
}

TEST(Jwt, OneSetServesManyThreads) {
  const KeySet keys = every_key();
  const std::vector<std::string> tokens = {an_rsa_key().token("RS256", "r", good_claims()),
                                           a_p256_key().token("ES256", "e", good_claims()),
                                           an_ed25519_key().token("EdDSA", "o", good_claims())};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round)
        for (const std::string& token : tokens)
          EXPECT_TRUE(verify_token(token, keys, test_rules(), kTokenNow).has_value());
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace casewheel::access
