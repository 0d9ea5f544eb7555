// One partition: keys, batches, arming, firing, and what a crash leaves.
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

using Fault = storage::MemoryStore::Fault;

TEST_F(PartitionTest, LodgesAndArms) {
  const Answer answer = one(lodge("k"));
  ASSERT_FALSE(answer.rejection);
  EXPECT_TRUE(answer.lodged);
  EXPECT_FALSE(answer.duplicate);
  EXPECT_EQ(format_case_number(0, id_of(answer)).substr(0, 14),
            "21115052900001");  // the day in Taipei
  EXPECT_EQ(partition->armed_at(id_of(answer)), kNow + 60 * kHourMs);
  EXPECT_EQ(partition->armed(), 1u);
  EXPECT_TRUE(verified().ok());
}

TEST_F(PartitionTest, OneKeyOneCase) {
  const Answer first = one(lodge("k"));
  const Answer again = one(lodge("k"));
  EXPECT_TRUE(again.duplicate);
  EXPECT_FALSE(turn.committed);
  EXPECT_EQ(id_of(again), id_of(first));
  const Answer other = one(lodge("k", "bill", 2));
  ASSERT_TRUE(other.rejection);
  EXPECT_EQ(other.rejection->code, RejectionCode::kConflict);
  EXPECT_EQ(verified().cases, 1u);
}

TEST_F(PartitionTest, OneKeyOneCaseWithinABatch) {
  const auto answers = ask({lodge("k"), lodge("k"), lodge("k", "bill", 2), lodge("l")});
  EXPECT_TRUE(answers[0].lodged);
  EXPECT_TRUE(answers[1].duplicate);
  EXPECT_EQ(id_of(answers[0]), id_of(answers[1]));
  ASSERT_TRUE(answers[2].rejection);
  EXPECT_EQ(answers[2].rejection->code, RejectionCode::kConflict);
  EXPECT_TRUE(answers[3].lodged);
  EXPECT_NE(id_of(answers[3]), id_of(answers[0]));
}

TEST_F(PartitionTest, ARejectedKeyIsFreeAgain) {
  EXPECT_TRUE(one(lodge("k", "no-such")).rejection);
  EXPECT_FALSE(turn.committed);
  EXPECT_TRUE(one(lodge("k")).lodged);
}

TEST_F(PartitionTest, ARejectedActionLeavesNothing) {
  const CaseId id = id_of(one(lodge("k")));
  const std::uint32_t revision = state_of(id).revision();
  EXPECT_TRUE(one(act(id, domain::Assign{"nobody"}, "r")).rejection);
  EXPECT_EQ(state_of(id).revision(), revision);
  EXPECT_FALSE(one(act(id, domain::Assign{"dora"}, "r")).rejection);  // its request_id is free, too
}

TEST_F(PartitionTest, ActionsOfOneBatchBuildOnEachOther) {
  const CaseId id = id_of(one(lodge("k")));
  ActRequest second = act(id, domain::Accept{}, "b");
  second.command.expected_revision = state_of(id).revision();
  const auto answers =
      ask({act(id, domain::Assign{"dora"}, "a"), second, act(id, domain::Assign{"dora"}, "a")});
  EXPECT_FALSE(answers[0].rejection);
  ASSERT_TRUE(answers[1].rejection);  // the first moved the case on
  EXPECT_EQ(answers[1].rejection->code, RejectionCode::kStaleEtag);
  EXPECT_TRUE(answers[2].duplicate);
}

TEST_F(PartitionTest, ACaseIsFoundByTheKeyItWasLodgedUnder) {
  ActRequest early = act({}, domain::Note{"x"});
  early.lodged_under = digest_of("k");
  const auto answers = ask({early, lodge("k"), early});
  ASSERT_TRUE(answers[0].rejection);
  EXPECT_EQ(answers[0].rejection->code, RejectionCode::kNotFound);
  EXPECT_FALSE(answers[2].rejection);
  EXPECT_EQ(id_of(answers[2]), id_of(answers[1]));
}

