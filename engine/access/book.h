// Accounts, keys and sessions as they stand: what is asked at every call, so it is in memory,
// filled from the rows at start and from each change once that is durable. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "engine/access/caller.h"

namespace casewheel::access {

inline constexpr DurationMs kUsesRecordedEveryMs = 5 * kMinuteMs;
// In one event, which an entry of the journal has room for; with one a minute, of 10,000 sessions
// at work.
inline constexpr int kUsesRecordedAtOnce = 2000;

class Book {
 public:
  // A session that is not used for `session_idle_ms` is over; 0: used or not. When it was used last
  // outlives a restart: a use is recorded when the one on record is five minutes older, or a sixth
  // of the idle time. So a session never looks younger than it is, and after a restart ends that
  // much too early at most.
  explicit Book(DurationMs session_idle_ms = 0) : session_idle_ms_(session_idle_ms) {}
  // From now on, for sessions that are open as well.
  void set_session_idle(DurationMs session_idle_ms) { session_idle_ms_ = session_idle_ms; }

  void put(const stored::Account& account);
  void put(const stored::ApiKey& key);
  void put(const stored::Session& session);
  void put(const stored::SessionUse& use);
  // What a durable event of the partition says about any of them; others are passed over.
  void apply(const stored::Event& event);

  std::optional<stored::Account> account(std::string_view name) const;
  std::optional<stored::ApiKey> key(std::string_view id) const;
  std::vector<stored::Account> accounts() const;  // by name
  std::vector<stored::ApiKey> keys() const;       // by id
  bool has_accounts() const;
  // Digests of the account's sessions, and of every session that is over at `now`.
  std::vector<std::string> sessions_of(std::string_view account) const;
  std::vector<std::string> sessions_expired(TimeMs now) const;

  // True, to one caller at a time and once a minute (or as often as a session's use may be
  // recorded), where sessions have been used that are to be recorded.
  bool uses_wait(TimeMs now) const;
  // Those uses, kUsesRecordedAtOnce at most; the others wait for the next minute.
  stored::SessionsUsed uses_to_record() const;

  // Finds the caller who holds the token, by the machine's time. It finds nobody where the token is not
  // valid (any more), or belongs to a session that is for another purpose.
  std::shared_ptr<const Caller> find(
      std::string_view token, TimeMs now,
      stored::SessionPurpose purpose = stored::SESSION_PURPOSE_UNSPECIFIED) const;
  // Whose certificate has that SHA-256, likewise.
  std::shared_ptr<const Caller> find_certificate(std::string_view digest, TimeMs now) const;

  // Whether whom find() gave would still be found. `used`: it counts as a use of her session.
  bool stands(const Caller& caller, TimeMs now, bool used) const;

 private:
  struct HeldKey {
    stored::ApiKey key;
    std::shared_ptr<const Caller> caller;
  };
  struct HeldSession {
    std::string account;
    std::uint32_t account_version = 0;
    std::shared_ptr<const Caller> caller;
    std::unique_ptr<std::atomic<TimeMs>> used_ms;
    TimeMs recorded_ms = 0;
  };
  void use(const HeldSession& session, TimeMs now) const;
  bool over(const HeldSession& session, TimeMs now) const;

  DurationMs record_every_ms() const {
    return std::min(kUsesRecordedEveryMs, session_idle_ms_.load() / 6);
  }

  std::atomic<DurationMs> session_idle_ms_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, stored::Account, std::less<>> accounts_;
  std::map<std::string, HeldKey, std::less<>> keys_;
  absl::flat_hash_map<std::string, std::string> certificates_;  // ids of keys by digest
  absl::flat_hash_map<std::string, HeldSession> sessions_;      // by the token's digest
  // Recorded of sessions that had ended by then: to be cleared away as ended sessions are.
  std::set<std::string> uses_of_nobody_;
  mutable std::atomic<bool> uses_wait_{false};
  mutable std::atomic<TimeMs> uses_looked_at_ms_{0};
};

}  // namespace casewheel::access
