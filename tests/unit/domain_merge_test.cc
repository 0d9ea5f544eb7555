// Merges and their undoing, as the rules of one case see them: which steps are refused while another is
// under way, and what becomes of the dates people were given.
#include "engine/domain/decider.h"
#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

const CaseId kOther = CaseId::make(31, 1150202, 9);
const CaseId kThird = CaseId::make(31, 1150202, 11);
const CaseId kEarlier = CaseId::make(31, 1150202, 3);

// The whole merge of `duplicate` into `main`, as the api drives it.
void merge(CaseOnDesk& duplicate, CaseOnDesk& main) {
  main.must(PrepareMerge{1, duplicate.id});
  duplicate.must(Merge{0, main.id, 1});
  AttachDuplicate attach{1, duplicate.id};
  const auto& carried = duplicate.state.merge().carried();
  attach.promises = {carried.begin(), carried.end()};
  attach.depth = merge_depth(duplicate.state);
  ASSERT_TRUE(main.act_as_engine(attach));
}

CaseOnDesk lodged_at(const std::string& service, TimeMs now, CaseId id = kCase) {
  CaseOnDesk desk;
  desk.now = now;
  desk.id = id;
  EXPECT_TRUE(desk.lodge(CaseOnDesk::lodging(service)));
  return desk;
}

TEST(Merge, EndsOneCaseAndIsNotedOnTheOther) {
  CaseOnDesk ended = CaseOnDesk::lodged("lease");
  ended.must(Merge{3, kOther});
  EXPECT_EQ(ended.state.status(), stored::MERGED);
  EXPECT_EQ(ended.state.merged_into_case_id(), kOther.value);
  EXPECT_EQ(ended.state.merged_into_partition(), 3u);
  CaseOnDesk goes_on = CaseOnDesk::lodged("lease");
  goes_on.must(PrepareMerge{3, kOther});
  goes_on.must(PrepareMerge{4, kOther});  // the same number of another partition is another case
  EXPECT_EQ(goes_on.act_as_engine(AttachDuplicate{3, kOther})->size(), 1u);
  EXPECT_TRUE(goes_on.act_as_engine(AttachDuplicate{3, kOther})->empty());
  EXPECT_EQ(goes_on.act_as_engine(ReleaseMerge{4, kOther})->size(), 1u);
  EXPECT_TRUE(goes_on.act_as_engine(ReleaseMerge{4, kOther})->empty());
  EXPECT_EQ(goes_on.state.duplicates_size(), 1);
  EXPECT_EQ(goes_on.state.preparing_size(), 0);
  EXPECT_FALSE(goes_on.act_as_engine(AttachDuplicate{5, kOther})) << "nobody prepared it";
}

TEST(Merge, WhatIsPreparedDoesNotEndAndIsRefusedForNow) {
  CaseOnDesk main = CaseOnDesk::lodged("lamp");
  main.must(PrepareMerge{1, kOther});
  const std::vector<Action> ends = {Close{stored::RESOLVED, "已辦結", 0}, Withdraw{"撤回"},
                                    Merge{2, kThird}, PrepareMerge{1, kOther}};
  for (const Action& end : ends) {
    const auto refused = main.act(end);
    ASSERT_FALSE(refused) << end.index();
    EXPECT_EQ(refused.error().code, RejectionCode::kUnavailable);
    EXPECT_GT(refused.error().retry_after_ms, 0);
  }
  main.must(Note{"別的照常", false});
  ASSERT_TRUE(main.act_as_engine(ReleaseMerge{1, kOther}));
  main.must(Close{stored::RESOLVED, "已辦結", 0});
}

TEST(Merge, OfTwoMergedIntoEachOtherTheLowerNumberEnds) {
  CaseOnDesk lower = CaseOnDesk::lodged("lamp");  // kCase, of partition 0
  lower.must(PrepareMerge{1, kOther});
  lower.must(Merge{1, kOther});
  EXPECT_EQ(lower.state.status(), stored::MERGED);
  EXPECT_TRUE(lower.act_as_engine(ReleaseMerge{1, kOther})) << "the other one was refused";

  CaseOnDesk higher = CaseOnDesk::lodged("lamp");
  higher.must(PrepareMerge{1, kEarlier});
  EXPECT_EQ(higher.act(Merge{1, kEarlier}).error().code, RejectionCode::kUnavailable);

  // Its own second step comes when the first one has ended in it.
  ASSERT_TRUE(higher.act_as_engine(AttachDuplicate{1, kEarlier}));
  EXPECT_EQ(higher.act(Merge{1, kEarlier}).error().code, RejectionCode::kWrongState);

  CaseOnDesk between = CaseOnDesk::lodged("lamp");  // one of a ring of three
  between.must(PrepareMerge{1, kThird});
  EXPECT_EQ(between.act(Merge{1, kOther}).error().code, RejectionCode::kUnavailable);

  CaseOnDesk same_number = CaseOnDesk::lodged("lamp");
  same_number.must(PrepareMerge{1, kCase, 0});
  same_number.must(Merge{1, kCase, 0});
}

