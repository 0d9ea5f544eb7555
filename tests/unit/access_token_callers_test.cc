// From the claims of a provider's token to a caller: what is granted, what counts for nothing, and how
// long a token that was verified is remembered.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/access/token_callers.h"
#include "tests/unit/access_signing.h"

namespace casewheel::access {
namespace {

std::string written(const stored::Grant& grant) {
  return std::string(role_name(grant.role())) + "|" + grant.tenant() + "|" + grant.unit();
}

TEST(GrantWritten, AsPeopleTypeThem) {
  const auto read = [](std::string_view text) {
    const std::optional<stored::Grant> grant = grant_written(text);
    return grant ? written(*grant) : "none";
  };
  EXPECT_EQ(read("auditor"), "auditor||");
  EXPECT_EQ(read("agent@taisugar"), "agent|taisugar|");
  EXPECT_EQ(read("handler@taipower/taichung.line"), "handler|taipower|taichung.line");
  for (const char* wrong : {"", "gardener", "agent@", "agent@/x", "agent@taisugar/", "@taisugar",
                            "Agent", " agent", "applicant", "operator", "agent/taisugar"})
    EXPECT_EQ(read(wrong), "none") << wrong;
}

TEST(CallerOf, ClaimsBecomeGrantsAndStaff) {
  TokenClaims claims;
  claims.subject = "u-1";
  claims.user_name = "admin";
  claims.expires_at = 5000;
  claims.roles = {"agent@taisugar", "no such", "auditor"};
  claims.staff = "taipower/tp030";
  std::size_t ignored = 0;
  const Caller caller = caller_of(claims, 60, &ignored);
  EXPECT_EQ(caller.kind, Caller::Kind::kToken);
  EXPECT_EQ(caller.id, "oidc:admin") << "never the local account's";
  EXPECT_EQ(caller.subject, "u-1");
  EXPECT_EQ(caller.expires_ms, 5060);
  ASSERT_EQ(caller.grants.size(), 2u);
  EXPECT_EQ(written(caller.grants[0]), "agent|taisugar|");
  EXPECT_EQ(written(caller.grants[1]), "auditor||");
  EXPECT_EQ(caller.tenant + "/" + caller.staff, "taipower/tp030");
  EXPECT_EQ(ignored, 1u);
}

TEST(CallerOf, WhoSaysNothingHasNothing) {
  for (const char* staff : {"", "taipower", "taipower/", "/tp030"}) {
    TokenClaims claims;
    claims.subject = "u-1";
    claims.staff = staff;
    std::size_t ignored = 0;
    const Caller caller = caller_of(claims, 0, &ignored);
    EXPECT_EQ(caller.id, "oidc:u-1");
    EXPECT_TRUE(caller.grants.empty() && caller.tenant.empty() && caller.staff.empty()) << staff;
    EXPECT_EQ(ignored, *staff == '\0' ? 0u : 1u) << staff;
  }
}

// The one key set there is.
class Keys final : public DocumentSource {
 public:
  explicit Keys(std::string body) : body_(std::move(body)) {}
  boost::system::result<std::string, Status> get(const std::string&) override { return body_; }
  void stop() override {}

 private:
  const std::string body_;
};

TEST(TokenCallers, ATokenIsRememberedUntilItOrItsKeyMayBeNoMore) {
  const SigningKey key = SigningKey::ed25519();
  OidcConfig config;
  config.rules = test_rules();
  config.jwks_uri = "https://keys.example.tw/jwks.json";
  ManualClock clock;
  TokenCallers callers(config, std::make_unique<Keys>(jwks_of({key.jwk("k1")})), clock);
  const std::string token = key.token("EdDSA", "k1", good_claims());
  const auto find = [&] {
    std::atomic<bool> answered{false};
    bool accepted = false;
    callers.find(token, kTokenNow, [&](const TokenCallers::Answer& answer) {
      accepted = answer.has_value();
      answered = true;
    });
    while (!answered) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return accepted;
  };
  EXPECT_EQ(callers.held(token, kTokenNow), nullptr);
  EXPECT_TRUE(find());  // waits for the first key set, which makes it be looked at once more
  EXPECT_TRUE(find());
  const std::shared_ptr<const Caller> held = callers.held(token, kTokenNow);
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(callers.held(token + "x", kTokenNow), nullptr);
  EXPECT_NE(callers.held(token, held->expires_ms - 1), nullptr);
  EXPECT_EQ(callers.held(token, held->expires_ms), nullptr);
  // Nobody wakes the verifier's thread here: no new key set comes before that time.
  clock.advance(config.refresh_ms);
  EXPECT_EQ(callers.held(token, kTokenNow), nullptr);
}

}  // namespace
}  // namespace casewheel::access
