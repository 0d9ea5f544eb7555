// parse_calendars of calendar_yaml.h: the keys of the format, their limits, and what must hold
// between them.
#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <utility>

#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/calendar/limits.h"
#include "engine/catalogue/yaml_reader.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {
namespace {

using NodeId = YamlTree::NodeId;
using Fields = YamlReader::Fields;
using Need = YamlReader::Need;
using Spans = std::vector<stored::DayHours>;
constexpr NodeId kNone = YamlTree::kNone;

const Words& what_words() {
  static const Words words{{"holiday", stored::CalendarDay::HOLIDAY},
                           {"working_day", stored::CalendarDay::WORKING_DAY}};
  return words;
}

class CalendarParser {
 public:
  explicit CalendarParser(YamlReader& reader) : reader_(reader) {}

  stored::Calendar parse(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "name", "parent", "tenant", "time_zone",
                                                "hours", "days", "known_until", "closures"});
    calendar_.set_id(reader_.id(fields, "id", Need::kRequired));
    name(fields);
    calendar_.set_parent(reader_.id(fields, "parent", Need::kOptional));
    if (!calendar_.parent().empty() && calendar_.parent() == calendar_.id())
      reader_.problem(fields["parent"], "is the calendar itself; leave it out");
    calendar_.set_tenant(reader_.id(fields, "tenant", Need::kOptional));
    time_zone(fields);
    hours(fields);
    days(fields);
    if (fields["known_until"] != kNone)
      calendar_.set_known_until(date(fields["known_until"]).value_or(0));
    for (const NodeId entry : reader_.list(fields, "closures", kClosuresMax, Need::kOptional))
      closure(entry);
    return std::move(calendar_);
  }

 private:
  void name(const Fields& fields) {
    const NodeId node = reader_.required(fields, "name");
    if (node == kNone) return;
    if (reader_.tree()[node].shape == YamlTree::Shape::kScalar) {
      calendar_.set_name_zh(reader_.text(node));
      return;
    }
    const Fields names = reader_.fields(node, {"zh", "en"});
    calendar_.set_name_zh(reader_.text(names, "zh", Need::kRequired));
    calendar_.set_name_en(reader_.text(names, "en", Need::kOptional));
  }

  void time_zone(const Fields& fields) {
    const std::string* name = reader_.scalar(fields["time_zone"]);
    if (name == nullptr) {
      if (calendar_.parent().empty() && fields["time_zone"] == kNone) {
        reader_.problem(fields.map, "time_zone is missing, and there is no parent to say it");
      }
      return;
    }
    auto zone = sla::Zone::load(*name);
    if (!zone) {
      reader_.problem(fields["time_zone"],
                      shown(*name) + " is no IANA time zone; write one like Asia/Taipei");
      return;
    }
    zone_ = *std::move(zone);
    calendar_.set_time_zone(*name);
  }

  std::optional<std::uint32_t> date(NodeId node) {
    const std::string* value = reader_.scalar(node);
    if (value == nullptr) return std::nullopt;
    const auto number = parse_date(*value);
    if (!number) {
      reader_.problem(node,
                      shown(*value) + " is no date from 1900 to 2299; write one like 2026-02-16");
    }
    return number;
  }

  // [08:00-12:00, 13:00-17:00]
  Spans spans(NodeId node) {
    Spans result;
    const YamlTree::Node& list = reader_.tree()[node];
    if (list.shape != YamlTree::Shape::kList) {
      reader_.problem(node, "must be a list of hours like [08:00-12:00, 13:00-17:00]");
      return {};
    }
    if (list.children.size() > kDaySpansMax) {
      reader_.problem(node, "has " + std::to_string(list.children.size()) +
                                " entries; the limit is " + std::to_string(kDaySpansMax));
      return {};
    }
    std::uint32_t after_s = 0;
    for (const NodeId entry : list.children) {
      const std::string* value = reader_.scalar(entry);
      if (value == nullptr) continue;
      const auto span = parse_hours(*value);
      if (!span) {
        reader_.problem(entry, shown(*value) + " are no hours; write 08:00-12:00, up to 24:00");
        continue;
      }
      const auto why = wrong_span(span->from_s(), span->to_s(), after_s);
      if (!why.empty()) reader_.problem(entry, shown(*value) + " " + why);
      after_s = std::max(after_s, span->to_s());
      result.push_back(*span);
    }
    return result;
  }

  void hours(const Fields& fields) {
    const NodeId node = fields["hours"];
    if (node == kNone) {
      if (calendar_.parent().empty())
        reader_.problem(fields.map, "hours is missing, and there is no parent to say them");
      return;
    }
    if (reader_.tree()[node].shape == YamlTree::Shape::kMap) {
      *calendar_.add_weekly() = week(node, false);
      return;
    }
    std::map<std::uint32_t, std::pair<NodeId, stored::WeeklyHours>> weeks;
    for (const NodeId entry : reader_.list(fields, "hours", kWeeklyHoursMax, Need::kRequired)) {
      stored::WeeklyHours one = week(entry, true);
      const auto from = one.effective_from();
      const auto [first, is_new] = weeks.try_emplace(from, entry, std::move(one));
      if (!is_new) {
        reader_.problem(
            entry, "begins when the hours in line " + reader_.line_of(first->second.first) + " do");
      }
    }
    for (auto& [from, entry] : weeks) *calendar_.add_weekly() = std::move(entry.second);
  }

  // {from: 2026-07-01, mon-fri: [08:00-12:00, 13:00-17:00], sat: []}
  stored::WeeklyHours week(NodeId node, bool dated) {
    stored::WeeklyHours result;
    const YamlTree::Node& map = reader_.tree()[node];
    if (map.shape != YamlTree::Shape::kMap) {
      reader_.problem(node, "must be a map of weekdays like {mon-fri: [08:00-17:00]}");
      return result;
    }
    std::array<Spans, 8> by_weekday;  // [0] unused
    std::array<NodeId, 8> said;
    said.fill(kNone);
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const NodeId key = map.children[i];
      const NodeId value = map.children[i + 1];
      const std::string* text = reader_.scalar(key);
      if (text == nullptr) continue;
      if (dated && *text == "from") {
        if (said[0] != kNone)
          reader_.problem(key, "the key from stands here a second time; take one out");
        said[0] = key;
        result.set_effective_from(date(value).value_or(0));
        continue;
      }
      const auto range = weekdays(*text);
      if (!range) {
        reader_.problem(key, "unknown key " + shown(*text) +
                                 "; write a weekday (mon tue wed thu fri sat sun), a range like "
                                 "mon-fri" +
                                 (dated ? ", or from" : ""));
        continue;
      }
      const Spans open = spans(value);
      for (std::uint32_t day = range->first; day <= range->second; ++day) {
        if (said[day] != kNone) {
          reader_.problem(key, std::string(written_weekday(day)) + " has its hours in line " +
                                   reader_.line_of(said[day]) + " already");
          break;
        }
        said[day] = key;
        by_weekday[day] = open;
      }
    }
    for (std::uint32_t day = 1; day <= 7; ++day) {
      for (const stored::DayHours& span : by_weekday[day]) {
        stored::OpeningHours& opening = *result.add_opening();
        opening.set_weekday(day);
        opening.set_from_s(span.from_s());
        opening.set_to_s(span.to_s());
      }
    }
    return result;
  }

  // "sat" or "mon-fri"; a range goes forward.
  static std::optional<std::pair<std::uint32_t, std::uint32_t>> weekdays(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_weekday(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_weekday(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return std::pair(*first, *last);
  }

  void days(const Fields& fields) {
    std::map<std::uint32_t, std::pair<NodeId, stored::CalendarDay>> by_date;
    for (const NodeId entry : reader_.list(fields, "days", kCalendarDaysMax, Need::kOptional)) {
      stored::CalendarDay one = day(entry);
      const auto number = one.date();
      if (number == 0) continue;
      const auto [first, is_new] = by_date.try_emplace(number, entry, std::move(one));
      if (!is_new) {
        reader_.problem(entry, written_date(number) + " stands in line " +
                                   reader_.line_of(first->second.first) + " already");
      }
    }
    for (auto& [number, entry] : by_date) *calendar_.add_days() = std::move(entry.second);
  }

  stored::CalendarDay day(NodeId node) {
    stored::CalendarDay day;
    const Fields fields = reader_.fields(node, {"date", "what", "hours", "name"});
    if (const NodeId at = reader_.required(fields, "date"); at != kNone)
      day.set_date(date(at).value_or(0));
    day.set_name(reader_.text(fields, "name", Need::kOptional));
    const NodeId what = fields["what"];
    const NodeId own_hours = fields["hours"];
    if ((what == kNone) == (own_hours == kNone)) {
      reader_.problem(node, "say either what it is (holiday or working_day) or its hours");
    }
    if (what != kNone) {
      day.set_what(static_cast<stored::CalendarDay::What>(
          reader_.word(what, what_words()).value_or(stored::CalendarDay::HOLIDAY)));
    }
    if (own_hours != kNone) {
      day.set_what(stored::CalendarDay::OWN_HOURS);
      if (is_empty_list(own_hours))
        reader_.problem(own_hours, "is empty; a closed day is written what: holiday");
      for (stored::DayHours& span : spans(own_hours)) *day.add_opening() = std::move(span);
    }
    return day;
  }

  bool is_empty_list(NodeId node) const {
    const YamlTree::Node& list = reader_.tree()[node];
    return list.shape == YamlTree::Shape::kList && list.children.empty();
  }

  void closure(NodeId node) {
    const Fields fields =
        reader_.fields(node, {"date", "counties", "hours", "reason", "reopened", "declared"});
    stored::Closure& closure = *calendar_.add_closures();
    if (const NodeId at = reader_.required(fields, "date"); at != kNone)
      closure.set_date(date(at).value_or(0));
    for (const NodeId entry : reader_.list(fields, "counties", counties().size(), Need::kOptional))
      county(entry, closure);
    if (const NodeId all = fields["counties"]; all != kNone && is_empty_list(all))
      reader_.problem(all, "is empty; leave it out when the closure holds everywhere");
    closure.set_reason(reader_.text(fields, "reason", Need::kOptional));
    closure.set_reopened(reader_.flag(fields, "reopened"));
    if (!closure.reopened() && fields["reason"] == kNone)
      reader_.problem(node, "reason is missing; people are told why their date moved");
    if (const NodeId part = fields["hours"]; part != kNone) {
      if (is_empty_list(part))
        reader_.problem(part, "is empty; leave it out when it is about the whole day");
      for (stored::DayHours& span : spans(part)) *closure.add_hours() = std::move(span);
    }
    declared(fields, closure);
  }

  void county(NodeId node, stored::Closure& closure) {
    const std::string* value = reader_.scalar(node);
    if (value == nullptr) return;
    if (!is_county(*value)) {
      reader_.problem(node, no_county(*value));
      return;
    }
    std::string name = county_name(*value);
    const auto& before = closure.counties();
    if (std::find(before.begin(), before.end(), name) != before.end()) {
      reader_.problem(node, "stands here a second time");
      return;
    }
    closure.add_counties(std::move(name));
  }

  void declared(const Fields& fields, stored::Closure& closure) {
    const NodeId node = fields["declared"];
    if (const std::string* value = reader_.scalar(node)) {
      const auto instant = zone_.parse(*value, false);
      if (!instant) {
        reader_.problem(node, shown(*value) +
                                  " is no time; write 2026-07-09T20:00 or "
                                  "2026-07-09T20:00:00+08:00");
        return;
      }
      closure.set_declared_ms(*instant);
    }
    if (closure.declared_ms() < last_declared_ms_) {
      reader_.problem(node == kNone ? fields.map : node,
                      "was declared before the one above it; put closures in order of declaration");
    }
    last_declared_ms_ = std::max(last_declared_ms_, closure.declared_ms());
  }

  YamlReader& reader_;
  sla::Zone zone_ = sla::Zone::utc();  // the parent's is not known here: times give their offset
  TimeMs last_declared_ms_ = 0;
  stored::Calendar calendar_;
};

// Parents before what builds on them, otherwise in order. What is left in a circle comes last.
std::vector<stored::Calendar> parents_first(std::vector<stored::Calendar> calendars) {
  std::unordered_map<std::string, bool> waiting;  // by id, until it is placed
  for (const stored::Calendar& calendar : calendars) waiting[calendar.id()] = true;
  std::vector<stored::Calendar> placed;
  bool all = false;  // no progress: the rest is a circle
  while (!calendars.empty()) {
    std::vector<stored::Calendar> left;
    for (stored::Calendar& calendar : calendars) {
      const auto parent = waiting.find(calendar.parent());
      if (!all && parent != waiting.end() && parent->second) {
        left.push_back(std::move(calendar));
      } else {
        waiting[calendar.id()] = false;
        placed.push_back(std::move(calendar));
      }
    }
    all = left.size() == calendars.size();
    calendars = std::move(left);
  }
  return placed;
}

}  // namespace

