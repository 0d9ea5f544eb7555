// Pauses: the due instant against an oracle that counts minute by minute.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

#include "engine/sla/pause.h"

namespace casewheel::sla {
namespace {

TimeMs due_with_pauses(TimeMs start, DurationMs amount, const std::vector<Pause>& pauses) {
  PausedDue walk(start, amount);
  for (const Pause& pause : pauses) walk.add(pause.from, pause.to);
  return walk.due();
}

TEST(Pause, MovesDueByWhatLiesBeforeIt) {
  const struct {
    const char* name;
    std::vector<Pause> pauses;
    TimeMs expected;
  } kCases[] = {
      {"none", {}, 1100},
      {"inside", {{1010, 1030}}, 1120},
      {"two", {{1010, 1030}, {1110, 1115}}, 1125},
      {"begins at due", {{1100, 1200}}, 1100},
      {"begins after due", {{1150, 1200}}, 1100},
      {"begins just before due", {{1099, 1200}}, 1201},
      {"the first makes the second count", {{1010, 1060}, {1120, 1130}}, 1160},
      {"before start", {{900, 950}}, 1100},
      {"across start", {{900, 1020}}, 1120},
      {"overlapping counts once", {{1010, 1050}, {1020, 1060}}, 1150},
      {"empty", {{1010, 1010}}, 1100},
      {"open", {{1010, 0}}, kNever},
      {"open after due", {{1100, 0}}, 1100},
      {"open after a closed one", {{1010, 1030}, {1110, 0}}, kNever},
      {"open after moved due", {{1010, 1030}, {1120, 0}}, 1120},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(due_with_pauses(1000, 100, c.pauses), c.expected) << c.name;
  }
}

// Counts instants one by one: what a person with a calendar would do.
struct Oracle {
  TimeMs due = kNever;
  bool paused_at(const std::vector<Pause>& pauses, TimeMs t) const {
    for (const Pause& p : pauses) {
      if (p.from <= t && (p.to == 0 || t < p.to)) return true;
    }
    return false;
  }
  Oracle(TimeMs start, DurationMs amount, const std::vector<Pause>& pauses) {
    DurationMs left = amount;
    for (TimeMs t = start; t < start + 2000; ++t) {
      if (left == 0) {
        due = t;
        return;
      }
      if (!paused_at(pauses, t)) --left;
    }
  }
};

TEST(Pause, AgreesWithCountingOneByOne) {
  const char* given = std::getenv("CASEWHEEL_SEED");
  const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "CASEWHEEL_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5000; ++round) {
    const TimeMs start = 1000 + static_cast<TimeMs>(random() % 10);
    const auto amount = static_cast<DurationMs>(1 + random() % 100);
    std::vector<Pause> pauses;
    TimeMs at = start - 20;
    for (std::size_t i = random() % 8; i > 0; --i) {
      at += static_cast<TimeMs>(random() % 30);
      const TimeMs to = at + static_cast<TimeMs>(random() % 40);
      pauses.push_back({at, to});
      if (random() % 4 != 0) at = to;  // now and then they overlap
    }
    if (random() % 4 == 0) pauses.push_back({at + static_cast<TimeMs>(random() % 50), 0});
    ASSERT_EQ(due_with_pauses(start, amount, pauses), Oracle(start, amount, pauses).due)
        << "round " << round;
  }
}

}  // namespace
}  // namespace casewheel::sla
