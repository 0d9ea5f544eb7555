// A case number as it is read out and printed. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace casewheel {

// Tenant, date, running number, partition and check digit: "01 1150723 00042 073". Anything that is not of
// that length comes back as it is.
std::string group_case_number(std::string_view number);

}  // namespace casewheel
