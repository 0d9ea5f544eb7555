#include "engine/cli/sla/calculator.h"

#include <absl/time/time.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <istream>
#include <limits>
#include <optional>
#include <ostream>
#include <vector>

#include "engine/sla/due.h"

namespace casewheel::cli {
namespace {

namespace json = boost::json;
using sla::DayRule;

// Amounts beyond these are no promise of anybody.
constexpr std::int64_t kDaysMax = 1'000'000;
constexpr double kSecondsMax = 1e12;
constexpr std::size_t kInstantTextBytesMax = 40;

struct RuleName {
  std::string_view name;
  DayRule rule;
};
// The engine's own names, then those of peers that count alike.
constexpr std::array<RuleName, 9> kRuleNames{{
    {"keep_wall_time", DayRule::kKeepWallTime},
    {"keep_wall_time_no_roll_within_day", DayRule::kKeepWallTimeNoRollWithinDay},
    {"next_open_after_days", DayRule::kNextOpenAfterDays},
    {"end_of_working_day", DayRule::kEndOfWorkingDay},
    {"end_of_day_first_day_excluded", DayRule::kEndOfDayFirstDayExcluded},
    {"roll_to_opening_then_add_keep_wall_time", DayRule::kKeepWallTime},
    {"roll_to_business_day_then_add_keep_wall_time", DayRule::kKeepWallTimeNoRollWithinDay},
    {"advance_n_business_dates_then_next_active", DayRule::kNextOpenAfterDays},
    {"add_business_days_then_end_of_that_working_day", DayRule::kEndOfWorkingDay},
}};

Result<TimeMs> instant_of(const json::object& question, const char* field) {
  const json::value* value = question.if_contains(field);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  // absl reads words such as "infinite-future" too.
  if (text != nullptr && text->size() <= kInstantTextBytesMax && !text->empty() &&
      text->front() >= '0' && text->front() <= '9') {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(absl::RFC3339_full, std::string(std::string_view(*text)), &time, &error)) {
      return absl::ToUnixMillis(time);
    }
  }
  return Rejection::invalid(field, "must be an instant such as 2026-01-05T09:00:00+08:00");
}

std::optional<double> number_of(const json::value& value) {
  if (!value.is_number()) return std::nullopt;
  const double number = value.to_number<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

Result<std::int32_t> days_of(const json::value& value, const char* field) {
  const auto number = number_of(value);
  if (!number || *number != std::floor(*number) || std::abs(*number) > kDaysMax) {
    return Rejection::invalid(field, "must be a whole number of days, at most 1000000");
  }
  return static_cast<std::int32_t>(*number);
}

Result<TimeMs> due_by_working_time(const sla::Calendar& calendar, TimeMs start,
                                   const json::value& amount) {
  const auto seconds = number_of(amount);
  if (!seconds || std::abs(*seconds) > kSecondsMax) {
    return Rejection::invalid("amount_business_seconds", "must be a number of seconds");
  }
  return sla::add_working_time(calendar, start, std::llround(*seconds * 1000));
}

std::optional<DayRule> rule_of(const json::value* named) {
  if (named == nullptr || !named->is_string()) return std::nullopt;
  for (const RuleName& known : kRuleNames) {
    if (known.name == std::string_view(named->get_string())) return known.rule;
  }
  return std::nullopt;
}

Result<TimeMs> due_by_working_days(const sla::Calendar& calendar, TimeMs start,
                                   const json::value& amount, const json::value* rule) {
  const auto days = days_of(amount, "business_days");
  if (!days) return days.error();
  if (const auto known = rule_of(rule))
    return sla::add_working_days(calendar, start, *days, *known);
  std::string names;
  for (const RuleName& known : kRuleNames) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return Rejection::invalid("day_rule", "must be one of " + names);
}

// Without a rule the time of day is kept: whoever asks a calculator for two days on means that.
Result<TimeMs> due_by_calendar_days(const sla::Calendar& calendar, TimeMs start,
                                    const json::value& amount, const json::value* named) {
  const auto days = days_of(amount, "calendar_days");
  if (!days) return days.error();
  sla::DueQuestion question;
  question.start = start;
  question.amount.kind = sla::Amount::Kind::kCalendarDays;
  question.amount.days = *days;
  question.amount.day_rule = DayRule::kKeepWallTime;
  if (named != nullptr) {
    const auto rule = rule_of(named);
    if (rule != DayRule::kKeepWallTime && rule != DayRule::kEndOfDayFirstDayExcluded) {
      return Rejection::invalid("day_rule",
                                "of calendar_days must be keep_wall_time or "
                                "end_of_day_first_day_excluded");
    }
    question.amount.day_rule = *rule;
  }
  const auto answer = sla::due(&calendar, question);
  if (!answer) return answer.error();
  return answer->due;
}

Result<TimeMs> due_of(const sla::Calendar& calendar, const json::object& question) {
  const auto start = instant_of(question, "start");
  if (!start) return start.error();
  const json::value* time = question.if_contains("amount_business_seconds");
  const json::value* working = question.if_contains("business_days");
  const json::value* days = question.if_contains("calendar_days");
  if ((time != nullptr) + (working != nullptr) + (days != nullptr) != 1) {
    return Rejection::of(RejectionCode::kInvalidArgument,
                         "exactly one of amount_business_seconds, business_days and "
                         "calendar_days must be given");
  }
  if (time != nullptr) return due_by_working_time(calendar, *start, *time);
  const json::value* rule = question.if_contains("day_rule");
  if (days != nullptr) return due_by_calendar_days(calendar, *start, *days, rule);
  return due_by_working_days(calendar, *start, *working, rule);
}

std::string in_its_zone(const sla::Calendar& calendar, TimeMs instant) {
  const sla::WallTime wall = calendar.zone().wall_time(instant);
  const DurationMs offset = wall.date * kDayMs + wall.time_ms - instant;
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixMillis(instant),
                          absl::FixedTimeZone(static_cast<int>(offset / kSecondMs)));
}

}  // namespace

