// A changed calendar or policy is carried to open cases: in bounded slices beside everything else,
// through crashes, to the right cases, once.
#include <gmock/gmock.h>

#include <set>

#include "engine/base/limits.h"
#include "tests/unit/partition_working_fixture.h"

namespace casewheel::partition {
namespace {

using ::testing::HasSubstr;
using Fault = storage::MemoryStore::Fault;

constexpr int kThreeSlices = 2 * static_cast<int>(limits::kBatchRelaid) + 44;

class Sweep : public WorkingPartitions {
 protected:
  // Kills the process in the next write and starts another one.
  void crash(Fault fault) {
    store.arm(fault);
    ask(0, {});
    EXPECT_FALSE(turn.status.is_ok());
    store.reopen();
    start();
  }
};

TEST_F(Sweep, MovesOnlyTheCasesOfTheClosedCounty) {
  const CaseAddress taipei_city = lodge("lease", "臺北市");
  const CaseAddress pingtung = lodge("lease", "屏東縣");
  const CaseAddress nowhere = lodge("lease", "");
  const CaseAddress by_the_wall = lodge("gripe", "臺北市");
  const std::uint32_t before = state(pingtung).revision();
  close({"臺北市"}, 20260205);
  carry();
  EXPECT_EQ(due(taipei_city), "2026-02-12");
  for (const CaseAddress untouched : {pingtung, nowhere}) {
    EXPECT_EQ(due(untouched), "2026-02-11");
    EXPECT_EQ(state(untouched).revision(), before);
  }
  const auto on_record = moves();
  ASSERT_EQ(on_record.size(), 1u);
  ASSERT_EQ(on_record.begin()->first, taipei_city.id.value);
  ASSERT_EQ(on_record.begin()->second.size(), 1u);
  const stored::ClockMoved& move = on_record.begin()->second.front();
  EXPECT_EQ(move.cause(), stored::CLOSURE_DECLARED);
  EXPECT_THAT(move.reference(), HasSubstr("颱風"));
  EXPECT_EQ(taipei(move.due_before_ms()), "2026-02-11");
  EXPECT_EQ(taipei(move.due_after_ms()), "2026-02-12");
  EXPECT_EQ(clock(by_the_wall, stored::REPLY).calendar(), "");
  expect_carried();
}

TEST_F(Sweep, OneSliceATurn) {
  lodge_many(kThreeSlices, "臺北市");
  close({"臺北市"}, 20260205);
  EXPECT_TRUE(turn.sweeping) << "the turn that changes the rules carries nothing yet";
  EXPECT_TRUE(moves().empty());
  std::size_t moved = 0;
  for (int slice = 1; slice <= 3; ++slice) {
    ask(0, {});
    const std::size_t in_slice = moves().size() - moved;
    moved += in_slice;
    EXPECT_EQ(in_slice, slice < 3 ? limits::kBatchRelaid : 44u);
    EXPECT_EQ(slices().back().moved(), in_slice);
    EXPECT_EQ(slices().back().done(), slice == 3);
    EXPECT_EQ(turn.sweeping, slice < 3);
  }
  const std::size_t entries = journal().size();
  ask(0, {});
  EXPECT_EQ(journal().size(), entries) << "and then no more";
  for (const auto& [id, on_record] : moves()) EXPECT_EQ(on_record.size(), 1u);
  expect_carried();
}

TEST_F(Sweep, DeadlinesAndPeopleAreServedBetweenSlices) {
  const auto cases = lodge_many(kThreeSlices, "臺北市");
  const CaseAddress promised = lodge("lease", "屏東縣");
  must(promised, domain::AgreeDate{now + kHourMs, ""});
  close({"臺北市"}, 20260205);
  ask(0, {});
  ASSERT_TRUE(turn.sweeping);
  now += kHourMs + 1;
  std::vector<RequestBody> bodies;
  bodies.emplace_back(act(cases.back(), domain::Accept{}));
  bodies.emplace_back(lodging("lease", "臺北市"));
  const std::vector<Answer> answers = ask(0, std::move(bodies));
  EXPECT_TRUE(turn.sweeping);
  EXPECT_FALSE(answers[0].rejection);
  EXPECT_EQ(due(cases.back()), "2026-02-12")
      << "a case that is touched does not wait for its slice";
  EXPECT_EQ(taipei(rules().due(answers[1].record->state.clocks(0))), "2026-02-12")
      << "nor does a new one";
  EXPECT_TRUE(clock(promised, stored::AGREED_DATE).breached());
  carry();
  for (const auto& [id, on_record] : moves()) EXPECT_EQ(on_record.size(), 1u);
  expect_carried();
}

TEST_F(Sweep, ACrashInTheMiddleResumesWhereItWas) {
  for (const Fault fault : {Fault::kLost, Fault::kAppliedButUnknown}) {
    const auto cases = lodge_many(kThreeSlices, "臺北市");
    close({"臺北市"}, fault == Fault::kLost ? 20260205 : 20260206);
    const std::size_t before = slices().size();
    ask(0, {});
    const std::uint64_t reached = head().swept_case_id();
    ASSERT_NE(reached, 0u);
    crash(fault);
    const bool was_written = fault == Fault::kAppliedButUnknown;
    EXPECT_EQ(head().swept_case_id() > reached, was_written);
    EXPECT_EQ(slices().size() - before, was_written ? 2u : 1u);
    carry();
    std::uint64_t last = 0;
    const auto carried = slices();
    for (std::size_t i = before; i < carried.size(); ++i) {
      EXPECT_GT(carried[i].case_id(), last) << "it went on from where it was";
      last = carried[i].case_id();
    }
    expect_carried();
  }
  for (const auto& [id, on_record] : moves()) EXPECT_LE(on_record.size(), 2u) << "one a closure";
}

TEST_F(Sweep, ASecondChangeStartsOverToTheNewest) {
  const auto cases = lodge_many(kThreeSlices, "臺北市");
  close({"臺北市"}, 20260205);
  ask(0, {});
  close({"臺北市"}, 20260206);
  const std::uint64_t newest = catalogue.get()->rules_edition();
  EXPECT_EQ(carry(), 2) << "from the first case on: two slices, and the one that ends it";
  EXPECT_EQ(slices().back().edition(), newest);
  const auto on_record = moves();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(due(cases[i]), "2026-02-13");
    const auto& of_case = on_record.at(cases[i].id.value);
    EXPECT_EQ(of_case.size(), i < limits::kBatchRelaid ? 2u : 1u);
    EXPECT_EQ(of_case.back().rules_edition(), newest);
    EXPECT_EQ(taipei(of_case.back().due_after_ms()), "2026-02-13");
  }
  expect_carried();
}

TEST_F(Sweep, AClosedCaseIsNotTouched) {
  const CaseAddress closed = lodge("lease", "臺北市");
  must(closed, domain::Withdraw{"x"});
  const std::string before = state(closed).SerializeAsString();
  close({"臺北市"}, 20260205);
  carry();
  EXPECT_EQ(state(closed).SerializeAsString(), before);
  expect_carried();
  must(closed, domain::Reopen{"y"});
  expect_carried();
}

TEST_F(Sweep, AReopeningMovesDatesBack) {
  const CaseAddress lease = lodge("lease", "臺北市");
  close({"臺北市", "新北市"}, 20260205);
  carry();
  close({"臺北市"}, 20260205, true);
  carry();
  EXPECT_EQ(due(lease), "2026-02-11");
  EXPECT_EQ(moves().at(lease.id.value).size(), 2u);
  expect_carried();
}

TEST_F(Sweep, AClosureAfterwardsTakesTheBreachBack) {
  const CaseAddress lease = lodge("lease", "臺北市");
  now = taipei("2026-02-11T09:00");
  ask(0, {});
  ASSERT_TRUE(clock(lease, stored::RESOLVE).breached());
  close({"臺北市"}, 20260210);
  carry();
  EXPECT_FALSE(clock(lease, stored::RESOLVE).breached());
  EXPECT_EQ(due(lease), "2026-02-12");
  expect_carried();
  now = taipei("2026-02-12T00:00") + 1;
  ask(0, {});
  EXPECT_TRUE(clock(lease, stored::RESOLVE).breached());
}

TEST_F(Sweep, PoliciesCarriedToOpenCases) {
  const CaseAddress lease = lodge("lease", "臺北市");
  const CaseAddress other = lodge("lease", "臺北市", 0, "neighbour");
  const std::string before = state(other).SerializeAsString();
  stored::Policy& policy = *office.mutable_policies(1);
  policy.mutable_clocks(0)->mutable_allowance()->set_working_days(3);
  policy.mutable_clocks(1)->set_kind(stored::ACKNOWLEDGE);  // in place of the first response
  apply({office}, false);
  EXPECT_EQ(carry(), 0);
  EXPECT_TRUE(moves().empty());
  apply({office}, true);
  carry();
  EXPECT_EQ(due(lease), "2026-02-06");
  EXPECT_EQ(moves().at(lease.id.value).front().cause(), stored::POLICY_CHANGED);
  EXPECT_EQ(clock(lease, stored::FIRST_RESPONSE).status(), stored::CANCELLED);
  EXPECT_EQ(due(lease, stored::ACKNOWLEDGE), "2026-02-03T10:40") << "from the receipt";
  EXPECT_EQ(state(other).SerializeAsString(), before) << "another tenant's";
  EXPECT_EQ(moves().size(), 1u);
  expect_carried();
}

TEST_F(Sweep, WhatIsLodgedInTheSameBatchBeforeTheChangeFollows) {
  const CaseAddress reopened = lodge("lease", "臺北市");
  must(reopened, domain::Withdraw{"x"});
  declare({"臺北市"}, 20260205);
  std::vector<RequestBody> bodies;
  bodies.emplace_back(lodging("lease", "臺北市"));
  bodies.emplace_back(act(reopened, domain::Reopen{"y"}));
  bodies.emplace_back(calendar_request("颱風", true));
  const std::vector<Answer> answers = ask(0, std::move(bodies));
  const CaseAddress lodged{0, CaseId{answers[0].record->state.case_id()}};
  carry();
  EXPECT_EQ(due(lodged), "2026-02-12");
  expect_carried();
}

TEST_F(Sweep, ACalendarForNewCasesDoesNotReachOpenOnes) {
  const CaseAddress lease = lodge("lease", "臺北市");
  stored::Calendar sundays = national;
  sundays.set_id("sundays");
  sundays.mutable_weekly(0)->clear_opening();
  for (std::uint32_t day = 1; day <= 7; ++day) {
    auto& opening = *sundays.mutable_weekly(0)->add_opening();
    opening.set_weekday(day);
    opening.set_from_s(8 * 3600);
    opening.set_to_s(9 * 3600);
  }
  ASSERT_FALSE(
      one(0, CalendarRequest{{sundays}, {stored::OPERATOR, "op", domain::kEveryRole}}).rejection);
  carry();
  office.set_calendar("sundays");
  apply({office}, false);
  const CaseAddress newer = lodge("lease", "臺北市");
  EXPECT_EQ(due(newer), "2026-02-09");
  close({"臺北市"}, 20260205);
  carry();
  EXPECT_EQ(due(lease), "2026-02-12") << "by its own calendar";
  EXPECT_EQ(clock(lease, stored::RESOLVE).calendar(), "national");
  EXPECT_EQ(due(newer), "2026-02-09");
  for (const auto& [id, on_record] : moves()) {
    for (const stored::ClockMoved& move : on_record)
      EXPECT_NE(move.cause(), stored::MOVE_CAUSE_UNSPECIFIED);
  }
  expect_carried();
}

TEST_F(Sweep, TheCauseIsTheChangeOfItsOwnCounty) {
  const CaseAddress lease = lodge("lease", "臺北市");
  stored::CalendarDay& day = *national.add_days();
  day.set_date(20260210);
  day.set_what(stored::CalendarDay::HOLIDAY);
  std::sort(national.mutable_days()->begin(), national.mutable_days()->end(),
            [](const auto& a, const auto& b) { return a.date() < b.date(); });
  apply_calendar("二月補假");
  close({"屏東縣"}, 20260205);
  carry();
  EXPECT_EQ(due(lease), "2026-02-12");
  ASSERT_EQ(moves().at(lease.id.value).size(), 1u);
  EXPECT_EQ(moves().at(lease.id.value).front().cause(), stored::CALENDAR_CHANGED);
  EXPECT_THAT(moves().at(lease.id.value).front().reference(), HasSubstr("二月補假"));
}

TEST_F(Sweep, AResumedClockIsNotMovedByAnotherCalendar) {
  const CaseAddress lease = lodge("lease", "臺北市");
  must(lease, domain::Suspend{stored::AWAITING_OTHER_AGENCY, "等", 0});
  stored::Calendar other = national;
  other.set_id("other");
  ASSERT_FALSE(
      one(0, CalendarRequest{{other}, {stored::OPERATOR, "op", domain::kEveryRole}}).rejection);
  carry();
  now += kDayMs;
  must(lease, domain::Resume{"", 0});
  EXPECT_TRUE(moves().empty());
  expect_carried();
}

TEST_F(Sweep, AMoveIsNoDoingOfTheRequestThatCameUponIt) {
  const CaseAddress lease = lodge("lease", "臺北市");
  close({"臺北市"}, 20260205);
  ActRequest same = act(lease, domain::Reclassify{stored::NORMAL, "", {}, ""});
  same.command.request_digest = 77;
  const Answer answer = one(0, same);
  EXPECT_TRUE(answer.duplicate) << "nothing was asked for that was not so already";
  EXPECT_EQ(due(lease), "2026-02-12");
}

class SweepOfThree : public WorkingPartitions {
 protected:
  SweepOfThree() : WorkingPartitions(3) {}
};

TEST_F(SweepOfThree, EveryPartitionAndTenantFollows) {
  std::vector<CaseAddress> cases;
  for (PartitionId id = 0; id < 3; ++id) {
    for (const char* tenant : {"utility", "neighbour"})
      cases.push_back(lodge("lease", "臺北市", id, tenant));
    lodge_many(130, "臺北市", id);
  }
  close({"臺北市"}, 20260205);
  EXPECT_EQ(carry(), 3) << "one slice each, and one that ends it";
  for (const CaseAddress address : cases) EXPECT_EQ(due(address), "2026-02-12");
  for (PartitionId id = 0; id < 3; ++id) EXPECT_EQ(moves(id).size(), 132u);
  expect_carried();
}

TEST_F(SweepOfThree, APartitionThatWasNotReachedFollowsAfterARestart) {
  const CaseAddress last = lodge("lease", "臺北市", 2);
  close({"臺北市"}, 20260205);
  start();
  carry();
  EXPECT_EQ(due(last), "2026-02-12");
  expect_carried();
}

}  // namespace
}  // namespace casewheel::partition