TEST(Merge, TheEarliestPromiseStands) {
  CaseOnDesk older = lodged_at("lamp", kStart, kOther);
  CaseOnDesk newer = lodged_at("lamp", kStart + 20 * kHourMs);
  older.now = kStart + 20 * kHourMs;
  ASSERT_EQ(newer.due(stored::REPLY), kStart + 68 * kHourMs);
  merge(older, newer);
  EXPECT_EQ(newer.due(stored::REPLY), kStart + 48 * kHourMs);
  const stored::ClockMoved& moved = newer.last(stored::Event::kClockMoved).clock_moved();
  EXPECT_EQ(moved.cause(), stored::CASES_MERGED);
  EXPECT_EQ(moved.due_before_ms(), kStart + 68 * kHourMs);
  EXPECT_EQ(next_look(newer.state, newer.rules()), kStart + 48 * kHourMs + 1);

  CaseOnDesk main = lodged_at("lamp", kStart);
  CaseOnDesk late = lodged_at("lamp", kStart + 20 * kHourMs, kOther);
  main.now = late.now;
  merge(late, main);
  EXPECT_EQ(main.due(stored::REPLY), kStart + 48 * kHourMs) << "its own is the earlier one";
}

TEST(Merge, APromiseThatTheMainCaseDoesNotOweBecomesOneOfIts) {
  CaseOnDesk gripe = lodged_at("gripe", kStart, kOther);
  CaseOnDesk lamp = lodged_at("lamp", kStart);
  merge(gripe, lamp);
  EXPECT_EQ(lamp.due(stored::FIRST_RESPONSE), kStart + 24 * kHourMs);
  EXPECT_EQ(lamp.due(stored::RESOLVE), kStart + 240 * kHourMs);
  EXPECT_EQ(lamp.due(stored::REPLY), kStart + 48 * kHourMs);
  EXPECT_EQ(lamp.clock(stored::ACKNOWLEDGE).clock(), 0u) << "no promise to an applicant";
  EXPECT_TRUE(lamp.clock(stored::RESOLVE).carried());

  CaseOnDesk answered = lodged_at("lamp", kStart);
  CaseOnDesk again = lodged_at("lamp", kStart + kHourMs, kOther);
  answered.now = kStart + kHourMs;
  answered.must(Reply{stored::BY_PHONE, "已答", 0});
  ASSERT_EQ(answered.clock(stored::REPLY).status(), stored::MET);
  merge(again, answered);
  EXPECT_EQ(answered.due(stored::REPLY), kStart + 49 * kHourMs) << "she was not answered yet";
  answered.must(Reply{stored::BY_PHONE, "也答", 0});
  EXPECT_EQ(answered.clock(stored::REPLY).status(), stored::MET);
  EXPECT_TRUE(answered.state.promises().empty());
}

TEST(Merge, APromiseOutlivesReclassifyingAndGivesWayToAnExtension) {
  CaseOnDesk older = lodged_at("gripe", kStart, kOther);
  CaseOnDesk main = lodged_at("gripe", kStart + 20 * kHourMs);
  older.now = main.now;
  merge(older, main);
  ASSERT_EQ(main.due(stored::RESOLVE), kStart + 240 * kHourMs);
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "lamp", stored::KIND_UNSPECIFIED, "r"});
  EXPECT_EQ(main.due(stored::RESOLVE), kStart + 240 * kHourMs);
  EXPECT_EQ(main.due(stored::REPLY), kStart + 68 * kHourMs);
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "gripe", stored::KIND_UNSPECIFIED, "r"});
  EXPECT_EQ(main.due(stored::REPLY), kStart + 72 * kHourMs);
  main.must(ExtendClock{main.clock(stored::REPLY).clock(), kStart + 200 * kHourMs, "r"});
  EXPECT_EQ(main.due(stored::REPLY), kStart + 200 * kHourMs);
}

