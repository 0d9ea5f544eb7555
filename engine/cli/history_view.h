// What happened to a case, told to people: in Chinese, with the enterprise's times and the names of those
// who did it. Pure.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/cli/case_view.h"
#include "engine/cli/directory.h"

namespace casewheel::cli {

// Every event with what it changed, oldest first.
std::string history_text(const google::protobuf::RepeatedPtrField<v1::HistoryEntry>& entries,
                         const Viewpoint& from, const Places& places);

// What was said: answers and words to the applicant, apart from notes that stay within. Empty where
// nothing was.
std::string said_text(const google::protobuf::RepeatedPtrField<v1::HistoryEntry>& entries,
                      const Viewpoint& from, const Places& places);

}  // namespace casewheel::cli
