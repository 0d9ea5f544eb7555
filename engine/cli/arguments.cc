#include "engine/cli/arguments.h"

#include <absl/time/civil_time.h>

#include "engine/base/ids.h"

namespace casewheel::cli {

std::string Arguments::case_number(const std::vector<std::string>& typed) {
  std::string text;
  for (const std::string& part : typed) text += (text.empty() ? "" : " ") + part;
  const auto address = parse_case_number(text);
  if (!address) {
    note("案號有誤 not a case number (digits are missing or mistyped): " + text);
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
    note(option + ": not a time (such as \"2026-07-15 14:30\" or 2026-07-15T06:30:00Z): " + text);
  }
}

void Arguments::deadline(const std::string& option, const std::string& text,
                         google::protobuf::Timestamp* time) {
  absl::CivilDay day;
  if (absl::ParseCivilTime(text, &day) && day.year() >= 1900) {
    *time = to_timestamp(absl::ToUnixMillis(absl::FromCivil(day + 1, zone_)));
  } else {
    this->time(option, text, time);
  }
}

void Arguments::length(const std::string& option, const std::string& text,
                       google::protobuf::Duration* length) {
  if (text.empty()) return;
  const auto length_ms = parse_length(text);
  if (length_ms) {
    *length = to_duration(*length_ms);
  } else {
    note(option + ": not a length of time (such as 90m, 72h or 2d3h): " + text);
  }
}

}  // namespace casewheel::cli
