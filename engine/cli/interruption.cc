#include "engine/cli/interruption.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

namespace casewheel::cli {
namespace {

constexpr int kExitInterrupted = 130;

std::array<char, 512> prepared{};
std::atomic<std::size_t> prepared_size{0};

extern "C" void casewheel_interrupted(int) {
  const std::size_t size = prepared_size.load();
  std::size_t written = 0;
  while (written < size) {
    const ssize_t step = ::write(STDERR_FILENO, prepared.data() + written, size - written);
    if (step <= 0) break;
    written += static_cast<std::size_t>(step);
  }
  ::_exit(kExitInterrupted);
}

}  // namespace

void tell_when_interrupted(const std::string& text) {
  prepared_size = 0;
  const std::string line = text.empty() ? text : "\n" + text;
  std::copy_n(line.begin(), std::min(line.size(), prepared.size()), prepared.begin());
  prepared_size = std::min(line.size(), prepared.size());
  struct sigaction action {};
  action.sa_handler = casewheel_interrupted;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
}

}  // namespace casewheel::cli
