// Denials of one identity take a bounded part of the trail, and none is uncounted.
#include <gtest/gtest.h>

#include <string>

#include "engine/api/denials.h"

namespace casewheel::api {
namespace {

Denials::Line line_of(const std::string& who, int subject) {
  Denials::Line line;
  line.set_who(who);
  line.set_method("Cases.GetCase");
  line.set_subject(std::to_string(subject));
  return line;
}

TEST(Denials, TheFirstOfAMinuteStandAsTheyAre) {
  Denials denials;
  for (std::size_t i = 0; i < Denials::kLinesOfWindow; ++i) {
    const auto lines = denials.take(line_of("key:a", static_cast<int>(i)), 1000);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].subject(), std::to_string(i));
    EXPECT_EQ(lines[0].detail(), "");
  }
  EXPECT_TRUE(denials.over(1000 + Denials::kWindowMs).empty());
}

TEST(Denials, TheRestOfAMinuteIsOneLineWithTheirNumber) {
  Denials denials;
  std::size_t written = 0;
  for (int i = 0; i < 10'000; ++i) written += denials.take(line_of("key:a", i), 1000 + i).size();
  EXPECT_EQ(written, Denials::kLinesOfWindow);
  EXPECT_TRUE(denials.over(1000 + Denials::kWindowMs - 1).empty());
  const auto lines = denials.over(1000 + Denials::kWindowMs);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].who(), "key:a");
  EXPECT_EQ(lines[0].detail(), "the last of 9980 more denials within 60 s");
  EXPECT_TRUE(denials.over(1'000'000).empty());
}

TEST(Denials, ANewMinuteBeginsWithWhatIsOwedOfTheLast) {
  Denials denials;
  for (int i = 0; i < 25; ++i) (void)denials.take(line_of("key:a", i), 0);
  const auto lines = denials.take(line_of("key:a", 99), Denials::kWindowMs);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].detail(), "the last of 5 more denials within 60 s");
  EXPECT_EQ(lines[1].subject(), "99");
}

TEST(Denials, OneIdentityHidesNoOther) {
  Denials denials;
  for (int i = 0; i < 1000; ++i) (void)denials.take(line_of("key:a", i), 0);
  EXPECT_EQ(denials.take(line_of("key:b", 1), 0).size(), 1u);
  const auto lines = denials.all();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].who(), "key:a");
}

TEST(Denials, ManyIdentitiesAreForgottenWithWhatIsOwed) {
  Denials denials;
  for (int i = 0; i < 30; ++i) (void)denials.take(line_of("key:a", i), 0);
  std::size_t owed = 0;
  for (std::size_t i = 0; i < Denials::kNamesMax; ++i)
    owed += denials.take(line_of("key:" + std::to_string(i), 1), 0).size() - 1;
  EXPECT_EQ(owed, 1u);
}

}  // namespace
}  // namespace casewheel::api
