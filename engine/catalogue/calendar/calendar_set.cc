#include "engine/catalogue/calendar/calendar_set.h"

#include <algorithm>
#include <set>

#include "engine/base/digest.h"
#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/catalogue/calendar/limits.h"

namespace casewheel::catalogue {
namespace {

// Only of what malformed() has passed.
sla::Date date_of(std::uint32_t yyyymmdd) {
  const auto date = sla::date_of_yyyymmdd(yyyymmdd);
  CASEWHEEL_CHECK(date.has_value(), "no date: " + std::to_string(yyyymmdd));
  return *date;
}

sla::OpenSpan span_of(std::uint32_t from_s, std::uint32_t to_s) {
  return {static_cast<std::int32_t>(from_s), static_cast<std::int32_t>(to_s)};
}

sla::DayHours hours_of(const google::protobuf::RepeatedPtrField<stored::DayHours>& spans) {
  sla::DayHours hours;
  for (const stored::DayHours& span : spans) hours.push_back(span_of(span.from_s(), span.to_s()));
  return hours;
}

sla::DayOrigin origin_of(stored::CalendarDay::What what) {
  switch (what) {
    case stored::CalendarDay::WORKING_DAY:
      return sla::DayOrigin::kWorkingDay;
    case stored::CalendarDay::OWN_HOURS:
      return sla::DayOrigin::kOwnHours;
    default:
      return sla::DayOrigin::kHoliday;
  }
}

sla::CalendarLayer layer_of(const stored::Calendar& calendar) {
  sla::CalendarLayer layer;
  for (const stored::WeeklyHours& week : calendar.weekly()) {
    sla::CalendarLayer::Weekly& weekly = layer.weekly.emplace_back();
    weekly.effective_from =
        week.effective_from() == 0 ? sla::kDateMin : date_of(week.effective_from());
    for (const stored::OpeningHours& opening : week.opening())
      weekly.hours[opening.weekday() - 1].push_back(span_of(opening.from_s(), opening.to_s()));
  }
  for (const stored::CalendarDay& day : calendar.days()) {
    layer.days.push_back(
        {date_of(day.date()), origin_of(day.what()), hours_of(day.opening()), day.name()});
  }
  if (calendar.known_until() != 0) layer.known_until = date_of(calendar.known_until());
  return layer;
}

Rejection refused(const stored::Calendar& calendar, std::string_view field, std::string why) {
  return Rejection::invalid("calendar " + calendar.id() + " " + std::string(field), std::move(why));
}

// All closures up the tree in order of declaration; of those declared in one instant the nearer
// calendar's come last, so that they decide.
std::vector<const stored::Closure*> closures_of(const std::vector<const stored::Calendar*>& chain) {
  std::vector<const stored::Closure*> closures;
  for (auto calendar = chain.rbegin(); calendar != chain.rend(); ++calendar) {
    for (const stored::Closure& closure : (*calendar)->closures()) closures.push_back(&closure);
  }
  std::stable_sort(closures.begin(), closures.end(),
                   [](auto* a, auto* b) { return a->declared_ms() < b->declared_ms(); });
  return closures;
}

// Equal where calendars are made alike but for their closures.
std::string basis_of(const std::vector<const stored::Calendar*>& chain) {
  Sha256Stream basis;
  for (const stored::Calendar* calendar : chain) {
    stored::Calendar rules = *calendar;
    rules.clear_closures();
    rules.clear_version();
    rules.clear_edition();
    rules.clear_reason();
    rules.clear_by_closure();
    basis.add_part(rules.SerializeAsString());
  }
  return std::string(bytes_of(basis.finish()));
}

// Equal where the same hours are taken out for the same reasons.
std::string basis_of(const std::vector<const stored::Closure*>& closures, std::string basis) {
  for (const stored::Closure* closure : closures) {
    stored::Closure part = *closure;
    part.clear_counties();
    part.clear_declared_ms();
    const std::string bytes = part.SerializeAsString();
    basis += std::to_string(bytes.size()) + ':' + bytes;
  }
  return std::string(bytes_of(sha256(basis)));
}

// Those that hold in a county; "" is one that none of them names.
std::vector<const stored::Closure*> holding_in(const std::vector<const stored::Closure*>& closures,
                                               std::string_view county) {
  std::vector<const stored::Closure*> holding;
  for (const stored::Closure* closure : closures) {
    const auto& named = closure->counties();
    if (named.empty() || std::find(named.begin(), named.end(), county) != named.end())
      holding.push_back(closure);
  }
  return holding;
}

}  // namespace

std::shared_ptr<const CalendarSet> CalendarSet::empty() {
  static const auto none = std::make_shared<const CalendarSet>();
  return none;
}

Result<std::shared_ptr<const CalendarSet>> CalendarSet::of(std::vector<stored::Calendar> latest,
                                                           std::uint64_t edition) {
  std::set<std::string_view> ids;
  for (const stored::Calendar& calendar : latest) {
    if (!ids.insert(calendar.id()).second) return refused(calendar, "id", "stands there twice");
  }
  return empty()->changed(std::move(latest), edition);
}

std::shared_ptr<const CalendarSet> CalendarSet::with(stored::Calendar next) const {
  const std::uint64_t edition = next.edition();
  std::vector<stored::Calendar> one;
  one.push_back(std::move(next));
  auto set = changed(std::move(one), edition);
  CASEWHEEL_CHECK(set.has_value(), "a refused calendar: " + set.error().message);
  return *std::move(set);
}

// Making the set is the only sure way to know: a calendar is also refused for what those that build
// on it would become. Calendars change some times a year.
std::optional<Rejection> CalendarSet::refusal(const stored::Calendar& next) const {
  auto set = changed({next}, next.edition());
  if (set) return std::nullopt;
  return set.error();
}

Result<std::shared_ptr<const CalendarSet>> CalendarSet::changed(std::vector<stored::Calendar> next,
                                                                std::uint64_t edition) const {
  auto set = std::make_shared<CalendarSet>();
  set->edition_ = edition;
  set->entries_ = entries_;
  SetOfIds changed_ids;
  for (stored::Calendar& calendar : next) {
    if (auto why = malformed(calendar)) return *std::move(why);
    changed_ids.insert(calendar.id());
    auto entry = std::make_shared<Entry>();
    entry->calendar = std::make_shared<const stored::Calendar>(std::move(calendar));
    set->entries_[entry->calendar->id()] = std::move(entry);
  }
  if (set->entries_.size() > kCalendarsMax) {
    return Rejection::invalid("calendars", "would be " + std::to_string(set->entries_.size()) +
                                               "; the limit is " + std::to_string(kCalendarsMax));
  }
  for (auto& [id, entry] : set->entries_) {
    auto above = chain(set->entries_, *entry->calendar);
    if (!above) return above.error();
    const bool affected = std::any_of(above->begin(), above->end(),
                                      [&](auto* c) { return changed_ids.contains(c->id()); });
    if (!affected) continue;
    const auto before = entries_.find(id);
    auto compiled =
        compile(entry->calendar, *above, before == entries_.end() ? nullptr : before->second.get());
    if (!compiled) return compiled.error();
    entry = *std::move(compiled);
  }
  return std::shared_ptr<const CalendarSet>(std::move(set));
}

Result<CalendarSet::Chain> CalendarSet::chain(const Entries& entries,
                                              const stored::Calendar& calendar) {
  Chain chain{&calendar};
  while (!chain.back()->parent().empty()) {
    const stored::Calendar& below = *chain.back();
    const auto found = entries.find(below.parent());
    if (found == entries.end())
      return refused(below, "parent", "there is no calendar " + below.parent());
    const stored::Calendar& parent = *found->second->calendar;
    if (std::find(chain.begin(), chain.end(), &parent) != chain.end())
      return refused(below, "parent", parent.id() + " builds on it: the parents form a circle");
    if (!parent.tenant().empty() && parent.tenant() != below.tenant()) {
      return refused(below, "parent",
                     parent.id() + " belongs to tenant " + parent.tenant() + " alone");
    }
    chain.push_back(&parent);
    if (chain.size() > kCalendarDepthMax) {
      return refused(calendar, "parent",
                     "more than " + std::to_string(kCalendarDepthMax) +
                         " calendars would stand above one another");
    }
  }
  return chain;
}

Result<std::shared_ptr<const CalendarSet::Entry>> CalendarSet::compile(
    std::shared_ptr<const stored::Calendar> calendar, const Chain& chain, const Entry* before) {
  std::optional<sla::Zone> zone;
  bool has_hours = false;
  std::vector<sla::CalendarLayer> layers;
  for (const stored::Calendar* one : chain) {
    if (!zone && !one->time_zone().empty()) zone = sla::Zone::load(one->time_zone());
    has_hours = has_hours || !one->weekly().empty();
    layers.push_back(layer_of(*one));
  }
  if (!zone) return refused(*calendar, "time_zone", "neither it nor any parent has one");
  if (!has_hours) return refused(*calendar, "hours", "neither it nor any parent has any");

  const auto closures = closures_of(chain);
  const std::string basis = basis_of(chain);
  auto entry = std::make_shared<Entry>();
  const auto make = [&](std::string_view county) -> Result<std::shared_ptr<const sla::Calendar>> {
    const auto holding = holding_in(closures, county);
    std::string made_of = basis_of(holding, basis);
    for (const Entry* made : {static_cast<const Entry*>(entry.get()), before}) {
      if (made == nullptr) continue;
      if (const auto same = made->made.find(made_of); same != made->made.end()) {
        const auto kept = same->second;
        entry->made.emplace(std::move(made_of), kept);
        return kept;
      }
    }
    std::vector<sla::ClosedPart> parts;
    for (const stored::Closure* closure : holding) {
      parts.push_back({date_of(closure->date()), closure->reopened(), hours_of(closure->hours()),
                       closure->reason()});
    }
    auto compiled = sla::Calendar::make(*zone, layers, parts);
    if (!compiled) return refused(*calendar, "hours", compiled.error().message);
    entry->made.emplace(std::move(made_of), *compiled);
    return compiled;
  };

  auto elsewhere = make("");
  if (!elsewhere) return elsewhere.error();
  entry->elsewhere = *std::move(elsewhere);
  for (const stored::Closure* closure : closures) {
    for (const std::string& county : closure->counties()) {
      if (entry->by_county.contains(county)) continue;
      auto compiled = make(county);
      if (!compiled) return compiled.error();
      entry->by_county.emplace(county, *std::move(compiled));
    }
  }
  entry->calendar = std::move(calendar);
  return std::shared_ptr<const Entry>(std::move(entry));
}

const stored::Calendar* CalendarSet::stored_calendar(std::string_view id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second->calendar.get();
}

std::vector<std::string> CalendarSet::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  return ids;
}

bool CalendarSet::usable_by(std::string_view id, std::string_view tenant) const {
  const stored::Calendar* calendar = stored_calendar(id);
  return calendar != nullptr && (calendar->tenant().empty() || calendar->tenant() == tenant);
}

const sla::Calendar* CalendarSet::compiled(std::string_view id, std::string_view county) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = *found->second;
  if (entry.by_county.empty() || county.empty()) return entry.elsewhere.get();
  auto own = entry.by_county.find(county);
  if (own == entry.by_county.end()) own = entry.by_county.find(county_name(county));
  return own == entry.by_county.end() ? entry.elsewhere.get() : own->second.get();
}

}  // namespace casewheel::catalogue
