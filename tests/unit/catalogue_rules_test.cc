// TenantRules and Registry: which clocks a case gets, when they are due, whom a step speaks to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/catalogue/catalogue.h"
#include "tests/unit/catalogue_samples.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// 2026-02-01T00:00 in Taipei
constexpr TimeMs kFirstOfFebruary = 1769875200000;
constexpr TimeMs kStart = kFirstOfFebruary - 30 * kDayMs;

stored::Catalogue small(std::uint32_t version) {
  stored::Catalogue catalogue = parsed(kSmallTenant).at(0);
  catalogue.set_version(version);
  return catalogue;
}

class Rules : public ::testing::Test {
 protected:
  std::shared_ptr<const Registry> registry_ = Registry::empty()->with(small(1));
  const TenantRules& rules_ = *registry_->find("small");

  static stored::CaseState facts(stored::Kind kind, std::string service, stored::Priority priority,
                                 stored::Channel channel) {
    stored::CaseState state;
    state.set_kind(kind);
    state.set_service(std::move(service));
    state.set_priority(priority);
    state.set_channel(channel);
    return state;
  }
  static stored::ClockState clock(stored::ClockKind kind, std::string policy) {
    stored::ClockState clock;
    clock.set_kind(kind);
    clock.set_status(stored::RUNNING);
    clock.set_start_ms(kStart);
    if (kind != stored::AGREED_DATE) clock.mutable_allowance()->set_wall_ms(72 * kHourMs);
    clock.set_policy(std::move(policy));
    clock.set_catalogue_version(1);
    return clock;
  }
  static void pause(stored::ClockState& clock, TimeMs from, TimeMs to) {
    clock.add_pauses()->set_from_ms(from);
    clock.mutable_pauses()->rbegin()->set_to_ms(to);
  }
  std::vector<std::string> told(std::uint32_t step, std::uint32_t repetition, TimeMs now,
                                const std::string& unit = "desk",
                                const std::string& handler = "hans",
                                const std::string& policy = "lease") const {
    stored::CaseState state;
    state.set_unit(unit);
    state.set_handler(handler);
    domain::DueStep due;
    due.step = step;
    due.repetition = repetition;
    return rules_.audience(state, clock(stored::REPLY, policy), due, now).staff;
  }
};

TEST_F(Rules, AnswersPlainQuestions) {
  EXPECT_EQ(rules_.tenant(), "small");
  EXPECT_EQ(rules_.tenant_number(), 21);
  EXPECT_EQ(rules_.version(), 1u);
  EXPECT_EQ(rules_.roc_date(kFirstOfFebruary), 1150201u);
  EXPECT_EQ(rules_.roc_date(kFirstOfFebruary - 1), 1150131u);
  EXPECT_TRUE(rules_.has_unit("desk"));
  EXPECT_FALSE(rules_.has_unit(""));
  EXPECT_EQ(rules_.unit_of_staff("dora"), "north");
  EXPECT_FALSE(rules_.unit_of_staff("nobody").has_value());
  ASSERT_NE(rules_.service("lease"), nullptr);
  EXPECT_EQ(rules_.service("lease")->documents(0), "申請書");
  EXPECT_EQ(rules_.service("nothing"), nullptr);
}

TEST_F(Rules, TheFirstPolicyThatMatchesGivesTheClocks) {
  const struct {
    stored::CaseState facts;
    const char* policy;
    std::size_t clocks;
  } kCases[] = {
      {facts(stored::FAULT_REPORT, "lamp", stored::URGENT, stored::APP), "urgent-lamp", 1},
      {facts(stored::FAULT_REPORT, "lamp", stored::URGENT, stored::WEB), "rest", 1},
      {facts(stored::FAULT_REPORT, "lamp", stored::NORMAL, stored::APP), "rest", 1},
      {facts(stored::FAULT_REPORT, "", stored::URGENT, stored::APP), "rest", 1},
      {facts(stored::APPLICATION, "lease", stored::URGENT, stored::APP), "lease", 2},
      {facts(stored::APPLICATION, "", stored::PRIORITY_UNSPECIFIED, stored::APP), "lease", 2},
      {facts(stored::COMPLAINT, "lease", stored::LOW, stored::FAX), "rest", 1},
  };
  for (const auto& c : kCases) {
    const auto plans = rules_.plans(c.facts);
    ASSERT_EQ(plans.size(), c.clocks) << c.facts.ShortDebugString();
    EXPECT_EQ(plans[0].policy, c.policy) << c.facts.ShortDebugString();
  }
  const auto lease = rules_.plans(kCases[4].facts);
  EXPECT_EQ(lease[0].kind, stored::AGREED_DATE);
  EXPECT_FALSE(lease[0].allowance.has_wall_ms());
  EXPECT_EQ(lease[1].allowance.wall_ms(), 72 * kHourMs);
}