TEST_F(PartitionTest, FiresAtItsInstantAndNotBefore) {
  const CaseId id = id_of(one(lodge("k")));
  now = kNow + 60 * kHourMs - 1;
  ask({});
  EXPECT_EQ(state_of(id).escalations_size(), 0);
  now += 1;
  ask({});
  ASSERT_EQ(state_of(id).escalations_size(), 1);
  EXPECT_EQ(state_of(id).escalations(0).cause(), stored::ON_TIME);
  ask({});
  EXPECT_EQ(state_of(id).escalations_size(), 1);
  now = kNow + 72 * kHourMs;
  ask({});
  EXPECT_EQ(state_of(id).escalations_size(), 1) << "at due it is in time";
  now += 1;
  ask({});
  EXPECT_EQ(state_of(id).escalations_size(), 2);
  EXPECT_TRUE(state_of(id).clocks(0).breached());
  EXPECT_EQ(partition->armed_at(id), kNever);
  EXPECT_EQ(partition->armed(), 0u);
}

TEST_F(PartitionTest, HoldsFiringWhenTold) {
  const CaseId id = id_of(one(lodge("k")));
  now += 80 * kHourMs;
  const auto answers = ask({act(id, domain::Note{"meanwhile"})}, true);
  EXPECT_FALSE(answers[0].rejection);  // people go on working
  EXPECT_EQ(state_of(id).escalations_size(), 0);
  EXPECT_LE(partition->next_instant(), now);
  ask({});
  EXPECT_EQ(state_of(id).escalations_size(), 2);
}

TEST_F(PartitionTest, AnActionBeforeItsLateFiringStillKeepsThePromise) {
  const CaseId id = id_of(one(lodge("k")));
  now += 80 * kHourMs;
  ask({});  // the breach is on record
  ASSERT_TRUE(state_of(id).clocks(0).breached());
  ask({act(id, domain::Reply{stored::BY_PHONE, "x", kNow + 72 * kHourMs - 1})});
  EXPECT_EQ(state_of(id).clocks(0).status(), stored::MET);  // the comparison is the verdict
}

TEST_F(PartitionTest, TheInstantItselfIsInTime) {
  const CaseId in_time = id_of(one(lodge("k")));
  const CaseId late = id_of(one(lodge("l")));
  now += 72 * kHourMs;
  ask({act(in_time, domain::Reply{stored::BY_PHONE, "x", 0})});
  EXPECT_EQ(state_of(in_time).clocks(0).status(), stored::MET);
  now += 1;
  ask({act(late, domain::Reply{stored::BY_PHONE, "x", 0})});
  EXPECT_EQ(state_of(late).clocks(0).status(), stored::BROKEN);
}

TEST_F(PartitionTest, AStormIsDrainedInSlices) {
  std::vector<RequestBody> requests;
  for (int i = 0; i < 700; ++i) requests.push_back(lodge("k" + std::to_string(i)));
  ask(std::move(requests));
  now += 100 * kHourMs;
  int slices = 0;
  do {
    ask({});
    ASSERT_TRUE(turn.status.is_ok());
    ASSERT_LT(++slices, 100);
  } while (turn.more_due || partition->next_instant() <= now);
  EXPECT_GE(slices, 3);
  EXPECT_EQ(metrics.armed, 0u);
  EXPECT_EQ(publications.back().totals.steps_fired(), 1400u);
  EXPECT_EQ(publications.back().totals.breaches(), 700u);
  EXPECT_TRUE(verified().ok());
}

TEST_F(PartitionTest, ARestartArmsWhatWaits) {
  const CaseId id = id_of(one(lodge("k")));
  const CaseId ended = id_of(one(lodge("l")));
  ask({act(ended, domain::Withdraw{"x"})});
  now += kHourMs;
  start();
  EXPECT_EQ(visited, 1u);
  EXPECT_EQ(partition->armed_at(id), kNow + 60 * kHourMs);
  EXPECT_EQ(partition->armed_at(ended), kNever);
  now = kNow + 90 * kHourMs;
  start();
  ask({});
  EXPECT_EQ(state_of(id).escalations_size(), 2);
  EXPECT_EQ(state_of(id).escalations(0).cause(), stored::ENGINE_DOWN);
}

TEST_F(PartitionTest, ALostWriteIsAskedAgain) {
  store.arm(Fault::kLost);
  one(lodge("k"));
  EXPECT_FALSE(turn.status.is_ok());
  store.reopen();
  start();
  EXPECT_TRUE(one(lodge("k")).lodged);
  EXPECT_TRUE(verified().ok());
}