TEST(Merge, ACarriedPromiseIsBrokenOnce) {
  CaseOnDesk older = lodged_at("gripe", kStart, kOther);
  CaseOnDesk main = lodged_at("gripe", kStart + 20 * kHourMs);
  older.now = main.now;
  merge(older, main);
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "lamp", stored::KIND_UNSPECIFIED, "誤植"});
  ASSERT_TRUE(main.clock(stored::FIRST_RESPONSE).carried());
  main.pass_to(kStart +
               30 * kHourMs);  // the first response promised to the other one was due at 24
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "gripe", stored::KIND_UNSPECIFIED, "更正"});
  main.look();
  const auto waiting = [&] {
    int count = 0;
    for (const stored::ClockState& clock : main.state.clocks()) {
      if (clock.kind() != stored::FIRST_RESPONSE || is_stopped(clock)) continue;
      EXPECT_FALSE(clock.breached());
      EXPECT_EQ(main.rules().due(clock), kStart + 44 * kHourMs) << "its own";
      ++count;
    }
    return count;
  };
  EXPECT_EQ(waiting(), 1);
  int breaches = 0;
  for (const stored::Event& event : main.history)
    breaches += event.has_clock_breached() && event.clock_breached().due_ms() == kStart + kDayMs;
  EXPECT_EQ(breaches, 1);
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "lamp", stored::KIND_UNSPECIFIED, "r"});
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "gripe", stored::KIND_UNSPECIFIED, "r"});
  EXPECT_EQ(waiting(), 1);
}

// Away from its policy and back.
void reclassify_and_back(CaseOnDesk& desk, const std::string& service) {
  const std::string before = desk.state.service();
  desk.must(Reclassify{stored::PRIORITY_UNSPECIFIED, service, stored::KIND_UNSPECIFIED, "誤植"});
  desk.must(Reclassify{stored::PRIORITY_UNSPECIFIED, before, stored::KIND_UNSPECIFIED, "更正"});
}

TEST(Merge, APromiseKeepsItsPausesWhoeverKeepsIt) {
  CaseOnDesk first = lodged_at("lease", kStart, kEarlier);
  CaseOnDesk second = lodged_at("lease", kStart + 5 * kHourMs, kOther);
  CaseOnDesk main = lodged_at("lease", kStart + 20 * kHourMs);
  first.now = second.now = main.now;
  merge(first, main);
  merge(second, main);
  main.now = kStart + 22 * kHourMs;
  main.must(RequestDocuments{{"身分證"}, "請補"});
  main.now = kStart + 32 * kHourMs;
  main.must(ReceiveDocuments{{"身分證"}});
  EXPECT_EQ(main.due(stored::REPLY), kStart + 82 * kHourMs);
  CaseOnDesk carried = main;
  carried.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "ask", stored::KIND_UNSPECIFIED, "r"});
  ASSERT_TRUE(carried.clock(stored::REPLY).carried());
  EXPECT_EQ(carried.due(stored::REPLY), kStart + 82 * kHourMs);
  reclassify_and_back(main, "ask");
  EXPECT_FALSE(main.clock(stored::REPLY).carried());
  EXPECT_EQ(main.due(stored::REPLY), kStart + 82 * kHourMs);
  first.must(Unmerge{"併錯"});
  ASSERT_TRUE(main.act_as_engine(DetachDuplicate{1, kEarlier, {}, {1, kEarlier}}));
  EXPECT_EQ(main.due(stored::REPLY), kStart + 87 * kHourMs) << "of the second one";

  // The pause comes along to the next case.
  CaseOnDesk third = lodged_at("lease", kStart, kThird);
  third.now = kStart + 33 * kHourMs;
  main.now = third.now;
  merge(main, third);
  EXPECT_EQ(third.due(stored::REPLY), kStart + 72 * kHourMs) << "its own is the earlier one";
  third.now = kStart + 40 * kHourMs;
  third.must(ExtendClock{third.clock(stored::REPLY).clock(), kStart + 200 * kHourMs, "r"});
  EXPECT_TRUE(third.state.promises_size() > 0) << "RESOLVE is another clock";
}

