// The report of a verification as the public API shows it; for the running engine and for the command
// line on a closed directory alike. Any thread.
#pragma once

#include "casewheel/v1/admin.pb.h"
#include "engine/partition/verify.h"

namespace casewheel::api {

casewheel::v1::VerifyReport to_report(const partition::VerifyReport& from);

}  // namespace casewheel::api
