// Calls in a partition: on record, sealed, found by their number, ended when nobody does, and erased.
#include <gmock/gmock.h>

#include <array>

#include "engine/partition/call_rows.h"
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

using domain::CallNews;
using storage::Table;
using testing::IsEmpty;
using testing::SizeIs;
using What = CallNews::What;

class CallsOf : public PartitionTest {
 protected:
  CallRequest tell(const std::string& call, What what, TimeMs at, const std::string& cause = "") {
    CallNews news;
    news.what = what;
    news.at_ms = at;
    news.direction = stored::INBOUND;
    news.exchange_call = call;
    news.line = "1910";
    news.party.set_number("0912-345-678");
    news.party.set_dialled_number("+886912345678");
    news.agent = what == What::kAnswer ? "dora" : "";
    news.cause = cause;
    return {"water", digest_of(call), {news, {stored::INTEGRATOR_ROLE, "pbx", domain::kEveryRole}}};
  }
  CallRequest with(const std::string& call, domain::CallAction action) {
    return {"water", digest_of(call), {std::move(action), {stored::OPERATOR, "op"}}};
  }
  CallRecord record_of(const std::string& call) const {
    CallRecord record;
    EXPECT_TRUE(read_call(*served, 0, digest_of(call), &record));
    return record;
  }
  std::size_t rows(storage::RowKind kind) const {
    std::size_t count = 0;
    const std::string prefix = storage::kind_prefix(kind, 0);
    EXPECT_TRUE(served->scan(Table::kState, prefix, storage::prefix_end(prefix),
                             [&](std::string_view, std::string_view) {
                               ++count;
                               return true;
                             }));
    return count;
  }
  void expect_whole() {
    const VerifyReport report = verified();
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(report.digest, report.replayed_digest);
  }
};

TEST_F(CallsOf, AreOnRecordAndPublishedWithWhatTheyWereBefore) {
  const Answer rang = one(tell("a", What::kRing, now));
  ASSERT_FALSE(rang.rejection);
  EXPECT_EQ(rang.call->call.version(), 1u);
  ASSERT_THAT(publications.back().calls, SizeIs(1));
  EXPECT_EQ(publications.back().calls[0].before.version(), 0u);
  now += 5000;
  const std::size_t told = publications.size();
  one(tell("a", What::kAnswer, now));
  EXPECT_EQ(publications.back().calls[0].before.version(), 1u);
  EXPECT_EQ(publications.back().calls[0].after.agent(), "dora");
  EXPECT_TRUE(one(tell("a", What::kAnswer, now + 1)).duplicate);
  EXPECT_EQ(publications.size(), told + 1);  // what is not new is not written
  expect_whole();
}

TEST(PartyDigests, WhatIsNoNumberNamesNobody) {
  const auto digests_of = [](const char* number, const char* dialled) {
    stored::CallParty party;
    party.set_number(number);
    party.set_dialled_number(dialled);
    return party_digests("secret", 1, party);
  };
  for (const char* text :
       {"", "Private Caller", "未顯示", "N/A", "lin2@home.example", "trunk1", "*67"})
    EXPECT_THAT(digests_of(text, ""), IsEmpty()) << text;
  EXPECT_THAT(digests_of("1102", ""), SizeIs(1));
  EXPECT_THAT(digests_of("0912-345-678", "+886912345678"), SizeIs(1));
  EXPECT_EQ(digests_of("0912345678 王先生", "+886912345678"), digests_of("0912345678", ""));
}

TEST_F(CallsOf, SeveralEventsOfOneBatchAreOneChange) {
  const std::size_t before = publications.size();
  const std::vector<Answer> answers = ask(
      {tell("a", What::kRing, now), tell("a", What::kAnswer, now), tell("b", What::kRing, now)});
  EXPECT_EQ(publications.size(), before + 1);
  EXPECT_THAT(publications.back().calls, SizeIs(2));
  EXPECT_EQ(answers[0].call->call.version(), 2u);  // as it is after the batch
  expect_whole();
}

TEST_F(CallsOf, WhoCalledIsSealedEverywhere) {
  one(tell("a", What::kRing, now));
  for (const Table table : {Table::kState, Table::kJournal}) {
    EXPECT_TRUE(served->scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
      for (const char* number : {"345678", "345-678"}) {
        EXPECT_EQ(key.find(number), std::string_view::npos);
        EXPECT_EQ(value.find(number), std::string_view::npos);
      }
      return true;
    }));
  }
  Sealer sealer;
  stored::CallParty party;
  ASSERT_TRUE(unseal_party(sealer, record_of("a"), &party));
  EXPECT_EQ(party.dialled_number(), "+886912345678");
}

