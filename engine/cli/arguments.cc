#include "engine/cli/arguments.h"

#include <absl/time/civil_time.h>

#include "engine/base/ids.h"
#include "engine/cli/typed_text.h"

namespace casewheel::cli {

std::string Arguments::case_number(const std::vector<std::string>& typed) {
  std::string text;
  for (const std::string& part : typed) text += (text.empty() ? "" : " ") + half_width_signs(part);
  const auto address = parse_case_number(text);
  if (!address) {
    note("案號有誤，請核對數字 not a case number (digits are missing or mistyped): " + text);
    return "";
  }
  return format_case_number(address->partition, address->id);
}

void Arguments::time(const std::string& option, const std::string& text,
                     google::protobuf::Timestamp* time) {
  if (text.empty()) return;
  const auto time_ms = parse_time(text, zone_);
  if (time_ms) {
    *time = to_timestamp(*time_ms);
  } else {
    note(option +
         "：不是日期時間，例如 115-07-15 14:30 not a time (such as \"2026-07-15 14:30\" or "
         "2026-07-15T06:30:00Z): " +
         text);
  }
}

void Arguments::deadline(const std::string& option, const std::string& text,
                         google::protobuf::Timestamp* time) {
  absl::CivilDay day;
  const std::optional<std::string> date = common_date(text);
  if (date && absl::ParseCivilTime(*date, &day)) {
    *time = to_timestamp(absl::ToUnixMillis(absl::FromCivil(day + 1, zone_)));
  } else {
    this->time(option, text, time);
  }
}

void Arguments::length(const std::string& option, const std::string& text,
                       google::protobuf::Duration* length) {
  if (text.empty()) return;
  const auto length_ms = parse_length(half_width_signs(text));
  if (length_ms) {
    *length = to_duration(*length_ms);
  } else {
    note(option +
         "：不是時間長度，例如 72h、3天4小時 not a length of time (such as 90m, 72h or "
         "2d3h): " +
         text);
  }
}

std::string Arguments::day(const std::string& option, const std::string& text) {
  absl::CivilDay day;
  const std::optional<std::string> date = common_date(text);
  if (date && absl::ParseCivilTime(*date, &day)) return *date;
  note(option + "：不是日期，例如 115-07-24 not a date (such as 2026-07-24): " + text);
  return "";
}

}  // namespace casewheel::cli
