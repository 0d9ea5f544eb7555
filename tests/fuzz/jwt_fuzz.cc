// Tokens, their claims and key sets from outside: whatever the bytes, nothing but a token that was
// signed is accepted, and none in two spellings; what is accepted keeps its limits.
#include <algorithm>
#include <string>
#include <string_view>

#include "engine/access/jwks.h"
#include "engine/access/jwt.h"
#include "engine/base/base64url.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel;

// The key of RFC 8037 appendix A, and the only two tokens signed with it that there are.
constexpr std::string_view kKeys =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
constexpr std::string_view kSigned[] = {
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUudHciLCJhdWQiOiJjYXNld2hlZWwiLCJleHAiOjE4MDAwMDAzMDAsImlhdC"
    "I6MTc5OTk5OTk5MCwic3ViIjoidS0xIn0.2w9sGx-QUh83zDMljvPaen_2GxT-A4Ig_7Bv1mbxW1u6vxTQok-"
    "Ljp8sEnjBEkIibV-6OyspkW6rKnEUyrHeBg",
    "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9."
    "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUudHciLCJhdWQiOlsiYWNjb3VudCIsImNhc2V3aGVlbCJdLCJhenAiOiJjYX"
    "Nld2hlZWwiLCJleHAiOjE4MDAwMDAzMDAuNSwibmJmIjoxNzk5OTk5OTkwLCJzdWIiOiJ1LTIiLCJqdGkiOiJ0LTkiLCJw"
    "cmVmZXJyZWRfdXNlcm5hbWUiOiJtZWkubGluIiwibmFtZSI6Iuael-e-"
    "jiIsImVtYWlsIjoibWVpQGV4YW1wbGUudHciLCJlbWFpbF92ZXJpZmllZCI6dHJ1ZSwiZ3JvdXBzIjpbImJpbGxpbmciLC"
    "Jub3J0aCJdLCJyb2xlcyI6ImFnZW50IiwicmVhbG1fYWNjZXNzIjp7InJvbGVzIjpbImxlYWQiXX19.6NjJHb_"
    "lSZ147MS8r7yMNgEsPAjmRuxB3xg5P6Mrv9Qhw5vtRDt8cSHQ6KgfHzKyU6FJq1ThQ_Zrbn6RSm0QAQ"};

access::TokenRules rules() {
  access::TokenRules rules;
  rules.issuer = "https://id.example.tw";
  rules.audience = "casewheel";
  return rules;
}

void check_claims(const access::TokenClaims& claims) {
  require(claims.issuer == rules().issuer);
  require(!claims.subject.empty() && claims.subject.size() <= access::kSubjectBytesMax);
  require(claims.expires_at > 0);
  require(claims.groups.size() <= access::kTokenListMax);
  require(claims.roles.size() <= access::kTokenListMax);
}

bool accepted(std::string_view token, const access::KeySet& keys, TimeMs now) {
  const access::TokenResult<access::Jws> jws = access::parse_jws(token);
  return jws && access::verify_jws(*jws, keys, rules(), now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr TimeMs kNow = 1'800'000'000'000;
  static const access::KeySet keys = *access::parse_jwks(kKeys);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (accepted(text, keys, kNow))
    require(std::find(std::begin(kSigned), std::end(kSigned), text) != std::end(kSigned));
  for (const std::string_view token : kSigned) require(accepted(token, keys, kNow));

  if (const access::TokenResult<access::Jws> jws = access::parse_jws(text)) {
    require(text.size() <= access::kTokenBytesMax);
    require(jws->signed_bytes + '.' + base64url(jws->signature) == text);
    if (const auto claims = access::read_claims(*jws, rules(), kNow)) check_claims(*claims);
  }
  access::Jws bare;
  bare.payload = text;
  if (const auto claims = access::read_claims(bare, rules(), kNow)) check_claims(*claims);

  if (const Result<access::KeySet> set = access::parse_jwks(text))
    require(set->size() + set->skipped() <= access::kJwksKeysMax);
  if (const auto bytes = from_base64url(text)) require(base64url(*bytes) == text);
  return 0;
}
