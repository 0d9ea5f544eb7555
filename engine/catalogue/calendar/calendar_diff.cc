#include "engine/catalogue/calendar/calendar_diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "engine/catalogue/calendar/day_text.h"

namespace casewheel::catalogue {
namespace {

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

std::string date_or_none(std::uint32_t yyyymmdd) {
  return yyyymmdd == 0 ? "none" : written_date(yyyymmdd);
}

std::string shown_day(const stored::CalendarDay& day) {
  std::string text;
  switch (day.what()) {
    case stored::CalendarDay::HOLIDAY:
      text = "holiday";
      break;
    case stored::CalendarDay::WORKING_DAY:
      text = "working day";
      break;
    default:
      text = "hours " + written_spans(day.opening());
  }
  if (!day.name().empty()) text += " " + day.name();
  return text;
}

std::string shown_closure(const stored::Closure& closure) {
  std::string text = closure.reopened() ? "reopening " : "closure ";
  text += written_date(closure.date());
  if (!closure.hours().empty()) text += " " + written_spans(closure.hours());
  std::string counties;
  for (const std::string& county : closure.counties()) {
    counties += counties.empty() ? " " : ", ";
    counties += county;
  }
  text += counties.empty() ? " everywhere" : counties;
  if (!closure.reason().empty()) text += ": " + closure.reason();
  return text;
}

std::array<std::string, 8> by_weekday(const stored::WeeklyHours& week) {
  std::array<std::string, 8> hours;  // [0] unused
  for (const stored::OpeningHours& opening : week.opening()) {
    if (opening.weekday() < 1 || opening.weekday() > 7) continue;
    std::string& text = hours[opening.weekday()];
    if (!text.empty()) text += ", ";
    text += written_hours(opening.from_s(), opening.to_s());
  }
  for (std::string& text : hours) {
    if (text.empty()) text = "closed";
  }
  return hours;
}

class CalendarDiff {
 public:
  CalendarDiff(const stored::Calendar& before, const stored::Calendar& after, std::uint32_t today)
      : before_(before), after_(after), today_(today) {}

  std::vector<std::string> lines() {
    const std::string calendar = "calendar " + after_.id();
    if (before_.id().empty()) {
      lines_.push_back("+ " + calendar);
    } else {
      changed(calendar + ": name", or_none(before_.name_zh()), or_none(after_.name_zh()));
      changed(calendar + ": English name", or_none(before_.name_en()), or_none(after_.name_en()));
      changed(calendar + ": parent", or_none(before_.parent()), or_none(after_.parent()));
      changed(calendar + ": tenant", or_none(before_.tenant()), or_none(after_.tenant()));
      changed(calendar + ": time_zone", or_none(before_.time_zone()), or_none(after_.time_zone()));
    }
    weekly();
    days();
    closures();
    changed("known until", date_or_none(before_.known_until()), date_or_none(after_.known_until()));
    if (lines_.empty()) return {};
    passed();
    if (after_.known_until() < before_.known_until())
      warn("what was known after " + date_or_none(after_.known_until()) + " is provisional again");
    if (after_.parent().empty()) years();
    ends_before_midnight();
    return std::move(lines_);
  }

 private:
  void changed(const std::string& subject, const std::string& before, const std::string& after) {
    if (before == after) return;
    lines_.push_back("~ " + subject + (subject.find(':') == std::string::npos ? ": " : " ") +
                     before + " -> " + after);
  }
  void warn(const std::string& text) { lines_.push_back("! " + text); }

  void weekly() {
    std::map<std::uint32_t, std::pair<const stored::WeeklyHours*, const stored::WeeklyHours*>> all;
    for (const stored::WeeklyHours& week : before_.weekly())
      all[week.effective_from()].first = &week;
    for (const stored::WeeklyHours& week : after_.weekly())
      all[week.effective_from()].second = &week;
    for (const auto& [from, weeks] : all) {
      const std::string hours = "hours" + (from == 0 ? "" : " from " + written_date(from));
      const auto whole = [](const stored::WeeklyHours& week) {
        const std::string text = written_week(week);
        return text.empty() ? "always closed" : text;
      };
      if (weeks.first == nullptr) {
        lines_.push_back("+ " + hours + ": " + whole(*weeks.second));
      } else if (weeks.second == nullptr) {
        lines_.push_back("- " + hours + ": " + whole(*weeks.first));
      } else {
        week(hours, by_weekday(*weeks.first), by_weekday(*weeks.second));
      }
    }
  }

  // One line for each run of weekdays that change alike.
  void week(const std::string& hours, const std::array<std::string, 8>& before,
            const std::array<std::string, 8>& after) {
    for (std::uint32_t first = 1; first <= 7;) {
      std::uint32_t last = first;
      while (last < 7 && before[last + 1] == before[first] && after[last + 1] == after[first])
        ++last;
      std::string subject = hours + ": " + std::string(written_weekday(first));
      if (last > first) subject += "-" + std::string(written_weekday(last));
      changed(subject, before[first], after[first]);
      first = last + 1;
    }
  }