TEST_F(Rules, DueComesFromTheIntervals) {
  stored::ClockState reply = clock(stored::REPLY, "lease");
  EXPECT_EQ(rules_.due(reply), kStart + 72 * kHourMs);
  pause(reply, kStart + 10 * kHourMs, kStart + 20 * kHourMs);
  EXPECT_EQ(rules_.due(reply), kStart + 82 * kHourMs);
  pause(reply, kStart + 81 * kHourMs, 0);
  reply.set_status(stored::PAUSED);
  EXPECT_EQ(rules_.due(reply), kNever);
  EXPECT_EQ(rules_.next_step_instant(reply), kNever);
  EXPECT_FALSE(rules_.step_due(reply, kStart + kDayMs * 300));
  reply.mutable_pauses()->rbegin()->set_to_ms(kStart + 90 * kHourMs);
  reply.set_status(stored::BROKEN);
  EXPECT_EQ(rules_.due(reply), kStart + 91 * kHourMs) << "a stopped clock still has its date";
  EXPECT_EQ(rules_.next_step_instant(reply), kNever);
  EXPECT_FALSE(rules_.step_due(reply, kStart + kDayMs * 300));
}

TEST_F(Rules, APauseAfterTheBreachHidesNothing) {
  stored::ClockState reply = clock(stored::REPLY, "lease");
  pause(reply, kStart + 80 * kHourMs, 0);
  reply.set_status(stored::PAUSED);
  EXPECT_EQ(rules_.due(reply), kStart + 72 * kHourMs);
  // What fell due before it is still told, what would after it waits: the third step is at 96 h.
  EXPECT_EQ(rules_.next_step_instant(reply), kStart + 60 * kHourMs);
  reply.set_next_step(2);
  EXPECT_EQ(rules_.next_step_instant(reply), kNever);
  EXPECT_FALSE(rules_.step_due(reply, kStart + 300 * kDayMs));
}

TEST_F(Rules, AnExtendedClockStillPauses) {
  stored::ClockState reply = clock(stored::REPLY, "lease");
  reply.mutable_named()->set_named_ms(kStart + 120 * kHourMs);
  reply.mutable_named()->set_since_ms(kStart + kHourMs);
  EXPECT_EQ(rules_.due(reply), kStart + 120 * kHourMs);
  pause(reply, kStart + 80 * kHourMs, kStart + 90 * kHourMs);
  EXPECT_EQ(rules_.due(reply), kStart + 130 * kHourMs);
}

TEST_F(Rules, AnAgreedDateIsTheDateAgreed) {
  stored::ClockState agreed = clock(stored::AGREED_DATE, "lease");
  agreed.mutable_named()->set_named_ms(kStart + kDayMs + kHourMs);
  agreed.mutable_named()->set_since_ms(kStart);
  EXPECT_EQ(rules_.due(agreed), kStart + kDayMs + kHourMs);
  EXPECT_EQ(rules_.next_step_instant(agreed), kStart + kDayMs + kHourMs + 1);
  pause(agreed, kStart, kStart + kHourMs);
  EXPECT_EQ(rules_.due(agreed), kStart + kDayMs + 2 * kHourMs) << "where its policy lets it pause";
  EXPECT_FALSE(rules_.pauses_for(agreed, stored::AWAITING_APPLICANT_DOCUMENTS));
  EXPECT_TRUE(
      rules_.pauses_for(clock(stored::REPLY, "lease"), stored::AWAITING_APPLICANT_DOCUMENTS));
}

