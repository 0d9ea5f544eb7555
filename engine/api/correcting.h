// Correcting what was taken down wrong: which fields a request names, and how its history tells it.
#pragma once

#include <string_view>

#include "casewheel/v1/cases.pb.h"
#include "engine/api/convert.h"
#include "engine/domain/command.h"

namespace casewheel::api {

Result<domain::Action> action_of(const v1::CorrectCaseRequest& request);

// As update_mask names it.
std::string_view path_of(stored::CorrectedField field);

// Tells field by field what a correction replaced: "applicant.phone", "0912-***-678 -> 0921-***-765".
// `personal`: what was sealed with it; null where that has been erased.
void add_correction(const stored::CaseCorrected& correction, const stored::PersonalData* personal,
                    Shown shown, v1::HistoryEntry* out);

}  // namespace casewheel::api
