// What a path under /v1/cases/ names. Any thread.
#pragma once

#include <cstdint>
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

}  // namespace casewheel::doors
