// The report of a verification as people and scripts read it, the same online and offline.
#pragma once

#include "casewheel/v1/admin.pb.h"
#include "engine/cli/output.h"

namespace casewheel::cli {

// Prints it; kExitOk, or kExitDisagreed when there were problems.
int show_verify_report(const casewheel::v1::VerifyReport& report, const Output& output);

}  // namespace casewheel::cli
