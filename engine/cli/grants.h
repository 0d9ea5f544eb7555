// Grants as they are typed and shown: ROLE, ROLE@TENANT or ROLE@TENANT/UNIT. Pure.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>
#include <vector>

#include "casewheel/v1/access.pb.h"

namespace casewheel::cli {

google::protobuf::RepeatedPtrField<casewheel::v1::Grant> read_grants(
    const std::vector<std::string>& typed);
std::string written_grants(const google::protobuf::RepeatedPtrField<casewheel::v1::Grant>& grants);

}  // namespace casewheel::cli
