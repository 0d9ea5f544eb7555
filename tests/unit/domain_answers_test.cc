// What applicants answer, held against what a service asks; fees of a case.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/domain/answers.h"
#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

stored::Service asking(stored::AttributeType type, bool required = false) {
  stored::Service service;
  stored::Attribute& asked = *service.add_attributes();
  asked.set_code("a");
  asked.set_type(type);
  asked.set_required(required);
  if (type == stored::ATTRIBUTE_SINGLE_VALUE || type == stored::ATTRIBUTE_MULTI_VALUE) {
    asked.add_values()->set_key("x");
    asked.add_values()->set_key("y");
  }
  return service;
}

Answers answered(std::initializer_list<const char*> values, const char* code = "a") {
  Answers answers;
  stored::AnsweredAttribute& answer = *answers.Add();
  answer.set_code(code);
  for (const char* value : values) answer.add_values(value);
  return answers;
}

bool fits(stored::AttributeType type, std::initializer_list<const char*> values) {
  return check_answers(asking(type), answered(values)).empty();
}

TEST(Answers, AreOfTheirType) {
  for (const char* number : {"0", "12", "-3.5", "+7", "0.001"})
    EXPECT_TRUE(fits(stored::ATTRIBUTE_NUMBER, {number})) << number;
  for (const char* wrong :
       {"x", "1.", ".5", "1e3", "1,000", "--1", "-", "1 ", "1234567890123456789012345678901"})
    EXPECT_FALSE(fits(stored::ATTRIBUTE_NUMBER, {wrong})) << wrong;
  for (const char* time :
       {"2026-01-05", "2024-02-29", "2026-01-05T09:00", "2026-01-05T09:00:00",
        "2026-01-05T09:00:00Z", "2026-01-05T09:00:00.5+08:00", "2026-01-05T09:00+0800"})
    EXPECT_TRUE(fits(stored::ATTRIBUTE_DATETIME, {time})) << time;
  for (const char* wrong : {"2026-02-29", "2026-13-01", "2026-1-5", "2026-01-05T24:00",
                            "2026-01-05 09:00", "2026-01-05T09", "2026-01-05T09:00:00.+08:00",
                            "2026-01-05T09:00:00+99:00", "2026-01-05x", "tomorrow"})
    EXPECT_FALSE(fits(stored::ATTRIBUTE_DATETIME, {wrong})) << wrong;
  EXPECT_TRUE(fits(stored::ATTRIBUTE_SINGLE_VALUE, {"x"}));
  EXPECT_FALSE(fits(stored::ATTRIBUTE_SINGLE_VALUE, {"z"}));
  EXPECT_FALSE(fits(stored::ATTRIBUTE_SINGLE_VALUE, {"x", "y"}));
  EXPECT_TRUE(fits(stored::ATTRIBUTE_MULTI_VALUE, {"x", "y"}));
  EXPECT_FALSE(fits(stored::ATTRIBUTE_MULTI_VALUE, {"x", "x"}));
  EXPECT_FALSE(fits(stored::ATTRIBUTE_STRING, {"one\ntwo"}));
  EXPECT_TRUE(fits(stored::ATTRIBUTE_TEXT, {"one\ntwo"}));
}

TEST(Answers, AreAskedForAndOnce) {
  const stored::Service service = asking(stored::ATTRIBUTE_TEXT, true);
  EXPECT_TRUE(check_answers(service, answered({"x"})).empty());
  for (const Answers& none : {Answers(), answered({}), answered({""})}) {
    const auto wrong = check_answers(service, none);
    ASSERT_EQ(wrong.size(), 1u);
    EXPECT_EQ(wrong[0].fault, AnswerFault::kMissing);
  }
  Answers twice = answered({"x"});
  *twice.Add() = twice[0];
  *twice.Add() = answered({"y"}, "secret 0912345678")[0];
  const auto violations = answer_violations(service, twice);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "attributes[a]");
  EXPECT_EQ(violations[1].field, "attributes[2]");  // what was sent is not repeated
}

TEST(Fees, AreOfTheServiceAndReplaceWhatWasNoted) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  RecordFee form;
  form.fee.set_fee("form");
  desk.must(form);
  ASSERT_EQ(desk.state.fees_size(), 1);
  EXPECT_EQ(desk.state.fees(0).amount(), 100u);
  form.fee.set_amount(150);
  desk.must(form);
  form.fee.set_amount(0);
  form.fee.set_paid(true);
  desk.must(form);
  ASSERT_EQ(desk.state.fees_size(), 1);
  EXPECT_EQ(desk.state.fees(0).amount(), 150u);
  EXPECT_TRUE(desk.state.fees(0).paid());
  form.fee.set_fee("no-such");
  EXPECT_FALSE(desk.act(form));
}

TEST(Fees, OfALodgingAreChecked) {
  CaseOnDesk desk;
  Lodge lodge = CaseOnDesk::lodging("lease");
  lodge.facts.add_fees()->set_fee("form");
  lodge.facts.add_fees()->set_fee("form");
  lodge.facts.add_fees()->set_fee("other");
  lodge.personal.add_attributes()->set_code("x");
  const auto refused = desk.lodge(lodge);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields.size(), 3u);
  lodge.of_the_past = true;
  EXPECT_TRUE(desk.lodge(lodge));
}

}  // namespace
}  // namespace casewheel::domain
