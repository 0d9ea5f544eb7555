// Page tokens of lists: numbers in hexadecimal joined by '-', opaque to the caller. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace casewheel::api {

std::string make_token(const std::vector<std::uint64_t>& numbers);
// False when it does not hold exactly `count` numbers.
bool parse_token(std::string_view token, std::size_t count, std::vector<std::uint64_t>* numbers);
Rejection bad_token();

// page_size as asked: the default for 0, refused when negative or beyond the limit.
Result<int> page_size_of(int asked, int preset, int most);

}  // namespace casewheel::api