TEST(Merge, APromiseIsBrokenWithTheClockThatComesBack) {
  CaseOnDesk older = lodged_at("gripe", kStart, kOther);
  CaseOnDesk main = lodged_at("gripe", kStart + 20 * kHourMs);
  older.now = main.now;
  merge(older, main);
  main.pass_to(kStart + 73 * kHourMs);
  ASSERT_TRUE(main.clock(stored::REPLY).breached());
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "ask", stored::KIND_UNSPECIFIED, "誤植"});
  EXPECT_EQ(main.clock(stored::REPLY).status(), stored::BROKEN) << "and none of others beside it";
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "gripe", stored::KIND_UNSPECIFIED, "更正"});
  EXPECT_EQ(main.due(stored::REPLY), kStart + 72 * kHourMs);
  EXPECT_TRUE(main.clock(stored::REPLY).breached());
  EXPECT_FALSE(main.clock(stored::REPLY).late_by_change());
  main.look();
  int breaches = 0;
  for (const stored::Event& event : main.history)
    breaches +=
        event.has_clock_breached() && event.clock_breached().due_ms() == kStart + 3 * kDayMs;
  EXPECT_EQ(breaches, 1);
  main.must(Reply{stored::BY_PHONE, "已答", 0});
  const auto waits_for_reply = [](const auto& promise) { return promise.kind() == stored::REPLY; };
  EXPECT_TRUE(
      std::none_of(main.state.promises().begin(), main.state.promises().end(), waits_for_reply));
}

TEST(Merge, AnExtendedPromiseEndsWithItsMerge) {
  CaseOnDesk duplicate = lodged_at("gripe", kStart, kOther);
  CaseOnDesk main = lodged_at("lamp", kStart);
  merge(duplicate, main);
  const stored::ClockState carried = main.clock(stored::RESOLVE);
  ASSERT_TRUE(carried.carried());
  main.must(ExtendClock{carried.clock(), kStart + 300 * kHourMs, "r"});
  EXPECT_EQ(main.due(stored::RESOLVE), kStart + 300 * kHourMs);
  ASSERT_FALSE(main.state.promises().empty());
  CaseOnDesk kept = main;
  main.must(Reclassify{stored::PRIORITY_UNSPECIFIED, "gripe", stored::KIND_UNSPECIFIED, "r"});
  int waiting = 0;
  for (const stored::ClockState& clock : main.state.clocks())
    waiting += clock.kind() == stored::RESOLVE && !is_stopped(clock);
  EXPECT_EQ(waiting, 1) << "one of its own took it over";
  duplicate.must(Unmerge{"併錯"});
  ASSERT_TRUE(kept.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  EXPECT_EQ(kept.clock(stored::RESOLVE).stop_cause(), stored::PROMISE_GONE);
  EXPECT_TRUE(kept.state.promises().empty());
}

TEST(Merge, UndoneItGivesBackTheClocksWithTheirDates) {
  CaseOnDesk duplicate = lodged_at("gripe", kStart, kOther);
  duplicate.now = kStart + kHourMs;
  duplicate.must(Accept{});
  const stored::CaseState before = duplicate.state;
  CaseOnDesk main = lodged_at("lamp", kStart + kHourMs);
  merge(duplicate, main);
  ASSERT_EQ(main.due(stored::RESOLVE), kStart + 240 * kHourMs);
  duplicate.now = main.now = kStart + 10 * kHourMs;
  duplicate.must(Unmerge{"併錯"});
  EXPECT_EQ(duplicate.state.status(), stored::IN_PROGRESS);
  ASSERT_EQ(duplicate.state.clocks_size(), before.clocks_size());
  for (int i = 0; i < before.clocks_size(); ++i) {
    EXPECT_EQ(duplicate.state.clocks(i).status(), before.clocks(i).status());
    EXPECT_EQ(duplicate.rules().due(duplicate.state.clocks(i)),
              duplicate.rules().due(before.clocks(i)));
  }
  EXPECT_EQ(duplicate.state.closed_ms(), 0);
  EXPECT_EQ(duplicate.state.merged_into_case_id(), 0u);
  EXPECT_EQ(duplicate.act(Merge{0, kCase, 1}).error().code, RejectionCode::kUnavailable)
      << "the other one is still to be told";
  ASSERT_TRUE(main.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  EXPECT_TRUE(main.state.duplicates().empty());
  EXPECT_TRUE(main.state.promises().empty());
  EXPECT_EQ(main.due(stored::REPLY), kStart + 49 * kHourMs);
  EXPECT_EQ(main.clock(stored::RESOLVE).status(), stored::CANCELLED);
  EXPECT_TRUE(main.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}})->empty());
  ASSERT_TRUE(duplicate.act_as_engine(SettleUnmerge{}));
  duplicate.must(Merge{0, kCase, 1});
}

