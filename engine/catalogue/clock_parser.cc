#include "engine/catalogue/clock_parser.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/limits.h"
#include "engine/catalogue/words.h"
#include "engine/sla/duration.h"

namespace casewheel::catalogue {
namespace {

using Need = YamlReader::Need;
constexpr YamlTree::NodeId kNone = YamlTree::kNone;

// For the order of steps only: working days are taken for whole ones.
DurationMs about(const stored::LadderStep& step) {
  return step.offset_working_days() * kDayMs + step.offset_ms();
}

}  // namespace

void ClockParser::wants_calendar(NodeId node) {
  if (no_calendar_)
    reader_.problem(node, "counts by a calendar, but the tenant names none; give calendar:");
}

void ClockParser::parse(NodeId node, stored::ClockKind kind, stored::ClockRule& rule) {
  const Fields fields = reader_.fields(
      node, {"within", "pauses", "met_by", "met_by_means", "on_reopening", "ladder"});
  rule.set_kind(kind);
  if (kind == stored::AGREED_DATE) {
    if (fields["within"] != kNone) {
      reader_.problem(fields["within"],
                      "an agreed date has no allowance: the date is agreed case by case");
    }
  } else if (const NodeId within = reader_.required(fields, "within"); within != kNone) {
    allowance(within, *rule.mutable_allowance());
  }
  for (const int reason : reader_.words(fields, "pauses", pause_words(), Need::kOptional)) {
    if (reason == stored::AWAITING_APPLICANT_DOCUMENTS) {
      rule.set_pauses_awaiting_documents(true);
    } else {
      rule.add_pauses(static_cast<stored::PauseReason>(reason));
    }
  }
  for (const int signal : reader_.words(fields, "met_by", clock_signal_words(), Need::kOptional))
    rule.add_met_by(static_cast<stored::ClockSignal>(signal));
  for (const int means :
       reader_.words(fields, "met_by_means", reply_means_words(), Need::kOptional)) {
    rule.add_met_by_means(static_cast<stored::ReplyMeans>(means));
  }
  if (fields["on_reopening"] != kNone) {
    if (kind == stored::AGREED_DATE || kind == stored::FOLLOW_UP) {
      reader_.problem(fields["on_reopening"],
                      kind == stored::FOLLOW_UP
                          ? "a follow-up always starts on reopening; leave it out"
                          : "an agreed date starts when it is agreed; leave it out");
    }
    static const Words kStart{{"start", 1}};
    rule.set_starts_on_reopening(reader_.word(fields["on_reopening"], kStart).has_value());
  }
  ladder(fields, rule);
}

// within: 72h
// within: {working_days: 6, rule: end_of_working_day, from: opening, outside_hours_extra: 1}
// within: {calendar_days: 30, rule: keep_wall_time}
void ClockParser::allowance(NodeId node, stored::Allowance& allowance) {
  if (reader_.tree()[node].shape == YamlTree::Shape::kScalar) {
    if (const auto wall = reader_.duration(node)) {
      if (*wall <= 0) reader_.problem(node, "must be longer than 0");
      allowance.set_wall_ms(*wall);
    }
    return;
  }
  const Fields fields = reader_.fields(node, {"wall", "working", "working_days", "calendar_days",
                                              "rule", "from", "outside_hours_extra"});
  int amounts = 0;
  for (const char* amount : {"wall", "working", "working_days", "calendar_days"})
    amounts += fields[amount] != kNone ? 1 : 0;
  if (amounts != 1) {
    reader_.problem(node, "gives exactly one of wall, working, working_days and calendar_days");
    return;
  }
  const auto positive = [&](std::string_view key) {
    const auto length = reader_.duration(fields, key, Need::kOptional);
    if (length && *length <= 0) reader_.problem(fields[key], "must be longer than 0");
    return length.value_or(1);
  };
  if (fields["wall"] != kNone) allowance.set_wall_ms(positive("wall"));
  if (fields["working"] != kNone) allowance.set_working_ms(positive("working"));
  const auto days = [&](std::string_view key) {
    return static_cast<std::uint32_t>(
        reader_.number(fields, key, 1, kAllowanceDaysMax, Need::kOptional).value_or(1));
  };
  if (fields["working_days"] != kNone) allowance.set_working_days(days("working_days"));
  if (fields["calendar_days"] != kNone) allowance.set_calendar_days(days("calendar_days"));
  if (fields["rule"] != kNone) {
    // Calendar days end with their last one unless told, which is stored as nothing.
    static const Words kOfCalendarDays{{"keep_wall_time", stored::KEEP_WALL_TIME},
                                       {"end_of_day_first_day_excluded", 0}};
    if (!allowance.has_working_days() && !allowance.has_calendar_days())
      reader_.problem(fields["rule"], "is for working_days and calendar_days; leave it out");
    const Words& words = allowance.has_calendar_days() ? kOfCalendarDays : day_rule_words();
    allowance.set_day_rule(
        static_cast<stored::DayRule>(reader_.word(fields["rule"], words).value_or(0)));
  } else if (allowance.has_working_days()) {
    allowance.set_day_rule(stored::END_OF_DAY_FIRST_DAY_EXCLUDED);
  }
  if (fields["from"] != kNone) {
    static const Words kFrom{{"received", stored::FROM_RECEIVED},
                             {"opening", stored::FROM_OPENING}};
    allowance.set_count_from(
        static_cast<stored::CountFrom>(reader_.word(fields["from"], kFrom).value_or(0)));
  }
  if (fields["outside_hours_extra"] != kNone) {
    if (allowance.has_wall_ms() || allowance.has_working_ms()) {
      allowance.set_outside_hours_extra_ms(positive("outside_hours_extra"));
    } else {
      allowance.set_outside_hours_extra_days(days("outside_hours_extra"));
    }
  }
  if (!allowance.has_wall_ms() || allowance.count_from() != stored::FROM_RECEIVED ||
      fields["outside_hours_extra"] != kNone) {
    wants_calendar(node);
  }
}

void ClockParser::ladder(const Fields& fields, stored::ClockRule& rule) {
  const std::vector<NodeId> steps =
      reader_.list(fields, "ladder", kLadderStepsMax, Need::kOptional);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const stored::LadderStep* before =
        rule.ladder_size() == 0 ? nullptr : &rule.ladder(rule.ladder_size() - 1);
    stored::LadderStep step;
    if (!ladder_step(steps[i], step)) continue;
    if (before != nullptr && about(step) <= about(*before)) {
      reader_.problem(steps[i],
                      "does not come after the step before it; put steps in order of time");
    }
    if (step.repeat_every_ms() > 0 && i + 1 < steps.size()) {
      reader_.problem(steps[i], "repeats, so it must be the last step of its ladder");
    }
    *rule.add_ladder() = std::move(step);
  }
}

