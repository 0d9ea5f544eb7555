// Oracle of oracle.h: what a clock counts by, its moves from one calendar or policy to another, and that
// it is the one which follows from the facts.
#include <algorithm>

#include "tests/simulation/oracle.h"

namespace casewheel::simulation {
namespace {

// What a calendar itself closes in a county.
std::string closures_in(const stored::Calendar& calendar, const std::string& county) {
  std::string all;
  for (const stored::Closure& closure : calendar.closures()) {
    const auto& named = closure.counties();
    if (named.empty() || std::find(named.begin(), named.end(), county) != named.end())
      all += closure.SerializeAsString() + '\n';
  }
  return all;
}

}  // namespace

std::string Oracle::calendar_of_unit(std::uint32_t version) const {
  const auto found = history_.catalogues.find({tenant(), version});
  if (found == history_.catalogues.end()) return "no such version";
  std::string unit = facts_.unit;
  while (!unit.empty()) {
    std::string parent;
    for (const stored::Unit& one : found->second.units()) {
      if (one.id() != unit) continue;
      if (!one.calendar().empty()) return one.calendar();
      parent = one.parent();
    }
    unit = parent;
  }
  return found->second.calendar();
}

// By the unit of some version: which one was the newest then is not the case's to know.
void Oracle::check_calendar(const Happening& what, const Clock& clock) {
  const bool needs = clock.counts_by_calendar() || clock.ladder_needs_calendar() ||
                     clock.named.has_value() || clock.facts.kind() == stored::AGREED_DATE;
  bool known = !needs && clock.facts.calendar().empty();
  for (const auto& [key, unused] : history_.catalogues) {
    if (needs && key.first == tenant() && clock.facts.calendar() == calendar_of_unit(key.second))
      known = true;
  }
  if (!known) note(other, what, "counts by calendar '" + clock.facts.calendar() + "'");
  if (clock.facts.county() != (clock.facts.calendar().empty() ? "" : facts_.county))
    note(other, what, "counts by the closures of another county");
}

const stored::Catalogue* Oracle::catalogue(std::uint32_t version) const {
  const auto found = history_.catalogues.find({tenant(), version});
  return found == history_.catalogues.end() ? nullptr : &found->second;
}

const stored::Policy* Oracle::policy_of(const stored::ClockStarted& facts) const {
  const stored::Catalogue* of = catalogue(facts.catalogue_version());
  if (of == nullptr) return nullptr;
  for (const stored::Policy& policy : of->policies()) {
    if (policy.id() == facts.policy()) return &policy;
  }
  return nullptr;
}

void Oracle::check_policy(const Happening& what, const Clock& clock) {
  const stored::ClockStarted& by = clock.facts;
  const std::uint32_t holds = facts_.version_under(history_, tenant(), by.rules_edition());
  const stored::Policy* wanted = nullptr;
  if (catalogue(holds) != nullptr) wanted = facts_.policy_in(*catalogue(holds));
  // Where that version has none, the newest of then speaks.
  const bool falls_back = wanted == nullptr;
  if (falls_back && catalogue(by.catalogue_version()) != nullptr)
    wanted = facts_.policy_in(*catalogue(by.catalogue_version()));
  if (by.policy().empty() && by.kind() == stored::AGREED_DATE) {
    if (rule_in(wanted, by.kind()) != nullptr) note(other, what, "a policy speaks of agreed dates");
    return;
  }
  if (clock.rule == nullptr) return note(other, what, "a clock no policy speaks of");
  if (!falls_back && by.catalogue_version() != holds)
    return note(other, what,
                "counts by version " + std::to_string(by.catalogue_version()) + ", version " +
                    std::to_string(holds) + " holds");
  if (wanted == nullptr || wanted->id() != by.policy())
    return note(other, what, "counts by a policy that is not the case's: " + by.policy());
  if (by.kind() != stored::AGREED_DATE &&
      clock.rule->allowance().SerializeAsString() != by.allowance().SerializeAsString())
    note(other, what, "another allowance than the policy's");
}

void Oracle::check_since(const Happening& what, const Clock& clock, TimeMs counted_since) {
  const stored::Policy* policy = policy_of(clock.facts);
  const bool counts = policy != nullptr && policy->on_change() == stored::COUNT_FROM_CHANGE &&
                      clock.facts.kind() != stored::AGREED_DATE;
  if (counts != (counted_since != 0))
    note(other, what,
         stored::ClockKind_Name(clock.facts.kind()) +
             " counts from a change, or does not: " + what.event->ShortDebugString());
  if (!counts) return;
  const TimeMs base = facts_.reopenings > 0 ? facts_.reopened : facts_.received;
  const auto [known, is_new] = since_.emplace(
      std::pair{int{clock.facts.kind()}, clock.facts.allowance().SerializeAsString()},
      counted_since);
  if (!is_new && counted_since != std::max(base, known->second))
    note(other, what, "counts from another change than before");
  if (is_new && counted_since != std::max(base, what.now) && counted_since != base &&
      counted_since != std::max(base, TimeMs{what.event->received_ms()}))
    note(other, what, "counts from no change");
}

bool Oracle::is_dropped_by_policy(const Clock& clock) const {
  if (clock.facts.kind() == stored::AGREED_DATE) return false;
  for (const auto& [key, catalogue] : history_.catalogues) {
    if (key.first != tenant()) continue;
    const stored::ClockRule* rule = rule_in(facts_.policy_in(catalogue), clock.facts.kind());
    if (rule == nullptr || !facts_.owes(*rule))
      return true;  // settled() says whether it was that one
  }
  return false;
}

void Oracle::check_clock(const Happening& what, const Clock& clock) {
  const stored::ClockStarted& by = clock.facts;
  const std::string who = stored::ClockKind_Name(by.kind()) + " ";
  const TimeMs from =
      clock.promised == 0 ? by.start_ms() : std::min<TimeMs>(by.start_ms(), clock.promised_at);
  const Pauses pauses = facts_.pauses_of(clock.rule, from);
  if (pauses != clock.pauses) note(other, what, who + "takes off other pauses than its case had");
  const bool lasts = !pauses.empty() && pauses.back().second == 0;
  if (lasts != (clock.status == stored::PAUSED)) note(other, what, who + "runs in a pause, or not");
  if (by.kind() == stored::AGREED_DATE || clock.carried) return;
  const stored::Policy* policy = policy_of(by);
  if (policy == nullptr || clock.rule == nullptr) return;
  if (!facts_.owes(*clock.rule)) note(other, what, who + "waits and is not owed");
  const auto since = since_.find({int{by.kind()}, by.allowance().SerializeAsString()});
  const TimeMs start =
      facts_.start_of(*policy, *clock.rule, since == since_.end() ? 0 : since->second);
  if (by.start_ms() != start)
    note(other, what,
         who + "starts at " + std::to_string(by.start_ms()) + " and not at " +
             std::to_string(start));
  if (by.kind() != stored::NEXT_UPDATE && facts_.met_at(clock.rule, by.kind(), clock.reopenings))
    note(verdict, what, who + "waits, and what meets it was done");
  const auto granted = facts_.granted.find(by.kind());
  const TimeMs holds_from = by.kind() == stored::NEXT_UPDATE ? start : facts_.reopened;
  const bool named = granted != facts_.granted.end() && granted->second.since_ms() >= holds_from;
  if (named != clock.named.has_value() ||
      (named && clock.named->named_ms() != granted->second.named_ms()))
    note(other, what, who + "forgets a date that was granted, or has one that was not");
}

void Oracle::settled(const Happening& what) {
  if (!facts_.open) return;
  check_promises(what);
  std::uint64_t edition = 0;
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended()) continue;
    for (const auto& [later, other_clock] : clocks_) {
      if (later > number && !other_clock.ended() && other_clock.facts.kind() == clock.facts.kind())
        note(other, what, "two clocks of a kind wait at once");
    }
    check_clock(what, clock);
    if (clock.carried) continue;
    check_policy(what, clock);
    edition = std::max<std::uint64_t>(edition, clock.facts.rules_edition());
  }
  const stored::Catalogue* holds = catalogue(facts_.version_under(history_, tenant(), edition));
  if (edition == 0 || holds == nullptr) return;
  const stored::Policy* policy = facts_.policy_in(*holds);
  if (policy == nullptr) return;
  for (const stored::ClockRule& rule : policy->clocks()) {
    if (!facts_.owes(rule)) continue;
    const bool has_one = std::any_of(clocks_.begin(), clocks_.end(), [&](const auto& one) {
      const Clock& clock = one.second;
      const bool was_met = clock.stop_cause == stored::ACTION_DONE;
      return !clock.carried && clock.facts.kind() == rule.kind() &&
             clock.reopenings == facts_.reopenings && (!clock.ended() || was_met);
    });
    if (!has_one)
      note(other, what,
           stored::ClockKind_Name(rule.kind()) + " is owed and there is no such clock");
  }
}