TEST(Merge, UndoneAfterItsDateItIsLateByTheMergeAndNotByStaff) {
  CaseOnDesk duplicate = lodged_at("lamp", kStart, kOther);
  CaseOnDesk main = lodged_at("lamp", kStart);
  merge(duplicate, main);
  duplicate.now = kStart + 60 * kHourMs;
  duplicate.must(Unmerge{"併錯"});
  duplicate.look();
  const auto& breach = duplicate.last(stored::Event::kClockBreached).clock_breached();
  EXPECT_EQ(breach.due_ms(), kStart + 48 * kHourMs);
  EXPECT_EQ(breach.cause(), stored::DATE_MOVED);
}

TEST(Merge, WhoeverWaitedForDocumentsWaitsForThemAgain) {
  CaseOnDesk duplicate = lodged_at("lease", kStart, kOther);
  duplicate.must(RequestDocuments{{"申請書"}, ""});
  CaseOnDesk main = lodged_at("lamp", kStart);
  merge(duplicate, main);
  duplicate.now = kStart + 10 * kHourMs;
  duplicate.must(Unmerge{"併錯"});
  EXPECT_EQ(duplicate.state.status(), stored::AWAITING_DOCUMENTS);
  EXPECT_EQ(duplicate.clock(stored::REPLY).status(), stored::PAUSED);
  duplicate.must(ReceiveDocuments{});
  EXPECT_EQ(duplicate.due(stored::REPLY), kStart + 82 * kHourMs);
}

TEST(Merge, OfAChainEachLinkKeepsWhatCameThroughIt) {
  CaseOnDesk first = lodged_at("lamp", kStart, kOther);
  CaseOnDesk second = lodged_at("lamp", kStart + 10 * kHourMs, kThird);
  CaseOnDesk third = lodged_at("lamp", kStart + 20 * kHourMs);
  first.now = second.now = kStart + 20 * kHourMs;
  merge(first, second);
  ASSERT_EQ(second.due(stored::REPLY), kStart + 48 * kHourMs);
  merge(second, third);
  EXPECT_EQ(third.due(stored::REPLY), kStart + 48 * kHourMs);
  EXPECT_EQ(merge_depth(third.state), 3u);
  // The first is taken out again: the second's own date is left.
  first.must(Unmerge{"併錯"});
  ASSERT_TRUE(second.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  ASSERT_TRUE(third.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kThird}}));
  EXPECT_EQ(second.state.status(), stored::MERGED);
  EXPECT_EQ(third.state.duplicates_size(), 1);
  EXPECT_EQ(third.due(stored::REPLY), kStart + 58 * kHourMs);
}

TEST(Merge, WhoIsMergedSaysWhereItGoesOn) {
  CaseOnDesk duplicate = CaseOnDesk::lodged("lamp");
  duplicate.must(Merge{0, kOther, 1});
  const std::string number = format_case_number(0, kOther);
  for (const Action& late : {Action(Note{"x", false}), Action(Reply{stored::BY_PHONE, "x", 0}),
                             Action(AddAttachment{}), Action(Merge{2, kThird})}) {
    const auto refused = duplicate.act(late);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find(number), std::string::npos) << refused.error().message;
  }
}

TEST(Merge, AMainCaseIsNotWithdrawnFromUnderOthers) {
  CaseOnDesk duplicate = lodged_at("lamp", kStart, kOther);
  CaseOnDesk main = lodged_at("lamp", kStart);
  merge(duplicate, main);
  EXPECT_EQ(main.act(Withdraw{"撤回"}).error().code, RejectionCode::kWrongState);
  main.must(Close{stored::RESOLVED, "已辦結", 0});
}

TEST(Merge, HasLimits) {
  CaseOnDesk desk = CaseOnDesk::lodged("lease");
  for (int i = 0; i < 1000; ++i)
    desk.state.add_duplicates()->set_case_id(static_cast<std::uint64_t>(i) + 1);
  const auto full = desk.act(PrepareMerge{0, kOther});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().fields.at(0).field, "into_case_number");
  CaseOnDesk deep = CaseOnDesk::lodged("lease");
  deep.state.add_duplicates()->set_depth(kMergeDepthMax);
  EXPECT_EQ(deep.act(Merge{0, kOther}).error().fields.at(0).field, "case_number");
}

}  // namespace
}  // namespace casewheel::domain
