// See coverage.h.
#include "tests/simulation/coverage.h"

#include <algorithm>
#include <set>

#include "engine/base/digest.h"

namespace casewheel::simulation {

void Coverage::add_time_rules(const stored::JournalEntry& entry, const stored::Event& event) {
  if (event.has_clock_started()) {
    const stored::Allowance& allowance = event.clock_started().allowance();
    ++amounts[allowance.amount_case()];
    if (allowance.has_working_days()) ++day_rules[allowance.day_rule()];
  } else if (event.has_clock_paused()) {
    ++reasons[event.clock_paused().reason()];
    if (event.clock_paused().takes_back_breach()) ++breaches_taken_back;
    if (event.clock_paused().from_ms() + kHourMs < entry.now_ms()) ++told_late;
  } else if (event.has_clock_resumed()) {
    if (event.clock_resumed().to_ms() + kHourMs < entry.now_ms()) ++told_late;
  } else if (event.has_clock_moved()) {
    const stored::ClockMoved& move = event.clock_moved();
    ++moves[move.cause()];
    if (move.due_before_ms() != 0 && move.due_after_ms() > move.due_before_ms()) ++later;
    if (move.due_after_ms() != 0 && move.due_after_ms() < move.due_before_ms()) ++earlier;
    if (move.due_before_ms() != 0 && move.due_before_ms() <= entry.now_ms() &&
        move.due_after_ms() > entry.now_ms())
      ++breaches_taken_back;
  } else if (event.has_rules_swept() && !event.rules_swept().done()) {
    ++slices;
  }
}

void Coverage::add(const History& history) {
  cases += history.cases.size();
  std::uint64_t fired = 0;
  for (const auto& [partition, journal] : history.journal) {
    if (!journal.empty()) fingerprint ^= short_digest(sha256(journal.back().SerializeAsString()));
    std::uint64_t sweeping_to = 0;
    for (const stored::JournalEntry& entry : journal) {
      for (const stored::Event& event : entry.events()) {
        add_time_rules(entry, event);
        if (event.has_rules_swept()) {
          if (sweeping_to != 0 && sweeping_to != event.rules_swept().edition()) ++sweeps_overtaken;
          sweeping_to = event.rules_swept().done() ? 0 : event.rules_swept().edition();
        }
        ++events[event.what_case()];
        if (event.has_step_fired()) {
          ++causes[event.step_fired().cause()];
          skipped += event.step_fired().skipped();
          ++fired;
        }
        if (event.has_clock_breached()) ++causes[event.clock_breached().cause()], ++fired;
        if (event.has_clock_stopped()) {
          ++verdicts[event.clock_stopped().verdict()];
          ++stops[event.clock_stopped().cause()];
        }
        if (event.has_clock_restored()) {
          ++restored[event.clock_restored().cause()];
          ++moves[event.clock_restored().laid().cause()];
        }
        if (event.has_clock_started()) ++clock_kinds[event.clock_started().kind()];
      }
    }
  }
  largest_storm = std::max(largest_storm, fired);
  for (const auto& [key, happenings] : history.cases) {
    std::uint64_t escalations = 0;
    std::set<std::uint64_t> requests;
    for (const Happening& what : happenings) {
      if (what.event->has_step_fired()) ++escalations;
      requests.insert(what.event->request_digest());
    }
    if (escalations > 64) ++many_escalations;
    if (requests.size() > 16) ++many_requests;
  }
}

std::string Coverage::missing() const {
  std::string missing;
  const auto want = [&](const auto& counts, auto value, const std::string& name) {
    const auto found = counts.find(value);
    if (found == counts.end() || found->second == 0)
      missing += (missing.empty() ? "" : ", ") + name;
  };
  const google::protobuf::OneofDescriptor* what =
      stored::Event::descriptor()->FindOneofByName("what");
  // What a repair writes comes of no partition: partition_repair_test has every way to it.
  const auto is_of_a_repair = [](int number) {
    return number >= stored::Event::kEntryLost && number <= stored::Event::kRowsRestated;
  };
  for (int i = 0; i < what->field_count(); ++i) {
    if (!is_of_a_repair(what->field(i)->number()))
      want(events, what->field(i)->number(), what->field(i)->name());
  }
  for (int cause = stored::ON_TIME; cause <= stored::LATE_BY_CHANGE; ++cause) {
    want(causes, cause, stored::LatenessCause_Name(static_cast<stored::LatenessCause>(cause)));
  }
  for (const stored::ClockStatus verdict : {stored::MET, stored::BROKEN, stored::CANCELLED})
    want(verdicts, int{verdict}, stored::ClockStatus_Name(verdict));
  for (int kind = stored::ACKNOWLEDGE; kind <= stored::FOLLOW_UP; ++kind) {
    want(clock_kinds, kind, stored::ClockKind_Name(static_cast<stored::ClockKind>(kind)));
  }
  for (int cause = stored::MoveCause_MIN + 1; cause <= stored::MoveCause_MAX; ++cause) {
    if (stored::MoveCause_IsValid(cause))
      want(moves, cause, stored::MoveCause_Name(static_cast<stored::MoveCause>(cause)));
  }
  for (int cause = stored::StopCause_MIN + 1; cause <= stored::StopCause_MAX; ++cause) {
    want(stops, cause, stored::StopCause_Name(static_cast<stored::StopCause>(cause)));
    if (cause == stored::CASE_ENDED || cause == stored::NOT_OF_POLICY)
      want(restored, cause,
           "undone: " + stored::StopCause_Name(static_cast<stored::StopCause>(cause)));
  }
  for (int amount = stored::Allowance::kWallMs; amount <= stored::Allowance::kCalendarDays;
       ++amount)
    want(amounts, amount, "allowance of kind " + std::to_string(amount));
  for (int rule = stored::DayRule_MIN + 1; rule <= stored::DayRule_MAX; ++rule)
    want(day_rules, rule, stored::DayRule_Name(static_cast<stored::DayRule>(rule)));
  for (int reason = stored::PauseReason_MIN + 1; reason <= stored::PauseReason_MAX; ++reason)
    want(reasons, reason, stored::PauseReason_Name(static_cast<stored::PauseReason>(reason)));
  // The others are given by the worker, the api or the engine around the partitions.
  for (const RejectionCode code :
       {RejectionCode::kInvalidArgument, RejectionCode::kNotFound, RejectionCode::kConflict,
        RejectionCode::kStaleEtag, RejectionCode::kWrongState, RejectionCode::kNotPermitted,
        RejectionCode::kDiskFull}) {
    want(rejections, code, rejection_name(code));
  }
  const std::map<int, std::uint64_t> figures = {{0, crashes_lost},      {1, crashes_unknown},
                                                {2, crashes_at_start},  {3, restarts},
                                                {4, freezes},           {5, duplicates},
                                                {6, skipped},           {7, tampered},
                                                {8, crashes_in_sweeps}, {9, slices},
                                                {10, sweeps_overtaken}, {11, later},
                                                {12, earlier},          {13, breaches_taken_back},
                                                {14, told_late},        {15, restores},
                                                {16, many_escalations}, {17, many_requests}};
  static constexpr const char* kNames[] = {"a lost write",
                                           "a write of unknown fate",
                                           "a crash while starting",
                                           "a clean restart",
                                           "a frozen clock",
                                           "a duplicate",
                                           "skipped repetitions",
                                           "a changed byte",
                                           "a crash in a sweep",
                                           "a sweep of several slices",
                                           "a sweep overtaken by a change",
                                           "a later date",
                                           "an earlier date",
                                           "a breach taken back",
                                           "something told afterwards",
                                           "a restore into a shorter history",
                                           "more than 64 escalations of a case",
                                           "more than 16 requests of a case"};
  for (const auto& [index, count] : figures) want(figures, index, kNames[index]);
  return missing;
}

std::string Coverage::summary() const {
  std::uint64_t events_total = 0;
  for (const auto& [kind, count] : events) events_total += count;
  const auto of = [](const auto& counts, auto key) {
    const auto found = counts.find(key);
    return std::to_string(found == counts.end() ? 0 : found->second);
  };
  std::string causes_text;
  for (const auto& [cause, count] : causes) {
    causes_text += " " + stored::LatenessCause_Name(static_cast<stored::LatenessCause>(cause)) +
                   "=" + std::to_string(count);
  }
  std::string moves_text;
  for (const auto& [cause, count] : moves) {
    moves_text += (moves_text.empty() ? "" : " ") +
                  stored::MoveCause_Name(static_cast<stored::MoveCause>(cause)) + "=" +
                  std::to_string(count);
  }
  return std::to_string(steps) + " steps, " + std::to_string(cases) + " cases, " +
         std::to_string(events_total) + " events of " + std::to_string(events.size()) + " kinds, " +
         of(events, static_cast<int>(stored::Event::kStepFired)) + " steps fired, " +
         of(events, static_cast<int>(stored::Event::kClockBreached)) + " breaches (" +
         (causes_text.empty() ? "" : causes_text.substr(1)) + "), " + std::to_string(skipped) +
         " repetitions skipped, " + of(verdicts, static_cast<int>(stored::MET)) + " clocks met, " +
         of(verdicts, static_cast<int>(stored::BROKEN)) + " broken, " +
         std::to_string(crashes_lost + crashes_unknown) + " crashes (" +
         std::to_string(crashes_lost) + " lost, " + std::to_string(crashes_unknown) + " unknown, " +
         std::to_string(crashes_at_start) + " of them while starting), " +
         std::to_string(restarts) + " clean restarts, " + std::to_string(restores) +
         " restores into a shorter history, " + std::to_string(freezes) + " frozen clocks, " +
         std::to_string(duplicates) + " duplicates, " + std::to_string(rejections.size()) +
         " kinds of rejection, moves (" + moves_text + "), " + std::to_string(later) + " later, " +
         std::to_string(earlier) + " earlier, " + std::to_string(breaches_taken_back) +
         " breaches taken back, " + std::to_string(told_late) + " told afterwards, " +
         std::to_string(slices) + " slices before the last, " + std::to_string(sweeps_overtaken) +
         " sweeps overtaken, " + std::to_string(crashes_in_sweeps) + " crashes in sweeps, " +
         std::to_string(tampered) + " changed bytes found, largest storm " +
         std::to_string(largest_storm) + "; fingerprint " + std::to_string(fingerprint);
}

}  // namespace casewheel::simulation