// Why the move's cause cannot be right; empty when it can.
std::string Oracle::wrong_cause(const stored::ClockMoved& move, const Clock& before) const {
  const bool same_policy = move.policy() == before.facts.policy() &&
                           move.catalogue_version() == before.facts.catalogue_version();
  switch (move.cause()) {
    case stored::CASES_MERGED:
      return move.promised_ms() != before.promised || move.promised_at_ms() != before.promised_at
                 ? ""
                 : "no promise came or went";
    case stored::CASE_CHANGED:
      return changes_case_ ? "" : "the case did not change";
    case stored::CASE_REOPENED:
      return reopens_ ? "" : "the case was not reopened";
    case stored::POLICY_CHANGED:
      return move.rules_edition() <= history_.edition_of(tenant()) ? "" : "of no edition";
    case stored::CALENDAR_CHANGED:
    case stored::CLOSURE_DECLARED:
      break;
    default:
      return "it names none";
  }
  if (!same_policy || move.calendar() != before.facts.calendar() ||
      move.county() != before.facts.county())
    return "a calendar changes no policy and no county";
  if (move.rules_edition() <= before.facts.rules_edition()) return "moved twice by one change";
  const auto chain = history_.calendars.chain(move.rules_edition(), move.calendar());
  for (const auto& [edition, change] : history_.calendars.changes()) {
    if (edition <= before.facts.rules_edition() || edition > move.rules_edition()) continue;
    const std::string name = change.id() + " version " + std::to_string(change.version());
    if (!move.reference().starts_with(name + ":") && move.reference() != name) continue;
    if (std::none_of(chain.begin(), chain.end(),
                     [&](const stored::Calendar* one) { return one->id() == change.id(); }))
      return "that calendar has no say here";
    if (change.by_closure() != (move.cause() == stored::CLOSURE_DECLARED))
      return "a closure is no revision";
    if (!change.by_closure()) return {};
    const auto before_it = history_.calendars.chain(edition - 1, change.id());
    if (before_it.empty() ||
        closures_in(*before_it.front(), move.county()) != closures_in(change, move.county()))
      return {};
    return "that closure is not of its county";
  }
  return "no such change since: " + move.reference();
}

