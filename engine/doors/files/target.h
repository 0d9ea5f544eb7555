// What a path under /v1/cases/ names. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace casewheel::doors {

struct FileTarget {
  std::string case_number;
  std::uint32_t attachment = 0;  // 0: the list
};

// Of "/v1/cases/CASE/attachments/ID"; nothing of another path.
std::optional<FileTarget> file_target(std::string_view path);

// The values of a query by name; nothing where an escape is broken or a name is there twice.
std::optional<std::map<std::string, std::string>> query_values(std::string_view query);

}  // namespace casewheel::doors
