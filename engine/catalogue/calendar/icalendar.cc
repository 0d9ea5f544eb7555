#include "engine/catalogue/calendar/icalendar.h"

#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

#include "engine/base/text.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/calendar/icalendar_lines.h"
#include "engine/catalogue/calendar/limits.h"
#include "engine/catalogue/calendar/line_problems.h"
#include "engine/catalogue/limits.h"
#include "engine/catalogue/yaml_tree.h"
#include "engine/sla/calendar.h"

namespace casewheel::catalogue {
namespace {

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

// One content line as libical understands it: the values of a list are properties of their own.
class Values {
 public:
  explicit Values(const FeedLine& line)
      : event_(icalparser_parse_string(
            ("BEGIN:VEVENT\r\n" + line.text + "\r\nEND:VEVENT\r\n").c_str())) {
    if (event_ == nullptr) return;
    for (auto* p = icalcomponent_get_first_property(event_.get(), ICAL_ANY_PROPERTY); p != nullptr;
         p = icalcomponent_get_next_property(event_.get(), ICAL_ANY_PROPERTY)) {
      if (icalproperty_isa(p) == ICAL_XLICERROR_PROPERTY) broken_ = true;
      all_.push_back(p);
    }
  }

  bool good() const { return !broken_ && !all_.empty(); }
  const std::vector<icalproperty*>& all() const { return all_; }

