// What applicants show: codes are digits of their own case, telephone numbers end alike however they
// were written.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/access/tracking_code.h"
#include "engine/base/half_width.h"

namespace casewheel::access {
namespace {

TEST(TrackingCodes, AreEightDigitsAndSeldomTheSame) {
  std::set<std::string> drawn;
  for (int i = 0; i < 200; ++i) {
    const std::string code = new_tracking_code();
    EXPECT_EQ(code.size(), kTrackingCodeDigits);
    EXPECT_TRUE(std::all_of(code.begin(), code.end(), is_ascii_digit)) << code;
    drawn.insert(code);
  }
  EXPECT_GT(drawn.size(), 198u);
}

TEST(TrackingCodes, TheDigestIsOfSecretCaseAndCode) {
  const CaseAddress one{1, CaseId::make(31, 1150202, 9)};
  const std::string digest = tracking_digest("secret", one, "12345678");
  EXPECT_EQ(digest.size(), kTrackingDigestChars);
  EXPECT_EQ(digest, tracking_digest("secret", one, "12345678"));
  std::set<std::string> all{
      digest, tracking_digest("other", one, "12345678"), tracking_digest("secret", one, "12345679"),
      tracking_digest("secret", {0, one.id}, "12345678"),
      tracking_digest("secret", {1, CaseId::make(31, 1150202, 8)}, "12345678")};
  EXPECT_EQ(all.size(), 5u);
}

TEST(TrackingCodes, DigitsAreReadAsTheyAreTyped) {
  EXPECT_EQ(typed_digits("1234 5678"), "12345678");
  EXPECT_EQ(typed_digits("１２３４－５６７８"), "12345678");
  EXPECT_EQ(typed_digits(""), "");
  EXPECT_EQ(typed_digits("1234567x"), "");
  EXPECT_EQ(typed_digits("1234\xff"), "");
}

TEST(PhoneEndings, AreThoseOfTheNumberItself) {
  for (const char* written :
       {"0912-345-678", "０９１２３４５６７８", "+886 912 345 678", "(0912)345678 分機 99"})
    EXPECT_EQ(last_digits(written), "5678") << written;
  EXPECT_EQ(last_digits("請打 7788 轉"), "7788") << "no number one can dial, digits all the same";
  for (const char* unusable : {"", "無", "12-3", "\xff\xfe"})
    EXPECT_EQ(last_digits(unusable), "") << unusable;
}

}  // namespace
}  // namespace casewheel::access