template <typename Compute>
std::string SlaCalculator::answered(std::string_view line, Compute compute) {
  json::object answer{{"id", nullptr}};
  const auto refused = [&](const std::string& why) {
    ++mistakes_;
    answer["error"] = why;
    return json::serialize(answer);
  };
  if (line.size() > kCalculatorLineBytesMax) {
    return refused("a line is limited to " + std::to_string(kCalculatorLineBytesMax) + " bytes");
  }
  boost::system::error_code error;
  const json::value parsed = json::parse({line.data(), line.size()}, error);
  if (error) return refused("not a JSON object: " + error.message());
  const json::object* question = parsed.if_object();
  if (question == nullptr) return refused("not a JSON object");
  if (const json::value* id = question->if_contains("id")) answer["id"] = *id;
  const json::value* schedule = question->if_contains("schedule");
  if (schedule == nullptr || !schedule->is_object()) return refused("schedule: must be an object");
  const auto calendar = schedules_.calendar_of(schedule->get_object());
  if (!calendar) return refused(calendar.error().message);
  const std::string mistake = compute(**calendar, *question, answer);
  return mistake.empty() ? json::serialize(answer) : refused(mistake);
}

std::string SlaCalculator::due(std::string_view line) {
  return answered(line,
                  [](const sla::Calendar& calendar, const json::object& question,
                     json::object& answer) -> std::string {
                    const auto due = due_of(calendar, question);
                    if (!due) return due.error().message;
                    answer["due"] = in_its_zone(calendar, *due);
                    return "";
                  });
}

std::string SlaCalculator::elapsed(std::string_view line) {
  return answered(line,
                  [](const sla::Calendar& calendar, const json::object& question,
                     json::object& answer) -> std::string {
                    const auto start = instant_of(question, "start");
                    if (!start) return start.error().message;
                    const auto end = instant_of(question, "end");
                    if (!end) return end.error().message;
                    const DurationMs elapsed = sla::working_time(calendar, *start, *end);
                    if (elapsed % kSecondMs == 0) {
                      answer["business_seconds"] = elapsed / kSecondMs;
                    } else {
                      answer["business_seconds"] = static_cast<double>(elapsed) / kSecondMs;
                    }
                    return "";
                  });
}

void SlaCalculator::run(Answer answer, std::istream& in, std::ostream& out) {
  std::vector<char> buffer(kCalculatorLineBytesMax + 2);
  while (in.getline(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         (in.gcount() > 0 && !in.eof())) {
    // getline fails on what does not fit: one byte more than allowed is enough to say so, the rest
    // is thrown away unread.
    const bool cut = in.fail();
    auto length = static_cast<std::size_t>(in.gcount());
    if (cut) {
      in.clear();
      in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    } else if (!in.eof()) {
      --length;
    }
    std::string_view line(buffer.data(), length);
    while (!cut && !line.empty() && (line.back() == '\r' || line.back() == ' ')) {
      line.remove_suffix(1);
    }
    if (line.empty()) continue;
    out << (this->*answer)(line) << '\n';
    // Whoever asks line by line waits for the answer.
    if (in.rdbuf()->in_avail() <= 0) out.flush();
  }
  out.flush();
}

}  // namespace casewheel::cli
