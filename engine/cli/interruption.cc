#include "engine/cli/interruption.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>

namespace casewheel::cli {
namespace {

constexpr int kExitInterrupted = 130;

// The longest a command line gets: a description of 4,000 characters, and as many answers.
constexpr std::size_t kTextBytes = 64 * 1024;
struct Farewell {
  std::array<char, kTextBytes> text{};
  std::size_t size = 0;
};
// One is written while the other is what an interruption says: at no moment does it say nothing.
std::array<Farewell, 2> farewells{};
std::atomic<const Farewell*> said{nullptr};

extern "C" void casewheel_interrupted(int) {
  const Farewell* now = said.load();
  std::size_t written = 0;
  while (now != nullptr && written < now->size) {
    const ssize_t step = ::write(STDERR_FILENO, now->text.data() + written, now->size - written);
    if (step <= 0) break;
    written += static_cast<std::size_t>(step);
  }
  ::_exit(kExitInterrupted);
}

}  // namespace

void tell_when_interrupted(const std::string& text) {
  Farewell& next = said.load() == &farewells[0] ? farewells[1] : farewells[0];
  const std::string line = text.empty() ? text : "\n" + text;
  next.size = std::min(line.size(), next.text.size());
  std::copy_n(line.begin(), next.size, next.text.begin());
  said = &next;
  struct sigaction action {};
  action.sa_handler = casewheel_interrupted;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
}

}  // namespace casewheel::cli
