#include "engine/access/sign_in_guard.h"

#include <algorithm>

namespace casewheel::access {
namespace {

constexpr int kFreeFailuresOfNetwork = 50;
constexpr int kFreeFailuresOfAccount = 100;
// A network stays an account's own so long after it was signed in to from there.
constexpr DurationMs kFamiliarMs = 30 * kDayMs;
constexpr std::size_t kFamiliarMax = 100'000;  // some 100 bytes each

void leave_one(std::map<std::string, int>* counts, const std::string& name) {
  const auto found = counts->find(name);
  if (found != counts->end() && --found->second == 0) counts->erase(found);
}

}  // namespace

SignInGuard::SignInGuard()
    : pairs_({}),
      networks_({.free_failures = kFreeFailuresOfNetwork}),
      accounts_({.free_failures = kFreeFailuresOfAccount}) {}

// No account and no network has a line break in it.
std::string SignInGuard::pair_of(const Attempt& attempt) {
  return attempt.account + "\n" + attempt.network;
}

bool SignInGuard::is_familiar(const Attempt& attempt, TimeMs now) {
  const std::scoped_lock lock(mutex_);
  const auto found = familiar_.find(pair_of(attempt));
  return found != familiar_.end() && now - found->second < kFamiliarMs;
}

DurationMs SignInGuard::begin(const Attempt& attempt, TimeMs now) {
  const std::string pair = pair_of(attempt);
  if (const DurationMs wait = networks_.attempt(attempt.network, now); wait > 0)
    return std::max(wait, pairs_.wait(pair, now));
  if (const DurationMs wait = pairs_.attempt(pair, now); wait > 0) {
    networks_.forgive(attempt.network);
    return wait;
  }
  // Counted from everywhere; a wait is for strangers alone.
  const DurationMs wait = accounts_.attempt(attempt.account, now);
  if (wait == 0 || is_familiar(attempt, now)) return 0;
  networks_.forgive(attempt.network);
  pairs_.forgive(pair);
  return wait;
}

void SignInGuard::succeeded(const Attempt& attempt, TimeMs now) {
  pairs_.succeeded(pair_of(attempt));
  networks_.forgive(attempt.network);
  accounts_.forgive(attempt.account);
  const std::scoped_lock lock(mutex_);
  if (familiar_.size() >= kFamiliarMax) {
    absl::erase_if(familiar_,
                   [now](const auto& known) { return now - known.second >= kFamiliarMs; });
    if (familiar_.size() >= kFamiliarMax) familiar_.erase(familiar_.begin());
  }
  familiar_[pair_of(attempt)] = now;
}

void SignInGuard::withdrawn(const Attempt& attempt) {
  pairs_.forgive(pair_of(attempt));
  networks_.forgive(attempt.network);
  accounts_.forgive(attempt.account);
}

bool PasswordPlaces::take(const std::string& account, const std::string& network) {
  const std::scoped_lock lock(mutex_);
  const auto held = [](const std::map<std::string, int>& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  };
  if (taken_ >= kPlaces || held(accounts_, account) >= kOfAccount ||
      held(networks_, network) >= kOfNetwork)
    return false;
  ++taken_;
  ++accounts_[account];
  ++networks_[network];
  return true;
}

void PasswordPlaces::leave(const std::string& account, const std::string& network) {
  const std::scoped_lock lock(mutex_);
  --taken_;
  leave_one(&accounts_, account);
  leave_one(&networks_, network);
}

}  // namespace casewheel::access