void Oracle::lay(const Happening& what, Clock& clock, const stored::ClockMoved& e) {
  const Clock before = clock;
  if (e.due_before_ms() != (before.due() == kNever ? 0 : before.due()))
    note(verdict, what, "moved from another due instant");
  clock.facts.set_policy(e.policy());
  clock.facts.set_catalogue_version(e.catalogue_version());
  clock.facts.set_calendar(e.calendar());
  clock.facts.set_county(e.county());
  clock.facts.set_rules_edition(e.rules_edition());
  clock.facts.set_start_ms(e.start_ms());
  if (e.has_allowance()) *clock.facts.mutable_allowance() = e.allowance();
  clock.named.reset();
  if (e.has_named()) clock.named = e.named();
  clock.promised = e.promised_ms();
  clock.promised_at = e.promised_at_ms();
  clock.rule = rule_in(policy_of(clock.facts), clock.facts.kind());
  clock.pauses.clear();
  for (const stored::PauseInterval& pause : e.pauses())
    clock.pauses.emplace_back(pause.from_ms(), pause.to_ms());
  clock.status = e.paused() ? stored::PAUSED : stored::RUNNING;
  check_promise(what, e.clock(), clock);
  take_promise(clock);
  const bool as_it_stood = before.stop_cause == stored::CASE_ENDED;
  const bool by_calendar = clock.carried || e.cause() == stored::CALENDAR_CHANGED ||
                           e.cause() == stored::CLOSURE_DECLARED;
  if (!by_calendar && !as_it_stood && e.cause() != stored::CASES_MERGED)
    check_since(what, clock, e.counted_since_ms());
  if (!by_calendar && e.cause() != stored::CASE_REOPENED) check_calendar(what, clock);
  const TimeMs after = clock.due();
  if (e.due_after_ms() != (after == kNever ? 0 : after))
    note(verdict, what,
         "moved to " + std::to_string(e.due_after_ms()) + " and not to " + std::to_string(after));
  clock.moved_at = what.now;
  clock.reach_date(before, what.now, e.cause() != stored::CASE_REOPENED);
  if (e.breached() != clock.breached)
    note(early_or_twice, what, "the breach stands where it must not, or does not");
  if (e.late_by_change() != clock.late_by_change)
    note(lateness, what, "late by the change, or not");
  const OracleSlot next = clock.cursor();
  if (next.step != e.next_step() || next.repetition != e.next_repetition())
    note(early_or_twice, what,
         "after the move the ladder stands at step " + std::to_string(e.next_step()) +
             " instead of " + std::to_string(next.step));
}

void Oracle::moved(const Happening& what) {
  const stored::ClockMoved& e = what.event->clock_moved();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->ended()) return note(other, what, "moves a clock that has ended");
  if (std::string wrong = wrong_cause(e, *clock); !wrong.empty())
    note(lateness, what, "moved by " + stored::MoveCause_Name(e.cause()) + ": " + wrong);
  lay(what, *clock, e);
}

void Oracle::restored(const Happening& what) {
  const stored::ClockRestored& e = what.event->clock_restored();
  Clock* clock = find(e.laid().clock());
  if (clock == nullptr || !clock->ended())
    return note(other, what, "restores a clock that has not ended");
  if (e.verdict() != clock->status || e.cause() != clock->stop_cause)
    note(verdict, what, "takes back another verdict than was given");
  const bool undone =
      reopens_ && clock->stop_cause == stored::CASE_ENDED && clock->stop_end == facts_.end_revision;
  if (!undone && clock->stop_cause != stored::NOT_OF_POLICY)
    note(verdict, what, "comes back, and what ended it was not undone");
  for (const auto& [number, other_clock] : clocks_) {
    if (other_clock.facts.kind() == clock->facts.kind() && !other_clock.ended() &&
        (clock->carried || !other_clock.carried))
      note(other, what, "comes back beside one of its kind");
  }
  lay(what, *clock, e.laid());
  clock->stop_cause = stored::STOP_CAUSE_UNSPECIFIED;
}

}  // namespace casewheel::simulation
