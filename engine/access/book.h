// Accounts, keys and sessions as they stand: what is asked at every call, so it is in memory, filled
// from the rows at start and from each change once that is durable. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "engine/access/caller.h"

namespace casewheel::access {

class Book {
 public:
  // A session that is not used for `session_idle_ms` is over; 0: used or not. When it was used last is
  // in memory alone, and sessions from before the engine's start, `started_ms`, count as used then.
  explicit Book(DurationMs session_idle_ms = 0, TimeMs started_ms = 0)
      : session_idle_ms_(session_idle_ms), started_ms_(started_ms) {}

  void put(const stored::Account& account);
  void put(const stored::ApiKey& key);
  void put(const stored::Session& session);
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

  // Whose token it is, by the machine's time; null when it is nobody's (any more).
  std::shared_ptr<const Caller> find(std::string_view token, TimeMs now) const;
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
  };
  bool over(const HeldSession& session, TimeMs now) const;

  const DurationMs session_idle_ms_;
  const TimeMs started_ms_;

  mutable std::shared_mutex mutex_;
  std::map<std::string, stored::Account, std::less<>> accounts_;
  std::map<std::string, HeldKey, std::less<>> keys_;
  absl::flat_hash_map<std::string, std::string> certificates_;  // ids of keys by digest
  absl::flat_hash_map<std::string, HeldSession> sessions_;      // by the token's digest
};

}  // namespace casewheel::access
