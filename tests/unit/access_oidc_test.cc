// The verifier of a provider's tokens: keys that come, change and go, a provider that cannot be reached,
// and strangers who make names of keys up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>

#include "engine/access/oidc.h"
#include "tests/unit/access_signing.h"

namespace casewheel::access {
namespace {

const std::string kMetadataUrl = "https://id.example.tw/.well-known/openid-configuration";
const std::string kKeysUrl = "https://keys.example.tw/jwks.json";

// A provider's documents, changed by the test while the verifier's thread reads them.
class Provider {
 public:
  void publish(const std::string& url, const std::string& body) {
    const std::scoped_lock lock(mutex_);
    documents_[url] = body;
  }
  void publish_keys(const std::vector<std::string>& keys) { publish(kKeysUrl, jwks_of(keys)); }
  void fall_silent(bool silent) {
    const std::scoped_lock lock(mutex_);
    silent_ = silent;
  }
  // Requests wait until hold(false).
  void hold(bool held) {
    const std::scoped_lock lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  int asked(const std::string& url) {
    const std::scoped_lock lock(mutex_);
    return asked_[url];
  }
  // Blocks until that many requests for the URL have come.
  void await_asked(const std::string& url, int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_[url] >= times; });
  }

  boost::system::result<std::string, Status> get(const std::string& url) {
    std::unique_lock lock(mutex_);
    ++asked_[url];
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_ || stopped_; });
    const auto found = documents_.find(url);
    if (silent_ || stopped_ || found == documents_.end())
      return Status(Status::Code::kIoError, url + ": no answer");
    return found->second;
  }
  void stop() {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, int> asked_;
  bool silent_ = false;
  bool held_ = false;
  bool stopped_ = false;
};

class ProviderSource final : public DocumentSource {
 public:
  explicit ProviderSource(Provider& provider) : provider_(provider) {}
  boost::system::result<std::string, Status> get(const std::string& url) override {
    return provider_.get(url);
  }
  void stop() override { provider_.stop(); }

 private:
  Provider& provider_;
};

class Oidc : public ::testing::Test {
 protected:
  Oidc() {
    publish_metadata(std::string(kTestIssuer), kKeysUrl);
    provider_.publish_keys({first_.jwk("k1")});
    config_.rules = test_rules();
  }

