// Calendars, what a change of them moves, explanations and what-ifs as people read them: Traditional
// Chinese first, English beside it. Pure.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "casewheel/v1/calendars.pb.h"
#include "casewheel/v1/cases.pb.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

// How many clocks move and how, and examples.
std::string preview_text(const v1::ChangePreview& preview, const absl::TimeZone& zone);

// Each calendar with its version and changes, then what should be looked at twice.
std::string calendar_changes_text(const v1::ApplyCalendarResponse& response, bool dry_run);

std::string calendar_list_text(const v1::ListCalendarsResponse& response);

// How far a change has been carried to open cases.
std::string sweep_text(const v1::Sweep& sweep);

// Each clock's account, in Chinese and then in English.
std::string explanation_text(const v1::ClockExplanation& explanation);

// A line for each unit, kind and clock: as it was, as it would have been; then the totals.
std::string simulation_text(const v1::SimulateResponse& response);

}  // namespace casewheel::cli
