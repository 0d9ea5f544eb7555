// The catalogue as the engine reads it: TenantRules answers the domain's questions for one tenant,
// Registry is the set of all tenants. Both are immutable: a new version makes a new snapshot, and
// whoever holds the old one goes on undisturbed. Built on the thread that applies a catalogue, read
// from every thread without a lock.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/catalogue/calendar_history.h"
#include "engine/catalogue/edition.h"
#include "engine/catalogue/known_entries.h"
#include "engine/domain/rulebook.h"
#include "engine/domain/unit_tree.h"
#include "engine/sla/due.h"
#include "engine/sla/ladder.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// The compiled form of one tenant: units, staff and services of the latest version, the policies of
// every version, because a clock is answered under the version it was started with. A clock of a
// version or policy that was never added is a bug or corruption, and stops the process.
class TenantRules final : public domain::Rulebook {
 public:
  // `editions` in order of version, ending with that of `latest`; `known`: of all of them.
  TenantRules(std::shared_ptr<const stored::Catalogue> latest,
              std::vector<std::shared_ptr<const PolicyEdition>> editions,
              std::shared_ptr<const CalendarHistory> calendars,
              std::shared_ptr<const KnownEntries> known);

  // The latest version as it was applied.
  const stored::Catalogue& catalogue() const { return *latest_; }
  const std::shared_ptr<const stored::Catalogue>& latest() const { return latest_; }
  std::span<const std::shared_ptr<const PolicyEdition>> editions() const { return editions_; }
  const CalendarHistory& calendars() const { return *calendars_; }
  // What this version or an earlier one has: cases may stand under it.
  const std::shared_ptr<const KnownEntries>& known() const { return known_; }

  const std::string& tenant() const override { return latest_->tenant(); }
  std::uint8_t tenant_number() const override {
    return static_cast<std::uint8_t>(latest_->tenant_number());
  }
  std::uint32_t version() const override { return latest_->version(); }
  std::uint32_t roc_date(TimeMs instant) const override { return zone_.roc_date(instant); }
  sla::WallTime wall_time(TimeMs instant) const { return zone_.wall_time(instant); }

  bool has_unit(std::string_view unit) const override { return units_by_id_.contains(unit); }
  std::optional<std::string> unit_of_staff(std::string_view staff) const override;
  const stored::Service* service(std::string_view id) const override;
  // Null when there is no such person or unit.
  const stored::Staff* staff(std::string_view id) const;
  const stored::Unit* unit(std::string_view id) const;
  const std::shared_ptr<const domain::UnitTree>& unit_tree() const { return unit_tree_; }
  // Places in catalogue().units().
  std::span<const int> units_headed_by(std::string_view staff) const;
  // Whom the telephone exchange knows by that extension or staff id; null: nobody.
  const stored::Staff* staff_at(std::string_view extension) const;
  // Whether a call of that number of ours is one of the hotline's.
  bool is_hotline(std::string_view line) const;
  DurationMs answer_within_ms() const;

  std::uint64_t rules_edition() const override { return rules_edition_; }
  bool policies_moved_since(std::uint64_t edition) const override {
    return policies_moved_at_ > edition;
  }
  // Whether an open case that stands under `edition` may have to be laid anew: a cheap test on what
  // its row tells.
  bool may_have_moved(std::uint64_t edition, bool by_calendar, std::string_view county) const;
  void lay(stored::ClockState& clock, const stored::CaseState& facts) const override;
  domain::MoveReason why_moved(const stored::ClockState& clock) const override;
  bool is_supervisor(std::string_view staff) const override;

  std::vector<domain::ClockPlan> plans(const stored::CaseState& facts) const override;
  std::uint64_t ladder(const stored::ClockState& clock) const override;
  bool pauses_for(const stored::ClockState& clock, stored::PauseReason reason) const override;
  bool meets(const stored::ClockState& clock, stored::ClockSignal signal,
             stored::ReplyMeans means) const override;

  // The intervals alone decide: kNever while a pause lasts that began before due. A clock paused
  // after it was broken keeps its date, or an action during the pause would be judged in time. A named
  // date stands: pauses from its naming on move it, and its calendar to the next working day.
  TimeMs due(const stored::ClockState& clock) const override;
  bool provisional(const stored::ClockState& clock) const override;
  // Whether the clock's policy is one of these editions': a clock of a later catalogue is none of theirs.
  bool knows(const stored::ClockState& clock) const;
  // The account of the date: what was counted, paused and closed.
  Result<sla::Account> explain(const stored::ClockState& clock) const;
  TimeMs next_step_instant(const stored::ClockState& clock) const override;
  std::optional<domain::DueStep> step_due(const stored::ClockState& clock,
                                          TimeMs now) const override;
  // For a paused clock, as if it resumed at `now`.
  domain::LadderCursor first_step(const stored::ClockState& clock, TimeMs now,
                                  bool after_move) const override;

