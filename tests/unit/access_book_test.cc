// Tokens and passwords: drawn, known again, and worth nothing once they have run out or were guessed.
#include <gtest/gtest.h>

#include <set>

#include "engine/access/book.h"
#include "engine/access/passwords.h"
#include "engine/access/secrets.h"
#include "engine/access/throttle.h"

namespace casewheel::access {
namespace {

constexpr TimeMs kNow = 1'770'000'000'000;

TEST(Secrets, TokensAreLongAndEachIsAnother) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = new_token(kSessionPrefix);
    EXPECT_EQ(token.size(), kSessionPrefix.size() + 43);
    EXPECT_TRUE(seen.insert(token).second);
    EXPECT_EQ(new_one_time_password().size(), 20u);
  }
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
}

TEST(Secrets, AKeyIsTakenApart) {
  const auto parts = parse_key_token("cwk_0a1b_se_cret");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, "0a1b");
  EXPECT_EQ(parts->secret, "se_cret");
  for (const char* wrong : {"", "cwk_", "cwk_x", "cwk_x_", "cwk__x", "cws_x_y", "x"})
    EXPECT_FALSE(parse_key_token(wrong)) << wrong;
}

TEST(Passwords, FitOnlyThemselves) {
  const std::string hash = hash_password("correct horse battery");
  EXPECT_EQ(hash.rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0), 0u);
  EXPECT_NE(hash, hash_password("correct horse battery")) << "each with a salt of its own";
  EXPECT_TRUE(password_fits("correct horse battery", hash));
  EXPECT_FALSE(password_fits("correct horse batterz", hash));
  EXPECT_FALSE(password_fits("nobody has this password", ""));
  EXPECT_FALSE(password_fits("x", "not a hash"));
}

TEST(Passwords, AreRefusedByNameAndLimit) {
  EXPECT_FALSE(refuse_password("p", "correct horse battery", "chen"));
  EXPECT_FALSE(refuse_password("p", "一二三四五六七八九十甲乙", "chen")) << "characters, not bytes";
  for (const std::string& bad : {std::string("elevenchars"), std::string(201, 'a') + "b",
                                 std::string("my-CHEN-password"), std::string(20, 'x')}) {
    const auto refused = refuse_password("p", bad, "chen");
    ASSERT_TRUE(refused) << bad;
    EXPECT_EQ(refused->fields.at(0).field, "p");
  }
}

class Entries : public ::testing::Test {
 protected:
  Entries() {
    stored::Account account;
    account.set_name("chen");
    account.add_grants()->set_role(stored::AUDITOR);
    book_.put(account);
    stored::Session session;
    session.set_digest(std::string(bytes_of(digest_of(session_))));
    session.set_account("chen");
    session.set_expires_ms(kNow + kHourMs);
    book_.put(session);
    stored::ApiKey key;
    key.set_id("0a");
    key.set_secret_digest(std::string(bytes_of(digest_of("secret"))));
    key.set_expires_ms(kNow + kHourMs);
    book_.put(key);
  }
  Book book_;
  const std::string session_ = new_token(kSessionPrefix);
};

TEST_F(Entries, ATokenFindsItsHolderUntilItRunsOut) {
  ASSERT_NE(book_.find(session_, kNow), nullptr);
  EXPECT_EQ(book_.find(session_, kNow)->id, "chen");
  EXPECT_EQ(book_.find(session_, kNow + kHourMs), nullptr);
  EXPECT_EQ(book_.find("cwk_0a_secret", kNow)->id, "key:0a");
  EXPECT_EQ(book_.find("cwk_0a_secret", kNow + kHourMs), nullptr);
  for (const char* wrong : {"", "cwk_0a_secreT", "cwk_0b_secret", "cws_", "secret"})
    EXPECT_EQ(book_.find(wrong, kNow), nullptr) << wrong;
  EXPECT_EQ(book_.sessions_of("chen").size(), 1u);
  EXPECT_TRUE(book_.sessions_expired(kNow).empty());
  EXPECT_EQ(book_.sessions_expired(kNow + kHourMs).size(), 1u);
}

