#include "engine/base/grouped_number.h"

#include <algorithm>

namespace casewheel {

std::string group_case_number(std::string_view number) {
  constexpr std::size_t kTenant = 2, kDate = 7, kTail = 3;  // see engine/base/ids.h
  const bool digits =
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || number.size() <= kTenant + kDate + kTail) return std::string(number);
  const std::size_t running = number.size() - kTenant - kDate - kTail;
  std::string grouped;
  for (const std::string_view part :
       {number.substr(0, kTenant), number.substr(kTenant, kDate),
        number.substr(kTenant + kDate, running), number.substr(number.size() - kTail)}) {
    if (!grouped.empty()) grouped += ' ';
    grouped += part;
  }
  return grouped;
}

std::string group_thousands(std::uint64_t amount) {
  std::string text = std::to_string(amount);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace casewheel