TEST_F(Rules, StepsFollowTheLadder) {
  stored::ClockState reply = clock(stored::REPLY, "lease");
  const TimeMs due = rules_.due(reply);
  EXPECT_EQ(rules_.next_step_instant(reply), due - 12 * kHourMs);
  EXPECT_FALSE(rules_.step_due(reply, due - 12 * kHourMs - 1));
  EXPECT_EQ(rules_.step_due(reply, due - 12 * kHourMs)->level, 0u);
  EXPECT_EQ(rules_.first_step(reply, due - kHourMs, false).step, 1u);
  reply.set_next_step(2);
  reply.set_next_repetition(1);
  const auto step = rules_.step_due(reply, due + 97 * kHourMs);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->repetition, 3u);
  EXPECT_EQ(step->skipped, 2u);
  EXPECT_EQ(step->level, 2u);
  EXPECT_EQ(step->instant, due + 48 * kHourMs);
  EXPECT_EQ(step->next_step, 2u);
  EXPECT_EQ(step->next_repetition, 4u);
  reply.set_next_step(3);
  reply.set_next_repetition(0);
  EXPECT_EQ(rules_.next_step_instant(reply), kNever);
}

TEST_F(Rules, FirstStepOfAPausedClockIsAsIfItResumedNow) {
  stored::ClockState reply = clock(stored::REPLY, "lease");
  pause(reply, kStart + 65 * kHourMs, 0);  // 7 hours before due: the warning has been given
  reply.set_status(stored::PAUSED);
  EXPECT_EQ(rules_.first_step(reply, kStart + 100 * kHourMs, true).step, 1u);
}

TEST_F(Rules, RecipientsStandInForEachOther) {
  const TimeMs kAllThere = kFirstOfFebruary - kDayMs;
  const TimeMs kNinaAway = kFirstOfFebruary;                // dora and hans there
  const TimeMs kAllAway = kFirstOfFebruary + 34 * kHourMs;  // 2 February, 10:00: nina, dora, hans
  const TimeMs kHansAway = kFirstOfFebruary + 3 * kDayMs;   // 4 February: only hans
  EXPECT_THAT(told(0, 0, kAllThere), ElementsAre("hans"));
  EXPECT_THAT(told(1, 0, kAllThere), ElementsAre("hans", "dora"))
      << "hans heads the desk too: nobody twice";
  EXPECT_THAT(told(0, 0, kHansAway), ElementsAre("dora"));
  EXPECT_THAT(told(0, 0, kAllAway), ElementsAre("boss"))
      << "handler, deputy and both heads are away";
  EXPECT_THAT(told(0, 0, kAllThere, "north", ""), ElementsAre("nina")) << "no handler yet";
  EXPECT_THAT(told(0, 0, kNinaAway, "north", ""), ElementsAre("dora"));
  EXPECT_THAT(told(0, 0, kAllThere, "region", ""), ElementsAre("boss"))
      << "a vacant post passes up";
  EXPECT_THAT(told(0, 0, kAllThere, "dropped-unit", "left-us"), ElementsAre("boss"));
  EXPECT_THAT(told(0, 0, kAllThere, "desk", "hans", "rest"), ElementsAre("nina", "boss"));
  EXPECT_THAT(told(0, 0, kAllThere, "hq", "", "rest"), ElementsAre("boss"));
}

TEST_F(Rules, RepetitionsClimbToHeadquarters) {
  const TimeMs now = kFirstOfFebruary - kDayMs;
  EXPECT_THAT(told(2, 0, now), ElementsAre("hans"));
  EXPECT_THAT(told(2, 1, now), ElementsAre("hans", "nina"));
  EXPECT_THAT(told(2, 2, now), ElementsAre("nina", "boss")) << "the region's post is vacant";
  EXPECT_THAT(told(2, 3, now), ElementsAre("boss"));
  EXPECT_THAT(told(2, 90, now), ElementsAre("boss"));
}

TEST_F(Rules, OnlyAVacantTreeTellsNobody) {
  stored::Catalogue catalogue = small(1);
  for (auto& unit : *catalogue.mutable_units()) unit.clear_head();
  const auto registry = Registry::empty()->with(catalogue);
  domain::DueStep step;
  stored::CaseState state;
  state.set_unit("desk");
  EXPECT_THAT(
      registry->find("small")->audience(state, clock(stored::REPLY, "lease"), step, 0).staff,
      IsEmpty());
}