TEST_F(PartitionTest, AWriteOfUnknownFateIsKnownAfterARestart) {
  store.arm(Fault::kAppliedButUnknown);
  one(lodge("k"));
  EXPECT_FALSE(turn.status.is_ok());
  EXPECT_TRUE(publications.empty() || publications.back().changes.empty());  // nothing was told
  store.reopen();
  start();
  EXPECT_TRUE(one(lodge("k")).duplicate);
  EXPECT_TRUE(verified().ok());
}

TEST_F(PartitionTest, EngineTimeNeverGoesBack) {
  one(lodge("k"));
  now -= kDayMs;
  one(lodge("l"));
  EXPECT_EQ(partition->now(), kNow);
  start();
  EXPECT_EQ(partition->now(), kNow);
  EXPECT_TRUE(verified().ok());
}

TEST_F(PartitionTest, ATenantThatChangesItsZoneGivesNoNumberTwice) {
  const CaseId first = id_of(one(lodge("k")));
  now += 4 * kHourMs;  // the 29th at 00:26 UTC
  auto tenants = *catalogue::parse_catalogue(kTenant, "test");
  tenants.front().set_time_zone("UTC");
  now -= 4 * kHourMs;
  one(CatalogueRequest{tenants, {stored::OPERATOR, "op", domain::kEveryRole}});
  const CaseId second = id_of(one(lodge("l")));  // still the 28th there
  tenants.front().set_time_zone("Asia/Taipei");
  one(CatalogueRequest{tenants, {stored::OPERATOR, "op", domain::kEveryRole}});
  const CaseId third = id_of(one(lodge("m")));
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_EQ(verified().cases, 3u);
}

TEST_F(PartitionTest, ADateMayBeAgreedWhereNoPolicySpeaksOfOne) {
  const CaseId id = id_of(one(lodge("k", "lease")));
  EXPECT_EQ(partition->armed_at(id), kNever);
  ASSERT_FALSE(one(act(id, domain::AgreeDate{kNow + kDayMs, ""})).rejection);
  EXPECT_EQ(partition->armed_at(id), kNow + kDayMs + 1);
  now += kDayMs + 1;
  ask({});
  EXPECT_TRUE(state_of(id).clocks(0).breached());
  EXPECT_EQ(state_of(id).escalations_size(), 0);  // and nobody is told
}

TEST_F(PartitionTest, ACaseTakesSoManyChangesAndNoMore) {
  const CaseId id = id_of(one(lodge("k")));
  CaseRecord record;
  ASSERT_TRUE(read_case(store, 0, id, &record).is_ok());
  while (record.state.journal_seqs_size() < 10'000) record.state.add_journal_seqs(1);
  storage::Batch batch;
  batch.put(storage::Table::kState, storage::case_key(0, id), encode_case(record));
  ASSERT_TRUE(store.write(batch).is_ok());
  const Answer answer = one(act(id, domain::Note{"one more"}));
  ASSERT_TRUE(answer.rejection);
  EXPECT_EQ(answer.rejection->code, RejectionCode::kOverloaded);
}

TEST_F(PartitionTest, TheSameCatalogueIsNoNewVersion) {
  EXPECT_TRUE(one(CatalogueRequest{*catalogue::parse_catalogue(kTenant, "test"), {}}).duplicate);
  EXPECT_FALSE(turn.committed);
  EXPECT_EQ(catalogue.get()->find("water")->version(), 1u);
}

TEST_F(PartitionTest, APublicationTellsEachCaseOnce) {
  const CaseId id = id_of(one(lodge("k")));
  publications.clear();
  ask({act(id, domain::Assign{"dora"}), act(id, domain::Accept{}), act(id, domain::Withdraw{"x"})});
  ASSERT_EQ(publications.size(), 1u);
  ASSERT_EQ(publications[0].changes.size(), 1u);
  EXPECT_FALSE(publications[0].changes[0].open);
  EXPECT_EQ(publications[0].totals.closed(), 1u);
}

TEST_F(PartitionTest, NoPersonalDataStandsInTheClear) {
  one(lodge("k"));
  for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
    ASSERT_TRUE(
        store
            .scan(table, {}, {},
                  [](std::string_view key, std::string_view value) {
                    for (const std::string_view secret : {"主旨", "0912-345-678", "0912345678"}) {
                      EXPECT_EQ(key.find(secret), std::string_view::npos);
                      EXPECT_EQ(value.find(secret), std::string_view::npos);
                    }
                    return true;
                  })
            .is_ok());
  }
}

