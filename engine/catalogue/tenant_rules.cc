// TenantRules of catalogue.h: the answers to the domain's questions, on the path of every lodge and look.
#include <algorithm>

#include "engine/catalogue/catalogue.h"
#include "engine/sla/ladder.h"
#include "engine/sla/pause.h"

namespace casewheel::catalogue {
namespace {

template <typename Messages>
IndexById index_of(const Messages& messages) {
  IndexById index;
  index.reserve(static_cast<std::size_t>(messages.size()));
  for (int i = 0; i < messages.size(); ++i) index.emplace(messages.Get(i).id(), i);
  return index;
}

int find_in(const IndexById& index, std::string_view id) {
  const auto found = index.find(id);
  return found == index.end() ? -1 : found->second;
}

// When the clock is broken if a pause that still lasts ended at `open_until` (0: it lasts for good).
TimeMs due_of(const stored::ClockState& clock, TimeMs open_until) {
  if (clock.kind() == stored::AGREED_DATE) return clock.agreed_ms() + clock.extension_ms();
  // Working time joins here with its calendars.
  sla::PausedDue walk(clock.start_ms(), clock.allowance().wall_ms() + clock.extension_ms());
  for (const stored::PauseInterval& pause : clock.pauses()) {
    walk.add(pause.from_ms(), pause.to_ms() == 0 ? open_until : pause.to_ms());
  }
  return walk.due();
}

sla::LadderCursor cursor_of(const stored::ClockState& clock) {
  return {clock.next_step(), clock.next_repetition()};
}

}  // namespace

TenantRules::TenantRules(std::shared_ptr<const stored::Catalogue> latest,
                         std::vector<std::shared_ptr<const PolicyEdition>> editions)
    : latest_(std::move(latest)),
      editions_(std::move(editions)),
      zone_(Zone::utc()),
      units_by_id_(index_of(latest_->units())),
      staff_by_id_(index_of(latest_->staff())),
      services_by_id_(index_of(latest_->services())) {
  CASEWHEEL_CHECK(!editions_.empty() && editions_.back()->version() == latest_->version(),
                  "tenant " + latest_->tenant() + ": the last edition is not the latest version");
  auto zone = Zone::load(latest_->time_zone());
  CASEWHEEL_CHECK(zone.has_value(), "unknown time zone " + latest_->time_zone());
  zone_ = std::move(*zone);
  units_.reserve(static_cast<std::size_t>(latest_->units_size()));
  for (const stored::Unit& unit : latest_->units()) {
    if (unit.parent().empty()) headquarters_ = static_cast<int>(units_.size());
    units_.push_back({find_in(units_by_id_, unit.parent()), find_in(staff_by_id_, unit.head())});
  }
  people_.reserve(static_cast<std::size_t>(latest_->staff_size()));
  for (const stored::Staff& person : latest_->staff()) {
    people_.push_back(
        {find_in(units_by_id_, person.unit()), find_in(staff_by_id_, person.deputy())});
  }
}

std::optional<std::string> TenantRules::unit_of_staff(std::string_view id) const {
  const stored::Staff* person = staff(id);
  if (person == nullptr) return std::nullopt;
  return person->unit();
}

const stored::Service* TenantRules::service(std::string_view id) const {
  const int index = find_in(services_by_id_, id);
  return index < 0 ? nullptr : &latest_->services(index);
}

const stored::Staff* TenantRules::staff(std::string_view id) const {
  const int index = find_in(staff_by_id_, id);
  return index < 0 ? nullptr : &latest_->staff(index);
}

const stored::Unit* TenantRules::unit(std::string_view id) const {
  const int index = find_in(units_by_id_, id);
  return index < 0 ? nullptr : &latest_->units(index);
}

std::vector<domain::ClockPlan> TenantRules::plans(const stored::CaseState& facts) const {
  std::vector<domain::ClockPlan> plans;
  const CompiledPolicy* policy = editions_.back()->first_match(facts);
  if (policy == nullptr) return plans;
  plans.reserve(static_cast<std::size_t>(policy->source.clocks_size()));
  for (const stored::ClockRule& rule : policy->source.clocks()) {
    plans.push_back({rule.kind(), rule.allowance(), policy->source.id()});
  }
  return plans;
}

const ClockRules& TenantRules::rules_of(const stored::ClockState& clock) const {
  // A date can be agreed where no policy speaks of agreed dates: it is kept, without a ladder.
  static const ClockRules kBareAgreedDate;
  if (clock.kind() == stored::AGREED_DATE && clock.policy().empty()) return kBareAgreedDate;
  const std::uint32_t version = clock.catalogue_version();
  // Versions count from 1 without a gap wherever all of them are kept.
  const PolicyEdition* edition = nullptr;
  if (version >= 1 && version <= editions_.size() && editions_[version - 1]->version() == version) {
    edition = editions_[version - 1].get();
  } else {
    const auto found = std::lower_bound(
        editions_.begin(), editions_.end(), version,
        [](const auto& have, std::uint32_t wanted) { return have->version() < wanted; });
    if (found != editions_.end() && (*found)->version() == version) edition = found->get();
  }
  const ClockRules* rules =
      edition == nullptr ? nullptr : edition->clock(clock.policy(), clock.kind());
  CASEWHEEL_CHECK(rules != nullptr, "tenant " + tenant() + " has no clock kind " +
                                        std::to_string(clock.kind()) + " in policy " +
                                        clock.policy() + " of catalogue version " +
                                        std::to_string(version));
  return *rules;
}

bool TenantRules::pauses_awaiting_documents(const stored::ClockState& clock) const {
  return rules_of(clock).pauses_awaiting_documents;
}

TimeMs TenantRules::due(const stored::ClockState& clock) const { return due_of(clock, 0); }

TimeMs TenantRules::next_step_instant(const stored::ClockState& clock) const {
  if (clock.status() != stored::RUNNING) return kNever;
  return sla::next_instant(rules_of(clock).ladder, cursor_of(clock), due_of(clock, 0));
}

std::optional<domain::DueStep> TenantRules::step_due(const stored::ClockState& clock,
                                                     TimeMs now) const {
  if (clock.status() != stored::RUNNING) return std::nullopt;
  const ClockRules& rules = rules_of(clock);
  const auto firing = sla::firing_at(rules.ladder, cursor_of(clock), due_of(clock, 0), now);
  if (!firing) return std::nullopt;
  domain::DueStep step;
  step.step = firing->fired.step;
  step.repetition = firing->fired.repetition;
  step.skipped = firing->skipped;
  step.level = rules.audience[step.step].level;
  step.instant = firing->instant;
  step.next_step = firing->next.step;
  step.next_repetition = firing->next.repetition;
  return step;
}

std::uint32_t TenantRules::first_step(const stored::ClockState& clock, TimeMs now,
                                      bool after_move) const {
  return sla::first_step(rules_of(clock).ladder, due_of(clock, now), now, after_move);
}

bool TenantRules::away(int person, TimeMs now) const {
  for (const stored::Absence& absence : latest_->staff(person).absences()) {
    if (absence.from_ms() <= now && now < absence.to_ms()) return true;
  }
  return false;
}

// A case of a unit that has since been dropped belongs to headquarters: nothing is lost.
int TenantRules::unit_of(const stored::CaseState& state) const {
  const int unit = find_in(units_by_id_, state.unit());
  return unit < 0 ? headquarters_ : unit;
}

int TenantRules::up(int unit, std::uint32_t levels) const {
  while (levels > 0 && unit != kNone && units_[static_cast<std::size_t>(unit)].parent != kNone) {
    unit = units_[static_cast<std::size_t>(unit)].parent;
    --levels;
  }
  return unit;
}

int TenantRules::head_at_or_above(int unit, TimeMs now) const {
  int nearest = kNone;
  for (; unit != kNone; unit = units_[static_cast<std::size_t>(unit)].parent) {
    const int head = units_[static_cast<std::size_t>(unit)].head;
    if (head == kNone) continue;
    if (!away(head, now)) return head;
    const int deputy = people_[static_cast<std::size_t>(head)].deputy;
    if (deputy != kNone && !away(deputy, now)) return deputy;
    if (nearest == kNone) nearest = head;
  }
  return nearest;
}

int TenantRules::recipient(stored::Recipient to, const stored::CaseState& state,
                           std::uint32_t climb, TimeMs now) const {
  const int unit = unit_of(state);
  switch (to) {
    case stored::TO_HANDLER:
    case stored::TO_DEPUTY: {
      if (climb > 0) return head_at_or_above(up(unit, climb - 1), now);
      const int handler = state.handler().empty() ? kNone : find_in(staff_by_id_, state.handler());
      if (handler == kNone) return head_at_or_above(unit, now);
      if (to == stored::TO_HANDLER && !away(handler, now)) return handler;
      const int deputy = people_[static_cast<std::size_t>(handler)].deputy;
      if (deputy != kNone && !away(deputy, now)) return deputy;
      return head_at_or_above(unit, now);
    }
    case stored::TO_UNIT_HEAD:
      return head_at_or_above(up(unit, climb), now);
    case stored::TO_PARENT_UNIT_HEAD:
      return head_at_or_above(up(unit, climb + 1), now);
    default:
      return head_at_or_above(headquarters_, now);
  }
}

std::vector<std::string> TenantRules::recipients(const stored::CaseState& state,
                                                 const stored::ClockState& clock,
                                                 const domain::DueStep& step, TimeMs now) const {
  const ClockRules& rules = rules_of(clock);
  CASEWHEEL_CHECK(step.step < rules.audience.size(),
                  "no such step in the ladder of policy " + clock.policy());
  const StepAudience& audience = rules.audience[step.step];
  std::vector<std::string> staff;
  staff.reserve(audience.recipients.size());
  for (const stored::Recipient to : audience.recipients) {
    const int person = recipient(to, state, audience.climb ? step.repetition : 0, now);
    if (person == kNone) continue;
    const std::string& id = latest_->staff(person).id();
    if (std::find(staff.begin(), staff.end(), id) == staff.end()) staff.push_back(id);
  }
  return staff;
}

}  // namespace casewheel::catalogue