// Whatever the exchange writes freely, who was at the other end may stand in it.
TEST_F(CallsOf, WhatTheExchangeWritesIsSealedWithIt) {
  static constexpr std::array kWritten = {"planted-call", "planted-queue", "planted-line",
                                          "planted-seat", "planted-desk",  "planted-cause",
                                          "planted-name"};
  const auto stored_somewhere = [this](std::string_view text) {
    bool found = false;
    for (const Table table : {Table::kState, Table::kJournal}) {
      EXPECT_TRUE(served->scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
        found = found || key.find(text) != key.npos || value.find(text) != value.npos;
        return true;
      }));
    }
    return found;
  };
  const auto told = [&](What what, const std::string& seat) {
    CallRequest request =
        tell("planted-call", what, now, what == What::kHangup ? "planted-cause" : "");
    auto& news = std::get<CallNews>(request.command.action);
    news.queue = "planted-queue";
    news.line = "planted-line";
    news.party.set_name("planted-name");
    news.dated = true;
    news.agent.clear();
    news.seat = seat;
    return request;
  };
  one(told(What::kRing, ""));
  now += kSecondMs;
  one(told(What::kAnswer, "planted-seat"));
  now += kSecondMs;
  one(told(What::kAnswer, "planted-desk"));
  now += kSecondMs;
  one(told(What::kHangup, ""));
  for (const char* text : kWritten) EXPECT_FALSE(stored_somewhere(text)) << text;
  // Views and those who ask have it as it was told, also after a restart.
  EXPECT_EQ(publications.back().calls[0].after.queue(), "planted-queue");
  EXPECT_EQ(publications.back().calls[0].after.line(), "planted-line");
  start();
  Sealer sealer;
  stored::Call open;
  ASSERT_TRUE(open_call(sealer, record_of("planted-call"), &open));
  EXPECT_EQ(open.exchange_call(), "planted-call");
  EXPECT_EQ(open.cause(), "planted-cause");
  EXPECT_EQ(open.seat(), "planted-desk");
  ASSERT_EQ(open.transfers_size(), 2);
  EXPECT_EQ(open.transfers(0).seat(), "planted-seat");
  expect_whole();
  EXPECT_TRUE(one(told(What::kHangup, "")).duplicate) << "told again, it is nothing new";

  one(with("planted-call", domain::EraseCall{stored::AT_PERSONS_WISH}));
  const CallRecord erased = record_of("planted-call");
  ASSERT_TRUE(open_call(sealer, erased, &open));
  EXPECT_EQ(open.queue() + open.line() + open.seat() + open.cause() + open.exchange_call(), "");
  EXPECT_EQ(open.transfers(0).seat(), "");
  // What is told of it afterwards is not kept, and the same again is nothing new.
  one(told(What::kWrapUp, ""));
  EXPECT_TRUE(one(told(What::kWrapUp, "")).duplicate);
  for (const char* text : kWritten) EXPECT_FALSE(stored_somewhere(text)) << text;
  expect_whole();
}

TEST_F(CallsOf, NobodyEndsIsEndedInItsTimeAlsoAfterARestart) {
  const TimeMs rang = now;
  one(tell("a", What::kRing, now));
  EXPECT_EQ(partition->next_instant(), rang + domain::kCallEndsWithinMs);
  start();
  EXPECT_EQ(partition->next_instant(), rang + domain::kCallEndsWithinMs);
  now = rang + domain::kCallEndsWithinMs - 1;
  ask({});
  EXPECT_EQ(record_of("a").call.ended_ms(), 0);
  now += 1;
  ask({}, true);
  EXPECT_EQ(record_of("a").call.ended_ms(), 0);  // held, as all firing is
  ask({});
  EXPECT_EQ(record_of("a").call.cause(), domain::kUnendedCause);
  EXPECT_EQ(partition->next_instant(), kNever);
  EXPECT_EQ(rows(storage::RowKind::kUnsettledCall), 0u);
  expect_whole();
}

