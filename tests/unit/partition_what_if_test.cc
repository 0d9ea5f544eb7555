// What if: under the same rules the replay comes to what happened, whatever happened; under other
// rules to what they would have meant.
#include <cstdlib>
#include <random>

#include "engine/partition/what_if.h"
#include "tests/unit/partition_working_fixture.h"

namespace casewheel::partition {
namespace {

constexpr auto kGoOn = [] { return true; };

class WhatIfOtherwise : public WorkingPartitions {
 protected:
  WhatIfOtherwise() : WorkingPartitions(2) {
    const char* given = std::getenv("CASEWHEEL_SEED");
    seed_ = given == nullptr ? std::random_device{}()
                             : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
    random_.seed(seed_);
  }

  int below(int n) { return std::uniform_int_distribution(0, n - 1)(random_); }
  bool percent(int chance) { return below(100) < chance; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }

  domain::Action action(const stored::CaseState& state) {
    const auto told = [&]() -> TimeMs { return percent(60) ? 0 : now - below(48) * kHourMs; };
    switch (below(14)) {
      case 0:
        return domain::Accept{};
      case 1:
        return domain::Transfer{pick<std::string>({"line", "north"}), "", ""};
      case 2:
        return domain::Note{"x", percent(50)};
      case 3:
        return domain::RequestDocuments{{pick<std::string>({"申請書", "身分證"})}, ""};
      case 4:
      case 5:
        return domain::ReceiveDocuments{{}, told()};
      case 6:
        return domain::Reply{percent(50) ? stored::BY_PHONE : stored::BY_LETTER, "x", told()};
      case 7:
        return domain::AgreeDate{now + (1 + below(200)) * kHourMs, "x"};
      case 8:
        return domain::Close{stored::RESOLVED, "x", told()};
      case 9:
        return percent(30) ? domain::Action(domain::Withdraw{"x"})
                           : domain::Action(domain::Reopen{"x"});
      case 10:
        return domain::Suspend{percent(50) ? stored::AWAITING_OTHER_AGENCY : stored::FORCE_MAJEURE,
                               "x", told()};
      case 11:
        return domain::Resume{"x", told()};
      case 12:
        return domain::Reclassify{percent(50) ? stored::URGENT : stored::NORMAL,
                                  percent(50) ? "" : pick<std::string>({"lease", "gripe", "lamp"}),
                                  stored::KIND_UNSPECIFIED, "x"};
      default:
        if (state.clocks_size() == 0) return domain::Note{"x", false};
        return domain::ExtendClock{state.clocks(below(state.clocks_size())).clock(),
                                   now + below(300) * kHourMs, "x"};
    }
  }

  LodgeRequest any_lodging() {
    LodgeRequest request = lodging(pick<std::string>({"lease", "gripe", "lamp"}),
                                   pick<std::string>({"", "臺北市", "屏東縣"}));
    auto& lodge = std::get<domain::Lodge>(request.command.action);
    if (percent(30)) lodge.facts.set_received_ms(now - below(240) * kHourMs);
    if (percent(20)) lodge.agreed_ms = now + (below(100) - 20) * kHourMs;
    if (percent(20)) lodge.facts.add_missing_documents("申請書");
    if (percent(30)) lodge.facts.clear_handler();
    return request;
  }

  // Some weeks of work on some cases; the engine is awake at every instant.
  void live(int steps) {
    std::vector<CaseAddress> cases;
    for (int step = 0; step < steps; ++step) {
      if (percent(40)) pass(now + below(percent(20) ? 4 * 24 * 60 : 240) * kMinuteMs);
      if (cases.empty() || percent(25)) {
        const auto id = static_cast<PartitionId>(below(2));
        const Answer answer = one(id, any_lodging());
        if (!answer.rejection) cases.push_back({id, CaseId{answer.record->state.case_id()}});
      } else {
        const CaseAddress address = pick(cases);
        one(address.partition, act(address, action(state(address))));
      }
    }
    // A paused clock is judged when it goes on.
    for (const CaseAddress address : cases) {
      one(address.partition, act(address, domain::ReceiveDocuments{}));
      one(address.partition, act(address, domain::Resume{"", 0}));
    }
    pass(now + 60 * kDayMs);
  }
  void pass(TimeMs until) {
    for (PartitionId id = 0; id < 2; ++id) {
      const TimeMs before = now;
      while (at(id).next_instant() <= until) {
        now = std::max(now, at(id).next_instant());
        ask(id, {});
      }
      now = before;
    }
    now = until;
  }

  WhatIf ask_what_if(const catalogue::TenantRules& other) const {
    WhatIf report;
    EXPECT_TRUE(what_if(store, count_, other, 0, now + 1, now, kGoOn, &report).is_ok());
    return report;
  }
  std::shared_ptr<const catalogue::Registry> world_of(stored::Catalogue other) const {
    other.set_version(rules().version() + 1);
    return catalogue.get()->with(std::move(other));
  }
  static WhatIf::Tally sum(const WhatIf& report, WhatIf::Tally WhatIf::Line::*which) {
    WhatIf::Tally sum;
    for (const WhatIf::Line& line : report.lines) {
      sum.met += (line.*which).met;
      sum.broken += (line.*which).broken;
      sum.open += (line.*which).open;
    }
    return sum;
  }

