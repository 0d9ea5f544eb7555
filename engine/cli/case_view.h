// Cases, boards and histories as people read them: Traditional Chinese first, English beside it.
// Pure.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/supervision.pb.h"
#include "engine/base/time.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

// From where and from when the reader looks.
struct Viewpoint {
  absl::TimeZone zone;
  TimeMs now_ms = 0;  // engine time, for what is overdue and what is left
};

// Everything about one case.
std::string case_text(const v1::Case& view, const Viewpoint& from);

// "電號應為 11 碼，請再確認 applicant.customer_number: a Taipower number has 11 digits"
std::string warning_text(const v1::Warning& warning);

// Number, status, who has it and its clocks: the answer to a change.
std::string case_brief(const v1::Case& view, const Viewpoint& from);

// One line a case.
std::string case_list_text(const google::protobuf::RepeatedPtrField<v1::Case>& cases,
                           const Viewpoint& from);
std::string due_list_text(const google::protobuf::RepeatedPtrField<v1::DueCase>& cases,
                          const Viewpoint& from);

// The same for who works on them: what is due next, and what it is about.
std::string work_list_text(const google::protobuf::RepeatedPtrField<v1::DueCase>& cases,
                           const Viewpoint& from);

// One line, for a watch.
std::string due_line(const v1::DueCase& due, const Viewpoint& from);

// "時區 Time zone: Asia/Taipei", a line below a table of times.
std::string zone_line(const absl::TimeZone& zone);

std::string promises_text(const google::protobuf::RepeatedPtrField<v1::Promise>& promises,
                          const Viewpoint& from);

}  // namespace casewheel::cli
