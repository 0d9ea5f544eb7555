// The codes applicants look at their case with: each opens it once, within its time, and only the
// latest one does.
#include <gtest/gtest.h>

#include "domain_fixture.h"

namespace casewheel::domain {
namespace {

class Tracking : public ::testing::Test {
 protected:
  Result<Events> use(const std::string& digest) {
    Command command = desk_.command(UseTrackingCode{digest});
    command.who = {stored::APPLICANT, "", role_bit(stored::APPLICANT)};
    return desk_.give(command);
  }
  CaseOnDesk desk_ = CaseOnDesk::lodged("lamp");
};

TEST_F(Tracking, ACodeIsSpentByItsUse) {
  const auto issued = desk_.act(IssueTrackingCode{"c0de", kHourMs});
  ASSERT_TRUE(issued);
  EXPECT_EQ(desk_.state.tracking_code().expires_ms(), desk_.now + kHourMs);
  EXPECT_EQ(use("other").error().code, RejectionCode::kWrongState);
  const auto used = use("c0de");
  ASSERT_TRUE(used);
  ASSERT_EQ(used->size(), 1u);
  EXPECT_EQ((*used)[0].actor().role(), stored::APPLICANT);
  EXPECT_FALSE(desk_.state.has_tracking_code());
  EXPECT_EQ(use("c0de").error().code, RejectionCode::kWrongState);
  EXPECT_EQ(use("").error().code, RejectionCode::kWrongState) << "no code is no code";
}

TEST_F(Tracking, ItEndsWithItsTime) {
  ASSERT_TRUE(desk_.act(IssueTrackingCode{"c0de", kHourMs}));
  desk_.now += kHourMs;
  EXPECT_EQ(use("c0de").error().code, RejectionCode::kWrongState);
  desk_.now -= 1;
  EXPECT_TRUE(use("c0de"));
}

TEST_F(Tracking, ALaterCodeReplacesIt) {
  ASSERT_TRUE(desk_.act(IssueTrackingCode{"c0de", kDayMs}));
  ASSERT_TRUE(desk_.act(IssueTrackingCode{"c0df", kHourMs}));
  EXPECT_FALSE(use("c0de"));
  EXPECT_TRUE(use("c0df"));
}

// It was told to who had that telephone or e-mail.
TEST_F(Tracking, ACorrectedTelephoneOrEMailEndsIt) {
  const auto corrected = [&](stored::CorrectedField field) {
    EXPECT_TRUE(desk_.act(IssueTrackingCode{"c0de", kHourMs}));
    Correct correct;
    correct.fields = {field};
    correct.reason = "聽錯";
    correct.personal.mutable_applicant()->set_phone("0921000111");
    correct.personal.mutable_applicant()->set_email("a@example.tw");
    correct.personal.mutable_applicant()->set_name("林小姐");
    EXPECT_TRUE(desk_.act(correct));
    return use("c0de").has_value();
  };
  EXPECT_FALSE(corrected(stored::CORRECTED_PHONE));
  EXPECT_FALSE(corrected(stored::CORRECTED_EMAIL));
  EXPECT_TRUE(corrected(stored::CORRECTED_NAME));
}

// Dates, status and whoever works on the case are as they were.
TEST_F(Tracking, NothingElseOfTheCaseChanges) {
  const stored::CaseState before = desk_.state;
  ASSERT_TRUE(desk_.act(IssueTrackingCode{"c0de", kHourMs}));
  ASSERT_TRUE(use("c0de"));
  stored::CaseState after = desk_.state;
  after.set_revision(before.revision());
  after.set_updated_ms(before.updated_ms());
  *after.mutable_journal_seqs() = before.journal_seqs();
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

}  // namespace
}  // namespace casewheel::domain
