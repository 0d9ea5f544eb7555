// Guessing passwords made slow, without letting a guesser lock anybody out. An attempt is counted
// before it is looked at, so that many at once are no more than one after the other:
//  - of one account from one network, five failures are free;
//  - of one network, fifty, whatever the accounts: a whole office may come from one;
//  - of one account from all networks together, a hundred, save from those it was signed in to from
//    lately: its owner's own.
// Beyond that each further failure doubles a wait. Who guesses from the owner's own network slows
// the owner too. In memory alone: a restart forgets. Time comes in as an argument. Thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <map>
#include <mutex>
#include <string>

#include "engine/access/throttle.h"

namespace casewheel::access {

class SignInGuard {
 public:
  // An account as it is now (another password is another one, about which nothing was guessed), and
  // where the attempt comes from (network_of).
  struct Attempt {
    std::string account;
    std::string network;
  };

  SignInGuard();

  // How long to wait; 0: it is looked at, and has failed until the next two say otherwise.
  DurationMs begin(const Attempt& attempt, TimeMs now);
  void succeeded(const Attempt& attempt, TimeMs now);
  // It was not looked at after all.
  void withdrawn(const Attempt& attempt);

 private:
  static std::string pair_of(const Attempt& attempt);
  bool is_familiar(const Attempt& attempt, TimeMs now);

  Throttle pairs_;
  Throttle networks_;
  Throttle accounts_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, TimeMs> familiar_;  // pairs, by the last sign-in
};

// Who may wait to have a password worked on: each takes tens of milliseconds of one thread, so that
// neither one account nor one network may hold all the places. Thread-safe.
class PasswordPlaces {
 public:
  static constexpr int kPlaces = 64;  // about two seconds of work
  static constexpr int kOfAccount = 4;
  static constexpr int kOfNetwork = 32;

  // False where there is none for them.
  bool take(const std::string& account, const std::string& network);
  void leave(const std::string& account, const std::string& network);

 private:
  std::mutex mutex_;
  int taken_ = 0;
  std::map<std::string, int> accounts_;
  std::map<std::string, int> networks_;
};

}  // namespace casewheel::access
