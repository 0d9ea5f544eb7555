// What an applicant answers, held against what the service asks. Pure.
#pragma once

#include <string>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "casewheel/journal/v1/events.pb.h"
#include "engine/base/result.h"

namespace casewheel::domain {

namespace stored = ::casewheel::journal::v1;

enum class AnswerFault : std::uint8_t {
  kMissing,    // the service requires it
  kNotAsked,   // the service asks no such attribute
  kRepeated,   // the code stands there twice, or a value of a list does
  kOnlyOne,    // of one that takes a single value
  kNotOfList,  // none of the values of the list
  kNoNumber,
  kNoDatetime,
  kSeveralLines,
};

// One answer that does not fit.
struct WrongAnswer {
  AnswerFault fault = AnswerFault::kMissing;
  int index = -1;                            // among the answers; -1: it is missing
  const stored::Attribute* asked = nullptr;  // null: none is asked by that code
};

using Answers = google::protobuf::RepeatedPtrField<stored::AnsweredAttribute>;

// Said of the field in a refusal.
const char* description_of(AnswerFault fault);

// Everything that does not fit, in the order of the answers, what is missing behind them. Empty values
// are taken for none.
std::vector<WrongAnswer> check_answers(const stored::Service& service, const Answers& answers);

// The same by the fields of a request, as refusals name them.
std::vector<FieldViolation> answer_violations(const stored::Service& service,
                                              const Answers& answers);

// Null when the service has no such fee.
const stored::Fee* find_fee(const stored::Service& service, const std::string& id);

}  // namespace casewheel::domain
