// TenantRules of catalogue.h: the answers to the domain's questions, on the path of every lodge and look.
#include <algorithm>

#include "engine/catalogue/catalogue.h"
#include "engine/domain/lifecycle.h"
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

bool needs_calendar(const stored::Allowance& allowance) {
  return allowance.has_working_ms() || allowance.has_working_days() ||
         allowance.has_calendar_days() || allowance.count_from() != stored::FROM_RECEIVED ||
         allowance.outside_hours_extra_ms() != 0 || allowance.outside_hours_extra_days() != 0;
}

sla::Amount amount_of(const stored::ClockState& clock) {
  sla::Amount amount;
  if (clock.kind() == stored::AGREED_DATE) {
    amount.ms = clock.agreed_ms() - clock.start_ms();
    return amount;
  }
  const stored::Allowance& allowance = clock.allowance();
  switch (allowance.amount_case()) {
    case stored::Allowance::kWorkingMs:
      amount.kind = sla::Amount::Kind::kWorkingMs;
      amount.ms = allowance.working_ms();
      break;
    case stored::Allowance::kWorkingDays:
      amount.kind = sla::Amount::Kind::kWorkingDays;
      amount.days = static_cast<std::int32_t>(allowance.working_days());
      break;
    case stored::Allowance::kCalendarDays:
      amount.kind = sla::Amount::Kind::kCalendarDays;
      amount.days = static_cast<std::int32_t>(allowance.calendar_days());
      break;
    default:
      amount.ms = allowance.wall_ms();
  }
  switch (allowance.day_rule()) {
    case stored::KEEP_WALL_TIME:
      amount.day_rule = sla::DayRule::kKeepWallTime;
      break;
    case stored::KEEP_WALL_TIME_NO_ROLL_WITHIN_DAY:
      amount.day_rule = sla::DayRule::kKeepWallTimeNoRollWithinDay;
      break;
    case stored::NEXT_OPEN_AFTER_DAYS:
      amount.day_rule = sla::DayRule::kNextOpenAfterDays;
      break;
    case stored::END_OF_WORKING_DAY:
      amount.day_rule = sla::DayRule::kEndOfWorkingDay;
      break;
    default:
      amount.day_rule = sla::DayRule::kEndOfDayFirstDayExcluded;
  }
  if (allowance.count_from() == stored::FROM_OPENING) amount.count_from = sla::CountFrom::kOpening;
  amount.outside_hours_extra_ms = allowance.outside_hours_extra_ms();
  amount.outside_hours_extra_days = static_cast<std::int32_t>(allowance.outside_hours_extra_days());
  return amount;
}

// What lies before that instant counts nothing.
std::vector<sla::Pause> pauses_of(const stored::ClockState& clock, TimeMs from) {
  std::vector<sla::Pause> pauses;
  pauses.reserve(static_cast<std::size_t>(clock.pauses_size()));
  for (const stored::PauseInterval& pause : clock.pauses()) {
    if (pause.to_ms() != 0 && pause.to_ms() <= from) continue;
    pauses.push_back({std::max(pause.from_ms(), from), pause.to_ms()});
  }
  // Told out of order where one was reported afterwards.
  std::stable_sort(pauses.begin(), pauses.end(),
                   [](const sla::Pause& a, const sla::Pause& b) { return a.from < b.from; });
  return pauses;
}

// A date that came along with a duplicate, and the pauses that move it: those from the day it has that date on,
// and none where it had passed by then.
struct Promise {
  sla::DueQuestion question;
  std::vector<sla::Pause> pauses;
};

Promise promise_of(const stored::ClockState& clock, TimeMs open_until) {
  Promise promise;
  promise.question.start = std::min(clock.promised_at_ms(), clock.promised_ms());
  promise.question.amount.ms = clock.promised_ms() - promise.question.start;
  promise.question.open_until = open_until;
  if (promise.question.amount.ms > 0) promise.pauses = pauses_of(clock, promise.question.start);
  return promise;
}

// Steps after this instant do not fire now: none of a clock that has ended (0), of one that is paused
// those that fell due before.
TimeMs owes_until(const stored::ClockState& clock) {
  if (clock.status() == stored::RUNNING) return kNever;
  if (clock.status() != stored::PAUSED) return 0;
  return clock.pauses().rbegin()->from_ms();
}

