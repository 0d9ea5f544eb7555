#include "engine/cli/sla/schedule.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <string_view>

namespace casewheel::cli {
namespace {

namespace json = boost::json;
using sla::Date;
using sla::DayHours;
using sla::OpenSpan;

// The first mistake of a schedule; reading goes on to the end without effect.
class ScheduleMistake {
 public:
  void note(std::string field, std::string what) {
    if (!noted_) noted_ = Rejection::invalid(std::move(field), std::move(what));
  }
  const std::optional<Rejection>& noted() const { return noted_; }

 private:
  std::optional<Rejection> noted_;
};

std::optional<std::int32_t> digits_of(std::string_view text) {
  std::int32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "08:30", "08:30:15" or "24:00", as seconds since midnight.
std::optional<std::int32_t> time_of_day(std::string_view text) {
  if ((text.size() != 5 && text.size() != 8) || text[2] != ':') return std::nullopt;
  if (text.size() == 8 && text[5] != ':') return std::nullopt;
  const auto hour = digits_of(text.substr(0, 2));
  const auto minute = digits_of(text.substr(3, 2));
  const auto second = text.size() == 8 ? digits_of(text.substr(6, 2)) : 0;
  if (!hour || !minute || !second || *minute > 59 || *second > 59) return std::nullopt;
  const std::int32_t in_all = *hour * 3600 + *minute * 60 + *second;
  if (in_all > 86400) return std::nullopt;
  return in_all;
}

std::optional<Date> date_in(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits_of(text.substr(0, 4));
  const auto month = digits_of(text.substr(5, 2));
  const auto day = digits_of(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  return sla::date_of_yyyymmdd(static_cast<std::uint32_t>(*year * 10000 + *month * 100 + *day));
}

void add_span(const json::value& value, const std::string& field, DayHours& hours,
              ScheduleMistake& mistake) {
  const json::object* object = value.if_object();
  if (object == nullptr) return mistake.note(field, "must be an object with start and end");
  std::optional<std::int32_t> ends[2];
  const char* const names[2] = {"start", "end"};
  for (int i = 0; i < 2; ++i) {
    const json::value* end = object->if_contains(names[i]);
    if (end != nullptr && end->is_string()) ends[i] = time_of_day(end->get_string());
    if (!ends[i]) {
      return mistake.note(field + "." + names[i], "must be a time of day such as 08:30 or 24:00");
    }
  }
  if (*ends[0] >= *ends[1]) {
    return mistake.note(field + ".end",
                        "must be after start; a span over midnight is written as two");
  }
  hours.push_back({*ends[0], *ends[1]});
}

// In order and apart.
void settle(DayHours& hours) {
  std::sort(hours.begin(), hours.end(),
            [](const OpenSpan& a, const OpenSpan& b) { return a.from_s < b.from_s; });
  DayHours apart;
  for (const OpenSpan& span : hours) {
    if (!apart.empty() && span.from_s <= apart.back().to_s) {
      apart.back().to_s = std::max(apart.back().to_s, span.to_s);
    } else {
      apart.push_back(span);
    }
  }
  hours = std::move(apart);
}

sla::CalendarLayer::Weekly weekly_of(const json::object& schedule, ScheduleMistake& mistake) {
  sla::CalendarLayer::Weekly weekly{sla::kDateMin, {}};
  const json::value* value = schedule.if_contains("weekly");
  const json::array* spans = value == nullptr ? nullptr : value->if_array();
  if (spans == nullptr) {
    mistake.note("schedule.weekly", "must be a list of {dow, start, end}");
    return weekly;
  }
  for (std::size_t i = 0; i < spans->size(); ++i) {
    const std::string field = "schedule.weekly[" + std::to_string(i) + "]";
    const json::object* span = (*spans)[i].if_object();
    const json::value* day = span == nullptr ? nullptr : span->if_contains("dow");
    const std::int64_t* dow = day == nullptr ? nullptr : day->if_int64();
    if (dow == nullptr || *dow < 1 || *dow > 7) {
      mistake.note(field + ".dow", "must be 1 (Monday) to 7 (Sunday)");
      continue;
    }
    add_span((*spans)[i], field, weekly.hours[static_cast<std::size_t>(*dow - 1)], mistake);
  }
  for (DayHours& hours : weekly.hours) settle(hours);
  return weekly;
}

std::map<Date, DayHours> hours_by_date(const json::object& schedule, const char* name,
                                       ScheduleMistake& mistake) {
  std::map<Date, DayHours> found;
  const json::value* value = schedule.if_contains(name);
  if (value == nullptr || value->is_null()) return found;
  const std::string field = std::string("schedule.") + name;
  const json::object* dates = value->if_object();
  if (dates == nullptr) {
    mistake.note(field, "must be an object of dates");
    return found;
  }
  for (const auto& [key, spans] : *dates) {
    const std::string entry = field + "." + std::string(key);
    const auto on = date_in(key);
    const json::array* list = spans.if_array();
    if (!on) mistake.note(entry, "must be a date such as 2026-01-05");
    if (list == nullptr) mistake.note(entry, "must be a list of {start, end}");
    if (!on || list == nullptr) continue;
    DayHours& hours = found[*on];
    for (std::size_t i = 0; i < list->size(); ++i) {
      add_span((*list)[i], entry + "[" + std::to_string(i) + "]", hours, mistake);
    }
    settle(hours);
  }
  return found;
}

void add_holidays(const json::object& schedule, std::map<Date, sla::CalendarLayer::Day>& days,
                  ScheduleMistake& mistake) {
  const json::value* value = schedule.if_contains("holidays");
  if (value == nullptr || value->is_null()) return;
  const json::array* dates = value->if_array();
  if (dates == nullptr) return mistake.note("schedule.holidays", "must be a list of dates");
  for (std::size_t i = 0; i < dates->size(); ++i) {
    const json::string* text = (*dates)[i].if_string();
    const auto on = text == nullptr ? std::nullopt : date_in(*text);
    if (!on) {
      mistake.note("schedule.holidays[" + std::to_string(i) + "]",
                   "must be a date such as 2026-01-05");
      continue;
    }
    days.insert_or_assign(*on, sla::CalendarLayer::Day{*on, sla::DayOrigin::kHoliday, {}, ""});
  }
}

}  // namespace

Result<std::shared_ptr<const sla::Calendar>> read_schedule(const json::object& schedule) {
  const json::value* tz = schedule.if_contains("tz");
  if (tz == nullptr || !tz->is_string()) {
    return Rejection::invalid("schedule.tz", "must name a time zone such as Asia/Taipei");
  }
  auto zone = sla::Zone::load(std::string_view(tz->get_string()));
  if (!zone) return Rejection::invalid("schedule.tz", "no such time zone");

  ScheduleMistake mistake;
  sla::CalendarLayer layer;
  layer.known_until = sla::kDateMax;
  layer.weekly.push_back(weekly_of(schedule, mistake));
  std::map<Date, sla::CalendarLayer::Day> days;
  for (auto& [on, hours] : hours_by_date(schedule, "overrides", mistake)) {
    days[on] = {on, sla::DayOrigin::kOwnHours, std::move(hours), ""};
  }
  add_holidays(schedule, days, mistake);
  for (auto& [on, day] : days) layer.days.push_back(std::move(day));
  std::vector<sla::ClosedPart> breaks;
  for (auto& [on, hours] : hours_by_date(schedule, "breaks", mistake)) {
    // A closed part without hours would be the whole day.
    if (!hours.empty()) breaks.push_back({on, false, std::move(hours), ""});
  }
  if (mistake.noted()) return *mistake.noted();
  auto calendar = sla::Calendar::make(*std::move(zone), {&layer, 1}, breaks);
  if (!calendar) return Rejection::invalid("schedule", calendar.error().message);
  return *std::move(calendar);
}

Result<std::shared_ptr<const sla::Calendar>> ScheduleCache::calendar_of(
    const json::object& schedule) {
  std::string written = json::serialize(schedule);
  if (const auto known = known_.find(written); known != known_.end()) return known->second;
  auto calendar = read_schedule(schedule);
  if (!calendar) return calendar.error();
  if (known_.size() >= kSchedulesMax || bytes_ + written.size() > kBytesMax) {
    known_.clear();
    bytes_ = 0;
  }
  bytes_ += written.size();
  known_.emplace(std::move(written), *calendar);
  return *calendar;
}

}  // namespace casewheel::cli
