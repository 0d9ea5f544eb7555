#include "engine/catalogue/calendar/calendar_form.h"

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/calendar/limits.h"
#include "engine/catalogue/limits.h"
#include "engine/catalogue/yaml_tree.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {
namespace {

// The last instant sla::Zone writes and reads.
constexpr TimeMs kDeclaredMax = 7258118400000;  // 2200-01-01T00:00:00Z

// Goes through a calendar and keeps the first thing that is wrong.
class Form {
 public:
  explicit Form(const stored::Calendar& calendar) : calendar_(calendar) {}

  std::optional<Rejection> first_wrong() {
    if (calendar_.id().empty() || calendar_.id().size() > kIdBytesMax)
      wrong("id", "must have 1 to " + std::to_string(kIdBytesMax) + " bytes");
    text("name", calendar_.name_zh());
    text("English name", calendar_.name_en());
    if (!calendar_.time_zone().empty() && !sla::Zone::load(calendar_.time_zone()))
      wrong("time_zone", shown(calendar_.time_zone()) + " is no IANA time zone");
    if (calendar_.parent() == calendar_.id()) wrong("parent", "is the calendar itself");
    weekly();
    days();
    closures();
    if (calendar_.known_until() != 0) date("known_until", calendar_.known_until());
    if (calendar_.ByteSizeLong() > kCalendarBytesMax) {
      wrong("size", "is " + std::to_string(calendar_.ByteSizeLong()) + " bytes; the limit is " +
                        std::to_string(kCalendarBytesMax));
    }
    return std::move(rejection_);
  }

 private:
  void wrong(const std::string& field, std::string why) {
    if (rejection_) return;
    rejection_ = Rejection::invalid("calendar " + calendar_.id() + " " + field, std::move(why));
  }
  void count(const std::string& field, int size, std::size_t max) {
    if (static_cast<std::size_t>(size) <= max) return;
    wrong(field, "has " + std::to_string(size) + " entries; the limit is " + std::to_string(max));
  }
  void text(const std::string& field, const std::string& text) {
    if (text.empty()) return;
    const auto clean = clean_text(field, text, kTextBytesMax, TextKind::kLine);
    if (text.find_first_not_of(' ') == std::string::npos) {
      wrong(field, "is blank");
    } else if (!clean) {
      wrong(field, clean.error().fields[0].description);
    } else if (*clean != text) {
      wrong(field, "is not in NFC");
    } else if (text.size() > kTextBytesMax) {
      wrong(field, "is longer than " + std::to_string(kTextBytesMax) + " bytes");
    }
  }
  bool date(const std::string& field, std::uint32_t yyyymmdd) {
    if (is_date(yyyymmdd)) return true;
    wrong(field, std::to_string(yyyymmdd) + " is no date from 1900 to 2299");
    return false;
  }

  void weekly() {
    count("hours", calendar_.weekly_size(), kWeeklyHoursMax);
    std::int64_t before = -1;
    for (const stored::WeeklyHours& week : calendar_.weekly()) {
      const std::uint32_t from = week.effective_from();
      const std::string field = "hours" + (from == 0 ? "" : " from " + written_date(from));
      if (from != 0) date("hours", from);
      if (from <= before) wrong(field, "does not come after the hours before it");
      before = from;
      std::uint32_t weekday = 1;
      std::uint32_t after_s = 0;
      std::size_t spans = 0;
      for (const stored::OpeningHours& opening : week.opening()) {
        if (opening.weekday() < weekday || opening.weekday() > 7) {
          wrong(field, "weekdays are 1 to 7, in order");
          return;
        }
        if (opening.weekday() > weekday) {
          weekday = opening.weekday();
          after_s = 0;
          spans = 0;
        }
        const std::string day = field + " " + std::string(written_weekday(weekday));
        if (const auto why = wrong_span(opening.from_s(), opening.to_s(), after_s); !why.empty())
          wrong(day, why);
        count(day, static_cast<int>(++spans), kDaySpansMax);
        after_s = opening.to_s();
      }
    }
  }

  void spans(const std::string& field,
             const google::protobuf::RepeatedPtrField<stored::DayHours>& hours) {
    count(field, hours.size(), kDaySpansMax);
    std::uint32_t after_s = 0;
    for (const stored::DayHours& span : hours) {
      if (const auto why = wrong_span(span.from_s(), span.to_s(), after_s); !why.empty())
        wrong(field, why);
      after_s = span.to_s();
    }
  }

  void days() {
    count("days", calendar_.days_size(), kCalendarDaysMax);
    std::uint32_t before = 0;
    for (const stored::CalendarDay& day : calendar_.days()) {
      if (!date("days", day.date())) return;
      const std::string field = "days " + written_date(day.date());
      if (day.date() <= before) wrong(field, "dates stand in order, each once");
      before = day.date();
      text(field + " name", day.name());
      spans(field + " hours", day.opening());
      const bool own_hours = day.what() == stored::CalendarDay::OWN_HOURS;
      if (!own_hours && day.what() != stored::CalendarDay::HOLIDAY &&
          day.what() != stored::CalendarDay::WORKING_DAY) {
        wrong(field, "is neither a holiday nor a working day nor has hours of its own");
      } else if (own_hours == day.opening().empty()) {
        wrong(field, own_hours ? "has no hours; a closed day is a holiday"
                               : "has hours, but only a day with hours of its own may");
      }
    }
  }

  void closures() {
    count("closures", calendar_.closures_size(), kClosuresMax);
    TimeMs before = 0;
    for (const stored::Closure& closure : calendar_.closures()) {
      if (!date("closures", closure.date())) return;
      const std::string field = "closures " + written_date(closure.date());
      count(field + " counties", closure.counties_size(), counties().size());
      for (auto county = closure.counties().begin(); county != closure.counties().end(); ++county) {
        if (!is_county(*county)) wrong(field, no_county(*county));
        if (county_name(*county) != *county)
          wrong(field, shown(*county) + " is written " + county_name(*county));
        if (std::find(closure.counties().begin(), county, *county) != county)
          wrong(field, *county + " stands here twice");
      }
      spans(field + " hours", closure.hours());
      text(field + " reason", closure.reason());
      if (closure.declared_ms() < 0 || closure.declared_ms() > kDeclaredMax)
        wrong(field, "was declared at no time");
      if (closure.declared_ms() < before) wrong(field, "closures stand in order of declaration");
      before = closure.declared_ms();
    }
  }

  const stored::Calendar& calendar_;
  std::optional<Rejection> rejection_;
};

}  // namespace

std::optional<Rejection> malformed(const stored::Calendar& calendar) {
  return Form(calendar).first_wrong();
}

}  // namespace casewheel::catalogue
