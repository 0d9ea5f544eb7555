// The load of the views at start, and publications that race it: whatever comes first, what was published
// stands, and an older revision or version never does.
#include <gtest/gtest.h>

#include "tests/unit/views_board_fixture.h"

namespace casewheel::views {
namespace {

constexpr const char* kAgent = "nina";

partition::CaseChange at_revision(partition::CaseChange change, std::uint32_t revision) {
  change.row.set_revision(revision);
  return change;
}

// Open, with that many escalations nobody has acknowledged.
partition::CaseChange escalated(std::uint32_t sequence, std::uint32_t revision,
                                std::uint32_t unacknowledged) {
  partition::CaseChange change =
      at_revision(open_case(address_of(sequence), kStart + 1000), revision);
  change.row.set_unacknowledged(unacknowledged);
  for (std::uint32_t i = 1; i <= unacknowledged; ++i) {
    journal::v1::EscalationState& escalation = change.unacknowledged.emplace_back();
    escalation.set_escalation(i);
    escalation.set_due_ms(kStart);
    escalation.add_recipients(kAgent);
  }
  return change;
}

partition::CaseChange ended(std::uint32_t sequence, std::uint32_t revision) {
  return at_revision(closed_case(address_of(sequence)), revision);
}

journal::v1::Call call_of(char id, std::uint32_t version, TimeMs answered = 0,
                          TimeMs ended_ms = 0) {
  journal::v1::Call call;
  call.set_call_id(std::string(16, id));
  call.set_version(version);
  call.set_tenant_number(kTaipower);
  call.set_direction(journal::v1::INBOUND);
  call.set_begun_ms(kStart);
  call.set_rang_ms(kStart);
  call.set_answered_ms(answered);
  call.set_ended_ms(ended_ms);
  if (answered == 0) call.add_ringing(kAgent);
  if (answered != 0) call.set_agent(kAgent);
  if (ended_ms != 0) call.set_wrapped_ms(ended_ms);
  if (ended_ms != 0) call.set_end(journal::v1::CALL_ANSWERED);
  return call;
}

class BoardLoad : public BoardTest {
 protected:
  static DueFilter of_a_day() {
    DueFilter filter;
    filter.tenant_number = kTaipower;
    filter.horizon_ms = kDayMs;
    return filter;
  }
  std::size_t notices() const {
    const NoticeList list = board.notices().list(kTaipower, kAgent, kStart + 1000);
    return list.notices.size() + list.waiting;
  }
  std::uint32_t unacknowledged(std::uint32_t sequence) {
    const DuePage page = accepted(board.list(of_a_day(), kStart, 100, {}));
    for (const DueRow& row : page.rows) {
      if (row.address == address_of(sequence)) return row.unacknowledged;
    }
    return ~0U;
  }
  void publish_call(journal::v1::Call before, journal::v1::Call after) {
    partition::Publication news = publication({});
    news.calls.push_back({0, std::move(before), std::move(after)});
    board.on_commit(news);
    settle();
  }
  CallFigures figures() {
    CallFigures sum;
    for (const auto& [hour, of_hour] :
         board.calls().hours(kTaipower, kStart - kDayMs, kStart + kDayMs, "", ""))
      sum.add(of_hour);
    return sum;
  }
  bool is_on_screen() {
    auto watcher = std::make_shared<KeepingWatcher>();
    const auto watch = accepted(board.calls().watch(kTaipower, kAgent, watcher));
    const auto pop = watch->take();
    return pop && pop->address.has_value();
  }
};

TEST_F(BoardLoad, WhatFiredSinceIsNotOverwrittenByTheRowOfBefore) {
  commit({escalated(1, 7, 3)});
  board.load({escalated(1, 5, 1), escalated(2, 4, 1)});
  board.loaded();
  EXPECT_EQ(unacknowledged(1), 3u);
  EXPECT_EQ(unacknowledged(2), 1u);
  EXPECT_EQ(notices(), 4u);
}

TEST_F(BoardLoad, WhatWasPublishedWhileQueuedStandsAsWell) {
  board.on_commit(publication({escalated(1, 7, 3)}));  // not applied yet
  board.load({escalated(1, 5, 1)});
  settle();
  board.loaded();
  EXPECT_EQ(unacknowledged(1), 3u);
  EXPECT_EQ(notices(), 3u);
}

TEST_F(BoardLoad, ACaseThatEndedMeanwhileIsNotOpenedAgain) {
  commit({ended(1, 8)});
  board.load({escalated(1, 7, 2)});
  board.loaded();
  EXPECT_EQ(board.open_cases(), 0u);
  EXPECT_EQ(notices(), 0u);
  commit({escalated(1, 9, 1)});  // reopened
  EXPECT_EQ(board.open_cases(), 1u);
  EXPECT_EQ(notices(), 1u);
}

TEST_F(BoardLoad, WhatWasAcknowledgedMeanwhileIsNotTold) {
  commit({escalated(1, 8, 0)});
  board.load({escalated(1, 7, 2)});
  board.loaded();
  EXPECT_EQ(notices(), 0u);
  EXPECT_EQ(unacknowledged(1), 0u);
}

TEST_F(BoardLoad, AnOlderRevisionIsIgnoredAfterTheLoadToo) {
  board.load({escalated(1, 7, 2)});
  board.loaded();
  commit({escalated(1, 6, 1)});
  EXPECT_EQ(unacknowledged(1), 2u);
  EXPECT_EQ(notices(), 2u);
  board.on_commit(publication({escalated(1, 9, 4)}));  // both wait together
  board.on_commit(publication({escalated(1, 8, 3)}));
  settle();
  EXPECT_EQ(unacknowledged(1), 4u);
  EXPECT_EQ(notices(), 4u);
}

TEST_F(BoardLoad, AWatcherIsToldWhatStands) {
  commit({escalated(1, 7, 3), ended(2, 5)});
  board.load({escalated(1, 5, 1), escalated(2, 4, 1), escalated(3, 1, 1)});
  board.loaded();
  const auto watcher = watch(of_a_day());
  watcher->drain();
  EXPECT_TRUE(watcher->faults.empty());
  ASSERT_EQ(watcher->rows.size(), 2u);
  EXPECT_EQ(watcher->rows[key_of(address_of(1))].unacknowledged, 3u);
}

TEST_F(BoardLoad, AnyOrderOfLoadAndCommitsShowsTheLatest) {
  // Each bit decides whether the load of a case comes before or behind its commits.
  for (unsigned order = 0; order < 16; ++order) {
    Board mixed(executor.get_executor());
    for (std::uint32_t i = 0; i < 4; ++i) {
      if ((order >> i & 1) != 0) mixed.load({escalated(i + 1, 3, 1)});
      mixed.on_commit(publication({escalated(i + 1, 4, 2)}));
      if (i % 2 == 1) mixed.on_commit(publication({ended(i + 1, 5)}));
      settle();
      if ((order >> i & 1) == 0) mixed.load({escalated(i + 1, 3, 1)});
    }
    mixed.loaded();
    settle();
    EXPECT_EQ(mixed.open_cases(), 2u) << order;
    EXPECT_EQ(mixed.notices().list(kTaipower, kAgent, kStart + 1000).notices.size(), 4u) << order;
  }
}

TEST_F(BoardLoad, FiguresOfCallsAreTheSameWhicheverComesFirst) {
  const journal::v1::Call rings = call_of('a', 1);
  const journal::v1::Call talks = call_of('a', 2, kStart + 5000);
  const journal::v1::Call over = call_of('a', 3, kStart + 5000, kStart + 9000);
  publish_call(rings, talks);
  publish_call(talks, over);
  board.on_load(0, rings);
  board.loaded();
  EXPECT_EQ(figures().offered, 1);
  EXPECT_EQ(figures().answered, 1);
  EXPECT_EQ(figures().waited_ms, 5000);
  EXPECT_EQ(figures().talked_ms, 4000);
  EXPECT_FALSE(is_on_screen()) << "it rang before and is over";
}

TEST_F(BoardLoad, ACallLoadedAsItStandsNowCountsOnce) {
  publish_call({}, call_of('b', 1));
  publish_call(call_of('b', 1), call_of('b', 2, kStart + 2000));
  board.on_load(0, call_of('b', 2, kStart + 2000));  // read behind both
  board.loaded();
  EXPECT_EQ(figures().offered, 1);
  EXPECT_EQ(figures().answered, 1);
  EXPECT_TRUE(is_on_screen());
}

}  // namespace
}  // namespace casewheel::views
