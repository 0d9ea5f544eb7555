// What every Store shares: arithmetic on key ranges. Pure, any thread.
#include "storage/store.h"

namespace casewheel::storage {

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty()) {
    const auto last = static_cast<unsigned char>(end.back());
    if (last != 0xff) {
      end.back() = static_cast<char>(last + 1);
      return end;
    }
    end.pop_back();
  }
  return end;
}

}  // namespace casewheel::storage
