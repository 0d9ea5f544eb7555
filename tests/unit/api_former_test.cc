// Who stood in a case before a correction: what an export gives to whom, and what erasing takes.
#include <gmock/gmock.h>

#include "engine/api/privacy.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Former : public ApiTest {
 protected:
  void begin() {
    start(3);
    privacy_ = std::make_unique<PrivacyApi>(*services_);
  }
  void TearDown() override {
    privacy_.reset();
    ApiTest::TearDown();
  }
  // Lodged under Ming's name by mistake; it is Lin's.
  std::string corrected() {
    v1::LodgeCaseRequest request = lodge_request("a");
    request.mutable_applicant()->set_name("王小明");
    request.mutable_applicant()->set_phone("0912-345-678");
    request.mutable_applicant()->set_email("ming@example.tw");
    const std::string number = lodged(request);
    EXPECT_TRUE(act(note(number, "已致電 0912345678")));
    auto correct = on<v1::CorrectCaseRequest>(number);
    correct.mutable_applicant()->set_name("林美美");
    correct.mutable_applicant()->set_phone("0921-000-765");
    correct.mutable_update_mask()->add_paths("applicant");
    correct.set_reason("聽錯");
    EXPECT_TRUE(
        wait<v1::CorrectCaseResponse>([&](auto done) { cases_->correct({}, correct, done); }));
    EXPECT_TRUE(act(note(number, "已致電 0921000765")));
    return number;
  }
  v1::ExportPersonResponse exported(const std::string& phone) {
    v1::ExportPersonRequest request;
    request.set_tenant("utility");
    request.mutable_person()->set_phone(phone);
    request.set_reason("當事人請求");
    const auto answer = wait<v1::ExportPersonResponse>(
        [&](auto done) { privacy_->export_person({}, request, done); });
    EXPECT_TRUE(answer);
    return answer ? *answer : v1::ExportPersonResponse();
  }
  v1::ErasePersonResponse erased(const v1::ErasePersonRequest& request) {
    const auto answer = wait<v1::ErasePersonResponse>(
        [&](auto done) { privacy_->erase_person({}, request, done); });
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *answer : v1::ErasePersonResponse();
  }
  v1::ErasePersonRequest of(const std::string& phone) {
    v1::ErasePersonRequest request;
    request.set_tenant("utility");
    request.mutable_person()->set_phone(phone);
    request.set_reason("當事人請求");
    return request;
  }
  v1::RevealedCase revealed(const std::string& number) {
    auto request = on<v1::RevealCaseRequest>(number);
    request.set_reason("查證");
    const auto answer =
        wait<v1::RevealedCase>([&](auto done) { privacy_->reveal({}, request, done); });
    EXPECT_TRUE(answer);
    return answer ? *answer : v1::RevealedCase();
  }

  std::unique_ptr<PrivacyApi> privacy_;
};

TEST_F(Former, TheExportOfEitherHoldsNothingOfTheOther) {
  begin();
  const std::string number = corrected();
  const v1::ExportPersonResponse lins = exported("0921000765");
  ASSERT_EQ(lins.cases_size(), 1);
  EXPECT_THAT(lins.former(), IsEmpty());
  const std::string hers = lins.DebugString() + lins.SerializeAsString();
  for (const char* his : {"0912-345-678", "0912345678", "王小明", "ming@example.tw"})
    EXPECT_THAT(hers, Not(HasSubstr(his)));
  EXPECT_THAT(hers, HasSubstr("0921000765")) << "what was written since is hers";

  const v1::ExportPersonResponse mings = exported("0912345678");
  EXPECT_THAT(mings.cases(), IsEmpty());
  ASSERT_EQ(mings.former_size(), 1);
  EXPECT_EQ(mings.former(0).case_number(), number);
  EXPECT_EQ(mings.former(0).before().applicant().name(), "王小明");
  EXPECT_EQ(mings.former(0).before().applicant().email(), "ming@example.tw");
  const std::string his = mings.SerializeAsString();
  for (const char* other : {"0921-000-765", "0921000765", "林美美"})
    EXPECT_THAT(his, Not(HasSubstr(other)));
}

TEST_F(Former, WhoStoodThereIsErasedAndWhoStandsThereStays) {
  begin();
  const std::string number = corrected();
  v1::ErasePersonRequest request = of("0912345678");
  EXPECT_THAT(erased(request).open(), ElementsAre(number)) << "an open case, unasked";
  request.set_open_too(true);
  request.set_dry_run(true);
  EXPECT_THAT(erased(request).former(), ElementsAre(number));
  EXPECT_EQ(exported("0912345678").former_size(), 1) << "a dry run";
  request.set_dry_run(false);
  const v1::ErasePersonResponse done = erased(request);
  EXPECT_THAT(done.former(), ElementsAre(number));
  EXPECT_THAT(done.erased(), IsEmpty());
  EXPECT_TRUE(done.purged());
  EXPECT_EQ(exported("0912345678").former_size(), 0);
  const v1::RevealedCase left = revealed(number);
  EXPECT_EQ(left.case_().applicant().name(), "林美美");
  EXPECT_EQ(left.case_().applicant().phone(), "0921-000-765");
  EXPECT_EQ(left.case_().subject(), "路燈不亮");
  EXPECT_THAT(left.DebugString() + left.SerializeAsString(), Not(HasSubstr("0912345678")));
  EXPECT_EQ(exported("0921000765").cases_size(), 1);
  // By the list that was printed, as after a restore: there is nothing left.
  v1::ErasePersonRequest listed;
  listed.set_tenant("utility");
  listed.set_reason("還原後");
  listed.set_open_too(true);
  listed.add_former_case_numbers(number);
  EXPECT_EQ(erased(listed).erased_before(), 1u);
  EXPECT_EQ(revealed(number).case_().applicant().name(), "林美美");
}

TEST_F(Former, NobodyElseFindsTheCaseByThem) {
  begin();
  corrected();
  v1::FindCasesByPersonRequest request;
  request.set_tenant("utility");
  request.set_phone("0912345678");
  EXPECT_EQ(find(request)->cases_size(), 0);
  request.set_phone("0921000765");
  EXPECT_EQ(find(request)->cases_size(), 1);
}

}  // namespace
}  // namespace casewheel::api