Result<std::vector<stored::Calendar>> parse_calendars(std::string_view yaml,
                                                      std::string_view file_name) {
  auto tree = YamlTree::parse(yaml, file_name);
  if (!tree) return tree.error();
  Problems problems(*tree, file_name, "the calendar file");
  YamlReader reader(*tree, problems);
  if (tree->root() == kNone || (*tree)[tree->root()].shape == YamlTree::Shape::kNull) {
    problems.add(kNone, "is empty; it begins with calendars:");
    return problems.rejection();
  }
  const Fields fields = reader.fields(tree->root(), {"calendars"});
  std::vector<stored::Calendar> calendars;
  std::unordered_map<std::string, NodeId> ids;
  for (const NodeId node : reader.list(fields, "calendars", kCalendarsMax, Need::kRequired)) {
    stored::Calendar calendar = CalendarParser(reader).parse(node);
    const auto [first, is_new] = ids.emplace(calendar.id(), node);
    if (!is_new && !calendar.id().empty()) {
      reader.problem(node, "calendar " + calendar.id() + " is already defined in line " +
                               reader.line_of(first->second));
    }
    calendars.push_back(std::move(calendar));
  }
  if (!problems.none()) return problems.rejection();
  return parents_first(std::move(calendars));
}

}  // namespace casewheel::catalogue
