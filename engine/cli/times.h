// Instants and lengths of time as people read and type them. Zones matter only here: the engine
// counts UTC milliseconds. Pure but for zone files.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace casewheel::cli {

// An IANA zone by name. Empty when there is no such zone.
std::optional<absl::TimeZone> load_zone(const std::string& name);

// Asia/Taipei, where no tenant says otherwise; never the machine's own.
absl::TimeZone default_zone();

TimeMs to_ms(const google::protobuf::Timestamp& time);
google::protobuf::Timestamp to_timestamp(TimeMs time_ms);
google::protobuf::Duration to_duration(DurationMs length_ms);

// "2026-07-15 14:30:05"; milliseconds are cut, so that a due date never reads later than it is.
std::string format_time(TimeMs time_ms, const absl::TimeZone& zone);

// As format_time, but what ends with a day reads "2026-07-15 24:00:00": a due date is not mistaken for
// the day after it.
std::string format_deadline(TimeMs time_ms, const absl::TimeZone& zone);

// RFC 3339 with an offset or Z, or in `zone`: "2026-07-15 14:30:05", "2026-07-15T14:30", or
// "2026-07-15" (its first instant); the date in any way typed_text.h has, in full width too. A local time that a change to summer time skips or repeats is
// taken with the offset in force before the change.
std::optional<TimeMs> parse_time(const std::string& typed, const absl::TimeZone& zone);

// The two largest units: "2 天 3 小時", "5 小時 12 分", "40 秒"; "0 秒" for less than a second. The sign
// is dropped.
std::string format_length(DurationMs length_ms);

// "90m", "2d3h", "72h", "1.5h", "250ms"; units w d h m s ms, largest first or not; or as format_length
// writes it: "3 天 20 小時", with 週 天 日 小時 時 分鐘 分 秒. Not negative.
std::optional<DurationMs> parse_length(std::string_view text);

// How far a due instant is from now: "逾期 2 天 3 小時 overdue".
std::string format_due(TimeMs due_ms, TimeMs now_ms);

}  // namespace casewheel::cli
