// PrivacyApi: what is shown, given out and erased, over more than one partition.
#include <gmock/gmock.h>

#include "engine/api/privacy.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

class Privacy : public ApiTest {
 protected:
  void begin(std::uint32_t partitions = 3) {
    start(partitions);
    privacy_ = std::make_unique<PrivacyApi>(*services_);
  }
  void TearDown() override {
    privacy_.reset();
    ApiTest::TearDown();
  }
  // The catalogue with one more line of the tenant.
  void apply_with(const std::string& line) {
    const std::string number = "    number: 31\n";
    std::string yaml = kCatalogue;
    yaml.replace(yaml.find(number), number.size(), number + "    " + line + "\n");
    v1::ApplyCatalogueRequest apply;
    apply.set_yaml(yaml);
    ASSERT_TRUE(
        wait<v1::ApplyCatalogueResponse>([&](auto done) { catalogue_->apply({}, apply, done); }));
  }
  v1::LodgeCaseRequest personal(const std::string& id) {
    v1::LodgeCaseRequest request = lodge_request(id);
    request.mutable_applicant()->set_name("王小明");
    request.mutable_applicant()->set_phone("0912-345-678");
    request.set_description("請回電 0912345678");
    return request;
  }
  void close(const std::string& number) {
    auto request = on<v1::CloseCaseRequest>(number);
    request.set_outcome(v1::OUTCOME_RESOLVED);
    request.set_text("已辦結");
    ASSERT_TRUE(act(request));
  }
  Result<v1::ErasePersonResponse> erase(const v1::ErasePersonRequest& request) {
    return wait<v1::ErasePersonResponse>(
        [&](auto done) { privacy_->erase_person({}, request, done); });
  }
  Result<v1::RevealedCase> reveal(const std::string& number) {
    auto request = on<v1::RevealCaseRequest>(number);
    request.set_reason("查證");
    return wait<v1::RevealedCase>([&](auto done) { privacy_->reveal({}, request, done); });
  }
  v1::ErasePersonRequest her() {
    v1::ErasePersonRequest request;
    request.set_tenant("utility");
    request.mutable_person()->set_phone("0912345678");
    request.set_reason("當事人請求");
    return request;
  }
  // A page of retention after the other.
  std::uint64_t retain(bool dry_run) {
    v1::ApplyRetentionRequest request;
    request.set_tenant("utility");
    request.set_dry_run(dry_run);
    std::uint64_t cases = 0;
    do {
      const auto page = wait<v1::ApplyRetentionResponse>(
          [&](auto done) { privacy_->apply_retention({}, request, done); });
      EXPECT_TRUE(page);
      for (const auto& count : page->erased()) cases += count.cases();
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return cases;
  }

  std::unique_ptr<PrivacyApi> privacy_;
};

TEST_F(Privacy, MaskedUntilRevealed) {
  begin();
  const std::string number = lodged(personal("a"));
  ASSERT_TRUE(act(note(number, "身分證 A123456789")));
  const auto masked = get(number);
  EXPECT_EQ(masked->applicant().name(), "王○明");
  EXPECT_EQ(masked->description(), "請回電 0912-***-678");
  EXPECT_EQ(history(on<v1::ListCaseHistoryRequest>(number))->entries().rbegin()->text(),
            "身分證 A12****789");
  const auto plain = reveal(number);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->case_().applicant().name(), "王小明");
  EXPECT_EQ(plain->case_().description(), "請回電 0912345678");
  EXPECT_EQ(plain->history().rbegin()->text(), "身分證 A123456789");
}

TEST_F(Privacy, APersonsCasesOfEveryPartitionAreErased) {
  begin();
  std::vector<std::string> hers;
  for (int i = 0; i < 40; ++i) {
    hers.push_back(lodged(personal("r-" + std::to_string(i))));
    close(hers.back());
  }
  const std::string open = lodged(personal("open"));
  const std::string other = lodged(lodge_request("other"));
  v1::ErasePersonRequest request = her();
  request.set_dry_run(true);
  auto tried = erase(request);
  ASSERT_TRUE(tried);
  EXPECT_THAT(tried->erased(), UnorderedElementsAreArray(hers));
  EXPECT_THAT(tried->open(), ElementsAre(open));
  EXPECT_EQ(get(hers[0])->applicant().name(), "王○明");

  request.set_dry_run(false);
  const auto done = erase(request);
  ASSERT_TRUE(done);
  EXPECT_THAT(done->erased(), UnorderedElementsAreArray(hers));
  EXPECT_THAT(done->open(), ElementsAre(open));
  EXPECT_TRUE(done->purged());
  for (const std::string& number : hers) {
    EXPECT_TRUE(get(number)->has_erase_time());
    EXPECT_TRUE(get(number)->subject().empty());
  }
  EXPECT_EQ(get(other)->subject(), "路燈不亮");
  v1::FindCasesByPersonRequest find_her;
  find_her.set_tenant("utility");
  find_her.set_phone("0912345678");
  EXPECT_EQ(find(find_her)->cases_size(), 1);
  // The same lodging again is known by its request id.
  EXPECT_TRUE(lodge(personal("r-0"))->duplicate());

  v1::ErasePersonRequest listed;
  listed.set_tenant("utility");
  listed.set_reason("還原後");
  for (const std::string& number : hers) listed.add_case_numbers(number);
  const auto again = erase(listed);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->erased(), IsEmpty());
  EXPECT_EQ(again->erased_before(), hers.size());
}

