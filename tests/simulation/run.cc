// See run.h.
#include "tests/simulation/run.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "storage/keys.h"

namespace casewheel::simulation {
namespace {

constexpr TimeMs kStart = 1'780'000'000'000;  // May 2026

using Fault = storage::MemoryStore::Fault;

}  // namespace

Run::Run(std::uint64_t seed, std::uint64_t steps, bool verbose)
    : steps_(steps),
      verbose_(verbose),
      random_(seed),
      world_(seed ^ 0xabcdef, static_cast<PartitionId>(1 + random_.below(3)),
             kStart + random_.between(0, 400 * kDayMs)),
      traffic_(random_, world_, ledger_) {
  // One seed in a hundred sees thousands of deadlines at one instant, the others a few dozen.
  storm_size_ = seed % 100 == 7 ? 2000 : static_cast<std::uint64_t>(random_.between(8, 40));
}

void Run::say(const std::string& what) const {
  if (verbose_)
    std::fprintf(stderr, "step %llu: %s\n", static_cast<unsigned long long>(step_), what.c_str());
}

std::string Run::go(Coverage* coverage) {
  come_back(false);
  world_.relaid_max = 2 + random_.below(8);
  std::vector<Asked> first;
  first.push_back(traffic_.first_calendars());
  first.push_back(traffic_.first_catalogue());
  if (problem_.empty() && !serve(std::move(first), 0))
    problem_ = "the first catalogue was not stored";
  for (step_ = 1; step_ <= steps_ && problem_.empty(); ++step_) {
    if (!step() && problem_.empty()) {
      ++(armed_ == Fault::kLost ? seen_.crashes_lost : seen_.crashes_unknown);
      if (world_.died_sweeping) ++seen_.crashes_in_sweeps;
      say("the process died");
      if (random_.percent(40)) world_.pass(random_.between(1, kDayMs));
      come_back(true);
    }
    if (problem_.empty()) problem_ = changes_are_armed(world_);
  }
  // The end: whoever must confirms, and everything that is due fires.
  if (problem_.empty()) {
    say("the end");
    world_.store.arm(Fault::kNone);
    world_.set_disk_full(false);
    if (!confirm() || !world_.drain()) problem_ = "a store without faults failed";
  }
  if (problem_.empty() && !finish_merges()) problem_ = "a store without faults failed";
  if (problem_.empty()) check(true);
  if (problem_.empty()) problem_ = merges_are_settled(Picture(world_, ledger_));
  if (problem_.empty() && random_.percent(15)) {
    if (std::string wrong = any_changed_byte_is_found(world_, random_, 6); !wrong.empty())
      problem_ = "any_changed_byte_is_found: " + wrong;
    seen_.tampered += 6;
  }
  const History history = History::read(world_.store, world_.partitions());
  seen_.add(history);
  seen_.steps = step_ - 1;
  seen_.rejections = ledger_.rejections;
  *coverage = seen_;
  return problem_.empty() ? "" : "step " + std::to_string(step_) + ": " + problem_;
}

void Run::check(bool drained) {
  const Picture picture(world_, ledger_);
  problem_ = check_all(picture, drained, drained || random_.percent(25));
  if (!problem_.empty()) return;
  if (const std::string met = lost_.met_again(Names::of(picture.history)); !met.empty())
    problem_ = "no_lost_name_is_met_again: " + met;
}

// To the same backup more than once, to one made after another restore, to one of a lost time.
void Run::go_back() {
  say("back to a backup");
  ++seen_.restores;
  const Names before = Names::of(History::read(world_.store, world_.partitions()));
  go_back_to(random_.pick(backups_), world_, ledger_);
  lost_.lose(before, Names::of(History::read(world_.store, world_.partitions())));
  traffic_.forget_waiting();
  // A restore takes its time; the machine's clock is mostly right. Less than some seconds would be quicker
  // than a case has names, which go on by tenths of a second (engine/partition/restored.h).
  world_.pass(random_.percent(50) ? random_.between(5000, 10'000)
                                  : random_.between(5000, 3 * kDayMs));
}

void Run::come_back(bool crashed) {
  if (crashed) world_.end();
  for (int tries = 0;; ++tries) {
    const bool dies_again = crashed && tries == 0 && random_.percent(15);
    if (dies_again)
      world_.store.arm(random_.percent(50) ? Fault::kLost : Fault::kAppliedButUnknown,
                       random_.below(world_.partitions() + 1u));
    world_.race_loading = random_.percent(40);
    if (world_.start()) break;
    ++seen_.crashes_at_start;
    world_.end();
    if (tries > 3) {
      problem_ = "the engine does not start";
      return;
    }
  }
  world_.store.arm(Fault::kNone);
  say("started");
  if (step_ == 0) return;
  traffic_.merges().resume();
  if (problem_.empty()) check(false);
  if (problem_.empty() && random_.percent(60) && !world_.drain())
    problem_ = "a store without faults failed";
  if (random_.percent(70)) traffic_.ask_again_unanswered();
}

bool Run::serve(std::vector<Asked> asked, PartitionId partition) {
  std::vector<partition::Request> requests;
  for (const Asked& one : asked) {
    ledger_.sent(one);
    partition::Request request;
    request.body = one.request;
    requests.push_back(std::move(request));
  }
  std::vector<partition::Answer> answers;
  if (random_.percent(20)) world_.pass(random_.between(1, 40));  // they waited in the queue
  if (!world_.turn(partition, requests, &answers)) return false;
  for (std::size_t i = 0; i < asked.size() && problem_.empty(); ++i) {
    if (answers[i].duplicate) ++seen_.duplicates;
    if (asked[i].merge != 0) {
      traffic_.merges().answered(asked[i], answers[i]);
      continue;
    }
    if (std::string wrong = ledger_.settle(asked[i], answers[i]); !wrong.empty())
      problem_ = "the ledger: " + wrong;
  }
  return true;
}

// Requests for every partition, asked before any is served.
bool Run::serve_batch() {
  std::map<PartitionId, std::vector<Asked>> by_partition;
  const std::uint64_t count = 1 + random_.below(random_.percent(10) ? 30 : 5);
  for (std::uint64_t i = 0; i < count; ++i) {
    Asked asked = traffic_.request();
    by_partition[asked.partition].push_back(std::move(asked));
  }
  for (auto& [partition, asked] : by_partition) {
    if (asked.front().merge == 0 && random_.percent(10))
      asked.push_back(asked.front());  // twice in one batch
    if (!serve(std::move(asked), partition) || !problem_.empty()) return false;
  }
  return random_.percent(80) ? world_.drain() : true;
}

void Run::idle() {
  const TimeMs from = world_.clock().read().now;
  const std::uint64_t die = random_.below(100);
  world_.pass(die < 60   ? random_.between(1, kHourMs)
              : die < 90 ? random_.between(kHourMs, 2 * kDayMs)
                         : random_.between(2 * kDayMs, 30 * kDayMs));
  world_.hinder(from, world_.clock().read().now, stored::OVERLOAD);
}

bool Run::storm() {
  const TimeMs agreed = world_.clock().read().now + random_.between(kHourMs, 2 * kDayMs);
  std::map<PartitionId, std::vector<Asked>> by_partition;
  for (std::uint64_t i = 0; i < storm_size_; ++i) {
    Asked asked = traffic_.storm_lodge(agreed);
    by_partition[asked.partition].push_back(std::move(asked));
  }
  storm_size_ = std::min<std::uint64_t>(storm_size_, 40);  // one large one is enough
  for (auto& [partition, asked] : by_partition) {
    if (!serve(std::move(asked), partition)) return false;
  }
  // Half of the storms meet a process that dies in the middle of them.
  if (random_.percent(50)) {
    arm_fault(random_.below(6));
  }
  return world_.pass_awake(agreed - world_.machine.system + random_.between(0, 2000));
}

void Run::set_machine_clock() {
  const DurationMs step =
      random_.percent(50) ? -random_.between(1, 3 * kHourMs)
                          : random_.between(1, random_.percent(70) ? 10 * kMinuteMs : 500 * kDayMs);
  const auto [before, was_frozen] = world_.clock().read();
  world_.machine.system += step;
  const EngineClock::Reading reading = world_.clock().read();
  const bool jumped = was_frozen || world_.machine.system - before > 5 * kMinuteMs;
  if (!problem_.empty()) return;
  if (reading.now < before) problem_ = "time_never_goes_back: the clock's own reading";
  if (reading.frozen != jumped) problem_ = jumped ? "a jump was believed" : "frozen without a jump";
  if (reading.frozen && reading.now != before)
    problem_ = "engine time followed a jump nobody has confirmed";
  if (reading.frozen) ++seen_.freezes;
  if (!reading.frozen && reading.now > before) world_.hinder(before, reading.now, stored::OVERLOAD);
}

bool Run::confirm() {
  const EngineClock::Hold hold = world_.clock().hold();
  const EngineClock::Reading before = world_.clock().read();
  if (!before.frozen) return true;
  world_.clock().confirm();
  const TimeMs after = world_.clock().read().now;
  world_.hinder(hold.from, after, stored::CLOCK_JUMP);
  for (PartitionId id = 0; id < world_.partitions(); ++id) {
    std::vector<Asked> asked;
    asked.push_back({Asked::What::kOther, Asked::Body::kFirst, 0, id,
                     partition::ClockConfirmedRequest{
                         before.now, after, {stored::OPERATOR, "op", domain::kEveryRole}}});
    if (!serve(std::move(asked), id)) return false;
  }
  return true;
}

void Run::arm_fault(std::uint64_t writes_before) {
  armed_ = random_.percent(50) ? Fault::kLost : Fault::kAppliedButUnknown;
  say(armed_ == Fault::kLost ? "a write will be lost" : "a write will be of unknown fate");
  world_.store.arm(armed_, writes_before);
}

bool Run::meet_an_instant() {
  if (ledger_.cases.empty()) return true;
  const CaseAddress address = random_.pick(ledger_.cases);
  TimeMs instant = world_.at(address.partition).armed_at(address.id);
  const TimeMs now = world_.clock().read().now;
  std::string value;
  stored::ClockRow row;
  if (random_.percent(60) &&
      world_.store.get(storage::Table::kState, storage::clock_key(address.partition, address.id),
                       &value) &&
      row.ParseFromString(value) && row.due_ms() > now) {
    instant = row.due_ms();
  }
  if (instant != kNever && instant > now && instant - now < 10 * kDayMs) {
    world_.pass(instant - now + (random_.percent(60) ? 0 : random_.between(-1, 1)));
    world_.hinder(now, world_.clock().read().now, stored::OVERLOAD);
  }
  traffic_.focus(address);
  const bool alive = serve_batch();
  traffic_.focus({});
  return alive;
}

// Somebody changes a calendar, or policies for open cases too. What follows goes on beside the sweep,
// and often dies in it or sees the next change before it has ended.
bool Run::change_rules() {
  std::vector<Asked> asked;
  asked.push_back(random_.percent(70) ? traffic_.calendar() : traffic_.catalogue());
  if (random_.percent(40)) {
    for (int i = 0; i < 3; ++i) asked.insert(asked.begin(), traffic_.lodge_in(0));
  }
  say("the time rules change");
  if (!serve(std::move(asked), 0) || !problem_.empty()) return false;
  if (random_.percent(35)) arm_fault(random_.below(8));
  if (random_.percent(30)) {  // and once more while the first is being carried
    std::vector<partition::Answer> none;
    for (PartitionId id = 0; id < world_.partitions(); ++id) {
      if (!world_.turn(id, {}, &none)) return false;
    }
    std::vector<Asked> again;
    again.push_back(traffic_.calendar());
    if (!serve(std::move(again), 0) || !problem_.empty()) return false;
  }
  return random_.percent(50) ? world_.drain() : serve_batch();
}

bool Run::finish_merges() {
  for (int steps = 0; !traffic_.merges().idle() && problem_.empty(); ++steps) {
    if (steps > 1000) {
      problem_ = "a merge never ends";
      break;
    }
    std::vector<Asked> asked;
    asked.push_back(*traffic_.merges().step());
    const PartitionId partition = asked.front().partition;
    if (!serve(std::move(asked), partition)) return false;
  }
  return world_.drain();
}

bool Run::toggle_disk() {
  world_.set_disk_full(!world_.disk_is_full());
  return true;
}

bool Run::step() {
  const std::uint64_t die = random_.below(1000);
  if (world_.clock().read().frozen && random_.percent(25)) {
    say("confirm");
    return confirm();
  }
  if (world_.disk_is_full() && random_.percent(40)) return toggle_disk();
  if (die < 390) {
    return serve_batch();
  } else if (die < 400) {
    std::vector<Asked> asked = traffic_.hammer();
    if (asked.empty()) return true;
    const PartitionId partition = asked.front().partition;
    return serve(std::move(asked), partition);
  } else if (die < 460) {
    return change_rules();
  } else if (die < 560) {
    return meet_an_instant();
  } else if (die < 700) {
    const DurationMs duration =
        random_.percent(60) ? random_.between(1, 2 * kHourMs) : random_.between(1, 3 * kDayMs);
    say("awake for " + std::to_string(duration));
    return world_.pass_awake(duration);
  } else if (die < 780) {
    idle();
    return random_.percent(60) ? world_.drain() : true;
  } else if (die < 810) {
    say("the machine's clock is set");
    set_machine_clock();
    return true;
  } else if (die < 825) {
    return toggle_disk();
  } else if (die < 850) {
    say("storm");
    return world_.disk_is_full() ? true : storm();
  } else if (die < 880) {
    std::vector<Asked> asked;
    asked.push_back(random_.percent(70) ? traffic_.catalogue() : traffic_.checkpoint());
    const PartitionId partition = asked.front().partition;
    return serve(std::move(asked), partition);
  } else if (die < 925) {
    say("clean restart");
    ++seen_.restarts;
    const std::uint64_t what = random_.below(100);
    world_.end();
    if (what < 10) {
      world_.restore_mark();
    } else if (what < 50) {
      if (backups_.size() == 3) backups_.erase(backups_.begin());
      backups_.push_back(take_backup(world_, ledger_));
    } else if (what < 85 && !backups_.empty()) {
      go_back();
    }
    if (random_.percent(50)) world_.pass(random_.between(1, 5 * kDayMs));
    world_.machine.steady = random_.between(0, 1'000'000);
    come_back(false);
    return true;
  } else if (die < 985) {
    arm_fault(random_.below(4));
    bool alive = true;
    for (int i = 0; alive && problem_.empty() && i < 12; ++i)
      alive =
          random_.percent(30) ? world_.pass_awake(random_.between(1, 4 * kHourMs)) : serve_batch();
    if (alive) world_.store.arm(Fault::kNone);
    return alive;
  }
  return world_.drain();
}

}  // namespace casewheel::simulation