sla::LadderCursor cursor_of(const stored::ClockState& clock) {
  return {clock.next_step(), clock.next_repetition()};
}

}  // namespace

TenantRules::TenantRules(std::shared_ptr<const stored::Catalogue> latest,
                         std::vector<std::shared_ptr<const PolicyEdition>> editions,
                         std::shared_ptr<const CalendarHistory> calendars,
                         std::shared_ptr<const KnownEntries> known)
    : latest_(std::move(latest)),
      editions_(std::move(editions)),
      calendars_(std::move(calendars)),
      known_(std::move(known)),
      zone_(sla::Zone::utc()),
      units_by_id_(index_of(latest_->units())),
      staff_by_id_(index_of(latest_->staff())),
      services_by_id_(index_of(latest_->services())) {
  CASEWHEEL_CHECK(!editions_.empty() && editions_.back()->version() == latest_->version(),
                  "tenant " + latest_->tenant() + ": the last edition is not the latest version");
  auto zone = sla::Zone::load(latest_->time_zone());
  CASEWHEEL_CHECK(zone.has_value(), "unknown time zone " + latest_->time_zone());
  zone_ = std::move(*zone);
  units_.reserve(static_cast<std::size_t>(latest_->units_size()));
  for (const stored::Unit& unit : latest_->units()) {
    if (unit.parent().empty()) headquarters_ = static_cast<int>(units_.size());
    units_.push_back(
        {find_in(units_by_id_, unit.parent()), find_in(staff_by_id_, unit.head()), nullptr});
  }
  unit_tree_ = std::make_shared<const domain::UnitTree>(*latest_);
  for (UnitPost& unit : units_) unit.calendar = &latest_->calendar();
  // From the top down: a parent's is known before its children's.
  for (const std::string& id : unit_tree_->units({0, unit_tree_->size()})) {
    const int index = find_in(units_by_id_, id);
    UnitPost& unit = units_[static_cast<std::size_t>(index)];
    if (!latest_->units(index).calendar().empty()) {
      unit.calendar = &latest_->units(index).calendar();
    } else if (unit.parent != kNone) {
      unit.calendar = units_[static_cast<std::size_t>(unit.parent)].calendar;
    }
  }
  for (const auto& edition : editions_)
    policies_moved_at_ = std::max(policies_moved_at_, edition->rules_edition());
  rules_edition_ = std::max(policies_moved_at_, calendars_->latest().edition());
  for (int i = 0; i < latest_->staff_size(); ++i) {
    for (const std::string& extension : latest_->staff(i).extensions())
      staff_by_extension_.emplace(extension, i);
  }
  people_.reserve(static_cast<std::size_t>(latest_->staff_size()));
  for (const stored::Staff& person : latest_->staff()) {
    people_.push_back(
        {find_in(units_by_id_, person.unit()), find_in(staff_by_id_, person.deputy())});
  }
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (units_[i].head != kNone)
      people_[static_cast<std::size_t>(units_[i].head)].heads.push_back(static_cast<int>(i));
  }
  for (int person = 0; person < latest_->staff_size(); ++person) {
    const stored::Staff& staff = latest_->staff(person);
    const int unit = people_[static_cast<std::size_t>(person)].unit;
    const bool leads = std::any_of(staff.roles().begin(), staff.roles().end(), [](int role) {
      return role == stored::SUPERVISOR || role == stored::UNIT_HEAD;
    });
    std::vector<int> decides_in = people_[static_cast<std::size_t>(person)].heads;
    if (leads && unit != kNone &&
        std::find(decides_in.begin(), decides_in.end(), unit) == decides_in.end())
      decides_in.push_back(unit);
    for (const int led : decides_in)
      units_[static_cast<std::size_t>(led)].deciders.push_back(person);
  }
}

