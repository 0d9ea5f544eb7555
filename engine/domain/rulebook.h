// What the rules of a case ask of the tenant's catalogue and of the time rules. The domain defines
// the questions; engine/catalogue answers them from catalogue and engine/sla. A Rulebook is immutable
// and may be read from any thread.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/base/time.h"

namespace casewheel::domain {

namespace stored = ::casewheel::journal::v1;

// One clock a policy gives a case.
struct ClockPlan {
  stored::ClockKind kind = stored::CLOCK_KIND_UNSPECIFIED;
  stored::Allowance allowance;  // not set for AGREED_DATE
  std::string policy;
  std::uint32_t catalogue_version = 0;
  bool counts_from_change = false;   // on_change: change
  bool starts_on_reopening = false;  // on_reopening: start
};

// A ladder step that fires now, and where the clock's ladder stands afterwards.
struct DueStep {
  std::uint32_t step = 0;
  std::uint32_t repetition = 0;
  std::uint32_t skipped = 0;  // repetitions missed before this one, falling together in it
  std::uint32_t level = 0;
  TimeMs instant = 0;  // its own instant (of the earliest missed repetition)
  bool at_any_hour = false;
  std::uint32_t next_step = 0;
  std::uint32_t next_repetition = 0;
};

// Where a ladder stands.
struct LadderCursor {
  std::uint32_t step = 0;
  std::uint32_t repetition = 0;
  auto operator<=>(const LadderCursor&) const = default;
};

// Whom a step speaks to, and whom it would have but for a vacant post or an absence.
struct Audience {
  std::vector<std::string> staff;  // in the ladder's order, nobody twice
  std::vector<stored::PassedPost> passed;
  bool tells_applicant = false;
};

struct MoveReason {
  stored::MoveCause cause = stored::MOVE_CAUSE_UNSPECIFIED;
  std::string reference;
};

class Rulebook {
 public:
  virtual ~Rulebook() = default;

  virtual const std::string& tenant() const = 0;
  virtual std::uint8_t tenant_number() const = 0;
  virtual std::uint32_t version() const = 0;
  virtual std::uint32_t roc_date(TimeMs instant) const = 0;  // in the tenant's zone

  virtual bool has_unit(std::string_view unit) const = 0;
  // Empty when there is no such person.
  virtual std::optional<std::string> unit_of_staff(std::string_view staff) const = 0;
  virtual const stored::Service* service(std::string_view id) const = 0;

  // The edition of the time rules in force: counts the changes of calendars, and of policies carried
  // to open cases, of all tenants together.
  virtual std::uint64_t rules_edition() const = 0;
  // Whether this tenant's policies were carried to open cases after that edition.
  virtual bool policies_moved_since(std::uint64_t edition) const = 0;
  // Sets what the clock counts by (calendar, county, edition in force) for a case as it now is.
  // Calendar and county stay empty when nothing of the clock's needs them.
  virtual void lay(stored::ClockState& clock, const stored::CaseState& facts) const = 0;
  // Why its date may have moved since the edition it stands under.
  virtual MoveReason why_moved(const stored::ClockState& clock) const = 0;
  virtual bool is_supervisor(std::string_view staff) const = 0;

  // The clocks that the policies which hold for this case (README.md) give it; at most one of a kind.
  virtual std::vector<ClockPlan> plans(const stored::CaseState& facts) const = 0;

  // The questions below are answered under the version the clock was started with.

  // Whether a clock of this policy stops counting for that reason.
  virtual bool pauses_for(const stored::ClockState& clock, stored::PauseReason reason) const = 0;
  // Whether the action meets the clock; `means` only for an answer.
  virtual bool meets(const stored::ClockState& clock, stored::ClockSignal signal,
                     stored::ReplyMeans means) const = 0;
  // Tells the ladder of the clock by its content: the same in two versions that say the same.
  virtual std::uint64_t ladder(const stored::ClockState& clock) const = 0;
  // The last instant that is in time: start and allowance, or the date named, moved by the pauses that
  // begin before it; kNever while a pause that began before it lasts.
  virtual TimeMs due(const stored::ClockState& clock) const = 0;
  // Whether due lies beyond what the calendar's publisher has spoken for.
  virtual bool provisional(const stored::ClockState& clock) const = 0;
  // When the clock's next step fires; kNever when its ladder is used up. A step at due fires when due
  // has passed. A paused clock has only what fell due before it was paused.
  virtual TimeMs next_step_instant(const stored::ClockState& clock) const = 0;
  // The step that fires at `now`; empty when none does.
  virtual std::optional<DueStep> step_due(const stored::ClockState& clock, TimeMs now) const = 0;
  // Where the ladder stands for a clock that starts, or whose due moved, at `now`: warnings whose
  // instant has passed are left out, steps at or after due are not. With `after_move`, every step
  // and repetition whose instant has passed is left out.
  virtual LadderCursor first_step(const stored::ClockState& clock, TimeMs now,
                                  bool after_move) const = 0;
  // Whether the step's condition holds; what does not is passed over.
  virtual bool applies(const stored::CaseState& state, const stored::ClockState& clock,
                       const DueStep& step, TimeMs now) const = 0;
  // Whom the step speaks to at `now`. A vacant post passes to the next one up; no staff only when the
  // whole tree above is vacant.
  virtual Audience audience(const stored::CaseState& state, const stored::ClockState& clock,
                            const DueStep& step, TimeMs now) const = 0;
  // Who may decide on dates of cases of the unit and is told of requests to: its head and its supervisors
  // who are present and not among the barred (hands.h); else those of the nearest unit above.
  virtual std::vector<std::string> deciders(std::string_view unit,
                                            const std::vector<std::string>& barred,
                                            TimeMs now) const = 0;
  // When people may be told of what fires at `now`: the end of their quiet hours; 0: at once.
  virtual TimeMs told_at(const DueStep& step, TimeMs now) const = 0;
};

}  // namespace casewheel::domain