TEST_F(Entries, ASessionForOnePurposeIsFoundForThatAlone) {
  const std::string token = new_token(kSessionPrefix);
  stored::Session session;
  session.set_digest(std::string(bytes_of(digest_of(token))));
  session.set_account("chen");
  session.set_expires_ms(kNow + kHourMs);
  session.set_purpose(stored::RECEIPTS);
  book_.put(session);
  EXPECT_EQ(book_.find(token, kNow), nullptr);
  const std::shared_ptr<const Caller> caller = book_.find(token, kNow, stored::RECEIPTS);
  ASSERT_NE(caller, nullptr);
  EXPECT_EQ(caller->id, "chen");
  EXPECT_EQ(book_.find(token, kNow + kHourMs, stored::RECEIPTS), nullptr);
  // Nor does what opens everything count as that.
  EXPECT_EQ(book_.find(session_, kNow, stored::RECEIPTS), nullptr);
  EXPECT_EQ(book_.find("cwk_0a_secret", kNow, stored::RECEIPTS), nullptr);
  EXPECT_EQ(book_.sessions_of("chen").size(), 2u) << "both end with the account's";
}

TEST_F(Entries, ASessionIsOfTheAccountAsItWas) {
  ASSERT_NE(book_.find(session_, kNow), nullptr);
  const std::shared_ptr<const Caller> caller = book_.find(session_, kNow);
  EXPECT_TRUE(book_.stands(*caller, kNow, false));
  stored::Account changed = *book_.account("chen");
  changed.set_version(changed.version() + 1);
  book_.put(changed);
  EXPECT_EQ(book_.find(session_, kNow), nullptr);
  EXPECT_FALSE(book_.stands(*caller, kNow, false));
  stored::Session stale;
  stale.set_digest(std::string(bytes_of(digest_of(session_))));
  stale.set_account("chen");
  stale.set_expires_ms(kNow + kHourMs);
  stale.set_account_version(changed.version() - 1);
  book_.put(stale);
  EXPECT_EQ(book_.find(session_, kNow), nullptr);
  stale.set_account_version(changed.version());
  book_.put(stale);
  EXPECT_NE(book_.find(session_, kNow), nullptr);
}

TEST_F(Entries, AKeyStandsUntilItExpiresAlsoWhereThatIsBroughtForward) {
  const std::shared_ptr<const Caller> caller = book_.find("cwk_0a_secret", kNow);
  ASSERT_NE(caller, nullptr);
  EXPECT_TRUE(book_.stands(*caller, kNow, true));
  stored::ApiKey key = *book_.key("0a");
  key.set_expires_ms(kNow + kMinuteMs);  // replaced, with an overlap
  book_.put(key);
  EXPECT_TRUE(book_.stands(*caller, kNow + kMinuteMs - 1, true));
  EXPECT_FALSE(book_.stands(*caller, kNow + kMinuteMs, true));
  Caller token;
  token.kind = Caller::Kind::kToken;
  token.expires_ms = kNow;
  EXPECT_TRUE(book_.stands(token, kNow - 1, true));
  EXPECT_FALSE(book_.stands(token, kNow, true));
}

TEST_F(Entries, ACertificateFindsTheKeyThatLastsLongest) {
  const std::string digest(32, 'd');
  stored::ApiKey key;
  key.set_certificate_digest(digest);
  const auto put = [&](const char* id, TimeMs expires) {
    key.set_id(id);
    key.set_expires_ms(expires);
    book_.put(key);
  };
  EXPECT_EQ(book_.find_certificate(digest, kNow), nullptr);
  put("b2", kNow + kHourMs);
  EXPECT_EQ(book_.find_certificate(digest, kNow)->id, "key:b2");
  EXPECT_EQ(book_.find_certificate(std::string(32, 'e'), kNow), nullptr);
  EXPECT_EQ(book_.find_certificate(digest, kNow + kHourMs), nullptr);
  EXPECT_EQ(book_.find("cwk_b2_", kNow), nullptr);
  EXPECT_EQ(book_.find("cwk_b2_x", kNow), nullptr) << "it has no secret";
  put("b2", kNow);  // revoked, and registered anew
  EXPECT_EQ(book_.find_certificate(digest, kNow), nullptr);
  put("a1", kNow + kMinuteMs);
  put("b2", kNow);  // as a start reads them: by id, not by age
  EXPECT_EQ(book_.find_certificate(digest, kNow)->id, "key:a1");
}

