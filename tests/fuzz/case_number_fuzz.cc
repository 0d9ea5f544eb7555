// Case numbers as people type them: what is accepted is a number that was given out, and no single
// wrong digit and no swap of neighbours is accepted beside it.
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/ids.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<CaseAddress> address = parse_case_number(text);
  if (!address) return 0;
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  const std::string again = format_case_number(address->partition, address->id);
  require(again == digits);
  require(parse_case_number(again) == address);
  for (std::size_t i = 0; i < again.size(); ++i) {
    for (char other = '0'; other <= '9'; ++other) {
      if (other == again[i]) continue;
      std::string wrong = again;
      wrong[i] = other;
      require(!parse_case_number(wrong));
    }
    if (i + 1 < again.size() && again[i] != again[i + 1]) {
      std::string swapped = again;
      std::swap(swapped[i], swapped[i + 1]);
      require(!parse_case_number(swapped));
    }
  }
  return 0;
}