TEST_F(Rules, WhenNobodyIsPresentTheNearestHeadIsTold) {
  stored::Catalogue catalogue = small(1);
  for (auto& person : *catalogue.mutable_staff()) {
    person.clear_absences();
    stored::Absence* absence = person.add_absences();
    absence->set_from_ms(0);
    absence->set_to_ms(kNever);
  }
  const auto registry = Registry::empty()->with(catalogue);
  domain::DueStep step;
  stored::CaseState state;
  state.set_unit("region");
  EXPECT_THAT(
      registry->find("small")->audience(state, clock(stored::REPLY, "lease"), step, 0).staff,
      ElementsAre("boss"));
}

TEST_F(Rules, AClockIsAnsweredUnderItsOwnVersion) {
  stored::Catalogue second = small(2);
  second.mutable_policies()->DeleteSubrange(0, 2);
  second.mutable_policies(0)->mutable_clocks(0)->mutable_ladder(0)->set_offset_ms(kHourMs);
  const auto registry = registry_->with(second);
  const TenantRules& rules = *registry->find("small");
  EXPECT_EQ(rules.version(), 2u);
  EXPECT_EQ(rules_.version(), 1u) << "the old snapshot stays as it was";
  stored::ClockState rest = clock(stored::REPLY, "rest");
  EXPECT_EQ(rules.next_step_instant(rest), rules.due(rest) + 1) << "at due it is in time";
  rest.set_catalogue_version(2);
  EXPECT_EQ(rules.next_step_instant(rest), rules.due(rest) + kHourMs);
  EXPECT_TRUE(rules.pauses_for(clock(stored::REPLY, "lease"), stored::AWAITING_APPLICANT_DOCUMENTS))
      << "dropped in version 2";
  EXPECT_EQ(rules.plans(facts(stored::APPLICATION, "lease", stored::LOW, stored::WEB))[0].policy,
            "rest");
}

TEST_F(Rules, AnUnknownVersionIsABug) {
  stored::ClockState reply = clock(stored::REPLY, "lease");
  reply.set_catalogue_version(7);
  EXPECT_DEATH((void)rules_.next_step_instant(reply), "version 7");
}

TEST(RegistryTest, IsTheSameFromAnyOrderOfVersions) {
  stored::Catalogue other = small(1);
  other.set_tenant("other");
  other.set_tenant_number(20);
  const std::vector<stored::Catalogue> versions{small(3), small(1), other, small(2), small(2)};
  std::vector<int> order{0, 1, 2, 3, 4};
  do {
    std::vector<stored::Catalogue> shuffled;
    auto grown = Registry::empty();
    for (const int i : order) {
      shuffled.push_back(versions[static_cast<std::size_t>(i)]);
      grown = grown->with(versions[static_cast<std::size_t>(i)]);
    }
    for (const auto& registry : {Registry::of(shuffled), grown}) {
      ASSERT_EQ(registry->list().size(), 2u);
      EXPECT_EQ(registry->list()[0]->tenant(), "other");
      EXPECT_EQ(registry->find("small")->version(), 3u);
      EXPECT_EQ(registry->find("small")->editions().size(), 3u);
      EXPECT_EQ(registry->find_number(21), registry->find("small"));
      EXPECT_EQ(registry->find_number(22), nullptr);
      EXPECT_EQ(registry->find("nobody"), nullptr);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(RegistryTest, ATenantKeepsItsNumber) {
  const auto registry = Registry::empty()->with(small(1));
  EXPECT_FALSE(registry->refusal(small(2)).has_value());
  stored::Catalogue renumbered = small(2);
  renumbered.set_tenant_number(22);
  EXPECT_TRUE(registry->refusal(renumbered).has_value());
  stored::Catalogue intruder = small(1);
  intruder.set_tenant("intruder");
  ASSERT_TRUE(registry->refusal(intruder).has_value());
  EXPECT_EQ(registry->refusal(intruder)->fields[0].field, "tenants.intruder.number");
}

}  // namespace
}  // namespace casewheel::catalogue
