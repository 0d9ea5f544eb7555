// Numbers as they are read out and printed: case numbers, amounts of money. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace casewheel {

// Tenant, date, running number, partition and check digit: "01 1150723 00042 073". Anything that is not of
// that length comes back as it is.
std::string group_case_number(std::string_view number);

// "12,500"
std::string group_thousands(std::uint64_t amount);

}  // namespace casewheel