bool ClockParser::ladder_step(NodeId node, stored::LadderStep& step) {
  const Fields fields =
      reader_.fields(node, {"at", "every", "limit", "to", "climb", "level", "working",
                            "waits_for_opening", "at_any_hour", "only_if"});
  const NodeId at = reader_.required(fields, "at");
  const bool known = at != kNone && ladder_offset(at, step);
  if (const auto every = reader_.duration(fields, "every", Need::kOptional)) {
    if (*every < kRepeatEveryMsMin) reader_.problem(fields["every"], "must be at least 1s");
    step.set_repeat_every_ms(*every);
  }
  const auto limit = reader_.number(fields, "limit", 1, kRepeatLimitMax, Need::kOptional);
  step.set_climb(reader_.flag(fields, "climb"));
  if (fields["every"] != kNone) {
    step.set_repeat_limit(static_cast<std::uint32_t>(limit.value_or(kRepeatLimitDefault)));
  } else {
    constexpr const char* kOnlyRepeating = "is for repeating steps; give every, or leave it out";
    if (fields["limit"] != kNone) reader_.problem(fields["limit"], kOnlyRepeating);
    if (step.climb()) reader_.problem(fields["climb"], kOnlyRepeating);
  }
  for (const int v : reader_.words(fields, "to", recipient_words(), Need::kRequired)) {
    step.add_recipients(static_cast<stored::Recipient>(v));
  }
  if (reader_.flag(fields, "working")) step.set_in_working_time(true);
  step.set_waits_for_opening(reader_.flag(fields, "waits_for_opening"));
  step.set_at_any_hour(reader_.flag(fields, "at_any_hour"));
  if (step.in_working_time() || step.waits_for_opening()) wants_calendar(node);
  if (fields["only_if"] != kNone) condition(fields["only_if"], *step.mutable_only_if());
  const std::uint32_t usual = about(step) < 0 ? 0 : about(step) == 0 ? 1 : 2;
  const auto level = reader_.number(fields, "level", 0, kLevelMax, Need::kOptional);
  step.set_level(static_cast<std::uint32_t>(level.value_or(usual)));
  return known;
}

// "due", "due - 12h", "due + 24h", "due - 2 working days"
bool ClockParser::ladder_offset(NodeId node, stored::LadderStep& step) {
  const std::string* value = reader_.scalar(node);
  if (value == nullptr) return false;
  std::string_view rest = *value;
  const auto skip_blanks = [&rest] {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  };
  constexpr std::string_view kWorkingDays = " working days";
  if (rest.starts_with("due")) {
    rest.remove_prefix(3);
    skip_blanks();
    if (rest.empty()) return true;
    const char sign = rest.front();
    rest.remove_prefix(1);
    skip_blanks();
    if ((sign == '-' || sign == '+') && rest.ends_with(kWorkingDays)) {
      rest.remove_suffix(kWorkingDays.size());
      int days = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), days);
      if (error == std::errc{} && end == rest.data() + rest.size() && days > 0 &&
          days <= static_cast<int>(kAllowanceDaysMax)) {
        step.set_offset_working_days(sign == '-' ? -days : days);
        step.set_in_working_time(true);
        return true;
      }
    }
    auto length = sla::parse_duration(rest);
    if ((sign == '-' || sign == '+') && length && *length >= 0) {
      step.set_offset_ms(sign == '-' ? -*length : *length);
      return true;
    }
  }
  reader_.problem(
      node, shown(*value) + " is no step; write due, due - 12h, due + 24h or due - 2 working days");
  return false;
}

void ClockParser::condition(NodeId node, stored::StepCondition& condition) {
  const Fields fields = reader_.fields(node, {"kinds", "priorities", "late_by"});
  for (const int v : reader_.words(fields, "kinds", kind_words(), Need::kOptional))
    condition.add_kinds(static_cast<stored::Kind>(v));
  for (const int v : reader_.words(fields, "priorities", priority_words(), Need::kOptional))
    condition.add_priorities(static_cast<stored::Priority>(v));
  if (const auto late_by = reader_.duration(fields, "late_by", Need::kOptional)) {
    if (*late_by <= 0) reader_.problem(fields["late_by"], "must be longer than 0");
    condition.set_late_by_ms(*late_by);
  }
  if (fields.values.empty()) reader_.problem(node, "asks for nothing; leave it out");
}

}  // namespace casewheel::catalogue
