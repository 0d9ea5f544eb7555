#include "engine/access/oidc.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <chrono>
#include <utility>

#include "engine/base/strict_json.h"

namespace casewheel::access {
namespace {

constexpr std::size_t kMetadataBytesMax = 64 * 1024;
constexpr DurationMs kLeewayMaxMs = 10 * kMinuteMs;
constexpr DurationMs kIntervalMaxMs = kDayMs;
// A token whose key is unknown waits for the end of a pause that is no longer than a caller's patience.
constexpr DurationMs kPauseWaitedForMs = 2 * kSecondMs;

Status bad_setting(std::string_view name, std::string_view why) {
  return {Status::Code::kInvalid, std::string(name) + ": " + std::string(why)};
}

}  // namespace

Status check(const OidcConfig& config) {
  const TokenRules& rules = config.rules;
  if (Status url = check_provider_url(rules.issuer); !url)
    return bad_setting("issuer", url.message());
  if (rules.issuer.find('?') != std::string::npos) return bad_setting("issuer", "has a query");
  if (rules.audience.empty()) return bad_setting("audience", "is empty");
  if (!config.jwks_uri.empty()) {
    if (Status url = check_provider_url(config.jwks_uri); !url)
      return bad_setting("jwks_uri", url.message());
  }
  if ((rules.algorithms & kEveryJwsAlgorithm) == 0) return bad_setting("algorithms", "are none");
  if (rules.leeway_ms < 0 || rules.leeway_ms > kLeewayMaxMs)
    return bad_setting("leeway", "is not between 0 and 10 minutes");
  struct Interval {
    const char* name;
    DurationMs value;
  };
  for (const Interval& interval : {Interval{"refresh", config.refresh_ms},
                                   {"retry", config.retry_ms},
                                   {"pause", config.pause_ms}}) {
    if (interval.value <= 0 || interval.value > kIntervalMaxMs)
      return bad_setting(interval.name, "is not between 1 ms and a day");
  }
  return Status::ok();
}

OidcVerifier::OidcVerifier(OidcConfig config, std::unique_ptr<DocumentSource> source,
                           ClockSource& clock)
    : config_(std::move(config)), source_(std::move(source)), clock_(clock) {
  const Status fit = check(config_);
  CASEWHEEL_CHECK(fit.is_ok(), fit.message());
  thread_ = std::thread([this] { run(); });
}

OidcVerifier::~OidcVerifier() {
  stop();
  thread_.join();
}

void OidcVerifier::stop() {
  std::vector<Waiting> waiting;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    waiting.swap(waiting_);
  }
  source_->stop();
  wake_.notify_all();
  for (Waiting& token : waiting)
    token.done(TokenRefusal{TokenFault::kUnavailable, "the engine is stopping"});
}

void OidcVerifier::verify(std::string_view token, TimeMs now, Done done) {
  TokenResult<Jws> jws = parse_jws(token);
  if (!jws) return done(jws.error());
  std::shared_ptr<const KeySet> keys;
  {
    const std::scoped_lock lock(mutex_);
    keys = keys_;
  }
  TokenRefusal refusal{TokenFault::kUnknownKey, "the provider's keys are not known yet"};
  if (keys) {
    TokenResult<TokenClaims> verdict = verify_jws(*jws, *keys, config_.rules, now);
    if (verdict || verdict.error().fault != TokenFault::kUnknownKey)
      return done(std::move(verdict));
    refusal = verdict.error();
  }
  // A token that would be refused whatever its key is no reason to ask the provider.
  const TokenResult<TokenClaims> unproven = read_claims(*jws, config_.rules, now);
  if (!unproven) return done(unproven.error());
  {
    const std::scoped_lock lock(mutex_);
    if (keys_ == keys) {
      if (!ask_for_fetch()) {
        refusal = not_verifiable(std::move(refusal));
      } else if (waiting_.size() >= kTokensWaitingMax) {
        refusal = {TokenFault::kUnavailable, "too many tokens wait for the provider's keys"};
      } else {
        waiting_.push_back({*std::move(jws), now, std::move(done)});
        return;
      }
      keys = nullptr;
    } else {
      keys = keys_;  // came in between
    }
  }
  if (keys) return done(verify_jws(*jws, *keys, config_.rules, now));
  done(std::move(refusal));
}

void OidcVerifier::refresh() {
  const std::scoped_lock lock(mutex_);
  ask_for_fetch();
}

OidcVerifier::State OidcVerifier::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

