// Oracle of oracle.h: what a clock counts by, and its moves from one calendar or policy to another.
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
  const auto found = history_.catalogues.find({CaseId{key_.second}.tenant_number(), version});
  if (found == history_.catalogues.end()) return "no such version";
  std::string unit = unit_;
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

void Oracle::check_calendar(const Happening& what, const Clock& clock) {
  const bool needs = clock.counts_by_calendar() || clock.ladder_needs_calendar();
  const std::string wanted = needs ? calendar_of_unit(clock.facts.catalogue_version()) : "";
  if (clock.facts.calendar() != wanted)
    note(other, what,
         "counts by calendar '" + clock.facts.calendar() + "' and not '" + wanted + "'");
  if (clock.facts.county() != (needs ? county_ : ""))
    note(other, what, "counts by the closures of another county");
}

// Why the move's cause cannot be right; empty when it can.
std::string Oracle::wrong_cause(const stored::ClockMoved& move, const Clock& before) const {
  const bool same_policy = move.policy() == before.facts.policy() &&
                           move.catalogue_version() == before.facts.catalogue_version();
  switch (move.cause()) {
    case stored::CASES_MERGED:
      return move.promised_ms() != before.promised ? "" : "no promise came or went";
    case stored::CASE_CHANGED:
      return changes_case_ ? "" : "the case did not change";
    case stored::POLICY_CHANGED:
      if (move.rules_edition() <= before.facts.rules_edition()) return "moved twice by one change";
      return before.facts.rules_edition() <
                     history_.policies_carried_at(CaseId{key_.second}.tenant_number())
                 ? ""
                 : "no policy was carried to open cases since";
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

void Oracle::moved(const Happening& what) {
  const stored::ClockMoved& e = what.event->clock_moved();
  Clock* clock = find(e.clock());
  if (clock == nullptr || clock->ended()) return note(other, what, "moves a clock that has ended");
  if (std::string wrong = wrong_cause(e, *clock); !wrong.empty())
    note(lateness, what, "moved by " + stored::MoveCause_Name(e.cause()) + ": " + wrong);
  const bool same_ladder = e.policy() == clock->facts.policy() &&
                           e.catalogue_version() == clock->facts.catalogue_version();
  const TimeMs before = clock->due();
  clock->facts.set_policy(e.policy());
  clock->facts.set_catalogue_version(e.catalogue_version());
  clock->facts.set_calendar(e.calendar());
  clock->facts.set_county(e.county());
  clock->facts.set_rules_edition(e.rules_edition());
  if (e.has_allowance()) *clock->facts.mutable_allowance() = e.allowance();
  clock->promised = e.promised_ms();
  clock->promised_at = e.promised_at_ms();
  clock->rule = rule_of(clock->facts);
  if (clock->rule == nullptr && !(e.policy().empty() && clock->facts.kind() == stored::AGREED_DATE))
    note(other, what, "moved to a clock no policy speaks of");
  if (!clock->carried && clock->rule != nullptr && clock->facts.kind() != stored::AGREED_DATE &&
      clock->rule->allowance().SerializeAsString() != e.allowance().SerializeAsString())
    note(other, what, "moved to another allowance than the policy's");
  if (!same_ladder) check_calendar(what, *clock);
  const TimeMs after = clock->due();
  if (e.due_before_ms() != (before == kNever ? 0 : before))
    note(verdict, what, "moved from another due instant");
  if (e.due_after_ms() != (after == kNever ? 0 : after))
    note(verdict, what,
         "moved to " + std::to_string(e.due_after_ms()) + " and not to " + std::to_string(after));
  clock->moved_at = what.now;
  clock->breached = clock->breached && after <= what.now;
  if (e.breached() != clock->breached)
    note(early_or_twice, what, "the breach stands where it must not, or does not");
  const bool goes_on = same_ladder && (after == before || (after <= what.now && !clock->breached));
  if (!goes_on) {
    ++clock->moves;
    clock->lay_out(what.now, clock->breached || after > what.now);
  }
  const OracleSlot next = clock->cursor();
  if (next.step != e.next_step() || next.repetition != e.next_repetition())
    note(early_or_twice, what,
         "after the move the ladder stands at step " + std::to_string(e.next_step()) +
             " instead of " + std::to_string(next.step));
}

}  // namespace casewheel::simulation
