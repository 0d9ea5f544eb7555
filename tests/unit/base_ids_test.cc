// Case numbers: what is read out over the telephone comes back as the same case, and no single slip
// of finger or tongue leads to another one.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "engine/base/ids.h"

namespace casewheel {
namespace {

CaseAddress any_address(std::mt19937_64& random) {
  const auto tenant = static_cast<std::uint8_t>(1 + random() % 99);
  const auto date = static_cast<std::uint32_t>((80 + random() % 900) * 10000 +
                                               (1 + random() % 12) * 100 + 1 + random() % 28);
  const std::uint64_t range = random() % 4 == 0 ? 0xffffffffULL : 99'999;
  return {static_cast<PartitionId>(random() % 64),
          CaseId::make(tenant, date, static_cast<std::uint32_t>(1 + random() % range))};
}

TEST(CaseNumber, IsPinned) {
  EXPECT_EQ(format_case_number(3, CaseId::make(13, 1150723, 42)),
            "131150723"
            "00042"
            "03" +
                std::string(1, damm_check_digit("1311507230004203")));
  EXPECT_EQ(damm_check_digit("572"), '4');  // the example of Damm's dissertation
  EXPECT_EQ(damm_check_digit("5724"), '0');
}

TEST(CaseNumber, ComesBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const CaseAddress address = any_address(random);
    const std::string number = format_case_number(address.partition, address.id);
    ASSERT_EQ(number.find_first_not_of("0123456789"), std::string::npos);
    const auto parsed = parse_case_number(number);
    ASSERT_TRUE(parsed) << number;
    ASSERT_EQ(*parsed, address) << number;
  }
}

TEST(CaseNumber, TakesSpacesAndHyphens) {
  const CaseId id = CaseId::make(1, 1150101, 7);
  std::string number = format_case_number(0, id);
  number.insert(9, "-").insert(2, " ");
  ASSERT_TRUE(parse_case_number(number));
  EXPECT_EQ(parse_case_number(number)->id, id);
}

TEST(CaseNumber, EverySingleWrongDigitIsFound) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 3000; ++i) {
    const CaseAddress address = any_address(random);
    const std::string number = format_case_number(address.partition, address.id);
    for (std::size_t at = 0; at < number.size(); ++at) {
      for (char digit = '0'; digit <= '9'; ++digit) {
        if (digit == number[at]) continue;
        std::string wrong = number;
        wrong[at] = digit;
        ASSERT_FALSE(parse_case_number(wrong)) << number << " taken for " << wrong;
      }
    }
  }
}

TEST(CaseNumber, EverySwapOfNeighboursIsFound) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    const CaseAddress address = any_address(random);
    const std::string number = format_case_number(address.partition, address.id);
    for (std::size_t at = 0; at + 1 < number.size(); ++at) {
      if (number[at] == number[at + 1]) continue;
      std::string wrong = number;
      std::swap(wrong[at], wrong[at + 1]);
      ASSERT_FALSE(parse_case_number(wrong)) << number << " taken for " << wrong;
    }
  }
}

TEST(CaseNumber, NothingElseIsOne) {
  for (const char* text : {"", "0", "abc", "12345678901234567890123456", "13115072300042030x", "-",
                           "                 "}) {
    EXPECT_FALSE(parse_case_number(text)) << text;
  }
  // A longer running number does not begin with 0: one case has one number.
  std::string padded =
      "13"
      "1150723"
      "000042"
      "03";
  padded.push_back(damm_check_digit(padded));
  EXPECT_FALSE(parse_case_number(padded));
}

TEST(CaseId, SortsByTenantThenDay) {
  EXPECT_LT(CaseId::make(1, 1150102, 1), CaseId::make(2, 1150101, 1));
  EXPECT_LT(CaseId::make(1, 1150101, 99'999), CaseId::make(1, 1150102, 1));
  const CaseId id = CaseId::make(99, 9991231, 0xffffffff);
  EXPECT_EQ(id.tenant_number(), 99);
  EXPECT_EQ(id.roc_date(), 9991231u);
  EXPECT_EQ(id.sequence(), 0xffffffffu);
}

TEST(RocDate, CountsFromTheYear1912InTheZone) {
  const std::int64_t new_year = 1'767'196'800'000;  // 2025-12-31T16:00Z, midnight in Taipei
  EXPECT_EQ(roc_date_of(new_year, 8 * 3600), 1150101u);
  EXPECT_EQ(roc_date_of(new_year - 1, 8 * 3600), 1141231u);
  EXPECT_EQ(roc_date_of(new_year, 0), 1141231u);
  EXPECT_EQ(roc_date_of(-1'830'384'000'000, 0), 10101u);  // 1912-01-01
  EXPECT_EQ(roc_date_of(-1'830'384'000'001, 0), 0u);
}

}  // namespace
}  // namespace casewheel
