// A corrected case is found by who its applicant is, sealed under its key, and erased like any other.
#include <gmock/gmock.h>

#include "engine/partition/person.h"
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {
namespace {

using storage::Table;
using testing::IsEmpty;

class Correction : public PartitionTest {
 protected:
  static domain::Correct phone_to(const std::string& phone) {
    domain::Correct correct;
    correct.fields = {stored::CORRECTED_PHONE};
    correct.personal.mutable_applicant()->set_phone(phone);
    correct.reason = "聽錯";
    return correct;
  }
  bool is_found(CaseId id, const std::string& phone) const {
    Installation installation;
    EXPECT_TRUE(read_installation(*served, &installation));
    storage::Digest16 digest;
    EXPECT_TRUE(
        person_digest(installation.secret, id.tenant_number(), PersonKey::kPhone, phone, &digest));
    std::string value;
    return served->get(Table::kState, storage::lookup_key(0, digest, id), &value).is_ok();
  }
  std::string former_key(CaseId id, const std::string& phone) const {
    Installation installation;
    EXPECT_TRUE(read_installation(*served, &installation));
    storage::Digest16 digest;
    EXPECT_TRUE(
        person_digest(installation.secret, id.tenant_number(), PersonKey::kPhone, phone, &digest));
    return storage::former_lookup_key(0, digest, id);
  }
  bool was_formerly(CaseId id, const std::string& phone) const {
    std::string value;
    return served->get(Table::kState, former_key(id, phone), &value).is_ok();
  }
  // How many sealed texts of the case its key opens.
  int opened_in_the_journal(CaseId id) const {
    CaseRecord record;
    EXPECT_TRUE(read_case(*served, 0, id, &record));
    Sealer sealer;
    int count = 0;
    const std::string prefix = storage::kind_prefix(storage::RowKind::kJournal, 0);
    EXPECT_TRUE(served->scan(
        Table::kJournal, prefix, storage::prefix_end(prefix),
        [&](std::string_view, std::string_view bytes) {
          stored::JournalEntry entry;
          EXPECT_TRUE(entry.ParseFromString(std::string(bytes)));
          std::string plain;
          for (const stored::Event& event : entry.events()) {
            if (event.case_id() == id.value && !event.sealed().empty())
              count += sealer.unseal(record.key, event.revision(), event.sealed(), &plain) ? 1 : 0;
          }
          return true;
        }));
    return count;
  }
  stored::PersonalData personal_of(CaseId id) const {
    CaseRecord record;
    EXPECT_TRUE(read_case(*served, 0, id, &record));
    Sealer sealer;
    stored::PersonalData personal;
    EXPECT_TRUE(unseal_personal(sealer, record, &personal));
    return personal;
  }
};

TEST_F(Correction, MovesTheLookUpsAndKeepsTheRest) {
  const CaseId id = id_of(one(lodge("a")));
  const CaseId other = id_of(one(lodge("b")));
  ASSERT_TRUE(is_found(id, "0912345678"));
  const Answer corrected = one(act(id, phone_to("0921-000-111")));
  ASSERT_FALSE(corrected.rejection) << corrected.rejection->message;
  EXPECT_FALSE(is_found(id, "0912345678"));
  EXPECT_TRUE(is_found(id, "0921000111"));
  EXPECT_TRUE(is_found(other, "0912345678"));
  EXPECT_EQ(personal_of(id).applicant().phone(), "0921-000-111");
  EXPECT_EQ(personal_of(id).subject(), "主旨");
  EXPECT_EQ(personal_of(id).before().applicant().phone(), "0912-345-678");
  EXPECT_THAT(verified().problems, IsEmpty());
  start();
  EXPECT_THAT(verified().problems, IsEmpty());
}

TEST_F(Correction, ASecondOneTakesUpTheFirstAndTheOtherWayRound) {
  const CaseId id = id_of(one(lodge("a")));
  ASSERT_FALSE(one(act(id, phone_to("0921000111"))).rejection);
  domain::Correct name;
  name.fields = {stored::CORRECTED_NAME};
  name.personal.mutable_applicant()->set_name("林小姐");
  name.reason = "同音字";
  // In one batch with the one that undoes the first.
  for (const Answer& answer : ask({act(id, name), act(id, phone_to("0912-345-678"))}))
    EXPECT_FALSE(answer.rejection);
  EXPECT_EQ(personal_of(id).applicant().name(), "林小姐");
  EXPECT_EQ(personal_of(id).applicant().phone(), "0912-345-678");
  EXPECT_TRUE(is_found(id, "0912345678"));
  EXPECT_FALSE(is_found(id, "0921000111"));
  EXPECT_THAT(verified().problems, IsEmpty());
}

TEST_F(Correction, TheSameRequestAgainChangesNothing) {
  const CaseId id = id_of(one(lodge("a")));
  ASSERT_FALSE(one(act(id, phone_to("0921000111"), "retry", 7)).rejection);
  const std::uint32_t revision = state_of(id).revision();
  const Answer again = one(act(id, phone_to("0921000111"), "retry", 7));
  EXPECT_FALSE(again.rejection);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(state_of(id).revision(), revision);
  EXPECT_TRUE(one(act(id, phone_to("0933000222"), "retry", 8)).rejection);
}

TEST_F(Correction, ARequestThatChangedNothingIsAnsweredAgainAndNeverDoneLater) {
  const CaseId id = id_of(one(lodge("a")));
  const Answer first = one(act(id, phone_to("0912-345-678"), "so-already", 7));
  EXPECT_TRUE(first.duplicate);
  ASSERT_FALSE(one(act(id, phone_to("0933000222"))).rejection);
  const std::uint32_t revision = state_of(id).revision();
  EXPECT_TRUE(one(act(id, phone_to("0912-345-678"), "so-already", 7)).duplicate);
  EXPECT_EQ(state_of(id).revision(), revision);
  EXPECT_EQ(personal_of(id).applicant().phone(), "0933000222");
  EXPECT_TRUE(one(act(id, phone_to("0944000333"), "so-already", 8)).rejection);
  // In one batch, and after a start.
  const std::vector<Answer> answers =
      ask({act(id, phone_to("0933000222"), "again", 1), act(id, phone_to("0955000444")),
           act(id, phone_to("0933000222"), "again", 1)});
  EXPECT_TRUE(answers[0].duplicate);
  EXPECT_FALSE(answers[1].duplicate);
  EXPECT_TRUE(answers[2].duplicate);
  EXPECT_EQ(personal_of(id).applicant().phone(), "0955000444");
  start();
  EXPECT_TRUE(one(act(id, phone_to("0933000222"), "again", 1)).duplicate);
  EXPECT_EQ(personal_of(id).applicant().phone(), "0955000444");
  EXPECT_THAT(verified().problems, IsEmpty());
}

TEST_F(Correction, WhoStoodThereBeforeIsFoundForExportAndErasureAlone) {
  const CaseId id = id_of(one(lodge("a")));
  ASSERT_FALSE(one(act(id, phone_to("0921000111"))).rejection);
  EXPECT_TRUE(was_formerly(id, "0912345678"));
  EXPECT_FALSE(was_formerly(id, "0921000111"));
  ASSERT_FALSE(one(act(id, phone_to("0933000222"))).rejection);
  EXPECT_TRUE(was_formerly(id, "0912345678"));
  EXPECT_TRUE(was_formerly(id, "0921000111"));
  // Whoever stands there again is found as everybody is.
  ASSERT_FALSE(one(act(id, phone_to("0912-345-678"))).rejection);
  EXPECT_TRUE(is_found(id, "0912345678"));
  EXPECT_FALSE(was_formerly(id, "0912345678"));
  EXPECT_THAT(verified().problems, IsEmpty());
}

TEST_F(Correction, WhatStoodThereBeforeIsErasedAndTheRestStays) {
  const CaseId id = id_of(one(lodge("a")));
  ASSERT_FALSE(one(act(id, domain::Note{"0912345678 未接"})).rejection);
  ASSERT_FALSE(one(act(id, phone_to("0921000111"))).rejection);
  domain::Erase former{stored::AT_PERSONS_WISH, true, true};
  ASSERT_FALSE(one(act(id, former)).rejection);
  EXPECT_TRUE(is_found(id, "0921000111"));
  EXPECT_FALSE(was_formerly(id, "0912345678"));
  const stored::PersonalData personal = personal_of(id);
  EXPECT_EQ(personal.applicant().phone(), "0921000111");
  EXPECT_EQ(personal.subject(), "主旨");
  EXPECT_FALSE(personal.has_before());
  EXPECT_TRUE(personal.formerly().empty());
  EXPECT_EQ(opened_in_the_journal(id), 1);  // what was sealed anew
  EXPECT_THAT(verified().problems, IsEmpty());
  // There is nothing more to erase of anybody before.
  EXPECT_TRUE(one(act(id, former)).duplicate);
  start();
  EXPECT_THAT(verified().problems, IsEmpty());
}

TEST_F(Correction, OfAnOpenCaseNothingIsErasedUnasked) {
  const CaseId id = id_of(one(lodge("a")));
  ASSERT_FALSE(one(act(id, phone_to("0921000111"))).rejection);
  EXPECT_TRUE(one(act(id, domain::Erase{stored::AT_PERSONS_WISH, false, true})).rejection);
  EXPECT_TRUE(was_formerly(id, "0912345678"));
}

TEST_F(Correction, ALookUpOfSomebodyBeforeThatIsMissingOrLeftIsFound) {
  const CaseId id = id_of(one(lodge("a")));
  ASSERT_FALSE(one(act(id, phone_to("0921000111"))).rejection);
  storage::Batch batch;
  batch.erase(Table::kState, former_key(id, "0912345678"));
  ASSERT_TRUE(store.write(batch));
  EXPECT_THAT(verified().problems, testing::SizeIs(1));
  batch = {};
  batch.put(Table::kState, former_key(id, "0912345678"), {});
  batch.put(Table::kState, former_key(id, "0999999999"), {});
  ASSERT_TRUE(store.write(batch));
  EXPECT_THAT(verified().problems, testing::SizeIs(1));
}

TEST_F(Correction, IsErasedWithTheCaseAndMayNameSomebodyAnew) {
  const CaseId id = id_of(one(lodge("a", "lease")));
  ASSERT_FALSE(one(act(id, phone_to("0921000111"))).rejection);
  ASSERT_FALSE(one(act(id, domain::Erase{stored::AT_PERSONS_WISH, true})).rejection);
  EXPECT_FALSE(is_found(id, "0912345678"));
  EXPECT_FALSE(is_found(id, "0921000111"));
  EXPECT_FALSE(was_formerly(id, "0912345678"));
  EXPECT_THAT(verified().problems, IsEmpty());
  // Who works on it can reach somebody again.
  ASSERT_FALSE(one(act(id, phone_to("0933000222"))).rejection);
  EXPECT_TRUE(is_found(id, "0933000222"));
  EXPECT_EQ(personal_of(id).before().applicant().phone(), "");
  EXPECT_THAT(verified().problems, IsEmpty());
  ASSERT_FALSE(one(act(id, domain::Erase{stored::AT_PERSONS_WISH, true})).rejection);
  EXPECT_FALSE(is_found(id, "0933000222"));
  EXPECT_THAT(verified().problems, IsEmpty());
}

TEST_F(Correction, ARequestToDecideIsPublishedAndLoaded) {
  const CaseId id = id_of(one(lodge("a")));
  const stored::ClockState& reply = state_of(id).clocks(0);
  ActRequest asking = act(id, domain::RequestExtension{reply.clock(), now + 10 * kDayMs, "待會勘"});
  asking.command.who = {stored::HANDLER, "dora", domain::kEveryRole};
  ASSERT_FALSE(one(asking).rejection);
  ASSERT_EQ(publications.back().changes.size(), 1u);
  const CaseChange& change = publications.back().changes[0];
  EXPECT_EQ(change.row.extension_requests(), 1u);
  ASSERT_EQ(change.requests.size(), 1u);
  EXPECT_THAT(change.requests[0].request.recipients(), testing::ElementsAre("boss"));
  EXPECT_THAT(change.requests[0].barred, testing::Contains("dora"));
  EXPECT_TRUE(change.requests[0].request.sealed().empty());
  EXPECT_FALSE(state_of(id).extension_requests(0).sealed().empty());
}

}  // namespace
}  // namespace casewheel::partition
