// What is typed of an application: answers to a service's attributes, and fees. One thread.
#pragma once

#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

// "CODE=VALUE"; of one code again: another value. Gives the mistake, or nothing.
std::string read_answers(const std::vector<std::string>& typed,
                         google::protobuf::RepeatedPtrField<v1::Attribute>* answers);
// "FEE" or "FEE=AMOUNT", in New Taiwan dollars.
std::string read_fees(const std::vector<std::string>& typed,
                      google::protobuf::RepeatedPtrField<v1::NotedFee>* fees);

}  // namespace casewheel::cli
