#include "engine/sla/calendar.h"

#include <absl/time/civil_time.h>

#include <algorithm>
#include <map>

#include "engine/sla/day_table.h"

namespace casewheel::sla {
namespace {

constexpr std::int32_t kDaySeconds = 86400;

bool can_be_computed(Date date) { return date >= kDateMin && date <= kDateMax; }

// Empty when the spans are fit to be hours, else what is wrong with them.
std::string flaw_of(const DayHours& hours) {
  std::int32_t passed = 0;
  for (const OpenSpan& span : hours) {
    if (span.from_s < 0 || span.to_s > kDaySeconds) return "hours reach out of the day";
    if (span.from_s >= span.to_s) return "hours end before they begin";
    if (span.from_s < passed) return "hours overlap or are out of order";
    passed = span.to_s;
  }
  return "";
}

DayHours joined(const DayHours& hours) {
  DayHours found;
  for (const OpenSpan& span : hours) {
    if (!found.empty() && found.back().to_s >= span.from_s) {
      found.back().to_s = std::max(found.back().to_s, span.to_s);
    } else {
      found.push_back(span);
    }
  }
  return found;
}

DayHours without(const DayHours& hours, const DayHours& taken) {
  DayHours left;
  for (OpenSpan span : hours) {
    for (const OpenSpan& out : taken) {
      if (out.to_s <= span.from_s || out.from_s >= span.to_s) continue;
      if (out.from_s > span.from_s) left.push_back({span.from_s, out.from_s});
      span.from_s = out.to_s;
      if (span.from_s >= span.to_s) break;
    }
    if (span.from_s < span.to_s) left.push_back(span);
  }
  return left;
}

DayHours united(const DayHours& one, const DayHours& other) {
  DayHours all = one;
  all.insert(all.end(), other.begin(), other.end());
  std::sort(all.begin(), all.end(),
            [](const OpenSpan& a, const OpenSpan& b) { return a.from_s < b.from_s; });
  return joined(all);
}

}  // namespace

Date date_of(int year, int month, int day) {
  return static_cast<Date>(absl::CivilDay(year, month, day) - absl::CivilDay());
}

std::uint32_t yyyymmdd(Date date) {
  const absl::CivilDay day = absl::CivilDay() + date;
  return static_cast<std::uint32_t>(day.year() * 10000 + day.month() * 100 + day.day());
}

std::optional<Date> date_of_yyyymmdd(std::uint32_t number) {
  const int year = static_cast<int>(number / 10000);
  const int month = static_cast<int>(number / 100 % 100);
  const int day = static_cast<int>(number % 100);
  const absl::CivilDay civil(year, month, day);
  // Civil days normalise 31 February into March.
  if (year < 1 || civil.year() != year || civil.month() != month || civil.day() != day) {
    return std::nullopt;
  }
  return static_cast<Date>(civil - absl::CivilDay());
}

int weekday(Date date) {
  const int from_monday = (date + 3) % 7;  // 1970-01-01 was a Thursday
  return (from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

std::string iso_date(Date date) { return absl::FormatCivilTime(absl::CivilDay() + date); }

// Names and hours repeat from year to year, so a date holds only where they are.
struct Calendar::Rules {
  struct Decided {
    Date date = 0;
    DayOrigin origin = DayOrigin::kHoliday;
    std::uint32_t name = 0;
    std::uint32_t hours = 0;
  };
  HoursByDate weekly;            // without own
  std::vector<Decided> decided;  // by the layers, in order
  std::vector<Decided> closed;   // by closures, in order
  std::vector<std::string> names;
  std::vector<DayHours> hours;

  static const Decided* find(const std::vector<Decided>& dates, Date date) {
    const auto found =
        std::lower_bound(dates.begin(), dates.end(), date,
                         [](const Decided& one, Date wanted) { return one.date < wanted; });
    return found != dates.end() && found->date == date ? &*found : nullptr;
  }

  const DayHours& hours_before_closures(Date date) const {
    const Decided* found = find(decided, date);
    return found == nullptr ? weekly.on(date) : hours[found->hours];
  }
};

namespace {

class RulesBuilder {
 public:
  std::uint32_t name(const std::string& text) {
    const auto [known, is_new] =
        known_names_.try_emplace(text, static_cast<std::uint32_t>(names.size()));
    if (is_new) names.push_back(text);
    return known->second;
  }
  std::uint32_t hours_of(const DayHours& spans) {
    std::vector<std::int32_t> key;
    for (const OpenSpan& span : spans) {
      key.push_back(span.from_s);
      key.push_back(span.to_s);
    }
    const auto [known, is_new] =
        known_hours_.try_emplace(std::move(key), static_cast<std::uint32_t>(hours.size()));
    if (is_new) hours.push_back(spans);
    return known->second;
  }
  std::vector<std::string> names;
  std::vector<DayHours> hours;

 private:
  std::map<std::string, std::uint32_t> known_names_;
  std::map<std::vector<std::int32_t>, std::uint32_t> known_hours_;
};

// Empty when the calendar can be made, else why not.
std::string flaw_of(std::span<const CalendarLayer> layers, std::span<const ClosedPart> closures) {
  bool any_weekly = false;
  for (const CalendarLayer& layer : layers) {
    for (std::size_t i = 0; i < layer.weekly.size(); ++i) {
      const CalendarLayer::Weekly& weekly = layer.weekly[i];
      any_weekly = true;
      const std::string from = "weekly hours from " + iso_date(weekly.effective_from);
      if (!can_be_computed(weekly.effective_from)) return from + ": beyond 1900 to 2299";
      if (i > 0 && layer.weekly[i - 1].effective_from >= weekly.effective_from) {
        return from + ": out of order";
      }
      for (const DayHours& hours : weekly.hours) {
        if (const std::string flaw = flaw_of(hours); !flaw.empty()) return from + ": " + flaw;
      }
    }
    for (std::size_t i = 0; i < layer.days.size(); ++i) {
      const CalendarLayer::Day& day = layer.days[i];
      if (!can_be_computed(day.date)) return iso_date(day.date) + ": beyond 1900 to 2299";
      if (i > 0 && layer.days[i - 1].date >= day.date) {
        return iso_date(day.date) + ": out of order or given twice";
      }
      if (day.what == DayOrigin::kWeekly || day.what == DayOrigin::kClosure) {
        return iso_date(day.date) + ": neither holiday, working day nor own hours";
      }
      if (const std::string flaw = flaw_of(day.hours); !flaw.empty()) {
        return iso_date(day.date) + ": " + flaw;
      }
    }
  }
  for (const ClosedPart& part : closures) {
    if (!can_be_computed(part.date)) return iso_date(part.date) + ": beyond 1900 to 2299";
    if (const std::string flaw = flaw_of(part.hours); !flaw.empty()) {
      return iso_date(part.date) + ": " + flaw;
    }
  }
  return any_weekly ? "" : "no weekly hours are given, neither here nor above";
}

std::vector<HoursByDate::Week> weeks_of(std::span<const CalendarLayer> layers) {
  std::vector<Date> changes;
  for (const CalendarLayer& layer : layers) {
    for (const CalendarLayer::Weekly& weekly : layer.weekly) {
      changes.push_back(weekly.effective_from);
    }
  }
  std::sort(changes.begin(), changes.end());
  changes.erase(std::unique(changes.begin(), changes.end()), changes.end());

  std::vector<HoursByDate::Week> weeks;
  for (const Date change : changes) {
    const CalendarLayer::Weekly* in_force = nullptr;
    for (const CalendarLayer& layer : layers) {
      for (const CalendarLayer::Weekly& weekly : layer.weekly) {
        if (weekly.effective_from <= change) in_force = &weekly;
      }
      if (in_force != nullptr) break;
    }
    HoursByDate::Week week{change, {}};
    for (std::size_t day = 0; day < 7; ++day) week.hours[day] = joined(in_force->hours[day]);
    if (weeks.empty() || weeks.back().hours != week.hours) weeks.push_back(std::move(week));
  }
  return weeks;
}

const DayHours& hours_of_make_up_day(const HoursByDate& weekly, Date date) {
  const DayHours& own = weekly.on(date);
  const HoursByDate::Week* week = weekly.week_on(date);
  if (!own.empty() || week == nullptr) return own;
  for (const DayHours& hours : week->hours) {
    if (!hours.empty()) return hours;
  }
  return own;
}

// What one date's closures leave closed, and the reason of the last one that closed anything.
struct ClosedHours {
  DayHours hours;
  std::string reason;
};

std::map<Date, ClosedHours> closed_hours(std::span<const ClosedPart> closures) {
  std::map<Date, ClosedHours> found;
  for (const ClosedPart& part : closures) {
    ClosedHours& closed = found[part.date];
    const DayHours named = part.hours.empty() ? DayHours{{0, kDaySeconds}} : part.hours;
    if (part.reopened) {
      closed.hours = without(closed.hours, named);
    } else {
      closed.hours = united(closed.hours, named);
      closed.reason = part.reason;
    }
  }
  return found;
}

}  // namespace

Result<std::shared_ptr<const Calendar>> Calendar::make(Zone zone,
                                                       std::span<const CalendarLayer> layers,
                                                       std::span<const ClosedPart> closures) {
  if (std::string flaw = flaw_of(layers, closures); !flaw.empty()) {
    return Rejection::of(RejectionCode::kInvalidArgument, std::move(flaw));
  }

  auto rules = std::make_unique<Rules>();
  RulesBuilder builder;
  rules->weekly.weeks = weeks_of(layers);

  Date known_until = 0;
  std::map<Date, const CalendarLayer::Day*> days;
  for (const CalendarLayer& layer : layers) {
    known_until = std::max(known_until, layer.known_until);
    for (const CalendarLayer::Day& day : layer.days) days.try_emplace(day.date, &day);
  }
  rules->decided.reserve(days.size());
  for (const auto& [date, day] : days) {
    DayHours hours;
    if (day->what == DayOrigin::kOwnHours) hours = joined(day->hours);
    if (day->what == DayOrigin::kWorkingDay) hours = hours_of_make_up_day(rules->weekly, date);
    rules->decided.push_back({date, day->what, builder.name(day->name), builder.hours_of(hours)});
  }
  rules->hours = builder.hours;
  for (const auto& [date, closed] : closed_hours(closures)) {
    const DayHours& before = rules->hours_before_closures(date);
    DayHours left = without(before, closed.hours);
    if (left == before) continue;
    rules->closed.push_back(
        {date, DayOrigin::kClosure, builder.name(closed.reason), builder.hours_of(left)});
  }
  rules->names = std::move(builder.names);
  rules->hours = std::move(builder.hours);

  HoursByDate by_date;
  by_date.weeks = rules->weekly.weeks;
  std::vector<Date> dates;
  for (const Rules::Decided& one : rules->decided) dates.push_back(one.date);
  for (const Rules::Decided& one : rules->closed) dates.push_back(one.date);
  std::sort(dates.begin(), dates.end());
  dates.erase(std::unique(dates.begin(), dates.end()), dates.end());
  for (const Date date : dates) {
    const Rules::Decided* closed = Rules::find(rules->closed, date);
    const DayHours& hours =
        closed == nullptr ? rules->hours_before_closures(date) : rules->hours[closed->hours];
    // A holiday on a Sunday changes nothing: its run need not be cut.
    if (hours != rules->weekly.on(date)) by_date.own.push_back({date, hours});
  }
  auto table = std::make_unique<const DayTable>(zone, by_date);
  return std::shared_ptr<const Calendar>(
      new Calendar(std::move(zone), known_until, std::move(rules), std::move(table)));
}

Calendar::Calendar(Zone zone, Date known_until, std::unique_ptr<const Rules> rules,
                   std::unique_ptr<const DayTable> table)
    : zone_(std::move(zone)),
      known_until_(known_until),
      known_end_(table->start_of(known_until + 1)),
      rules_(std::move(rules)),
      table_(std::move(table)) {}

Calendar::~Calendar() = default;

DayPlan Calendar::plan_before_closures(Date date) const {
  DayPlan plan;
  plan.provisional = date > known_until_;
  if (const Rules::Decided* found = Rules::find(rules_->decided, date)) {
    plan.hours = rules_->hours[found->hours];
    plan.origin = found->origin;
    plan.name = rules_->names[found->name];
  } else {
    plan.hours = rules_->weekly.on(date);
  }
  return plan;
}

DayPlan Calendar::plan(Date date) const {
  const Rules::Decided* closed = Rules::find(rules_->closed, date);
  if (closed == nullptr) return plan_before_closures(date);
  return {rules_->hours[closed->hours], DayOrigin::kClosure, rules_->names[closed->name],
          date > known_until_};
}

std::size_t Calendar::memory_bytes() const {
  std::size_t bytes =
      sizeof(*this) + sizeof(Rules) + table_->memory_bytes() +
      (rules_->decided.capacity() + rules_->closed.capacity()) * sizeof(Rules::Decided) +
      rules_->weekly.weeks.capacity() * sizeof(HoursByDate::Week);
  for (const std::string& name : rules_->names) bytes += sizeof(name) + name.capacity();
  for (const DayHours& hours : rules_->hours) {
    bytes += sizeof(hours) + hours.capacity() * sizeof(OpenSpan);
  }
  return bytes;
}

}  // namespace casewheel::sla