TEST_F(Privacy, MoreThanAQueueTakesAtOnce) {
  begin(1);
  for (int i = 0; i < 600; ++i) close(lodged(personal("r-" + std::to_string(i))));
  const auto done = erase(her());
  ASSERT_TRUE(done);
  EXPECT_EQ(done->erased_size(), 600);
}

TEST_F(Privacy, RetentionByKindAndAge) {
  begin();
  apply_with("retention: [{kinds: [fault_report], days: 10}]");
  std::vector<std::string> old;
  for (int i = 0; i < 20; ++i) {
    old.push_back(lodged(personal("r-" + std::to_string(i))));
    close(old.back());
  }
  const std::string open = lodged(personal("open"));
  EXPECT_EQ(retain(false), 0u);
  ASSERT_TRUE(advance(10 * kDayMs - kHourMs));
  const std::string young = lodged(personal("young"));
  close(young);
  EXPECT_EQ(retain(true), 0u);
  ASSERT_TRUE(advance(kHourMs));
  EXPECT_EQ(retain(true), 20u);
  EXPECT_FALSE(get(old[0])->has_erase_time());
  EXPECT_EQ(retain(false), 20u);
  EXPECT_EQ(retain(false), 0u);
  for (const std::string& number : old) EXPECT_TRUE(get(number)->has_erase_time());
  EXPECT_FALSE(get(open)->has_erase_time());
  EXPECT_FALSE(get(young)->has_erase_time());
}

TEST_F(Privacy, NumbersThatCannotBeRightAreAskedAbout) {
  begin(1);
  apply_with("customer_numbers: taipower");
  const struct {
    const char* phone;
    const char* number;
    std::vector<std::string> fields;
  } kCases[] = {
      {"0912-345-678", "", {}},
      {"1911", "", {}},
      {"0912", "", {"applicant.phone"}},
      {"", "10-40-4406-50-9", {}},
      {"", "10-40-4406-50-1", {"applicant.customer_number"}},
      {"00", "7788", {"applicant.phone", "applicant.customer_number"}},
  };
  int id = 0;
  for (const auto& c : kCases) {
    v1::LodgeCaseRequest request = lodge_request(std::to_string(++id));
    request.mutable_applicant()->set_phone(c.phone);
    request.mutable_applicant()->set_customer_number(c.number);
    const auto response = lodge(request);
    ASSERT_TRUE(response) << c.phone;
    std::vector<std::string> fields;
    for (const v1::Warning& warning : response->warnings()) fields.push_back(warning.field());
    EXPECT_EQ(fields, c.fields) << c.phone << c.number;
  }
}

TEST_F(Privacy, BlankSubjectsAndReasonsAreRefused) {
  begin(1);
  for (const char* blank : {" ", "\u3000", "\u200b "}) {
    v1::LodgeCaseRequest request = lodge_request("blank");
    request.set_subject(blank);
    EXPECT_EQ(field_of(lodge(request)), "subject") << blank;
  }
}

TEST_F(Privacy, WhatIsStoredInTheClearTakesNoPersonalNumbers) {
  begin(1);
  for (const char* reference : {"0912345678", "A123456789", "wang@example.tw", "+886912345678"}) {
    v1::LodgeCaseRequest request = lodge_request("r");
    request.set_external_reference(reference);
    EXPECT_EQ(field_of(lodge(request)), "external_reference") << reference;
  }
  for (const char* reference : {"EXT-0912", "101003148265", "1-1523590871", "2026/0912-345"}) {
    v1::LodgeCaseRequest request = lodge_request(reference);
    request.set_external_reference(reference);
    EXPECT_TRUE(lodge(request)) << reference;
  }
}

}  // namespace
}  // namespace casewheel::api
