// Durations as people write them: accepted forms, canonical form, and refusals that help.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "engine/sla/duration.h"

namespace casewheel::sla {
namespace {

TEST(Duration, ReadsWhatPeopleWrite) {
  const struct {
    const char* text;
    DurationMs expected;
    const char* canonical;
  } kCases[] = {
      {"72h", 72 * kHourMs, "72h"},
      {"30m", 30 * kMinuteMs, "30m"},
      {"3d", 72 * kHourMs, "72h"},
      {"1d12h", 36 * kHourMs, "36h"},
      {"1d 12h", 36 * kHourMs, "36h"},
      {"-12h", -12 * kHourMs, "-12h"},
      {"+12h", 12 * kHourMs, "12h"},
      {"90m", 90 * kMinuteMs, "1h30m"},
      {"30d", 30 * kDayMs, "30d"},
      {"2w", 14 * kDayMs, "14d"},
      {"100h", 100 * kHourMs, "100h"},
      {"0", 0, "0"},
      {"0h", 0, "0"},
      {"5s", 5 * kSecondMs, "5s"},
      {"1500ms", 1500, "1s500ms"},
      {"1m1ms", kMinuteMs + 1, "1m1ms"},
      {"PT72H", 72 * kHourMs, "72h"},
      {"P3D", 72 * kHourMs, "72h"},
      {"P1DT12H", 36 * kHourMs, "36h"},
      {"P2W", 14 * kDayMs, "14d"},
      {"PT1H30M15S", kHourMs + 30 * kMinuteMs + 15 * kSecondMs, "1h30m15s"},
      {"-PT15M", -15 * kMinuteMs, "-15m"},
      {"3650d", kDurationMsMax, "3650d"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_duration(c.text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(*parsed, c.expected);
    EXPECT_EQ(format_duration(*parsed), c.canonical);
  }
}

TEST(Duration, RefusesWithAHintWhatIsRight) {
  const struct {
    const char* text;
    const char* hint;  // part of the message
  } kCases[] = {
      {"", "72h"},
      {"soon", "72h"},
      {"72", "unit is missing"},
      {"72 h", "unit is missing"},
      {"1.5h", "1h30m"},
      {"1,5h", "1h30m"},
      {"3 days", "unit"},
      {"3x", "unknown unit"},
      {"30m1h", "first"},
      {"1h1h", "first"},
      {"P1Y", "vary"},
      {"P1M", "vary"},
      {"P", "PT72H"},
      {"P1DT", "PT72H"},
      {"PT1D", "unknown unit"},
      {"PT", "PT72H"},
      {"3651d", "3650d"},
      {"99999999999999999999h", "3650d"},
      {"-", "72h"},
      {"--1h", "72h"},
      {"1h ", "blank"},
      {"P1D2H", "unknown unit"},
      {"h", "72h"},
      {"1hh", "unknown unit"},
      {"999999w", "3650d"},
      {"3650d1ms", "3650d"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    const auto parsed = parse_duration(c.text);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_NE(parsed.error().message.find(c.hint), std::string::npos) << parsed.error().message;
  }
  EXPECT_FALSE(parse_duration(std::string(100'000, '1')).has_value());
}

TEST(Duration, CanonicalFormIsReadBackExactly) {
  const char* given = std::getenv("CASEWHEEL_SEED");
  const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "CASEWHEEL_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  const DurationMs kGrains[] = {1, kSecondMs, kMinuteMs, kHourMs, kDayMs};
  for (int i = 0; i < 20'000; ++i) {
    const DurationMs grain = kGrains[random() % 5];
    const DurationMs limit = kDurationMsMax / grain;
    const DurationMs d =
        (static_cast<DurationMs>(random() % static_cast<std::uint64_t>(2 * limit + 1)) - limit) *
        grain;
    const auto parsed = parse_duration(format_duration(d));
    ASSERT_TRUE(parsed.has_value()) << format_duration(d);
    ASSERT_EQ(*parsed, d);
  }
}

}  // namespace
}  // namespace casewheel::sla
