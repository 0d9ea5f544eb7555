// Tokens of one OpenID Connect provider, verified with the keys it publishes now.
//
// A thread of the verifier's own fetches the provider's metadata (OpenID Connect Discovery 1.0) and its
// key set: at the start, regularly, and when a token names a key that is not in the set, as happens
// after the provider has changed keys. Forged names cause no flood: between two fetches there is a
// pause, whatever asks. While the provider cannot be reached the last set stays; what it has answered
// replaces the whole set, so that a key it took back counts no longer. A key that was changed under its
// old name is noticed at the next regular fetch.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/access/document_source.h"
#include "engine/access/jwks.h"
#include "engine/access/jwt.h"
#include "engine/base/clock.h"

namespace casewheel::access {

// Tokens waiting for one fetch; more are told to come again.
inline constexpr std::size_t kTokensWaitingMax = 256;

struct OidcConfig {
  TokenRules rules;                        // the issuer is also where discovery starts
  std::string jwks_uri;                    // empty: what discovery names
  DurationMs refresh_ms = 10 * kMinuteMs;  // how long a key that was taken back may still count
  DurationMs retry_ms = 30 * kSecondMs;    // after a fetch that failed
  DurationMs pause_ms = 10 * kSecondMs;    // at least, between the end of a fetch and the next
};

// kInvalid with the setting's name when one cannot be.
Status check(const OidcConfig& config);

// Any thread may call it; its callers end before it does.
class OidcVerifier {
 public:
  // Called once for each token: by verify() itself, or later by the verifier's thread, where it must
  // not block.
  using Done = std::function<void(TokenResult<TokenClaims>)>;

  struct State {
    std::size_t keys = 0;
    std::size_t keys_skipped = 0;
    std::uint64_t fetches = 0;         // ended, well or not
    std::int64_t fetched_steady = -1;  // reading of the steady clock at the last good one, -1: none
    std::string failure;               // of the last fetch; empty: it went well
  };

  // `config` has passed check(). `clock` (only its steady part is read) outlives the verifier.
  OidcVerifier(OidcConfig config, std::unique_ptr<DocumentSource> source, ClockSource& clock);
  ~OidcVerifier();  // stops

  // Never waits for the network: a token with an unknown key that is otherwise in order is put aside
  // until the next fetch has ended and answered then, after the pause too where that is 2 s at most; all
  // else is answered at once. `now` is what the token's times are compared with.
  void verify(std::string_view token, TimeMs now, Done done);

  // Asks for a fetch now, unless one runs or has just ended (pause_ms).
  void refresh();

  // Ends a fetch that runs; whoever waits for one, or would have to, is told kUnavailable.
  void stop();

  State state() const;
  // Counts the key sets that were taken: what was verified under an earlier one may be no more.
  std::uint64_t key_sets() const { return key_sets_.load(std::memory_order_acquire); }

 private:
  struct Waiting {
    Jws jws;
    TimeMs now = 0;
    Done done;
  };

  void run();
  boost::system::result<KeySet, Status> fetch();
  boost::system::result<std::string, Status> discover();
  bool ask_for_fetch();  // under mutex_; whether one runs or will
  TokenRefusal not_verifiable(TokenRefusal otherwise) const;  // under mutex_

  const OidcConfig config_;
  const std::unique_ptr<DocumentSource> source_;  // get() by the thread only
  ClockSource& clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const KeySet> keys_;  // null until the first good fetch
  std::atomic<std::uint64_t> key_sets_{0};
  std::vector<Waiting> waiting_;
  State state_;
  bool stopping_ = false;
  bool wanted_ = true;  // a fetch, as soon as the thread is free
  bool fetching_ = false;
  std::int64_t next_steady_ = 0;         // when to fetch without being asked
  std::int64_t quiet_until_steady_ = 0;  // no fetch before
  std::thread thread_;
};

}  // namespace casewheel::access