TEST_F(CallsOf, AreUnsettledUntilSomebodyCallsBack) {
  auto tenants = catalogue::parse_catalogue(
      std::string(kTenant).insert(kTenant.find("    units:"),
                                  "    hotline: {callback_service: bill}\n"),
      "test");
  ASSERT_TRUE(tenants.has_value());
  one(CatalogueRequest{*tenants, {stored::OPERATOR, "op", domain::kEveryRole}});
  one(tell("a", What::kRing, now));
  one(tell("a", What::kHangup, now, "cancel"));
  EXPECT_TRUE(record_of("a").call.callback_owed());
  EXPECT_EQ(rows(storage::RowKind::kUnsettledCall), 1u);
  const CaseId back = id_of(one(lodge("back")));
  one(with("a", domain::CallBackBy{{0, back}}));
  EXPECT_EQ(record_of("a").call.callback().case_id(), back.value);
  EXPECT_EQ(rows(storage::RowKind::kUnsettledCall), 0u);
  expect_whole();
}

TEST_F(CallsOf, ErasedNothingLeadsToWhoCalledAndNothingOpensIt) {
  one(tell("a", What::kRing, now));
  one(tell("a", What::kHangup, now, "cancel"));
  const CallRecord before = record_of("a");
  EXPECT_EQ(rows(storage::RowKind::kCallLookup), 1u);
  EXPECT_FALSE(one(with("a", domain::EraseCall{stored::AT_PERSONS_WISH})).rejection);
  EXPECT_EQ(rows(storage::RowKind::kCallLookup), 0u);
  const CallRecord after = record_of("a");
  EXPECT_NE(after.key, before.key);
  EXPECT_EQ(after.call.erased_ms(), now);
  EXPECT_TRUE(after.call.sealed().empty());
  EXPECT_TRUE(one(with("a", domain::EraseCall{stored::AT_PERSONS_WISH})).duplicate);
  // What comes late adds nobody.
  one(tell("a", What::kWrapUp, now));
  EXPECT_EQ(rows(storage::RowKind::kCallLookup), 0u);
  expect_whole();
  EXPECT_EQ(verified().erased_calls, 1u);
  // The old key in the new row: it would open what the journal holds.
  CallRecord forged = after;
  forged.key = before.key;
  storage::Batch batch;
  batch.put(Table::kState, storage::call_key(0, place_of(after.call)), encode_call(forged));
  ASSERT_TRUE(store.write(batch));
  EXPECT_THAT(verified().problems, SizeIs(1));
}

TEST_F(CallsOf, MissingRowsAreFound) {
  one(tell("a", What::kRing, now));
  const storage::Digest16 id = digest_of("a");
  const storage::CallPlace place = place_of(record_of("a").call);
  for (const std::string& key : {storage::call_key(0, place), storage::call_place_key(0, id),
                                 storage::unsettled_call_key(0, id)}) {
    std::string value;
    ASSERT_TRUE(store.get(Table::kState, key, &value));
    storage::Batch gone;
    gone.erase(Table::kState, key);
    ASSERT_TRUE(store.write(gone));
    EXPECT_FALSE(verified().ok());
    storage::Batch back;
    back.put(Table::kState, key, value);
    ASSERT_TRUE(store.write(back));
    EXPECT_TRUE(verified().ok());
  }
}

TEST_F(CallsOf, OfNoTenantAndOfNobodyAreRefused) {
  CallRequest unknown = tell("a", What::kRing, now);
  unknown.tenant = "nobody";
  EXPECT_EQ(one(std::move(unknown)).rejection->fields.at(0).field, "tenant");
  EXPECT_EQ(one(with("b", domain::LinkCase{{0, CaseId{1}}})).rejection->code,
            RejectionCode::kNotFound);
  EXPECT_EQ(rows(storage::RowKind::kCall), 0u);
}

TEST_F(CallsOf, AnotherTenantIsNobodysToChange) {
  std::string other(kTenant);
  other.replace(other.find("id: water"), 9, "id: power");
  other.replace(other.find("number: 21"), 10, "number: 22");
  auto tenants = catalogue::parse_catalogue(other, "test");
  ASSERT_TRUE(tenants.has_value());
  one(CatalogueRequest{*tenants, {stored::OPERATOR, "op", domain::kEveryRole}});
  one(tell("a", What::kRing, now));
  CallRequest stranger = with("a", domain::LinkCase{{0, CaseId{1}}});
  stranger.tenant = "power";
  EXPECT_EQ(one(std::move(stranger)).rejection->code, RejectionCode::kNotFound);
  EXPECT_TRUE(record_of("a").call.cases().empty());
}

}  // namespace
}  // namespace casewheel::partition