TEST_F(PartitionTest, WillNotOpenOnAJournalThatWasChanged) {
  one(lodge("k"));
  storage::Batch batch;
  std::string last;
  const std::string prefix = storage::kind_prefix(storage::RowKind::kJournal, 0);
  ASSERT_TRUE(store
                  .scan(storage::Table::kJournal, prefix, storage::prefix_end(prefix),
                        [&](std::string_view key, std::string_view) {
                          last = std::string(key);
                          return true;
                        })
                  .is_ok());
  batch.put(storage::Table::kJournal, last, "something else");
  ASSERT_TRUE(store.write(batch).is_ok());
  Installation installation;
  ASSERT_TRUE(read_installation(store, &installation).is_ok());
  Partition::Parts parts;
  parts.store = &store;
  parts.log = log.get();
  parts.catalogue = &catalogue;
  parts.metrics = &metrics;
  parts.random = system_random();
  Partition other(std::move(parts), installation);
  EXPECT_EQ(other.open(now, [](CaseChange&&) {}).code(), Status::Code::kCorruption);
}

TEST_F(PartitionTest, ACommandReachesItsTenantsCasesAlone) {
  const Answer lodged = one(lodge("a"));
  ASSERT_FALSE(lodged.rejection);
  const CaseId id{lodged.record->state.case_id()};
  for (const std::uint8_t tenant :
       {std::uint8_t{0}, std::uint8_t{20}, std::uint8_t{22}, std::uint8_t{255}}) {
    for (const bool by_key : {false, true}) {
      for (const domain::Action& action :
           {domain::Action(domain::Note{"x"}),
            domain::Action(domain::Erase{stored::RETENTION_ENDED, true}),
            domain::Action(domain::UseTrackingCode{"x"})}) {
        ActRequest request = act(by_key ? CaseId{} : id, action);
        request.tenant_number = tenant;
        if (by_key) request.lodged_under = digest_of("a");
        const Answer answer = one(request);
        ASSERT_TRUE(answer.rejection) << int{tenant};
        EXPECT_EQ(answer.rejection->code, RejectionCode::kNotFound);
        EXPECT_EQ(answer.rejection->message, "no such case");
        EXPECT_EQ(answer.record, nullptr);
      }
    }
  }
  EXPECT_FALSE(one(act(id, domain::Note{"x"})).rejection);
}

TEST_F(PartitionTest, AResumePointIsOfTheTenantItNames) {
  EXPECT_TRUE(one(CheckpointRequest{"water", 22, "crm", 5}).rejection);
  EXPECT_TRUE(one(CheckpointRequest{"nobody", 21, "crm", 5}).rejection);
  EXPECT_FALSE(one(CheckpointRequest{"water", 21, "crm", 5}).rejection);
}

TEST_F(PartitionTest, WhoMayLodgeForSomeUnitsLodgesForThose) {
  auto territory = std::make_shared<domain::Territory>();
  territory->parts.push_back({{"desk"}, 0});
  territory->staff = "dora";
  LodgeRequest request = lodge("a");
  request.command.who.territory = territory;
  const auto with_unit = [&](const char* key, const char* unit, const char* handler) {
    LodgeRequest one_request = lodge(key);
    one_request.command.who.territory = territory;
    auto& facts = std::get<domain::Lodge>(one_request.command.action).facts;
    facts.set_unit(unit);
    facts.set_handler(handler);
    return one_request;
  };
  EXPECT_FALSE(one(with_unit("a", "desk", "")).rejection);
  for (const char* handler : {"", "dora"}) {
    const Answer other = one(with_unit("b", "hq", handler));
    ASSERT_TRUE(other.rejection);
    EXPECT_EQ(other.rejection->code, RejectionCode::kNotPermitted);
  }
  // What somebody else lodged there is not told, and what was hers is.
  LodgeRequest theirs = with_unit("c", "hq", "");
  theirs.command.who.territory = nullptr;
  ASSERT_FALSE(one(theirs).rejection);
  theirs.command.who.territory = territory;
  const Answer told = one(theirs);
  ASSERT_TRUE(told.rejection);
  EXPECT_EQ(told.record, nullptr);
  EXPECT_TRUE(one(with_unit("a", "desk", "")).duplicate);
}

}  // namespace
}  // namespace casewheel::partition