TEST(Sessions, AreOverWhenTheyAreNotUsed) {
  constexpr DurationMs kIdle = 30 * kMinuteMs;
  const std::string token = new_token(kSessionPrefix);
  const auto with_session = [&token](Book& book) {
    stored::Account account;
    account.set_name("chen");
    book.put(account);
    stored::Session session;
    session.set_digest(std::string(bytes_of(digest_of(token))));
    session.set_account("chen");
    session.set_opened_ms(kNow);
    session.set_expires_ms(kNow + 12 * kHourMs);
    book.put(session);
  };
  Book book(kIdle);
  with_session(book);
  TimeMs now = kNow + kIdle - 1;
  const std::shared_ptr<const Caller> caller = book.find(token, now);
  ASSERT_NE(caller, nullptr);
  now += kIdle - 1;
  EXPECT_TRUE(book.stands(*caller, now, true)) << "what she sends is a use";
  now += kIdle - 1;
  EXPECT_TRUE(book.stands(*caller, now, false)) << "what she is sent is none";
  EXPECT_FALSE(book.stands(*caller, now + 1, false));
  EXPECT_EQ(book.find(token, now + 1), nullptr);
  EXPECT_EQ(book.sessions_expired(now + 1).size(), 1u);
  Book restarted(kIdle);
  with_session(restarted);
  EXPECT_EQ(restarted.find(token, kNow + 5 * kHourMs), nullptr) << "a restart is not a use";
  Book patient;
  with_session(patient);
  EXPECT_NE(patient.find(token, kNow + 12 * kHourMs - 1), nullptr);
  EXPECT_EQ(patient.find(token, kNow + 12 * kHourMs), nullptr);
  Book changed;
  with_session(changed);
  ASSERT_NE(changed.find(token, kNow + kIdle), nullptr);
  changed.set_session_idle(kIdle);
  EXPECT_NE(changed.find(token, kNow + 2 * kIdle - 1), nullptr) << "what was used before counts";
  EXPECT_EQ(changed.find(token, kNow + 4 * kIdle), nullptr) << "open sessions too";
}

// As the rows are after a use was recorded and the engine was started anew.
TEST_F(Entries, TheLastUseOutlivesARestart) {
  constexpr DurationMs kIdle = kHourMs;
  const auto held = [this](Book& book, TimeMs used) {
    book.put(*book_.account("chen"));
    stored::Session session;
    session.set_digest(std::string(bytes_of(digest_of(session_))));
    session.set_account("chen");
    session.set_opened_ms(kNow);
    session.set_expires_ms(kNow + 12 * kHourMs);
    book.put(session);
    if (used == 0) return;
    stored::SessionUse use;
    use.set_digest(session.digest());
    use.set_used_ms(used);
    book.put(use);
  };
  Book book(kIdle);
  held(book, 0);
  ASSERT_NE(book.find(session_, kNow + kUsesRecordedEveryMs - 1), nullptr);
  EXPECT_FALSE(book.uses_wait(kNow + kUsesRecordedEveryMs - 1)) << "too soon after the last record";
  const TimeMs used = kNow + 40 * kMinuteMs;
  ASSERT_NE(book.find(session_, used), nullptr);
  EXPECT_TRUE(book.uses_wait(used));
  EXPECT_FALSE(book.uses_wait(used)) << "one caller writes";
  const stored::SessionsUsed uses = book.uses_to_record();
  ASSERT_EQ(uses.uses_size(), 1);
  EXPECT_EQ(uses.uses(0).used_ms(), used);
  stored::Event recorded;
  *recorded.mutable_sessions_used() = uses;
  book.apply(recorded);
  EXPECT_EQ(book.uses_to_record().uses_size(), 0);
  Book restarted(kIdle);
  held(restarted, used);
  EXPECT_NE(restarted.find(session_, used + kIdle - 1), nullptr);
  Book later(kIdle);
  held(later, used);
  EXPECT_EQ(later.find(session_, used + kIdle), nullptr);
  EXPECT_EQ(later.sessions_expired(used + kIdle).size(), 1u);
}