  void days() {
    std::map<std::uint32_t, std::pair<std::string, std::string>> all;
    for (const stored::CalendarDay& day : before_.days()) all[day.date()].first = shown_day(day);
    for (const stored::CalendarDay& day : after_.days()) all[day.date()].second = shown_day(day);
    for (const auto& [date, day] : all) {
      if (day.first == day.second) continue;
      touched(date);
      if (day.first.empty()) {
        lines_.push_back("+ " + written_date(date) + " " + day.second);
      } else if (day.second.empty()) {
        lines_.push_back("- " + written_date(date) + " " + day.first);
      } else {
        changed(written_date(date), day.first, day.second);
      }
    }
  }

  // Closures are declared, hardly ever changed: what is on one side only has its line.
  void closures() {
    std::multiset<std::string> old_ones;
    for (const stored::Closure& closure : before_.closures())
      old_ones.insert(closure.SerializeAsString());
    std::vector<const stored::Closure*> added;
    for (const stored::Closure& closure : after_.closures()) {
      const auto same = old_ones.find(closure.SerializeAsString());
      if (same == old_ones.end()) {
        added.push_back(&closure);
      } else {
        old_ones.erase(same);
      }
    }
    bool order =
        added.empty() && old_ones.empty() && before_.closures_size() == after_.closures_size();
    for (const std::string& old : old_ones) {
      stored::Closure closure;
      closure.ParseFromString(old);
      touched(closure.date());
      lines_.push_back("- " + shown_closure(closure));
    }
    for (const stored::Closure* closure : added) {
      touched(closure->date());
      lines_.push_back("+ " + shown_closure(*closure));
    }
    for (int i = 0; order && i < after_.closures_size(); ++i) {
      order = before_.closures(i).SerializeAsString() == after_.closures(i).SerializeAsString();
      if (!order) lines_.push_back("~ order of closures");
    }
  }

  void touched(std::uint32_t date) {
    if (date >= today_) return;
    if (passed_++ == 0 || date < earliest_) earliest_ = date;
  }

  void passed() {
    if (passed_ == 0 || before_.id().empty()) return;
    warn(std::to_string(passed_) +
         (passed_ == 1 ? " date that changes has" : " dates that change have") +
         " passed already, the earliest " + written_date(earliest_));
  }

  // Each year from the first with a date of its own to the last that is known, runs of them together.
  void years() {
    if (after_.known_until() == 0) return;
    std::map<std::uint32_t, bool> holidays;  // by year with a date: whether it has one
    for (const stored::CalendarDay& day : after_.days())
      holidays[day.date() / 10'000] |= day.what() == stored::CalendarDay::HOLIDAY;
    if (holidays.empty()) {
      warn("has no holiday, though it is known until " + written_date(after_.known_until()));
      return;
    }
    const std::uint32_t last = after_.known_until() / 10'000;
    for (std::uint32_t year = holidays.begin()->first; year <= last;) {
      const auto known = holidays.find(year);
      if (known != holidays.end()) {
        if (!known->second) warn(std::to_string(year) + " has no holiday");
        ++year;
        continue;
      }
      const auto next = holidays.upper_bound(year);
      const std::uint32_t end = next == holidays.end() ? last : next->first - 1;
      warn("nothing is known of " + std::to_string(year) +
           (end > year ? " to " + std::to_string(end) : ""));
      year = end + 1;
    }
  }

  // Whoever writes 23:59 means the end of the day: the last minute would be closed, and what falls
  // into it late.
  void ends_before_midnight() {
    std::string first;
    std::size_t more = 0;
    const auto look_at = [&](const auto& spans, const auto& named) {
      for (const auto& span : spans) {
        if (span.to_s() >= kDayS || span.to_s() < kDayS - 60) continue;
        if (!first.empty()) ++more;
        if (first.empty()) first = named(span) + written_hours(span.from_s(), span.to_s());
      }
    };
    for (const stored::WeeklyHours& week : after_.weekly()) {
      look_at(week.opening(), [](const stored::OpeningHours& opening) {
        return std::string(written_weekday(opening.weekday())) + " ";
      });
    }
    for (const stored::CalendarDay& day : after_.days())
      look_at(day.opening(), [&](const auto&) { return written_date(day.date()) + " "; });
    for (const stored::Closure& closure : after_.closures())
      look_at(closure.hours(), [&](const auto&) { return written_date(closure.date()) + " "; });
    if (first.empty()) return;
    warn("hours that end just before midnight, " + first +
         (more == 0 ? "" : " and " + std::to_string(more) + " more") +
         ": write 24:00 where the end of the day is meant");
  }

  const stored::Calendar& before_;
  const stored::Calendar& after_;
  const std::uint32_t today_;
  std::vector<std::string> lines_;
  std::size_t passed_ = 0;
  std::uint32_t earliest_ = 0;
};

}  // namespace

std::vector<std::string> diff(const stored::Calendar& before, const stored::Calendar& after,
                              std::uint32_t today) {
  return CalendarDiff(before, after, today).lines();
}

}  // namespace casewheel::catalogue
