// Notices: by person, quiet hours kept, and digests when hundreds break together.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "engine/views/board.h"
#include "engine/views/board_limits.h"
#include "engine/views/notices.h"

namespace casewheel::views {
namespace {

constexpr std::uint8_t kTenant = 31;

partition::CaseChange escalated(std::uint32_t sequence, std::vector<std::string> staff, TimeMs due,
                                TimeMs notify = 0, const std::string& unit = "north") {
  partition::CaseChange change;
  change.address = {0, CaseId::make(kTenant, 1150202, sequence)};
  change.open = true;
  change.row.set_unit(unit);
  change.row.set_unacknowledged(1);
  journal::v1::EscalationState escalation;
  escalation.set_escalation(1);
  escalation.set_level(1);
  escalation.set_clock_kind(journal::v1::REPLY);
  escalation.set_due_ms(due);
  escalation.set_fired_ms(due);
  escalation.set_notify_ms(notify);
  for (std::string& id : staff) escalation.add_recipients(std::move(id));
  change.unacknowledged.push_back(std::move(escalation));
  return change;
}

TEST(Notices, ArePeoplesOwnUntilAcknowledged) {
  Notices notices;
  notices.apply(escalated(1, {"hans", "nina"}, 100));
  notices.apply(escalated(2, {"nina"}, 50));
  const NoticeList nina = notices.list(kTenant, "nina", 200);
  ASSERT_EQ(nina.notices.size(), 2u);
  EXPECT_EQ(nina.notices[0].due, 50) << "the oldest first";
  EXPECT_EQ(notices.list(kTenant, "hans", 200).notices.size(), 1u);
  EXPECT_TRUE(notices.list(kTenant + 1, "nina", 200).notices.empty()) << "of another tenant";
  partition::CaseChange acknowledged = escalated(1, {"hans", "nina"}, 100);
  acknowledged.unacknowledged.clear();
  notices.apply(acknowledged);
  EXPECT_TRUE(notices.list(kTenant, "hans", 200).notices.empty());
  partition::CaseChange closed = escalated(2, {"nina"}, 50);
  closed.open = false;
  notices.apply(closed);
  EXPECT_TRUE(notices.list(kTenant, "nina", 200).notices.empty());
}

TEST(Notices, CasesToDecideOnAreListedUntilTheyAreDecided) {
  Notices notices;
  const auto asked = [](std::uint32_t sequence, std::uint8_t tenant = kTenant) {
    partition::CaseChange change = escalated(sequence, {}, 100);
    change.address.id = CaseId::make(tenant, 1150202, sequence);
    change.unacknowledged.clear();
    change.row.set_handler("hans");
    journal::v1::ExtensionRequest& request = change.requests.emplace_back().request;
    request.set_request(7);
    request.add_recipients("nina");
    return change;
  };
  notices.apply(asked(2));
  notices.apply(asked(1));
  notices.apply(asked(3, kTenant + 1));
  notices.apply(asked(4, kTenant - 1));
  const std::vector<AskedCase> cases = notices.asked(kTenant, {});
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_EQ(cases[0].address.id.sequence(), 1u);
  EXPECT_EQ(cases[0].unit, "north");
  EXPECT_EQ(cases[1].requests.size(), 1u);
  EXPECT_EQ(notices.asked(kTenant, cases[0].address).size(), 1u);
  EXPECT_TRUE(notices.asked(kTenant, cases[1].address).empty());
  partition::CaseChange decided = asked(1);
  decided.requests.clear();
  notices.apply(decided);
  partition::CaseChange closed = asked(2);
  closed.open = false;
  notices.apply(closed);
  EXPECT_TRUE(notices.asked(kTenant, {}).empty());
}

TEST(Notices, WaitForTheMorning) {
  Notices notices;
  notices.apply(escalated(1, {"nina"}, 100, 500));
  notices.apply(escalated(2, {"nina"}, 100, 400));
  const NoticeList night = notices.list(kTenant, "nina", 399);
  EXPECT_TRUE(night.notices.empty());
  EXPECT_EQ(night.waiting, 2u);
  EXPECT_EQ(night.next, 400);
  EXPECT_EQ(notices.list(kTenant, "nina", 400).notices.size(), 1u);
  EXPECT_EQ(notices.list(kTenant, "nina", 500).notices.size(), 2u);
}

TEST(Notices, HundredsAtOnceAreOneDigest) {
  Notices notices;
  for (std::uint32_t i = 1; i <= Notices::kSinglyMax; ++i)
    notices.apply(escalated(i, {"nina"}, 1000 - i));
  EXPECT_EQ(notices.list(kTenant, "nina", 2000).notices.size(), Notices::kSinglyMax);
  for (std::uint32_t i = 100; i < 400; ++i) notices.apply(escalated(i, {"nina"}, i, 0, "south"));
  const NoticeList many = notices.list(kTenant, "nina", 2000);
  EXPECT_TRUE(many.notices.empty());
  ASSERT_EQ(many.digests.size(), 2u);
  EXPECT_EQ(many.digests[0].unit, "south");
  EXPECT_EQ(many.digests[0].count, 300u);
  EXPECT_EQ(many.digests[0].oldest_due, 100);
  ASSERT_EQ(many.digests[0].examples.size(), NoticeDigest::kExamplesKept);
  EXPECT_EQ(many.digests[0].examples[0].id.sequence(), 100u);
  EXPECT_EQ(many.digests[1].count, Notices::kSinglyMax);
}

// The partition leaves word and goes on: whatever a reader holds, it waits for nobody.
TEST(Notices, AreTakenInOnTheBoardsOwnThread) {
  boost::asio::io_context io;
  Board board(io.get_executor());
  partition::Publication publication;
  publication.changes.push_back(escalated(1, {"nina"}, 100));
  board.on_commit(publication);
  EXPECT_TRUE(board.notices().list(kTenant, "nina", 200).notices.empty());
  io.run();
  EXPECT_EQ(board.notices().list(kTenant, "nina", 200).notices.size(), 1u);
}

TEST(Notices, OfOnePersonAreWalkedOverWholeInSlices) {
  Notices notices;
  constexpr std::uint32_t kMany = 3 * kNoticesPerHold + 7;
  for (std::uint32_t i = 1; i <= kMany; ++i) notices.apply(escalated(i, {"nina"}, i, i % 2 * 9000));
  const NoticeList list = notices.list(kTenant, "nina", 5000);
  EXPECT_EQ(list.looked, kMany);
  EXPECT_EQ(list.waiting, (kMany + 1) / 2);
  ASSERT_EQ(list.digests.size(), 1u);
  EXPECT_EQ(list.digests[0].count, kMany / 2);
}

}  // namespace
}  // namespace casewheel::views