  // A climbing step goes one unit up each repetition; the handler and her deputy stand one below the
  // head of their unit. Someone away is stood in for by a present deputy, else by the next one up;
  // when nobody up to headquarters is present, the nearest head is told all the same.
  domain::Audience audience(const stored::CaseState& state, const stored::ClockState& clock,
                            const domain::DueStep& step, TimeMs now) const override;
  bool applies(const stored::CaseState& state, const stored::ClockState& clock,
               const domain::DueStep& step, TimeMs now) const override;
  std::vector<std::string> deciders(std::string_view unit, const std::vector<std::string>& barred,
                                    TimeMs now) const override;
  TimeMs told_at(const domain::DueStep& step, TimeMs now) const override;

  // The calendar a unit works by: its own, or that of the nearest unit above; empty: none.
  const std::string& calendar_of(std::string_view unit) const;

 private:
  static constexpr int kNone = -1;
  struct UnitPost {
    int parent = kNone;                     // index of unit
    int head = kNone;                       // index of staff
    const std::string* calendar = nullptr;  // resolved; never null once made
    std::vector<int> deciders = {};         // its head and supervisors, indices of staff in order
  };
  struct Person {
    int unit = kNone;
    int deputy = kNone;
    std::vector<int> heads = {};  // units
  };

  const PolicyEdition& edition_for(const stored::CaseState& facts) const;
  const ClockRules* find_rules(const stored::ClockState& clock) const;
  const ClockRules& rules_of(const stored::ClockState& clock) const;
  const sla::Calendar* calendar_of(const stored::ClockState& clock) const;
  sla::NamedDate named_of(const stored::ClockState& clock) const;
  sla::DueAnswer own_due_of(const stored::ClockState& clock, TimeMs open_until) const;
  sla::DueAnswer due_of(const stored::ClockState& clock, TimeMs open_until) const;
  sla::Ladder ladder_of(const stored::ClockState& clock, const ClockRules& rules, TimeMs due) const;
  bool away(int person, TimeMs now) const;
  int unit_of(std::string_view id) const;
  int up(int unit, std::uint32_t levels) const;
  // Those passed over on the way are noted down.
  using Passed = std::vector<stored::PassedPost>;
  int present(int person, int unit, TimeMs now, Passed& passed) const;
  int head_at_or_above(int unit, TimeMs now, Passed& passed) const;
  int recipient(stored::Recipient to, const stored::CaseState& state, std::uint32_t climb,
                TimeMs now, Passed& passed) const;

  std::shared_ptr<const stored::Catalogue> latest_;
  std::vector<std::shared_ptr<const PolicyEdition>> editions_;
  std::shared_ptr<const CalendarHistory> calendars_;
  std::shared_ptr<const KnownEntries> known_;
  std::uint64_t policies_moved_at_ = 0;  // edition
  std::uint64_t rules_edition_ = 0;
  sla::Zone zone_;
  IndexById units_by_id_;
  IndexById staff_by_id_;
  IndexById staff_by_extension_;
  IndexById services_by_id_;
  std::vector<UnitPost> units_;  // as in latest_->units()
  std::vector<Person> people_;   // as in latest_->staff()
  int headquarters_ = kNone;
  std::shared_ptr<const domain::UnitTree> unit_tree_;
};

// All tenants at one moment. Hold the shared_ptr while using what find() gave.
class Registry {
 public:
  static std::shared_ptr<const Registry> empty();
  // From all stored versions of all tenants, in any order.
  static std::shared_ptr<const Registry> of(std::vector<stored::Catalogue> versions,
                                            std::vector<stored::Calendar> calendars = {});

  // A new snapshot that includes `next`, a checked catalogue (parse_catalogue) with its version set.
  // The highest version of a tenant is the one in force; a version already present is left as it is.
  std::shared_ptr<const Registry> with(stored::Catalogue next) const;

  // A new snapshot under another calendar, checked (calendars().latest().refusal) and with version
  // and edition set.
  std::shared_ptr<const Registry> with(stored::Calendar next) const;
  const CalendarHistory& calendars() const { return *calendars_; }
  // The highest edition of the time rules of any tenant.
  std::uint64_t rules_edition() const;

  // Why `next` may not follow what is in force: a tenant keeps its number for good, since its case
  // numbers begin with it, and no two tenants share one. Empty when it may.
  std::optional<Rejection> refusal(const stored::Catalogue& next) const;

  // Null when there is no such tenant.
  const TenantRules* find(std::string_view tenant) const;
  const TenantRules* find_number(std::uint8_t tenant_number) const;
  // In order of tenant number.
  std::span<const std::shared_ptr<const TenantRules>> list() const { return tenants_; }

 private:
  void index();

  std::vector<std::shared_ptr<const TenantRules>> tenants_;
  std::shared_ptr<const CalendarHistory> calendars_ = CalendarHistory::empty();
  std::array<const TenantRules*, 256> by_number_{};
  std::unordered_map<std::string_view, const TenantRules*> by_id_;
};

}  // namespace casewheel::catalogue
