// The pen decide() writes with: collects events and keeps a working copy of the case up to date, so
// that a later rule of the same command sees what an earlier one did. Lives for one command. Clocks are
// derived from the facts of the case and the policy that holds: README.md, derive.cc.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/domain/apply.h"
#include "engine/domain/apply_clocks.h"
#include "engine/domain/decide.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::domain {

class Decider {
 public:
  Decider(stored::CaseState state, const Command& command, const Moment& moment,
          const Rulebook& rules)
      : state_(std::move(state)), command_(command), moment_(moment), rules_(rules) {
    for (const stored::ClockState& clock : state_.clocks()) {
      if (clock.breached() && !clock.late_by_change()) breached_before_.push_back(clock.clock());
    }
    for (const stored::CarriedPromise& promise : state_.promises()) {
      if (promise.broken_clock() != 0 && date_of(promise) < moment_.now)
        broken_before_.push_back(promise);
    }
  }

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

  // The facts of the case are on record, or its policy is another one: its clocks become what follows
  // from both. Those that actions have ended stay ended.
  void derive_clocks(const MoveReason& why);
  // The clocks that are owed and the case has none of. `change_ms`: when what brings them happened.
  void start_owed(TimeMs change_ms, bool by_change);
  void start_agreed_date(TimeMs agreed_ms);
  // The present agreed date, if one waits, is replaced by another.
  void end_agreed_date();

  // Each of these is called when the event that says so is on record.
  void signal(stored::ClockSignal signal, TimeMs action_ms,
              stored::ReplyMeans means = stored::MEANS_UNSPECIFIED);
  void pauses_changed();
  // Every clock ends with the case: those a closing meets are met, of the others those whose due has
  // passed are broken and the rest no longer owed.
  void close_clocks(TimeMs closed_ms);
  void end_clocks(TimeMs end_ms);
  // The latest end of the case was undone: the clocks it ended go on.
  void restore_ended();
  // The case goes on for a new reason: a date agreed on that is still to come stands again.
  void restore_agreed_date();

  // Of the clocks that wait, those that closing at that instant would leave undone and still in time, and
  // a promised reply, late or not.
  std::vector<stored::ClockState> left_owed_by_closing(TimeMs closed_ms) const;
  // The extension to a date named now, as the clock would be with it.
  stored::ClockState with_named_date(const stored::ClockState& clock, TimeMs named_ms) const;

  // Of an open case: there is nothing to decide on a clock that has stopped.
  void drop_stopped_requests();
  // `before`: the clocks that waited when the act began. See four_eyes.cc.
  void tell_moved_dates(const std::vector<stored::ClockState>& before);
  std::vector<stored::ClockState> waiting_clocks() const;

  // Fires what is due on every clock.
  void fire_due();

  // Lays clocks anew that stand under an earlier edition of the time rules. Without `all`, only
  // those whose dates differ: for the others the earlier edition says the same, until a pause or an
  // extension moves them on.
  void relay(bool all);

  // Of the promises the case keeps for others, the earliest of each kind holds: see act_on_merge.cc.
  void keep_promises(const MoveReason& why);
  // Which promises the date granted ends or moves.
  void grant_promises(const stored::ClockState& clock, stored::ClockExtended* extended) const;
  // The date as its people know it, moved by pauses; by one that lasts as if it ended now.
  TimeMs date_as_known(stored::ClockState clock) const;
  TimeMs date_of(const stored::CarriedPromise& promise) const;

  // Whether what was decided here takes a breach by staff back that was told. What a calendar or a policy
  // does is nobody's act.
  bool takes_back_breach() const;

  // An instant the caller stated that lay a little ahead: noted with every event that follows.
  void note_stated(TimeMs stated) { stated_ms_ = stated; }

 private:
  using Pauses = google::protobuf::RepeatedPtrField<stored::PauseInterval>;
  // Where a ladder stands, and what was told of it.
  struct Standing {
    std::uint32_t step = 0;
    std::uint32_t repetition = 0;
    bool breached = false;
    bool late_by_change = false;
  };

