#include "bench/process_cost.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace casewheel::bench {

Cost cost_of(long pid) {
  Cost cost;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream words(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string word;
  double user = 0, system = 0, pages = 0;
  for (int i = 3; words >> word; ++i) {
    if (i == 14) user = std::stod(word);
    if (i == 15) system = std::stod(word);
    if (i == 24) pages = std::stod(word);
  }
  cost.seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  cost.mib = pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
  return cost;
}

}  // namespace casewheel::bench