 private:
  std::unique_ptr<icalcomponent, FreeComponent> event_;
  std::vector<icalproperty*> all_;  // live in event_
  bool broken_ = false;
};

// Empty when it has a time of day or is no date that can be computed with.
std::optional<sla::Date> whole_day(const icaltimetype& time) {
  if (icaltime_is_null_time(time) || time.is_date == 0 || time.year < 1900 || time.year > 2299)
    return std::nullopt;
  const auto number = static_cast<std::uint32_t>(time.year * 10'000 + time.month * 100 + time.day);
  return is_date(number) ? sla::date_of_yyyymmdd(number) : std::nullopt;
}

icaltimetype ical_time(sla::Date date) {
  const std::uint32_t number = sla::yyyymmdd(date);
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(number / 10'000);
  time.month = static_cast<int>(number / 100 % 100);
  time.day = static_cast<int>(number % 100);
  time.is_date = 1;
  return time;
}

std::string_view value_of(const FeedLine& line) {
  const auto colon = line.text.find(':');
  return std::string_view(line.text).substr(colon + 1);
}

class FeedReader {
 public:
  FeedReader(LineProblems& problems, const FeedReading& reading, sla::Date horizon)
      : problems_(problems), reading_(reading), horizon_(horizon) {}

  HolidayFeed read(const FeedLines& lines) {
    for (const FeedEvent& one : lines.events) {
      event(one);
      if (full_) break;
    }
    if (problems_.none() && names_.empty()) {
      std::string why = "holds no holiday";
      if (transparent_ > 0) {
        why += ": its " + std::to_string(transparent_) +
               " transparent events are left out unless asked for";
      }
      problems_.add(1, why);
    }
    HolidayFeed feed;
    for (const auto& [date, name] : names_) {
      stored::CalendarDay& day = feed.days.emplace_back();
      day.set_date(sla::yyyymmdd(date));
      day.set_what(stored::CalendarDay::HOLIDAY);
      day.set_name(name);
    }
    if (last_single_) feed.known_until = sla::yyyymmdd(*last_single_) / 10'000 * 10'000 + 1231;
    warn(feed, transparent_, "transparent event", "left out: they keep nobody busy");
    warn(feed, cancelled_, "cancelled event", "left out");
    warn(feed, lines.other_components, "component that is no event", "left out");
    warn(feed, shortened_, "date with several events", "named after the first: the names are long");
    return feed;
  }

 private:
  static void warn(HolidayFeed& feed, std::size_t count, const std::string& what,
                   const std::string& fate) {
    if (count > 0) feed.warnings.push_back(std::to_string(count) + " x " + what + ", " + fate);
  }

  void event(const FeedEvent& event) {
    if (is(event, "STATUS", "CANCELLED")) {
      ++cancelled_;
      return;
    }
    if (!reading_.transparent_too && is(event, "TRANSP", "TRANSPARENT")) {
      ++transparent_;
      return;
    }
    for (const char* unread : {"RECURRENCE-ID", "EXRULE"}) {
      if (const FeedLine* line = event.find(unread)) {
        problems_.add(line->line, std::string(unread) + " is not read; list the dates as events");
        return;
      }
    }
    for (const char* once : {"DTSTART", "DTEND", "DURATION", "RRULE", "SUMMARY"}) {
      const FeedLine* first = event.find(once);
      for (const FeedLine& line : event.properties) {
        if (line.name != once || &line == first) continue;
        problems_.add(line.line, std::string(once) + " stands in line " +
                                     std::to_string(first->line) + " already");
        return;
      }
    }
    const auto start = start_of(event);
    if (!start) return;
    const auto days = length_of(event, *start);
    const auto name = name_of(event);
    if (!days || !name) return;
    expand(event, *start, *days, *name);
  }

  static bool is(const FeedEvent& event, std::string_view property, std::string_view value) {
    const FeedLine* line = event.find(property);
    if (line == nullptr) return false;
    const std::string_view text = value_of(*line);
    return std::equal(text.begin(), text.end(), value.begin(), value.end(), [](char a, char b) {
      return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
  }

  // A date of a DTSTART or DTEND; reported when it is none.
  std::optional<sla::Date> date_of(const FeedLine& line, icalproperty_kind kind) {
    const Values values(line);
    if (values.good() && values.all().size() == 1) {
      const icaltimetype time = kind == ICAL_DTSTART_PROPERTY
                                    ? icalproperty_get_dtstart(values.all()[0])
                                    : icalproperty_get_dtend(values.all()[0]);
      if (const auto date = whole_day(time)) return date;
      if (!icaltime_is_null_time(time) && time.is_date == 0) {
        problems_.add(line.line, shown(line.text) +
                                     " has a time of day; holidays are whole days, as in " +
                                     line.name + ";VALUE=DATE:20260101");
        return std::nullopt;
      }
    }
    problems_.add(line.line, shown(line.text) + " is no date from 1900 to 2299; write " +
                                 line.name + ";VALUE=DATE:20260101");
    return std::nullopt;
  }

  std::optional<sla::Date> start_of(const FeedEvent& event) {
    const FeedLine* line = event.find("DTSTART");
    if (line == nullptr) {
      problems_.add(event.line, "the event has no DTSTART");
      return std::nullopt;
    }
    return date_of(*line, ICAL_DTSTART_PROPERTY);
  }

  // In days; DTEND is exclusive.
  std::optional<std::int32_t> length_of(const FeedEvent& event, sla::Date start) {
    const FeedLine* end = event.find("DTEND");
    const FeedLine* duration = event.find("DURATION");
    std::int64_t days = 1;
    if (end != nullptr) {
      const auto date = date_of(*end, ICAL_DTEND_PROPERTY);
      if (!date) return std::nullopt;
      days = *date - start;
      if (duration != nullptr) {
        problems_.add(duration->line, "an event has DTEND or DURATION, not both");
        return std::nullopt;
      }
    } else if (duration != nullptr) {
      const Values values(*duration);
      const bool good = values.good() && values.all().size() == 1;
      const icaldurationtype length =
          good ? icalproperty_get_duration(values.all()[0]) : icaldurationtype_bad_duration();
      if (icaldurationtype_is_bad_duration(length) || length.hours != 0 || length.minutes != 0 ||
          length.seconds != 0) {
        problems_.add(duration->line, shown(duration->text) + " is no number of whole days");
        return std::nullopt;
      }
      days = std::int64_t{length.weeks} * 7 + length.days;
      if (length.is_neg != 0) days = -days;
    }
    const FeedLine* said = end != nullptr ? end : duration;
    if (days < 1) {
      problems_.add(said->line, "the event ends before it begins; DTEND is the day after the last");
      return std::nullopt;
    }
    if (days > kFeedEventDaysMax) {
      problems_.add(said->line, "the event lasts " + std::to_string(days) + " days; the limit is " +
                                    std::to_string(kFeedEventDaysMax));
      return std::nullopt;
    }
    return static_cast<std::int32_t>(days);
  }

  std::optional<std::string> name_of(const FeedEvent& event) {
    const FeedLine* line = event.find("SUMMARY");
    if (line == nullptr) return std::string{};
    // libical drops control characters in silence, so the line is looked at as it came.
    auto clean = clean_text("SUMMARY", line->text, kFeedLineBytesMax, TextKind::kLine);
    if (!clean) {
      problems_.add(line->line, "SUMMARY " + clean.error().fields[0].description);
      return std::nullopt;
    }
    const Values values(*line);
    const char* text = values.good() ? icalproperty_get_summary(values.all()[0]) : nullptr;
    if (text == nullptr) {
      // An empty SUMMARY is no error of the feed's, but libical's reason to refuse the line.
      if (value_of(*line).find_first_not_of(' ') == std::string_view::npos) return std::string{};
      problems_.add(line->line, shown(line->text) + " is no SUMMARY");
      return std::nullopt;
    }
    std::string name(text);
    std::replace(name.begin(), name.end(), '\n', ' ');  // \n in the feed: a name is one line
    const auto first = name.find_first_not_of(' ');
    if (first == std::string::npos) return std::string{};
    name = name.substr(first, name.find_last_not_of(' ') - first + 1);
    clean = clean_text("SUMMARY", name, kTextBytesMax, TextKind::kLine);
    if (!clean || clean->size() > kTextBytesMax) {
      problems_.add(line->line, "SUMMARY " + (clean ? "is longer than " +
                                                          std::to_string(kTextBytesMax) + " bytes"
                                                    : clean.error().fields[0].description));
      return std::nullopt;
    }
    return *std::move(clean);
  }

  void expand(const FeedEvent& event, sla::Date start, std::int32_t days, const std::string& name) {
    std::vector<sla::Date> without;
    std::vector<sla::Date> starts;
    const FeedLine* rule = event.find("RRULE");
    for (const FeedLine& line : event.properties) {
      if (line.name == "EXDATE" && !dates_of(line, &without)) return;
      if (line.name == "RDATE" && !dates_of(line, &starts)) return;
    }
    std::sort(without.begin(), without.end());
    if (rule == nullptr) {
      starts.push_back(start);
    } else if (!recur(*rule, start, days, &starts)) {
      return;
    }
    for (const sla::Date first : starts) {
      if (std::binary_search(without.begin(), without.end(), first)) continue;
      for (std::int32_t i = 0; i < days; ++i) {
        if (first + i > sla::kDateMax) break;
        if (!name_day(event, first + i, name)) return;
      }
      if (rule == nullptr) last_single_ = std::max(last_single_.value_or(first), first);
    }
  }

  bool dates_of(const FeedLine& line, std::vector<sla::Date>* dates) {
    const Values values(line);
    bool good = values.good();
    for (icalproperty* one : good ? values.all() : std::vector<icalproperty*>{}) {
      const icaltimetype time = icalproperty_isa(one) == ICAL_EXDATE_PROPERTY
                                    ? icalproperty_get_exdate(one)
                                    : icalproperty_get_rdate(one).time;
      const auto date = whole_day(time);
      good = good && date.has_value();
      if (date) dates->push_back(*date);
    }
    if (!good) {
      problems_.add(line.line, shown(line.text) + " is no list of dates; write " + line.name +
                                   ";VALUE=DATE:20260101,20260102");
    }
    return good;
  }

  // What holidays need, and no more: libical walks a rule that matches nothing to the end of its time,
  // and other parts make that a second and more.
  static std::string wrong_rule(std::string_view rule) {
    std::string_view frequency;
    std::vector<std::string_view> by;
    while (!rule.empty()) {
      const auto end = rule.find(';');
      const std::string_view part = rule.substr(0, end);
      rule.remove_prefix(end == std::string_view::npos ? rule.size() : end + 1);
      const auto equal = part.find('=');
      const std::string_view name = part.substr(0, equal);
      const std::string_view value =
          equal == std::string_view::npos ? std::string_view{} : part.substr(equal + 1);
      if (name == "FREQ") {
        frequency = value;
      } else if (name == "BYMONTH" || name == "BYMONTHDAY" || name == "BYDAY") {
        by.push_back(name);
      } else if (name == "INTERVAL" || name == "COUNT") {
        int number = 0;
        const auto [stop, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || stop != value.data() + value.size() || number < 1 ||
            number > 10'000)
          return std::string(name) + " must be a whole number from 1 to 10000";
      } else if (name != "UNTIL" && name != "WKST") {
        return shown(name) + " is not read; list the dates as events";
      }
    }
    const bool yearly = frequency == "YEARLY";
    const bool monthly = frequency == "MONTHLY";
    const bool weekly = frequency == "WEEKLY";
    if (!yearly && !monthly && !weekly && frequency != "DAILY") {
      return "recurs " + shown(frequency) + "; FREQ is DAILY, WEEKLY, MONTHLY or YEARLY";
    }
    for (const std::string_view part : by) {
      const bool read = yearly || (monthly && part != "BYMONTH") || (weekly && part == "BYDAY");
      if (read) continue;
      return std::string(part) + " is not read with FREQ=" + std::string(frequency) +
             "; write the rule as YEARLY, or list the dates as events";
    }
    return {};
  }

  bool recur(const FeedLine& line, sla::Date start, std::int32_t days,
             std::vector<sla::Date>* starts) {
    if (auto why = wrong_rule(value_of(line)); !why.empty()) {
      problems_.add(line.line, std::move(why));
      return false;
    }
    if (++rules_ > kFeedRulesMax) {
      problems_.add(line.line,
                    "more recurring events than the limit of " + std::to_string(kFeedRulesMax));
      full_ = true;
      return false;
    }
    const Values values(line);
    std::unique_ptr<icalrecur_iterator, FreeIterator> iterator;
    if (values.good() && values.all().size() == 1 && line.text.find('=') != std::string::npos) {
      const icalrecurrencetype rule = icalproperty_get_rrule(values.all()[0]);
      if (rule.freq <= ICAL_YEARLY_RECURRENCE && rule.freq >= ICAL_DAILY_RECURRENCE)
        iterator.reset(icalrecur_iterator_new(rule, ical_time(start)));
    }
    if (iterator == nullptr) {
      problems_.add(line.line, shown(line.text) + " is no recurrence rule, or never comes true");
      full_ = ++wrong_rules_ >= kFeedWrongRulesMax;
      return false;
    }
    // The start is an occurrence whether the rule names it or not (RFC 5545 section 3.8.5.3).
    starts->push_back(start);
    for (;;) {
      const icaltimetype time = icalrecur_iterator_next(iterator.get());
      const auto date = whole_day(time);
      if (!date || *date > horizon_) return true;
      if (*date <= start) continue;
      starts->push_back(*date);
      if (starts->size() * static_cast<std::size_t>(days) > kCalendarDaysMax) {
        problems_.add(line.line, "recurs on more than " + std::to_string(kCalendarDaysMax) +
                                     " dates until " + written_date(sla::yyyymmdd(horizon_)));
        return false;
      }
    }
  }

  // False when there is no room for more.
  bool name_day(const FeedEvent& event, sla::Date date, const std::string& name) {
    const auto [day, is_new] = names_.try_emplace(date, name);
    if (!is_new && !name.empty() && day->second.empty()) day->second = name;
    if (!is_new && day->second.find(name) == std::string::npos) {
      const std::string joined = day->second + "、" + name;
      if (joined.size() <= kTextBytesMax) {
        day->second = joined;
      } else {
        ++shortened_;
      }
    }
    if (names_.size() <= kCalendarDaysMax) return true;
    problems_.add(event.line, "more dates than the limit of " + std::to_string(kCalendarDaysMax));
    full_ = true;
    return false;
  }

  LineProblems& problems_;
  const FeedReading& reading_;
  const sla::Date horizon_;
  std::map<sla::Date, std::string> names_;
  std::optional<sla::Date> last_single_;
  std::size_t transparent_ = 0;
  std::size_t cancelled_ = 0;
  std::size_t shortened_ = 0;
  std::size_t rules_ = 0;
  std::size_t wrong_rules_ = 0;
  bool full_ = false;
};

}  // namespace

Result<HolidayFeed> parse_icalendar(std::string_view text, std::string_view file_name,
                                    const FeedReading& reading) {
  // What is wrong with a feed is reported, not printed or died of. The setting is libical's for the
  // whole process.
  static const bool calm = [] {
    icalerror_set_errors_are_fatal(0);
    return true;
  }();
  static_cast<void>(calm);
  if (!is_date(reading.horizon)) {
    return Rejection::invalid("horizon",
                              std::to_string(reading.horizon) + " is no date from 1900 to 2299");
  }
  LineProblems problems(file_name, "the calendar feed");
  if (text.size() > kFeedBytesMax) {
    problems.add(1, "is " + std::to_string(text.size()) + " bytes; the limit is " +
                        std::to_string(kFeedBytesMax));
  } else if (!is_utf8(text)) {
    problems.add(1, "is not UTF-8");
  } else if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    problems.add(1 + static_cast<std::size_t>(
                         std::count(text.begin(), text.begin() + static_cast<long>(nul), '\n')),
                 "holds a NUL byte");
  }
  if (!problems.none()) return problems.rejection();
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  const FeedLines lines = read_feed_lines(text, problems);
  if (!problems.none()) return problems.rejection();
  HolidayFeed feed =
      FeedReader(problems, reading, *sla::date_of_yyyymmdd(reading.horizon)).read(lines);
  if (!problems.none()) return problems.rejection();
  return feed;
}

stored::Calendar with_feed(stored::Calendar calendar, const HolidayFeed& feed) {
  if (feed.days.empty()) return calendar;
  const std::uint32_t first_year = feed.days.front().date() / 10'000;
  const std::uint32_t last_year = feed.days.back().date() / 10'000;
  std::map<std::uint32_t, stored::CalendarDay> days;
  for (const stored::CalendarDay& day : calendar.days()) {
    const std::uint32_t year = day.date() / 10'000;
    const bool superseded =
        day.what() == stored::CalendarDay::HOLIDAY && year >= first_year && year <= last_year;
    if (!superseded) days[day.date()] = day;
  }
  for (const stored::CalendarDay& day : feed.days) days[day.date()] = day;
  calendar.clear_days();
  for (auto& [date, day] : days) *calendar.add_days() = std::move(day);
  calendar.set_known_until(std::max(calendar.known_until(), feed.known_until));
  return calendar;
}

}  // namespace casewheel::catalogue