  void publish_metadata(const std::string& issuer, const std::string& keys) {
    provider_.publish(kMetadataUrl,
                      R"({"issuer":")" + issuer + R"(","jwks_uri":")" + keys + R"("})");
  }
  // Starts the verifier and waits for its first fetch.
  void start() {
    start_without_waiting();
    await_fetches(1);
  }
  void start_without_waiting() {
    verifier_ = std::make_unique<OidcVerifier>(config_, std::make_unique<ProviderSource>(provider_),
                                               clock_);
  }
  void await_fetches(std::uint64_t count) {
    while (verifier_->state().fetches < count)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::future<std::optional<TokenFault>> ask(const std::string& token) {
    auto answer = std::make_shared<std::promise<std::optional<TokenFault>>>();
    verifier_->verify(token, kTokenNow, [answer](const TokenResult<TokenClaims>& verdict) {
      answer->set_value(verdict ? std::nullopt : std::optional(verdict.error().fault));
    });
    return answer->get_future();
  }
  // The fault, or nothing when the token was accepted.
  std::optional<TokenFault> fault_of(const std::string& token) { return ask(token).get(); }
  // As long as no fetch can help, the answer comes from within verify().
  std::optional<TokenFault> fault_at_once(const std::string& token) {
    std::future<std::optional<TokenFault>> answer = ask(token);
    EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    return answer.get();
  }
  std::string by_first() { return first_.token("EdDSA", "k1", good_claims()); }
  std::string by_second() { return second_.token("EdDSA", "k2", good_claims()); }

  const SigningKey first_ = SigningKey::ed25519();
  const SigningKey second_ = SigningKey::ed25519();
  Provider provider_;
  ManualClock clock_;
  OidcConfig config_;
  std::unique_ptr<OidcVerifier> verifier_;
};

TEST_F(Oidc, AShortPauseIsWaitedFor) {
  config_.pause_ms = 1 * kSecondMs;
  start();
  provider_.publish_keys({first_.jwk("k1"), second_.jwk("k2")});
  std::future<std::optional<TokenFault>> waiting = ask(by_second());
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  EXPECT_EQ(provider_.asked(kKeysUrl), 1) << "not before the pause is over";
  clock_.advance(config_.pause_ms);
  EXPECT_EQ(waiting.get(), std::nullopt);
  EXPECT_EQ(provider_.asked(kKeysUrl), 2);
}

TEST_F(Oidc, NobodyWaitsForAVerifierThatWasStopped) {
  start();
  clock_.advance(config_.pause_ms);
  provider_.hold(true);
  std::future<std::optional<TokenFault>> waiting = ask(by_second());
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  const std::uint64_t key_sets = verifier_->key_sets();
  verifier_->stop();
  EXPECT_EQ(waiting.get(), TokenFault::kUnavailable);
  EXPECT_EQ(fault_at_once(by_second()), TokenFault::kUnavailable);
  EXPECT_EQ(fault_at_once(by_first()), std::nullopt) << "its key is known";
  EXPECT_EQ(verifier_->key_sets(), key_sets);
}

TEST_F(Oidc, AcceptsTokensOfThePublishedKey) {
  start();
  EXPECT_EQ(fault_at_once(by_first()), std::nullopt);
  EXPECT_EQ(fault_at_once("no token"), TokenFault::kMalformed);
  EXPECT_EQ(fault_at_once(second_.token("EdDSA", "k1", good_claims())), TokenFault::kSignature);
  const OidcVerifier::State state = verifier_->state();
  EXPECT_EQ(state.keys, 1u);
  EXPECT_EQ(state.fetched_steady, 1000);
  EXPECT_EQ(state.failure, "");
  EXPECT_EQ(provider_.asked(kMetadataUrl), 1);
  EXPECT_EQ(provider_.asked(kKeysUrl), 1);
}

TEST_F(Oidc, TokensWaitForTheFirstKeys) {
  provider_.hold(true);
  start_without_waiting();
  std::future<std::optional<TokenFault>> good = ask(by_first());
  std::future<std::optional<TokenFault>> unknown = ask(by_second());
  EXPECT_EQ(good.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  provider_.hold(false);
  EXPECT_EQ(good.get(), std::nullopt);
  EXPECT_EQ(unknown.get(), TokenFault::kUnknownKey);
  EXPECT_EQ(provider_.asked(kKeysUrl), 1);
}

TEST_F(Oidc, Rotation) {
  start();
  EXPECT_EQ(fault_of(by_first()), std::nullopt);
  // The provider begins to sign with a new key; both are published.
  clock_.advance(config_.pause_ms);
  provider_.publish_keys({second_.jwk("k2"), first_.jwk("k1")});
  EXPECT_EQ(fault_of(by_second()), std::nullopt);
  EXPECT_EQ(provider_.asked(kKeysUrl), 2);
  EXPECT_EQ(fault_at_once(by_first()), std::nullopt);
  // The old one is taken back, and counts no longer once that was seen.
  clock_.advance(config_.pause_ms);
  provider_.publish_keys({second_.jwk("k2")});
  verifier_->refresh();
  await_fetches(3);
  EXPECT_EQ(fault_at_once(by_second()), std::nullopt);
  EXPECT_EQ(fault_at_once(by_first()), TokenFault::kUnknownKey);
}

TEST_F(Oidc, MadeUpKeyNamesMakeNoFlood) {
  start();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 50; ++i)
      EXPECT_EQ(
          fault_of(second_.token("EdDSA", "x" + std::to_string(round * 50 + i), good_claims())),
          TokenFault::kUnknownKey);
    clock_.advance(config_.pause_ms / 10);
  }
  // One at the start, and one for each whole pause that went by.
  EXPECT_LE(provider_.asked(kKeysUrl), 2);
  EXPECT_EQ(fault_at_once(by_first()), std::nullopt);
  // Hopeless ones, which no key could save, are not even a reason.
  clock_.advance(10 * config_.pause_ms);
  const int before = provider_.asked(kKeysUrl);
  EXPECT_EQ(fault_at_once(second_.token("EdDSA", "y", R"({"iss":"https://stranger.example"})")),
            TokenFault::kIssuer);
  EXPECT_EQ(
      fault_at_once(second_.token(
          "EdDSA", "y", R"({"iss":"https://id.example.tw","aud":"casewheel","sub":"u","exp":7})")),
      TokenFault::kExpired);
  EXPECT_EQ(fault_at_once(second_.token("HS256", "y", good_claims())), TokenFault::kAlgorithm);
  EXPECT_EQ(provider_.asked(kKeysUrl), before);
}

TEST_F(Oidc, WaitingTokensAreBounded) {
  start();
  clock_.advance(config_.pause_ms);
  provider_.hold(true);
  provider_.publish_keys({first_.jwk("k1"), second_.jwk("k2")});
  std::vector<std::future<std::optional<TokenFault>>> waiting;
  for (std::size_t i = 0; i < kTokensWaitingMax; ++i) waiting.push_back(ask(by_second()));
  EXPECT_EQ(fault_at_once(by_second()), TokenFault::kUnavailable);
  EXPECT_EQ(fault_at_once(by_first()), std::nullopt);  // known keys never wait
  provider_.hold(false);
  for (std::future<std::optional<TokenFault>>& answer : waiting)
    EXPECT_EQ(answer.get(), std::nullopt);
  EXPECT_EQ(provider_.asked(kKeysUrl), 2);
}

TEST_F(Oidc, TheOldSetStaysWhileTheProviderIsSilent) {
  start();
  provider_.fall_silent(true);
  clock_.advance(config_.refresh_ms);
  verifier_->refresh();
  await_fetches(2);
  EXPECT_EQ(fault_at_once(by_first()), std::nullopt);
  EXPECT_NE(verifier_->state().failure, "");
  EXPECT_EQ(verifier_->state().keys, 1u);
  // Whether an unknown key is a new one cannot be told now; the same token may be good later.
  EXPECT_EQ(fault_at_once(by_second()), TokenFault::kUnavailable);
  clock_.advance(config_.pause_ms);
  EXPECT_EQ(fault_of(by_second()), TokenFault::kUnavailable);
  provider_.fall_silent(false);
  provider_.publish_keys({second_.jwk("k2")});
  clock_.advance(config_.pause_ms);
  EXPECT_EQ(fault_of(by_second()), std::nullopt);
  EXPECT_EQ(verifier_->state().failure, "");
}

TEST_F(Oidc, ASilentProviderAtTheStart) {
  provider_.fall_silent(true);
  start();
  EXPECT_EQ(fault_at_once(by_first()), TokenFault::kUnavailable);
  provider_.fall_silent(false);
  clock_.advance(config_.pause_ms);
  EXPECT_EQ(fault_of(by_first()), std::nullopt);
}

TEST_F(Oidc, DocumentsThatAreRefused) {
  const std::string keys = jwks_of({first_.jwk("k1")});
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {R"({"issuer":"https://stranger.example","jwks_uri":")" + kKeysUrl + R"("})", keys},
      {R"({"issuer":"https://id.example.tw/","jwks_uri":")" + kKeysUrl + R"("})", keys},
      {R"({"jwks_uri":")" + kKeysUrl + R"("})", keys},
      {R"({"issuer":"https://id.example.tw"})", keys},
      {R"({"issuer":"https://id.example.tw","jwks_uri":"http://keys.example.tw/jwks.json"})", keys},
      {R"({"issuer":"https://id.example.tw","jwks_uri":"file:///dev/zero"})", keys},
      {"<html>", keys},
      {R"({"issuer":"https://id.example.tw","jwks_uri":")" + kKeysUrl + R"("})", "<html>"},
      {R"({"issuer":"https://id.example.tw","jwks_uri":")" + kKeysUrl + R"("})", ""},
  };
  start();
  std::uint64_t fetches = 1;
  for (const auto& [metadata, body] : wrong) {
    provider_.publish(kMetadataUrl, metadata);
    provider_.publish(kKeysUrl, body);
    clock_.advance(config_.pause_ms);
    verifier_->refresh();
    await_fetches(++fetches);
    EXPECT_NE(verifier_->state().failure, "") << metadata;
    EXPECT_EQ(fault_at_once(by_first()), std::nullopt);
  }
}

TEST_F(Oidc, AnEmptySetTakesEveryKeyBack) {
  start();
  provider_.publish_keys({});
  clock_.advance(config_.pause_ms);
  verifier_->refresh();
  await_fetches(2);
  EXPECT_EQ(fault_at_once(by_first()), TokenFault::kUnknownKey);
}

TEST_F(Oidc, AnExplicitAddressNeedsNoDiscovery) {
  config_.jwks_uri = "https://id.example.tw/other";
  provider_.publish(config_.jwks_uri, jwks_of({second_.jwk("k2")}));
  start();
  EXPECT_EQ(fault_at_once(by_second()), std::nullopt);
  EXPECT_EQ(provider_.asked(kMetadataUrl), 0);
}

TEST_F(Oidc, FetchesRegularlyUnasked) {
  config_.refresh_ms = 5;
  config_.pause_ms = 1;
  verifier_ = std::make_unique<OidcVerifier>(config_, std::make_unique<ProviderSource>(provider_),
                                             machine_clock());
  provider_.await_asked(kKeysUrl, 3);
  provider_.publish_keys({second_.jwk("k2")});
  await_fetches(verifier_->state().fetches + 2);
  EXPECT_EQ(fault_of(by_second()), std::nullopt);
}

TEST_F(Oidc, StoppingAnswersWhoeverWaits) {
  start();
  clock_.advance(config_.pause_ms);
  provider_.hold(true);
  std::future<std::optional<TokenFault>> answer = ask(by_second());
  provider_.await_asked(kMetadataUrl, 2);
  verifier_.reset();
  EXPECT_EQ(answer.get(), TokenFault::kUnavailable);
}

TEST_F(Oidc, ManyThreadsWhileKeysChange) {
  config_.pause_ms = 1;
  config_.refresh_ms = 2;
  verifier_ = std::make_unique<OidcVerifier>(config_, std::make_unique<ProviderSource>(provider_),
                                             machine_clock());
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  const std::vector<std::string> tokens = {by_first(), by_second(), "no.to.ken"};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 100; ++round)
        for (const std::string& token : tokens)
          verifier_->verify(token, kTokenNow,
                            [&answered](const TokenResult<TokenClaims>&) { ++answered; });
    });
  for (int round = 0; round < 20; ++round) {
    provider_.publish_keys({(round % 2 == 0 ? first_.jwk("k1") : second_.jwk("k2"))});
    verifier_->refresh();
    static_cast<void>(verifier_->state());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (std::thread& thread : threads) thread.join();
  verifier_.reset();
  EXPECT_EQ(answered.load(), 4 * 100 * 3);
}

TEST(OidcConfigCheck, NamesTheSetting) {
  OidcConfig good;
  good.rules = test_rules();
  EXPECT_TRUE(check(good).is_ok());
  const auto refused = [&good](const auto& change) {
    OidcConfig config = good;
    change(config);
    return check(config).message();
  };
  EXPECT_THAT(refused([](OidcConfig& c) { c.rules.issuer = "http://id.example.tw"; }),
              ::testing::HasSubstr("issuer"));
  EXPECT_THAT(refused([](OidcConfig& c) { c.rules.issuer = "https://id.example.tw?a=b"; }),
              ::testing::HasSubstr("issuer"));
  EXPECT_THAT(refused([](OidcConfig& c) { c.rules.audience.clear(); }),
              ::testing::HasSubstr("audience"));
  EXPECT_THAT(refused([](OidcConfig& c) { c.jwks_uri = "keys.json"; }),
              ::testing::HasSubstr("jwks_uri"));
  EXPECT_THAT(refused([](OidcConfig& c) { c.rules.algorithms = 0; }),
              ::testing::HasSubstr("algorithms"));
  EXPECT_THAT(refused([](OidcConfig& c) { c.rules.leeway_ms = kHourMs; }),
              ::testing::HasSubstr("leeway"));
  EXPECT_THAT(refused([](OidcConfig& c) { c.pause_ms = 0; }), ::testing::HasSubstr("pause"));
}

}  // namespace
}  // namespace casewheel::access