  std::optional<TimeMs> date_since(const stored::ClockState& before) const;
  std::uint32_t moved_number(stored::ClockKind kind, std::uint32_t* next) const;
  void keep_promise(stored::ClockKind kind, const MoveReason& why);
  // The date of the promise the clock keeps to others, moved by its pauses; kNever: none.
  TimeMs promise_of(stored::ClockState clock) const;
  // What keeps promises as that clock does: its policy says which pauses move them.
  stored::ClockState keeper_like(const stored::ClockState& clock) const;
  // As the clock of its kind that waits, else as the one it was given under.
  stored::ClockState keeper_of(const stored::CarriedPromise& promise) const;
  TimeMs date_of(const stored::CarriedPromise& promise, stored::ClockState& keeper) const;
  // That the clock would keep; null: none. One that was broken with an own clock is that clock's alone.
  const stored::CarriedPromise* earliest_promise(const stored::ClockState& clock) const;
  bool is_of_another(const stored::CarriedPromise& promise, const stored::ClockState& clock,
                     TimeMs date) const;
  // That a clock of no number would keep.
  const stored::CarriedPromise* waiting_promise(stored::ClockKind kind) const;
  // Has a clock of the case keep the promise that it should by the facts of now.
  void lay_promise(stored::ClockState& clock) const;
  // A clock of the case itself takes over from the carried one of its kind.
  void give_way(stored::ClockKind kind);
  void start_carried_clock(const stored::CarriedPromise& promise);
  // Whether a promise of the clock's kind had come when the action was done.
  bool came_before(const stored::ClockState& clock, TimeMs action_ms) const;
  // Which promises end with the clock: those whose people the action was done for, those broken with it,
  // and all when people have agreed on another date.
  void end_promises(const stored::ClockState& clock, stored::ClockStopped* stop) const;
  std::uint32_t escalation_number(const stored::ClockState& clock, std::uint32_t step) const;
  bool is_owed(const ClockPlan& plan) const;
  bool of_earlier_reopening(const stored::ClockState& clock) const;
  Pauses pauses_of(const stored::ClockState& clock) const;
  TimeMs start_of(const ClockPlan& plan, TimeMs change_ms, TimeMs* counted_since) const;
  // The clock under the plan (null: no policy speaks of it) and the facts of now.
  stored::ClockState laid(stored::ClockState clock, const ClockPlan* plan, TimeMs change_ms,
                          TimeMs* counted_since) const;
  std::optional<TimeMs> met_at(const stored::ClockState& clock) const;
  void meet_by_signals_given(std::uint32_t number);
  Standing standing_after(const stored::ClockState& clock, const stored::ClockState& moved,
                          bool by_change) const;

  void start_clock(const stored::ClockState& draft, TimeMs counted_since, bool by_change);
  void start_by(const ClockPlan& plan, TimeMs change_ms, bool by_change);
  void stop_clock(const stored::ClockState& clock, TimeMs action_ms, stored::StopCause cause,
                  bool met);
  void fill_move(stored::ClockMoved& event, const stored::ClockState& clock,
                 const stored::ClockState& moved, const MoveReason& why,
                 TimeMs counted_since) const;
  void move_clock(const stored::ClockState& clock, const stored::ClockState& moved,
                  const MoveReason& why, TimeMs counted_since = 0);
  void restore_clock(const stored::ClockState& clock, const stored::ClockState& next,
                     const MoveReason& why, TimeMs counted_since = 0);
  void excuse(const stored::ClockState& clock, const stored::ClockMoved& laid,
              const MoveReason& why);
  void pause_clock(const stored::ClockState& clock, const stored::PauseInterval& pause);
  void resume_clock(const stored::ClockState& clock, const Pauses& pauses);
  bool fire_next(const stored::ClockState& clock);
  stored::LatenessCause cause_of(const stored::ClockState& clock, TimeMs instant) const;

  stored::CaseState state_;
  const Command& command_;
  const Moment& moment_;
  const Rulebook& rules_;
  Events events_;
  TimeMs stated_ms_ = 0;
  std::vector<std::uint32_t> breached_before_;  // clocks; told, and by staff
  std::vector<stored::CarriedPromise> broken_before_;
};

bool is_stopped(const stored::ClockState& clock);
// The last of the pauses has no end yet.
bool lasts(const google::protobuf::RepeatedPtrField<stored::PauseInterval>& pauses);

}  // namespace casewheel::domain