std::span<const int> TenantRules::units_headed_by(std::string_view id) const {
  const int index = find_in(staff_by_id_, id);
  if (index < 0) return {};
  return people_[static_cast<std::size_t>(index)].heads;
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

const stored::Staff* TenantRules::staff_at(std::string_view extension) const {
  const int index = find_in(staff_by_extension_, extension);
  return index < 0 ? staff(extension) : &latest_->staff(index);
}

bool TenantRules::is_hotline(std::string_view line) const {
  const auto& lines = latest_->hotline().lines();
  return lines.empty() || std::find(lines.begin(), lines.end(), line) != lines.end();
}

DurationMs TenantRules::answer_within_ms() const {
  constexpr DurationMs kUnlessGiven = 20 * kSecondMs;
  const DurationMs within = latest_->hotline().answer_within_ms();
  return within == 0 ? kUnlessGiven : within;
}

const stored::Unit* TenantRules::unit(std::string_view id) const {
  const int index = find_in(units_by_id_, id);
  return index < 0 ? nullptr : &latest_->units(index);
}

const PolicyEdition& TenantRules::edition_for(const stored::CaseState& facts) const {
  for (auto edition = editions_.rbegin(); edition != editions_.rend(); ++edition) {
    const bool carried = (*edition)->rules_edition() != 0;
    if (carried || (*edition)->version() <= facts.catalogue_version()) return **edition;
  }
  return *editions_.back();
}

std::vector<domain::ClockPlan> TenantRules::plans(const stored::CaseState& facts) const {
  std::vector<domain::ClockPlan> plans;
  const PolicyEdition* edition = &edition_for(facts);
  const CompiledPolicy* policy = edition->first_match(facts);
  if (policy == nullptr) {
    edition = editions_.back().get();
    policy = edition->first_match(facts);
  }
  if (policy == nullptr) return plans;
  plans.reserve(static_cast<std::size_t>(policy->source.clocks_size()));
  for (const stored::ClockRule& rule : policy->source.clocks()) {
    plans.push_back({rule.kind(), rule.allowance(), policy->source.id(), edition->version(),
                     policy->source.on_change() == stored::COUNT_FROM_CHANGE,
                     rule.starts_on_reopening()});
  }
  return plans;
}

std::uint64_t TenantRules::ladder(const stored::ClockState& clock) const {
  return rules_of(clock).ladder_content;
}

const ClockRules* TenantRules::find_rules(const stored::ClockState& clock) const {
  // A date can be agreed where no policy speaks of agreed dates: it is kept, without a ladder.
  static const ClockRules kBareAgreedDate;
  if (clock.kind() == stored::AGREED_DATE && clock.policy().empty()) return &kBareAgreedDate;
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
  return edition == nullptr ? nullptr : edition->clock(clock.policy(), clock.kind());
}

const ClockRules& TenantRules::rules_of(const stored::ClockState& clock) const {
  const ClockRules* rules = find_rules(clock);
  CASEWHEEL_CHECK(rules != nullptr, "tenant " + tenant() + " has no clock kind " +
                                        std::to_string(clock.kind()) + " in policy " +
                                        clock.policy() + " of catalogue version " +
                                        std::to_string(clock.catalogue_version()));
  return *rules;
}

bool TenantRules::knows(const stored::ClockState& clock) const {
  return find_rules(clock) != nullptr;
}

bool TenantRules::pauses_for(const stored::ClockState& clock, stored::PauseReason reason) const {
  return holds(rules_of(clock).pauses, reason);
}

bool TenantRules::meets(const stored::ClockState& clock, stored::ClockSignal signal,
                        stored::ReplyMeans means) const {
  const ClockRules& rules = rules_of(clock);
  const bool met =
      rules.met_by == 0 ? domain::meets(signal, clock.kind()) : holds(rules.met_by, signal);
  if (!met || signal != stored::CASE_WAS_ANSWERED || rules.met_by_means == 0) return met;
  return holds(rules.met_by_means, means);
}

const std::string& TenantRules::calendar_of(std::string_view unit) const {
  const int index = find_in(units_by_id_, unit);
  return index < 0 ? latest_->calendar() : *units_[static_cast<std::size_t>(index)].calendar;
}

const sla::Calendar* TenantRules::calendar_of(const stored::ClockState& clock) const {
  if (clock.calendar().empty()) return nullptr;
  return calendars_->at(clock.rules_edition()).compiled(clock.calendar(), clock.county());
}

bool TenantRules::may_have_moved(std::uint64_t edition, bool by_calendar,
                                 std::string_view county) const {
  return policies_moved_since(edition) ||
         (by_calendar && calendars_->touched_since(edition, county));
}

void TenantRules::lay(stored::ClockState& clock, const stored::CaseState& facts) const {
  clock.set_rules_edition(rules_edition_);
  clock.clear_calendar();
  const bool agreed = clock.kind() == stored::AGREED_DATE;
  if (agreed || clock.has_named() || needs_calendar(clock.allowance()) ||
      rules_of(clock).ladder_needs_calendar) {
    clock.set_calendar(calendar_of(facts.unit()));
    clock.set_county(facts.county());
  }
  if (clock.calendar().empty()) {
    clock.clear_calendar();
    clock.clear_county();
  }
}

domain::MoveReason TenantRules::why_moved(const stored::ClockState& clock) const {
  return calendars_->change_since(clock.rules_edition(), clock.calendar(), clock.county());
}

bool TenantRules::is_supervisor(std::string_view id) const {
  const stored::Staff* person = staff(id);
  return person != nullptr && std::find(person->roles().begin(), person->roles().end(),
                                        stored::SUPERVISOR) != person->roles().end();
}

// A date that was a day off by the clock's calendar when it was named stays where it was named.
sla::NamedDate TenantRules::named_of(const stored::ClockState& clock) const {
  const stored::NamedDate& named = clock.named();
  const sla::Calendar* then =
      clock.calendar().empty()
          ? nullptr
          : calendars_->at(named.rules_edition()).compiled(clock.calendar(), clock.county());
  const bool meant_so = then != nullptr && sla::is_day_off(*then, named.named_ms());
  return {named.named_ms(), named.since_ms(), !meant_so};
}

// When the clock would be due by its own allowance or named date alone, if a pause that still lasts ended at
// `open_until` (0: it lasts for good).
sla::DueAnswer TenantRules::own_due_of(const stored::ClockState& clock, TimeMs open_until) const {
  const sla::Calendar* calendar = calendar_of(clock);
  const sla::Amount amount = amount_of(clock);
  const std::vector<sla::Pause> pauses = pauses_of(clock, clock.start_ms());
  if (clock.has_named()) return {sla::due_of(calendar, named_of(clock), pauses, open_until), false};
  const auto by_the_wall = [&] {
    sla::PausedDue walk(clock.start_ms(), amount.ms + amount.days * kDayMs);
    for (const sla::Pause& pause : pauses)
      walk.add(pause.from, pause.to == 0 ? open_until : pause.to);
    return walk.due();
  };
  if (!amount.needs_calendar() || calendar == nullptr) return {by_the_wall(), false};
  sla::DueQuestion question;
  question.start = clock.start_ms();
  question.amount = amount;
  question.pauses = pauses;
  question.open_until = open_until;
  if (const Result<sla::DueAnswer> answer = sla::due(calendar, question)) return *answer;
  // A calendar that never opens again: the promise is kept in sight by the wall, not lost.
  return {by_the_wall(), true};
}

// The same, heeding a date that came along with a duplicate.
sla::DueAnswer TenantRules::due_of(const stored::ClockState& clock, TimeMs open_until) const {
  const sla::DueAnswer own = own_due_of(clock, open_until);
  if (clock.promised_ms() == 0) return own;
  const Promise promise = promise_of(clock, open_until);
  sla::PausedDue walk(promise.question.start, promise.question.amount.ms);
  for (const sla::Pause& pause : promise.pauses)
    walk.add(pause.from, pause.to == 0 ? open_until : pause.to);
  return clock.carried() || walk.due() < own.due ? sla::DueAnswer{walk.due(), false} : own;
}

TimeMs TenantRules::due(const stored::ClockState& clock) const { return due_of(clock, 0).due; }

bool TenantRules::provisional(const stored::ClockState& clock) const {
  return !clock.calendar().empty() && due_of(clock, 0).provisional;
}

Result<sla::Account> TenantRules::explain(const stored::ClockState& clock) const {
  const std::vector<sla::Pause> pauses = pauses_of(clock, clock.start_ms());
  sla::DueQuestion question;
  question.start = clock.start_ms();
  question.amount = amount_of(clock);
  question.pauses = pauses;
  Result<sla::Account> own =
      clock.has_named()
          ? sla::explain(calendar_of(clock), named_of(clock), pauses,
                         clock.kind() == stored::AGREED_DATE ? sla::Stretch::Kind::kCounted
                                                             : sla::Stretch::Kind::kExtension)
          : sla::explain(calendar_of(clock), question);
  if (clock.promised_ms() == 0) return own;
  Promise promise = promise_of(clock, 0);
  promise.question.pauses = promise.pauses;
  Result<sla::Account> promised = sla::explain(nullptr, promise.question);
  const bool holds =
      promised && (clock.carried() || !own || promised->answer.due < own->answer.due);
  return holds ? promised : own;
}

sla::Ladder TenantRules::ladder_of(const stored::ClockState& clock, const ClockRules& rules,
                                   TimeMs due) const {
  return {rules.ladder, due, rules.ladder_needs_calendar ? calendar_of(clock) : nullptr};
}

TimeMs TenantRules::next_step_instant(const stored::ClockState& clock) const {
  const TimeMs until = owes_until(clock);
  if (until == 0) return kNever;
  const TimeMs next =
      sla::next_firing(ladder_of(clock, rules_of(clock), due(clock)), cursor_of(clock));
  return next <= until ? next : kNever;
}

std::optional<domain::DueStep> TenantRules::step_due(const stored::ClockState& clock,
                                                     TimeMs now) const {
  const TimeMs until = std::min(now, owes_until(clock));
  if (until == 0) return std::nullopt;
  const ClockRules& rules = rules_of(clock);
  const auto firing = sla::firing_at(ladder_of(clock, rules, due(clock)), cursor_of(clock), until);
  if (!firing) return std::nullopt;
  domain::DueStep step;
  step.step = firing->fired.step;
  step.repetition = firing->fired.repetition;
  step.skipped = firing->skipped;
  step.level = rules.audience[step.step].level;
  step.at_any_hour = rules.audience[step.step].at_any_hour;
  step.instant = firing->instant;
  step.next_step = firing->next.step;
  step.next_repetition = firing->next.repetition;
  return step;
}

domain::LadderCursor TenantRules::first_step(const stored::ClockState& clock, TimeMs now,
                                             bool after_move) const {
  const TimeMs due = due_of(clock, now).due;
  const sla::LadderCursor cursor =
      sla::first_step(ladder_of(clock, rules_of(clock), due), now, after_move);
  return {cursor.step, cursor.repetition};
}

bool TenantRules::applies(const stored::CaseState& state, const stored::ClockState& clock,
                          const domain::DueStep& step, TimeMs now) const {
  const StepAudience& audience = rules_of(clock).audience[step.step];
  return holds(audience.kinds, state.kind()) && holds(audience.priorities, state.priority()) &&
         (audience.late_by_ms == 0 || now - due(clock) >= audience.late_by_ms);
}

TimeMs TenantRules::told_at(const domain::DueStep& step, TimeMs now) const {
  if (step.at_any_hour || !latest_->has_quiet_hours()) return 0;
  const DurationMs from = latest_->quiet_hours().from_s() * kSecondMs;
  const DurationMs to = latest_->quiet_hours().to_s() * kSecondMs;
  const sla::WallTime wall = zone_.wall_time(now);
  if (from < to)
    return wall.time_ms >= from && wall.time_ms < to ? zone_.instant(wall.date, to) : 0;
  if (wall.time_ms >= from) return zone_.instant(wall.date + 1, to);
  return wall.time_ms < to ? zone_.instant(wall.date, to) : 0;
}

bool TenantRules::away(int person, TimeMs now) const {
  for (const stored::Absence& absence : latest_->staff(person).absences()) {
    if (absence.from_ms() <= now && now < absence.to_ms()) return true;
  }
  return false;
}

// A case of a unit that has since been dropped belongs to headquarters: nothing is lost.
int TenantRules::unit_of(std::string_view id) const {
  const int unit = find_in(units_by_id_, id);
  return unit < 0 ? headquarters_ : unit;
}

int TenantRules::up(int unit, std::uint32_t levels) const {
  while (levels > 0 && unit != kNone && units_[static_cast<std::size_t>(unit)].parent != kNone) {
    unit = units_[static_cast<std::size_t>(unit)].parent;
    --levels;
  }
  return unit;
}

// The person, or her deputy while she is away; kNone when neither is there.
int TenantRules::present(int person, int unit, TimeMs now, Passed& passed) const {
  const auto pass = [&](int who) {
    stored::PassedPost post;
    post.set_unit(latest_->units(unit).id());
    post.set_staff(latest_->staff(who).id());
    post.set_away(true);
    passed.push_back(std::move(post));
  };
  if (!away(person, now)) return person;
  pass(person);
  const int deputy = people_[static_cast<std::size_t>(person)].deputy;
  if (deputy == kNone) return kNone;
  if (!away(deputy, now)) return deputy;
  pass(deputy);
  return kNone;
}

int TenantRules::head_at_or_above(int unit, TimeMs now, Passed& passed) const {
  int nearest = kNone;
  for (; unit != kNone; unit = units_[static_cast<std::size_t>(unit)].parent) {
    const int head = units_[static_cast<std::size_t>(unit)].head;
    if (head == kNone) {
      stored::PassedPost vacant;
      vacant.set_unit(latest_->units(unit).id());
      passed.push_back(std::move(vacant));
      continue;
    }
    if (const int there = present(head, unit, now, passed); there != kNone) return there;
    if (nearest == kNone) nearest = head;
  }
  return nearest;
}

int TenantRules::recipient(stored::Recipient to, const stored::CaseState& state,
                           std::uint32_t climb, TimeMs now, Passed& passed) const {
  const int unit = unit_of(state.unit());
  switch (to) {
    case stored::TO_APPLICANT:  // by the hand of whoever works the case
    case stored::TO_HANDLER:
    case stored::TO_DEPUTY: {
      if (climb > 0) return head_at_or_above(up(unit, climb - 1), now, passed);
      const int handler = state.handler().empty() ? kNone : find_in(staff_by_id_, state.handler());
      if (handler == kNone) return head_at_or_above(unit, now, passed);
      if (to == stored::TO_DEPUTY) {
        const int deputy = people_[static_cast<std::size_t>(handler)].deputy;
        if (deputy != kNone && !away(deputy, now)) return deputy;
        return head_at_or_above(unit, now, passed);
      }
      const int there = present(handler, unit, now, passed);
      return there != kNone ? there : head_at_or_above(unit, now, passed);
    }
    case stored::TO_UNIT_HEAD:
      return head_at_or_above(up(unit, climb), now, passed);
    case stored::TO_PARENT_UNIT_HEAD:
      return head_at_or_above(up(unit, climb + 1), now, passed);
    default:
      return head_at_or_above(headquarters_, now, passed);
  }
}

domain::Audience TenantRules::audience(const stored::CaseState& state,
                                       const stored::ClockState& clock, const domain::DueStep& step,
                                       TimeMs now) const {
  const ClockRules& rules = rules_of(clock);
  CASEWHEEL_CHECK(step.step < rules.audience.size(),
                  "no such step in the ladder of policy " + clock.policy());
  const StepAudience& wanted = rules.audience[step.step];
  domain::Audience audience;
  audience.tells_applicant = wanted.tells_applicant;
  audience.staff.reserve(wanted.recipients.size());
  for (const stored::Recipient to : wanted.recipients) {
    const int person =
        recipient(to, state, wanted.climb ? step.repetition : 0, now, audience.passed);
    if (person == kNone) continue;
    const std::string& id = latest_->staff(person).id();
    if (std::find(audience.staff.begin(), audience.staff.end(), id) == audience.staff.end())
      audience.staff.push_back(id);
  }
  return audience;
}

std::vector<std::string> TenantRules::deciders(std::string_view of,
                                               const std::vector<std::string>& barred,
                                               TimeMs now) const {
  std::vector<std::string> found;
  for (int unit = unit_of(of); unit != kNone && found.empty();
       unit = units_[static_cast<std::size_t>(unit)].parent) {
    for (const int person : units_[static_cast<std::size_t>(unit)].deciders) {
      const std::string& id = latest_->staff(person).id();
      if (std::find(barred.begin(), barred.end(), id) == barred.end() && !away(person, now))
        found.push_back(id);
    }
  }
  return found;
}

}  // namespace casewheel::catalogue
