// The pen decide() writes with: collects events and keeps a working copy of the case up to date, so
// that a later rule of the same command sees what an earlier one did. Lives for one command.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::domain {

class Decider {
 public:
  Decider(stored::CaseState state, const Command& command, const Moment& moment,
          const Rulebook& rules)
      : state_(std::move(state)), command_(command), moment_(moment), rules_(rules) {}

  const stored::CaseState& state() const { return state_; }
  const Rulebook& rules() const { return rules_; }
  const Moment& moment() const { return moment_; }
  const Command& command() const { return command_; }
  Events take() { return std::move(events_); }

  // A new event with the command's actor and request; fill in `what`, then commit() it.
  stored::Event begin() const;
  // One that is the engine's own doing, whoever's request it was that came upon it.
  static stored::Event begin_own();
  void commit(stored::Event event);
  std::uint32_t next_revision() const;  // of the event to be committed next

  // Starts the policy clocks for which `wanted` holds, at `start_ms`.
  template <typename Wanted>
  void start_clocks(TimeMs start_ms, Wanted wanted) {
    for (const ClockPlan& plan : rules_.plans(state_)) {
      if (wanted(plan.kind)) start_clock(plan, start_ms, 0);
    }
  }
  void start_clock(const ClockPlan& plan, TimeMs start_ms, TimeMs agreed_ms);

  // Stops every clock the signal meets: MET when the action came before due, else BROKEN.
  void signal(stored::ClockSignal signal, TimeMs action_ms,
              stored::ReplyMeans means = stored::MEANS_UNSPECIFIED);
  // The obligations that are left fall away at `end_ms`; what was overdue by then stays broken.
  void end_clocks(TimeMs end_ms);
  // The status of the case has changed: clocks that pause in it stop counting at `at_ms`, those
  // that no longer do go on.
  void pause_clocks(stored::PauseReason reason, TimeMs at_ms);
  // The same for clocks that started while the case waits.
  void pause_if_waiting(TimeMs at_ms);
  void resume_clocks(TimeMs at_ms);
  // Fires what is due on every clock.
  void fire_due();

  // Lays clocks anew that stand under an earlier edition of the time rules. Without `all`, only
  // those whose dates differ: for the others the earlier edition says the same, until a pause or an
  // extension moves them on.
  void relay(bool all);
  // The case is another one now (priority, service, kind): its clocks are those of its policies,
  // counted from where they were.
  void replan(const MoveReason& why);
  // The case belongs to another unit now: its clocks count by that unit's calendar.
  void relay_for_unit();

  // Of the promises the case keeps for others, the earliest of each kind holds: see act_on_merge.cc.
  void keep_promises(const MoveReason& why);
  // What stopped these clocks was a mistake: they go on as they were.
  void reinstate_clocks(const google::protobuf::RepeatedField<std::uint32_t>& numbers);

  // An instant the caller stated that lay a little ahead: noted with every event that follows.
  void note_stated(TimeMs stated) { stated_ms_ = stated; }

 private:
  std::vector<stored::ClockState> waiting_clocks() const;
  void stop_clock(std::uint32_t number, stored::ClockStatus verdict, TimeMs action_ms,
                  TimeMs due_ms);
  void keep_promise(stored::ClockKind kind, const MoveReason& why);
  void start_carried_clock(const stored::CarriedPromise& promise);
  void end_clock(const stored::ClockState& clock, TimeMs end_ms);
  void move_clock(const stored::ClockState& clock, const stored::ClockState& moved,
                  const MoveReason& why);
  void pause_clock(const stored::ClockState& clock, stored::PauseReason reason, TimeMs at_ms);
  void resume_clock(const stored::ClockState& clock, TimeMs at_ms);
  std::uint32_t escalation_number(const stored::ClockState& clock, std::uint32_t step) const;
  bool fire_next(const stored::ClockState& clock);
  stored::LatenessCause cause_of(const stored::ClockState& clock, TimeMs instant) const;

  stored::CaseState state_;
  const Command& command_;
  const Moment& moment_;
  const Rulebook& rules_;
  Events events_;
  TimeMs stated_ms_ = 0;
};

bool is_stopped(const stored::ClockState& clock);

}  // namespace casewheel::domain
