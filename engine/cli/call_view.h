// Calls, an agent's screen and the figures as a person reads them: two languages, tables. Pure.
#pragma once

#include <string>

#include "casewheel/v1/calls.pb.h"
#include "engine/cli/output.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

std::string call_text(const v1::Call& call, const Output& output);
std::string call_list_text(const google::protobuf::RepeatedPtrField<v1::Call>& calls,
                           const Output& output);
std::string pop_text(const v1::ScreenPop& pop, const Output& output);
// By the day, or by the hour.
std::string statistics_text(const v1::CallStatistics& statistics, bool hours, const Output& output);
std::string staffing_text(const v1::StaffingPlan& plan);

}  // namespace casewheel::cli