bool OidcVerifier::ask_for_fetch() {
  if (stopping_) return false;
  if (fetching_ || wanted_) return true;
  if (clock_.steady_ms() < quiet_until_steady_) {
    if (config_.pause_ms > kPauseWaitedForMs) return false;
    next_steady_ = std::min(next_steady_, quiet_until_steady_);
    wake_.notify_all();
    return true;
  }
  wanted_ = true;
  wake_.notify_all();
  return true;
}

// A key that is missing while the provider does not answer may well be a good one.
TokenRefusal OidcVerifier::not_verifiable(TokenRefusal otherwise) const {
  if (stopping_) return {TokenFault::kUnavailable, "the engine is stopping"};
  if (state_.failure.empty()) return otherwise;
  return {TokenFault::kUnavailable, "the provider of tokens cannot be reached"};
}

void OidcVerifier::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::int64_t steady = clock_.steady_ms();
    if (!wanted_ && steady < next_steady_) {
      wake_.wait_for(lock, std::chrono::milliseconds(next_steady_ - steady));
      continue;
    }
    wanted_ = false;
    fetching_ = true;
    lock.unlock();
    std::shared_ptr<const KeySet> keys;
    std::string failure;
    if (boost::system::result<KeySet, Status> fetched = fetch()) {
      keys = std::make_shared<const KeySet>(*std::move(fetched));
    } else {
      failure = fetched.error().message();
    }
    lock.lock();
    fetching_ = false;
    const std::int64_t ended = clock_.steady_ms();
    quiet_until_steady_ = ended + config_.pause_ms;
    ++state_.fetches;
    state_.failure = std::move(failure);
    if (keys) {
      keys_ = keys;
      key_sets_.fetch_add(1, std::memory_order_release);
      state_.keys = keys->size();
      state_.keys_skipped = keys->skipped();
      state_.fetched_steady = ended;
      next_steady_ = ended + config_.refresh_ms;
    } else {
      next_steady_ = ended + config_.retry_ms;
    }
    if (stopping_) return;
    std::vector<Waiting> waiting = std::exchange(waiting_, {});
    const TokenRefusal otherwise =
        not_verifiable({TokenFault::kUnknownKey, "the provider's keys are not known"});
    const std::shared_ptr<const KeySet> current = keys_;
    lock.unlock();
    for (Waiting& token : waiting) {
      TokenResult<TokenClaims> verdict = otherwise;
      if (current) verdict = verify_jws(token.jws, *current, config_.rules, token.now);
      if (!verdict && verdict.error().fault == TokenFault::kUnknownKey && !keys)
        verdict = otherwise;
      token.done(std::move(verdict));
    }
    waiting.clear();  // what the callbacks hold may lock
    lock.lock();
  }
}

boost::system::result<KeySet, Status> OidcVerifier::fetch() {
  std::string where = config_.jwks_uri;
  if (where.empty()) {
    boost::system::result<std::string, Status> found = discover();
    if (!found) return found.error();
    where = *std::move(found);
  }
  const boost::system::result<std::string, Status> body = source_->get(where);
  if (!body) return body.error();
  Result<KeySet> keys = parse_jwks(*body);
  if (!keys) return Status(Status::Code::kInvalid, where + ": " + keys.error().message);
  return *std::move(keys);
}

// Where the key set is. The metadata has to be the issuer's own (section 4.3): else one provider could
// answer for another.
boost::system::result<std::string, Status> OidcVerifier::discover() {
  std::string where = config_.rules.issuer;
  if (where.back() == '/') where.pop_back();
  where += "/.well-known/openid-configuration";
  const boost::system::result<std::string, Status> body = source_->get(where);
  if (!body) return body.error();
  const auto refuse = [&where](const std::string& why) {
    return Status(Status::Code::kInvalid, where + ": " + why);
  };
  const Result<boost::json::object> metadata =
      parse_json_object("metadata", *body, {.bytes_max = kMetadataBytesMax});
  if (!metadata) return refuse(metadata.error().message);
  if (string_member(*metadata, "issuer") != config_.rules.issuer)
    return refuse("the metadata is of another issuer");
  const std::optional<std::string_view> uri = string_member(*metadata, "jwks_uri");
  if (!uri) return refuse("the metadata names no jwks_uri");
  std::string keys(*uri);
  if (Status allowed = check_provider_url(keys); !allowed)
    return refuse("jwks_uri: " + allowed.message());
  return keys;
}

}  // namespace casewheel::access
