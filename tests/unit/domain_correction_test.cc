// Correcting what was taken down wrong, and who is told of a request to decide.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain_working_fixture.h"

namespace casewheel::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Correcting = WorkingTest;

stored::PersonalData person(const std::string& name, const std::string& phone) {
  stored::PersonalData personal;
  personal.set_subject("主旨");
  personal.mutable_applicant()->set_name(name);
  personal.mutable_applicant()->set_phone(phone);
  return personal;
}

Correct phone_to(const std::string& phone) {
  Correct correct;
  correct.fields = {stored::CORRECTED_PHONE};
  correct.personal.mutable_applicant()->set_phone(phone);
  correct.reason = "聽錯";
  correct.before = person("王大明", "0912345678");
  return correct;
}

Correct county_to(const std::string& county) {
  Correct correct;
  correct.fields = {stored::CORRECTED_COUNTY};
  correct.county = county;
  correct.reason = "轄區更正";
  return correct;
}

TEST_F(Correcting, ReplacesTheFieldAndKeepsWhatStoodThere) {
  CaseOnDesk gripe = desk("gripe");
  const Events events = gripe.must(phone_to("0921000111"));
  ASSERT_EQ(events.size(), 1u);
  const stored::PersonalData& sealed = events[0].personal();
  EXPECT_EQ(sealed.applicant().phone(), "0921000111");
  EXPECT_EQ(sealed.applicant().name(), "王大明");
  EXPECT_EQ(sealed.subject(), "主旨");
  EXPECT_EQ(sealed.text(), "聽錯");
  EXPECT_EQ(sealed.before().applicant().phone(), "0912345678");
  EXPECT_EQ(sealed.before().applicant().name(), "");
  EXPECT_THAT(events[0].case_corrected().fields(), ElementsAre(stored::CORRECTED_PHONE));
  EXPECT_EQ(gripe.state.sealed_revision(), events[0].revision());
  EXPECT_EQ(gripe.state.county(), "臺北市");
}

TEST_F(Correcting, WhatIsSoAlreadyChangesNothing) {
  CaseOnDesk gripe = desk("gripe");
  EXPECT_THAT(gripe.must(phone_to("0912345678")), IsEmpty());
  EXPECT_THAT(gripe.must(county_to("臺北市")), IsEmpty());
}

TEST_F(Correcting, AFieldNamedAndEmptyIsTakenAway) {
  CaseOnDesk gripe = desk("gripe");
  const Events events = gripe.must(phone_to(""));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].personal().applicant().phone(), "");
  EXPECT_EQ(events[0].personal().before().applicant().phone(), "0912345678");
}

TEST_F(Correcting, AnotherCountyHasItsClosuresAsIfItHadAlwaysBeenSo) {
  CaseOnDesk lease = desk("lease", "臺北市");
  CaseOnDesk there = desk("lease", "花蓮縣");
  office_.close("花蓮縣", 20260204);
  relay(lease);
  relay(there);
  ASSERT_NE(lease.due(stored::RESOLVE), there.due(stored::RESOLVE));
  lease.must(county_to("花蓮縣"));
  EXPECT_EQ(due(lease, stored::RESOLVE), due(there, stored::RESOLVE));
  // Undone, it leaves the date from before.
  const TimeMs moved = lease.due(stored::RESOLVE);
  lease.must(county_to("臺北市"));
  EXPECT_NE(lease.due(stored::RESOLVE), moved);
  CaseOnDesk never = desk("lease", "臺北市");
  relay(never);
  EXPECT_EQ(due(lease, stored::RESOLVE), due(never, stored::RESOLVE));
}

TEST_F(Correcting, WhoHandlesTheCaseTakesNoBreachBackByAnotherCounty) {
  CaseOnDesk lease = desk("lease", "臺北市");
  lease.pass_to(taipei("2026-02-12T09:00"));
  ASSERT_TRUE(lease.clock(stored::RESOLVE).breached());
  office_.close("花蓮縣", 20260204);
  office_.close("花蓮縣", 20260205);
  office_.close("花蓮縣", 20260206);
  relay(lease);
  ASSERT_TRUE(lease.clock(stored::RESOLVE).breached());
  Command by_handler = lease.command(county_to("花蓮縣"));
  by_handler.who = {stored::HANDLER, "hans", kEveryRole};
  const auto refused = lease.give(by_handler);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, RejectionCode::kNotPermitted);
  lease.must(county_to("花蓮縣"));  // somebody else may
  EXPECT_FALSE(lease.clock(stored::RESOLVE).breached());
}

TEST_F(Correcting, AnEndedCaseIsCorrectedAndItsDatesStay) {
  CaseOnDesk gripe = desk("gripe");
  gripe.must(Withdraw{"自撤"});
  const auto clocks = gripe.state.clocks_size();
  EXPECT_EQ(gripe.must(phone_to("0921000111")).size(), 1u);
  EXPECT_EQ(gripe.must(county_to("花蓮縣")).size(), 1u);
  EXPECT_EQ(gripe.state.status(), stored::WITHDRAWN);
  EXPECT_EQ(gripe.state.clocks_size(), clocks);
}

TEST_F(Correcting, AnAnswerThatDoesNotFitIsRefusedAndOthersAreLeftAlone) {
  stored::Service& service = *office_.tenant().mutable_services(0);
  stored::Attribute& asked = *service.add_attributes();
  asked.set_code("meter");
  asked.set_type(stored::ATTRIBUTE_NUMBER);
  office_.change_policies(false);
  CaseOnDesk lease = desk("lease");
  Correct correct;
  correct.fields = {stored::CORRECTED_ATTRIBUTES};
  correct.reason = "更正";
  // Of an earlier service, which nobody asks any more.
  stored::AnsweredAttribute& old = *correct.before.add_attributes();
  old.set_code("colour");
  old.add_values("blue");
  stored::AnsweredAttribute& given = *correct.personal.add_attributes();
  given.set_code("meter");
  given.add_values("many");
  const auto refused = lease.act(correct);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fields.at(0).field, "attributes[meter]");
  given.set_values(0, "12");
  const Events events = lease.must(correct);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].personal().attributes_size(), 2);
  EXPECT_EQ(events[0].personal().before().attributes(0).code(), "meter");
  given.clear_values();
  correct.before = events[0].personal();
  const Events taken = lease.must(correct);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].personal().attributes_size(), 1);
  EXPECT_EQ(taken[0].personal().before().attributes(0).values(0), "12");
}

TEST_F(Correcting, TheNearestWhoMayDecideAreToldOfARequest) {
  CaseOnDesk lease = desk("lease");
  const auto ask = [&](const std::string& who) {
    Command command = lease.command(RequestExtension{
        lease.clock(stored::RESOLVE).clock(), lease.due(stored::RESOLVE) + kDayMs, "待會勘"});
    command.who = {stored::HANDLER, who, kEveryRole};
    const auto events = lease.give(command);
    EXPECT_TRUE(events.has_value()) << (events ? "" : events.error().message);
    return lease.state.extension_requests(lease.state.extension_requests_size() - 1);
  };
  EXPECT_THAT(ask("hans").recipients(), ElementsAre("nina"));  // the section has no head
  EXPECT_THAT(ask("nina").recipients(), ElementsAre("boss"));  // nobody decides on her own
  lease.must(Assign{"nina"});
  EXPECT_THAT(ask("hans").recipients(), ElementsAre("boss"));
  EXPECT_EQ(clock_row(lease.state, lease.rules()).extension_requests(), 3u);
}

}  // namespace
}  // namespace casewheel::domain
