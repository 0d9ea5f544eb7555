// Pauses, document rounds, extensions, looks and renegotiations in random order: after each one the
// due instant of every clock equals a recomputation from the case's history, walked in small steps,
// and the promises about firing hold. CASEWHEEL_SEED=n runs one seed alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

// The grain of this test: all its instants are whole ones.
constexpr DurationMs kGrainMs = 10 * kMinuteMs;

// What the history says of one clock.
struct Told {
  TimeMs start = 0;
  DurationMs allowed = 0;
  TimeMs named = 0;
  TimeMs named_at = 0;
  std::vector<std::pair<TimeMs, TimeMs>> pauses;  // to 0 while it lasts
  bool ended = false;

  bool is_paused_at(TimeMs t) const {
    for (const auto& [from, to] : pauses) {
      if (from <= t && (to == 0 || t < to)) return true;
    }
    return false;
  }
  // Walks from the start, grain by grain.
  TimeMs due() const {
    const bool open = !pauses.empty() && pauses.back().second == 0;
    TimeMs t = named == 0 ? start : named_at;
    const DurationMs left = named == 0 ? allowed : named - named_at;
    for (DurationMs counted = 0; counted < left; t += kGrainMs) {
      if (!is_paused_at(t)) {
        counted += kGrainMs;
      } else if (open && t >= pauses.back().first) {
        return kNever;
      }
    }
    return t;
  }
};

std::map<std::uint32_t, Told> read_history(const std::vector<stored::Event>& history) {
  std::map<std::uint32_t, Told> clocks;
  for (const stored::Event& event : history) {
    if (event.has_clock_started()) {
      const auto& e = event.clock_started();
      Told& told = clocks[e.clock()];
      told = {e.start_ms(), e.allowance().wall_ms(), e.named().named_ms(), e.named().since_ms(), {},
              false};
      for (const stored::PauseInterval& pause : e.pauses())
        told.pauses.emplace_back(pause.from_ms(), pause.to_ms());
    } else if (event.has_clock_paused()) {
      clocks[event.clock_paused().clock()].pauses.emplace_back(event.clock_paused().from_ms(), 0);
    } else if (event.has_clock_resumed()) {
      auto& pauses = clocks[event.clock_resumed().clock()].pauses;
      pauses.back().second = event.clock_resumed().to_ms();
      if (pauses.back().second <= pauses.back().first) pauses.pop_back();
    } else if (event.has_clock_extended()) {
      Told& told = clocks[event.clock_extended().clock()];
      told.named = event.clock_extended().named().named_ms();
      told.named_at = event.clock_extended().named().since_ms();
    } else if (event.has_clock_stopped()) {
      clocks[event.clock_stopped().clock()].ended = true;
    }
  }
  return clocks;
}

class RandomLife {
 public:
  explicit RandomLife(std::uint64_t seed) : random_(seed) {}

  void run() {
    Lodge lodge = CaseOnDesk::lodging("lease");
    lodge.facts.set_handler("hans");
    if (chance(3)) lodge.agreed_ms = kStart + grains(1, 900);
    ASSERT_TRUE(desk_.lodge(lodge));
    const int steps = static_cast<int>(number(10, 60));
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      desk_.now += grains(0, chance(4) ? 300 : 40);
      step();
      compare();
    }
  }
  std::size_t extensions() const { return extensions_; }
  std::size_t pauses() const { return pauses_; }

 private:
  std::uint64_t number(std::uint64_t from, std::uint64_t to) {
    return std::uniform_int_distribution<std::uint64_t>(from, to)(random_);
  }
  bool chance(std::uint64_t one_in) { return number(1, one_in) == 1; }
  DurationMs grains(std::uint64_t from, std::uint64_t to) {
    return static_cast<DurationMs>(number(from, to)) * kGrainMs;
  }

  void step() {
    switch (number(0, 5)) {
      case 0:
        ++pauses_;
        (void)desk_.act(RequestDocuments{{"文件" + std::to_string(number(0, 5))}, ""});
        break;
      case 1: {
        if (desk_.state.missing_documents().empty()) break;
        ReceiveDocuments some;
        if (chance(2)) some.documents.push_back(desk_.state.missing_documents(0));
        desk_.must(some);
        break;
      }
      case 2:
        extend();
        break;
      case 3:
        desk_.must(Note{"進度", true});
        break;
      case 4:
        if (chance(3)) (void)desk_.act(AgreeDate{desk_.now + grains(1, 600), "協商"});
        break;
      default:
        break;
    }
    if (chance(2)) look();
  }

  void extend() {
    const stored::ClockState& clock = desk_.state.clocks(
        static_cast<int>(number(0, static_cast<std::uint64_t>(desk_.state.clocks_size()) - 1)));
    const std::uint32_t id = clock.clock();
    if (clock.status() != stored::RUNNING) return;
    const TimeMs asked = std::max(desk_.due(clock.kind()), desk_.now) + grains(1, 500);
    desk_.must(ExtendClock{id, asked, "寬限"});
    ++extensions_;
    EXPECT_EQ(read_history(desk_.history)[id].due(), asked)
        << "the date is the one that was asked for";
    fired_[id] = 0;
  }

  void look() {
    const auto told = read_history(desk_.history);
    for (const stored::Event& event : desk_.look()) {
      if (event.has_clock_breached()) {
        const auto& e = event.clock_breached();
        EXPECT_EQ(e.due_ms(), told.at(e.clock()).due());
        EXPECT_LE(e.due_ms(), e.fired_ms()) << "never early";
        EXPECT_EQ(++fired_[e.clock()], 1) << "a breach is recorded once a date";
      } else if (event.has_step_fired()) {
        EXPECT_LE(event.step_fired().due_ms(), event.step_fired().fired_ms()) << "never early";
        EXPECT_FALSE(event.step_fired().recipients().empty());
      }
    }
    EXPECT_GT(next_look(desk_.state, desk_.rules()), desk_.now) << "a look leaves nothing undone";
  }

  void compare() {
    const auto told = read_history(desk_.history);
    TimeMs earliest = kNever;
    for (const stored::ClockState& clock : desk_.state.clocks()) {
      const Told& from_history = told.at(clock.clock());
      if (from_history.ended) continue;
      const TimeMs due = from_history.due();
      ASSERT_EQ(desk_.rules().due(clock), due) << clock.ShortDebugString();
      ASSERT_EQ(clock.status() == stored::PAUSED,
                !from_history.pauses.empty() && from_history.pauses.back().second == 0);
      earliest = std::min(earliest, due);
    }
    const stored::ClockRow row = clock_row(desk_.state, desk_.rules());
    EXPECT_EQ(row.due_ms(), earliest == kNever ? 0 : earliest);
  }

  std::mt19937_64 random_;
  CaseOnDesk desk_;
  std::map<std::uint32_t, int> fired_;  // breaches since the clock's date was last set
  std::size_t extensions_ = 0;
  std::size_t pauses_ = 0;
};

TEST(DuesProperty, EqualARecomputationFromHistory) {
  const char* one = std::getenv("CASEWHEEL_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t last = one != nullptr ? first : 300;
  std::size_t extensions = 0;
  std::size_t pauses = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
    RandomLife life(seed);
    life.run();
    if (::testing::Test::HasFailure()) FAIL() << "run again with CASEWHEEL_SEED=" << seed;
    extensions += life.extensions();
    pauses += life.pauses();
  }
  if (one == nullptr) {
    EXPECT_GT(extensions, 500u) << "the generator no longer reaches what it should";
    EXPECT_GT(pauses, 500u);
  }
}

}  // namespace
}  // namespace casewheel::domain
