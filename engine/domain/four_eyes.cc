// What the engine adds to a command so that two people see a date move (README.md, four eyes): requests for
// extension whose clock has stopped are dropped, and dates that a handler's act has moved are told to those
// who may decide on them.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engine/domain/decider.h"
#include "engine/domain/hands.h"

namespace casewheel::domain {

void Decider::drop_stopped_requests() {
  const std::vector<stored::ExtensionRequest> requests(state_.extension_requests().begin(),
                                                       state_.extension_requests().end());
  for (const stored::ExtensionRequest& request : requests) {
    const auto& clocks = state_.clocks();
    const bool waits =
        std::any_of(clocks.begin(), clocks.end(), [&](const stored::ClockState& clock) {
          return clock.clock() == request.clock() && !is_stopped(clock);
        });
    if (waits) continue;
    stored::Event event = begin_own();
    event.mutable_extension_dropped()->set_request(request.request());
    event.mutable_extension_dropped()->set_clock(request.clock());
    commit(std::move(event));
  }
}

// Where that clock's date stands now; kNever when it is owed no longer, nothing when it was met or broken.
std::optional<TimeMs> Decider::date_since(const stored::ClockState& before) const {
  const stored::ClockState* of_its_kind = nullptr;
  for (const stored::ClockState& clock : state_.clocks()) {
    if (clock.clock() == before.clock() && !is_stopped(clock)) return date_as_known(clock);
    if (clock.kind() == before.kind() && !is_stopped(clock)) of_its_kind = &clock;
  }
  // A new clock of its kind takes the place of one that has stopped: the verdict stands in the event.
  const bool has_verdict = std::any_of(events_.begin(), events_.end(), [&](const auto& event) {
    return event.has_clock_stopped() && event.clock_stopped().clock() == before.clock() &&
           event.clock_stopped().verdict() != stored::CANCELLED;
  });
  if (has_verdict) return std::nullopt;
  return of_its_kind == nullptr ? kNever : date_as_known(*of_its_kind);
}

// Of what the same person moved before and nobody has acknowledged, else a new one.
std::uint32_t Decider::moved_number(stored::ClockKind kind, std::uint32_t* next) const {
  for (const stored::EscalationState& known : state_.escalations()) {
    if (known.acknowledged_ms() == 0 && known.clock_kind() == kind &&
        known.moved_by() == command_.who.id)
      return known.escalation();
  }
  return (*next)++;
}

void Decider::tell_moved_dates(const std::vector<stored::ClockState>& before) {
  const std::string& who = command_.who.id;
  if (who.empty() || !is_open(state_.status())) return;
  stored::Event event = begin();
  stored::DatesMoved& moved = *event.mutable_dates_moved();
  std::uint32_t next = std::max(state_.escalations_numbered() + 1, moment_.names_from);
  std::vector<std::string> barred;
  for (const stored::ClockState& clock : before) {
    if (!has_handled(state_, clock, who)) continue;
    const TimeMs was = date_as_known(clock);
    const std::optional<TimeMs> is = date_since(clock);
    if (!is || *is <= was) continue;
    stored::MovedDate& move = *moved.add_moves();
    move.set_escalation(moved_number(clock.kind(), &next));
    move.set_clock(clock.clock());
    move.set_kind(clock.kind());
    move.set_due_before_ms(was);
    move.set_due_after_ms(*is == kNever ? 0 : *is);
    for (std::string& staff : barred_from(state_, clock.clock(), who))
      barred.push_back(std::move(staff));
  }
  if (moved.moves().empty()) return;
  for (std::string& staff : rules_.deciders(state_.unit(), barred, moment_.now))
    moved.add_recipients(std::move(staff));
  moved.set_notify_ms(rules_.told_at(DueStep{}, moment_.now));
  commit(std::move(event));
}

}  // namespace casewheel::domain