// It was recorded while the session's end was on its way.
TEST_F(Entries, AUseRecordedOfAnEndedSessionOpensNothingAndIsClearedAway) {
  const std::string digest = book_.sessions_of("chen").at(0);
  stored::Event ended;
  ended.mutable_session_ended()->set_digest(digest);
  book_.apply(ended);
  stored::Event used;
  stored::SessionUse& use = *used.mutable_sessions_used()->add_uses();
  use.set_digest(digest);
  use.set_used_ms(kNow);
  book_.apply(used);
  EXPECT_EQ(book_.find(session_, kNow), nullptr);
  ASSERT_EQ(book_.sessions_expired(kNow).size(), 1u);
  book_.apply(ended);
  EXPECT_TRUE(book_.sessions_expired(kNow).empty());
}

TEST_F(Entries, EventsChangeThem) {
  stored::Event ended;
  ended.mutable_session_ended()->set_digest(book_.sessions_of("chen").at(0));
  book_.apply(ended);
  EXPECT_EQ(book_.find(session_, kNow), nullptr);
  stored::Event removed;
  removed.mutable_account_removed()->set_name("chen");
  book_.apply(removed);
  EXPECT_FALSE(book_.has_accounts());
  stored::Event revoked;
  *revoked.mutable_key_changed()->mutable_key() = *book_.key("0a");
  revoked.mutable_key_changed()->mutable_key()->set_expires_ms(kNow);
  book_.apply(revoked);
  EXPECT_EQ(book_.find("cwk_0a_secret", kNow), nullptr);
}

TEST(Throttles, GuessingIsSlowerWithEachFailure) {
  Throttle throttle({.free_failures = 2, .names_max = 3});
  TimeMs now = kNow;
  for (int i = 0; i < 2; ++i) throttle.failed("chen", now);
  EXPECT_EQ(throttle.wait("chen", now), 0);
  DurationMs before = 0;
  for (int i = 0; i < 12; ++i) {
    throttle.failed("chen", now);
    EXPECT_GE(throttle.wait("chen", now), before);
    before = throttle.wait("chen", now);
  }
  EXPECT_EQ(before, 15 * kMinuteMs);
  EXPECT_EQ(throttle.wait("wang", now), 0);
  EXPECT_EQ(throttle.wait("chen", now + before), 0);
  throttle.succeeded("chen");
  EXPECT_EQ(throttle.wait("chen", now), 0);
  // Names nobody knows do not fill the memory, and do not push out those that wait.
  for (int i = 0; i < 5; ++i) throttle.failed("chen", now);
  for (int i = 0; i < 100; ++i) throttle.failed("name" + std::to_string(i), now);
  EXPECT_GT(throttle.wait("chen", now), 0);
  // An hour without a failure is a new beginning.
  now += 2 * kHourMs;
  throttle.failed("chen", now);
  EXPECT_EQ(throttle.wait("chen", now), 0);
}

TEST(Throttles, AttemptsMadeAtOnceCountBeforeTheyAreKnownToFail) {
  Throttle throttle({.free_failures = 2});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(throttle.attempt("chen", kNow), 0) << i;
  EXPECT_EQ(throttle.attempt("chen", kNow), 1 * kSecondMs);
  EXPECT_EQ(throttle.attempt("chen", kNow + 400), 600) << "those that were refused cost nothing";
  throttle.forgive("chen");
  EXPECT_EQ(throttle.attempt("chen", kNow), 0) << "one of them was right";
  EXPECT_EQ(throttle.attempt("chen", kNow), 1 * kSecondMs);
  EXPECT_EQ(throttle.attempt("chen", kNow + kSecondMs), 0);
  throttle.forgive("chen");
  EXPECT_GT(throttle.wait("chen", kNow + kSecondMs), 0) << "the three before it failed";
  throttle.succeeded("chen");
  EXPECT_EQ(throttle.wait("chen", kNow), 0);
  throttle.forgive("nobody");
  EXPECT_EQ(throttle.wait("nobody", kNow), 0);
}

}  // namespace
}  // namespace casewheel::access
