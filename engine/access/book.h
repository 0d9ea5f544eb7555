// Accounts, keys and sessions as they stand: what is asked at every call, so it is in memory, filled
// from the rows at start and from each change once that is durable. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

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
  // Digests of the account's sessions, and of every session that has run out by `now`.
  std::vector<std::string> sessions_of(std::string_view account) const;
  std::vector<std::string> sessions_expired(TimeMs now) const;

  // Whose token it is, by the machine's time; null when it is nobody's (any more).
  std::shared_ptr<const Caller> find(std::string_view token, TimeMs now) const;
  // Whose certificate has that SHA-256, likewise.
  std::shared_ptr<const Caller> find_certificate(std::string_view digest, TimeMs now) const;

 private:
  struct HeldKey {
    stored::ApiKey key;
    std::shared_ptr<const Caller> caller;
  };
  struct HeldSession {
    std::string account;
    std::shared_ptr<const Caller> caller;
  };

  mutable std::shared_mutex mutex_;
  std::map<std::string, stored::Account, std::less<>> accounts_;
  std::map<std::string, HeldKey, std::less<>> keys_;
  absl::flat_hash_map<std::string, std::string> certificates_;  // ids of keys by digest
  absl::flat_hash_map<std::string, HeldSession> sessions_;      // by the token's digest
};

}  // namespace casewheel::access
