// How large a catalogue may be, each limit with its reason. Going over one is reported with its name
// and value; nothing is cut off.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace casewheel::catalogue {

inline constexpr std::size_t kTenantsMax = 99;    // two digits of the case number
inline constexpr std::size_t kUnitsMax = 10'000;  // Taipower has some 600; a ministry's all
inline constexpr std::size_t kUnitDepthMax = 16;  // a climb ends well before
inline constexpr std::size_t kStaffMax = 50'000;  // all four enterprises employ fewer
inline constexpr std::size_t kServicesMax = 2'000;
inline constexpr std::size_t kPoliciesMax = 200;  // tried one by one at each lodge
inline constexpr std::size_t kLadderStepsMax = 32;
inline constexpr std::size_t kDocumentsMax = 32;
inline constexpr std::size_t kAttributesMax = 32;        // a form one page long
inline constexpr std::size_t kAttributeValuesMax = 200;  // the townships of a county, with room
inline constexpr std::size_t kFeesMax = 16;
inline constexpr std::int64_t kFeeAmountMax = 100'000'000;  // New Taiwan dollars
inline constexpr std::size_t kStepsMax = 20;
inline constexpr std::size_t kKeywordsMax = 20;
inline constexpr std::size_t kAbsencesMax = 100;
inline constexpr std::size_t kExtensionsMax = 8;  // a desk, a headset, a soft phone
inline constexpr std::size_t kHotlineLinesMax = 200;
inline constexpr DurationMs kAnswerWithinMsMax = kHourMs;
inline constexpr std::size_t kRetentionRulesMax = 7;       // one a kind
inline constexpr std::int64_t kRetentionDaysMax = 36'525;  // a century
inline constexpr std::size_t kMatchValuesMax = 2'000;      // as many as services
inline constexpr std::size_t kIdBytesMax = 40;             // ids stand in keys and rows
inline constexpr std::size_t kTextBytesMax = 200;          // a name or a document fits a line

inline constexpr std::size_t kDescriptionBytesMax = 2'000;  // a paragraph

inline constexpr DurationMs kRepeatEveryMsMin = kSecondMs;  // a reminder oftener is a storm
inline constexpr std::uint32_t kRepeatLimitDefault = 90;    // a quarter of daily reminders
inline constexpr std::uint32_t kRepeatLimitMax = 1'000;
inline constexpr std::uint32_t kLevelMax = 9;
inline constexpr std::uint32_t kAllowanceDaysMax = 3'650;  // ten years, as sla::kDurationMsMax

}  // namespace casewheel::catalogue