  unsigned seed_ = 0;
  std::mt19937 random_;
};

TEST_F(WhatIfOtherwise, UnderTheSameRulesItComesToWhatHappened) {
  SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed_));
  for (int round = 0; round < 12; ++round) {
    live(60);
    const WhatIf report = ask_what_if(rules());
    EXPECT_GT(report.cases, 0u);
    EXPECT_EQ(report.left_out, 0u);
    for (const WhatIf::Line& line : report.lines) {
      const std::string where =
          line.unit + " " + stored::Kind_Name(line.kind) + " " + stored::ClockKind_Name(line.clock);
      EXPECT_EQ(line.happened.met, line.otherwise.met) << where;
      EXPECT_EQ(line.happened.broken, line.otherwise.broken) << where;
      EXPECT_EQ(line.happened.open, line.otherwise.open) << where;
    }
    if (HasFailure()) return;
  }
}

TEST_F(WhatIfOtherwise, AStricterPolicyBreaksMore) {
  for (const char* county : {"臺北市", "屏東縣"}) {
    const CaseAddress lease = lodge("lease", county);
    now += 2 * kDayMs;
    must(lease, domain::Reply{stored::BY_PHONE, "x", 0});
    must(lease, domain::Close{stored::RESOLVED, "x", 0});
  }
  stored::Catalogue stricter = office;
  stricter.mutable_policies(1)->mutable_clocks(0)->mutable_allowance()->set_working_ms(kHourMs);
  const WhatIf report = ask_what_if(*world_of(stricter)->find("utility"));
  EXPECT_EQ(report.cases, 2u);
  const WhatIf::Tally then = sum(report, &WhatIf::Line::happened);
  const WhatIf::Tally otherwise = sum(report, &WhatIf::Line::otherwise);
  EXPECT_EQ(then.met, 2u);
  EXPECT_EQ(then.broken, 2u) << "24 hours for the first response";
  EXPECT_EQ(otherwise.met, 0u);
  EXPECT_EQ(otherwise.broken, 4u);
}

TEST_F(WhatIfOtherwise, AnotherCalendarIsAnotherWorld) {
  const CaseAddress lease = lodge("lease", "臺北市");
  now = taipei("2026-02-11T09:00");
  ask(0, {});
  must(lease, domain::Close{stored::RESOLVED, "x", 0});
  declare({"臺北市"}, 20260210);
  stored::Calendar other = national;
  other.set_version(2);
  other.set_edition(catalogue.get()->rules_edition() + 1);
  const WhatIf report = ask_what_if(*catalogue.get()->with(other)->find("utility"));
  EXPECT_EQ(sum(report, &WhatIf::Line::happened).met + 1, sum(report, &WhatIf::Line::otherwise).met)
      << "with that closure the case was closed in time";
}

TEST_F(WhatIfOtherwise, LeavesOutWhatCouldNotBeLodgedThere) {
  lodge("lease", "臺北市");
  lodge("lamp", "臺北市", 1);
  lodge("lamp", "臺北市", 1, "neighbour");
  stored::Catalogue without = office;
  without.mutable_services()->DeleteSubrange(2, 1);  // the lamp
  without.mutable_policies()->DeleteSubrange(3, 1);
  const WhatIf report = ask_what_if(*world_of(without)->find("utility"));
  EXPECT_EQ(report.cases, 2u) << "of this tenant";
  EXPECT_EQ(report.left_out, 1u);
  EXPECT_EQ(sum(report, &WhatIf::Line::happened).open, 2u) << "and counts it nowhere";
}

TEST_F(WhatIfOtherwise, AsksForCasesReceivedInTheWindow) {
  lodge("gripe", "臺北市");
  const TimeMs first = now;
  now += kDayMs;
  lodge("gripe", "臺北市", 1);
  WhatIf report;
  ASSERT_TRUE(what_if(store, count_, rules(), first, now, now, kGoOn, &report).is_ok());
  EXPECT_EQ(report.cases, 1u) << "until is exclusive";
  WhatIf none;
  ASSERT_TRUE(what_if(store, count_, rules(), now + 1, now + 2, now, kGoOn, &none).is_ok());
  EXPECT_EQ(none.cases, 0u);
}

TEST_F(WhatIfOtherwise, StopsWithinARowWhenNobodyWaits) {
  for (int i = 0; i < 12; ++i) lodge("lease", "臺北市", static_cast<PartitionId>(i % 2));
  for (std::uint64_t most = 0; most < 12; ++most) {
    std::uint64_t asked = 0;
    WhatIf report;
    const Status stopped = what_if(
        store, count_, rules(), 0, now + 1, now, [&] { return asked++ < most; }, &report);
    EXPECT_EQ(stopped.code(), Status::Code::kBusy);
    EXPECT_EQ(report.cases, most);
    EXPECT_EQ(asked, most + 1);
  }
}

}  // namespace
}  // namespace casewheel::partition
