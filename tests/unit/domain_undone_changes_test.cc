// A change that is undone leaves no trace but its history: random lives of a case, lived twice. The
// second time its service, kind, priority and unit are changed and changed back, catalogues and calendars
// are replaced and put back, and it is closed or withdrawn by mistake and reopened, all between the same
// things done at the same instants. At the end both have the same clocks, and nothing was told twice.
// CASEWHEEL_SEED=n runs one seed alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <tuple>

#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/domain/decider.h"
#include "tests/unit/domain_fixture.h"

namespace casewheel::domain {
namespace {

constexpr std::string_view kCalendars = R"(
calendars:
  - id: national
    name: 國定
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
    known_until: 2026-12-31
    days:
      - {date: 2026-02-16, what: holiday, name: 農曆除夕}
      - {date: 2026-02-17, what: holiday, name: 春節}
  - id: shifts
    name: 輪班
    time_zone: Asia/Taipei
    hours: {mon-sun: [06:00-22:00]}
    known_until: 2026-12-31
)";

constexpr std::string_view kTenant = R"(
tenants:
  - id: utility
    number: 31
    name: 公用事業
    time_zone: Asia/Taipei
    calendar: national
    units:
      - {id: hq, name: 總公司, head: boss}
      - {id: line, name: 線路課, parent: hq}
      - {id: crew, name: 工班, parent: hq, calendar: shifts}
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: hans, name: 漢斯, unit: line, roles: [handler]}
    services:
      - {id: lease, name: 租約, kind: application, unit: line}
      - {id: supply, name: 用電, kind: application, unit: line}
      - {id: gripe, name: 陳情, kind: complaint, unit: line}
      - {id: lamp, name: 路燈, kind: fault_report, unit: crew}
      - {id: ask, name: 詢問, kind: inquiry, unit: line}
    policies:
      - id: urgent
        match: {priorities: [urgent], kinds: [application, fault_report]}
        on_change: change
        clocks:
          acknowledge: {within: 30m, ladder: [{at: due, to: [handler]}]}
          resolve: {within: {working: 12h}, pauses: [other_agency], ladder: [{at: due - 2h, to: [handler]}, {at: due, to: [unit_head]}, {at: due + 2h, every: 3h, limit: 4, to: [unit_head]}]}
          agreed_date: {pauses: [force_majeure], ladder: [{at: due - 1h, to: [handler]}, {at: due, to: [unit_head]}]}
      - id: lease
        match: {services: [lease]}
        clocks:
          acknowledge: {within: 4h, ladder: [{at: due, to: [unit_head]}]}
          resolve:
            within: {working_days: 6}
            pauses: [awaiting_documents, other_agency]
            ladder: [{at: due - 2 working days, to: [handler]}, {at: due, to: [unit_head]}, {at: due + 4h, working: true, every: 4h, limit: 5, to: [headquarters]}]
          next_update: {within: 48h, ladder: [{at: due - 4h, to: [handler]}, {at: due, to: [unit_head]}]}
          agreed_date: {pauses: [force_majeure], ladder: [{at: due - 1 working days, to: [handler]}, {at: due, to: [unit_head]}]}
      - id: supply
        match: {services: [supply]}
        on_change: change
        clocks:
          first_response: {within: {working_days: 2}, pauses: [awaiting_documents], ladder: [{at: due, to: [unit_head]}]}
          resolve: {within: {calendar_days: 9}, pauses: [awaiting_documents, force_majeure], ladder: [{at: due, to: [unit_head]}]}
          next_update: {within: {working_days: 2}, pauses: [other_agency], ladder: [{at: due, to: [handler]}]}
      - id: gripe
        match: {kinds: [complaint]}
        clocks:
          acknowledge: {within: 2h}
          first_response: {within: 24h, ladder: [{at: due, to: [handler]}]}
          reply: {within: 72h, pauses: [awaiting_documents], ladder: [{at: due - 12h, to: [handler]}, {at: due, to: [unit_head]}, {at: due + 12h, every: 12h, limit: 6, to: [unit_head]}]}
          resolve: {within: {working_days: 10, rule: end_of_working_day}, pauses: [other_agency]}
      - id: lamp
        match: {services: [lamp]}
        clocks:
          resolve: {within: {working: 20h, from: opening}, pauses: [other_agency, force_majeure], ladder: [{at: due, to: [unit_head], waits_for_opening: true}]}
)";

// The time rules as they are changed and put back, one after the other: the last say what the first said.
using Chain = std::vector<std::shared_ptr<const catalogue::Registry>>;

class Rules {
 public:
  explicit Rules(std::mt19937_64& random) : random_(random) {
    auto calendars = catalogue::parse_calendars(kCalendars, "undone.yaml");
    CASEWHEEL_CHECK(calendars.has_value(), calendars ? "" : calendars.error().message);
    calendars_ = *calendars;
    for (std::size_t i = 0; i < calendars_.size(); ++i) put_calendar(i, false);
    auto tenants = catalogue::parse_catalogue(kTenant, "undone.yaml");
    CASEWHEEL_CHECK(tenants.has_value(), tenants ? "" : tenants.error().message);
    tenant_ = tenants->at(0);
    put_tenant(false);
  }

  // From what holds at the beginning through some changes back to it.
  Chain chain() {
    Chain chain{registry_};
    const auto first_calendars = calendars_;
    const auto first_tenant = tenant_;
    for (int i = 0; i < 3; ++i) {
      change();
      chain.push_back(registry_);
    }
    for (std::size_t i = 0; i < calendars_.size(); ++i) {
      const auto version = calendars_[i].version();
      calendars_[i] = first_calendars[i];
      calendars_[i].set_version(version);
      put_calendar(i, i == 0);
      chain.push_back(registry_);
    }
    const auto version = tenant_.version();
    tenant_ = first_tenant;
    tenant_.set_version(version);
    put_tenant(true);
    chain.push_back(registry_);
    return chain;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  void change() {
    switch (below(4)) {
      case 0: {  // a day off, or a day less
        const std::size_t i = below(2);
        if (i == 0 && below(2) == 0) {
          calendars_[i].clear_days();
        } else {
          stored::CalendarDay& day = *calendars_[i].add_days();
          day.set_date(static_cast<std::uint32_t>(20260219 + below(8)));
          day.set_what(stored::CalendarDay::HOLIDAY);
        }
        put_calendar(i, false);
        break;
      }
      case 1: {
        stored::Closure& closure = *calendars_[0].add_closures();
        closure.set_date(static_cast<std::uint32_t>(20260203 + below(10)));
        closure.add_counties("臺北市");
        closure.set_reason("颱風");
        put_calendar(0, true);
        break;
      }
      case 2:  // for new cases alone
        shuffle_policies();
        put_tenant(false);
        break;
      default:
        shuffle_policies();
        put_tenant(true);
    }
  }

  void shuffle_policies() {
    stored::Policy& policy =
        *tenant_.mutable_policies(static_cast<int>(below(tenant_.policies_size())));
    if (below(3) == 0 && policy.clocks_size() > 1) {
      policy.mutable_clocks()->DeleteSubrange(static_cast<int>(below(policy.clocks_size())), 1);
      return;
    }
    stored::ClockRule& rule = *policy.mutable_clocks(static_cast<int>(below(policy.clocks_size())));
    if (below(2) == 0) {
      rule.set_pauses_awaiting_documents(!rule.pauses_awaiting_documents());
    } else if (rule.kind() != stored::AGREED_DATE) {
      rule.mutable_allowance()->Clear();
      rule.mutable_allowance()->set_wall_ms(static_cast<TimeMs>(1 + below(200)) * kHourMs);
    }
  }

  void put_calendar(std::size_t i, bool by_closure) {
    calendars_[i].set_version(calendars_[i].version() + 1);
    calendars_[i].set_edition(registry_->rules_edition() + 1);
    calendars_[i].set_by_closure(by_closure);
    registry_ = registry_->with(calendars_[i]);
  }
  void put_tenant(bool to_open_cases) {
    tenant_.set_version(tenant_.version() + 1);
    tenant_.set_rules_edition(to_open_cases ? registry_->rules_edition() + 1 : 0);
    registry_ = registry_->with(tenant_);
  }

  std::mt19937_64& random_;
  std::shared_ptr<const catalogue::Registry> registry_ = catalogue::Registry::empty();
  std::vector<stored::Calendar> calendars_;
  stored::Catalogue tenant_;
};

class TwoLives {
 public:
  TwoLives(std::uint64_t seed, const Chain& chain) : random_(seed), chain_(chain) {
    for (CaseOnDesk* desk : {&plain_, &changed_}) {
      desk->rules_in_force = [this, desk]() -> const catalogue::TenantRules& {
        return *chain_[desk == &plain_ ? 0 : place_]->find("utility");
      };
    }
  }

  void run() {
    static const std::vector<std::string> services = {"lease", "supply", "gripe", "lamp"};
    service_ = services[below(services.size())];
    Lodge lodge = CaseOnDesk::lodging(service_);
    lodge.facts.set_county("臺北市");
    lodge.facts.set_received_ms(kStart - span(0, 3 * kHourMs));
    if (below(4) == 0) lodge.facts.set_priority(stored::URGENT);
    if (below(3) == 0) lodge.agreed_ms = kStart + span(kHourMs, 12 * kDayMs);
    for (CaseOnDesk* desk : {&plain_, &changed_}) ASSERT_TRUE(desk->lodge(lodge));
    kind_ = plain_.state.kind();
    priority_ = plain_.state.priority();
    unit_ = plain_.state.unit();
    const int facts = static_cast<int>(2 + below(7));
    for (int i = 0; i < facts && !::testing::Test::HasFailure(); ++i) {
      const TimeMs until = plain_.now + (below(6) == 0 ? span(0, 6 * kDayMs) : span(0, kDayMs));
      change_until(until);
      pass(plain_, until);
      pass(changed_, until);
      fact();
    }
    change_until(changed_.now + span(0, 2 * kDayMs));
    undo_all();
    pass(plain_, changed_.now);
    compare();
  }
  int changes() const { return changes_; }
  int ended_and_undone() const { return ended_and_undone_; }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  TimeMs span(TimeMs from, TimeMs to) {
    const TimeMs length = from + static_cast<TimeMs>(below(static_cast<std::uint64_t>(to - from)));
    return below(2) == 0 ? length : length / kHourMs * kHourMs;
  }

  // The wheel looks when the case asks for it; nothing may be told twice.
  void pass(CaseOnDesk& desk, TimeMs until) {
    for (TimeMs next = next_look(desk.state, desk.rules()); next <= until;
         next = next_look(desk.state, desk.rules())) {
      desk.now = std::max(desk.now, next);
      look(desk);
      if (::testing::Test::HasFailure()) return;
    }
    desk.now = std::max(desk.now, until);
  }
  void look(CaseOnDesk& desk) {
    const Events events = desk.look();
    ASSERT_FALSE(events.empty()) << "asked for a look and had nothing to do";
    if (&desk != &changed_) return;
    for (const stored::Event& event : events) {
      const auto told = [&](std::uint32_t number, int step, std::uint32_t repetition, TimeMs due) {
        for (const stored::ClockState& clock : desk.state.clocks()) {
          if (clock.clock() != number) continue;
          EXPECT_TRUE(
              told_.emplace(clock.kind(), clock.start_ms(), clock.ladder(), step, repetition, due)
                  .second)
              << "told twice: " << event.ShortDebugString();
        }
      };
      if (event.has_clock_breached())
        told(event.clock_breached().clock(), -1, 0, event.clock_breached().due_ms());
      if (event.has_step_fired()) {
        const stored::StepFired& e = event.step_fired();
        told(e.clock(), static_cast<int>(e.step()), e.repetition(), e.due_ms());
      }
    }
  }

  void change_until(TimeMs until) {
    while (below(3) != 0 && changed_.now < until) {
      pass(changed_, std::min(until, changed_.now + span(0, kDayMs)));
      change();
      if (::testing::Test::HasFailure()) return;
    }
    if (below(3) == 0) undo_all();
  }

  void change() {
    ++changes_;
    switch (below(6)) {
      case 0:
        place_ = std::min(place_ + 1, chain_.size() - 1);
        relay();
        break;
      case 1:
        end_by_mistake();
        break;
      case 2:
        if (changed_.state.status() == stored::REPLIED) break;
        changed_.must(Transfer{below(2) == 0 ? "crew" : "hq", "", "誤轉"});
        break;
      default: {
        static const std::vector<std::string> services = {"lease", "supply", "gripe", "lamp",
                                                          "ask"};
        Reclassify other{static_cast<stored::Priority>(below(5)), "", stored::KIND_UNSPECIFIED,
                         "誤"};
        if (below(2) == 0) other.service = services[below(services.size())];
        if (below(5) == 0) other.kind = static_cast<stored::Kind>(1 + below(7));
        changed_.must(other);
      }
    }
  }
  void end_by_mistake() {
    if (below(2) == 0) {
      changed_.must(Close{stored::RESOLVED, "誤結案", 0});
    } else {
      changed_.must(Withdraw{"誤撤案"});
    }
    ++ended_and_undone_;
    changed_.must(Reopen{"誤結案", true});
    if (next_look(changed_.state, changed_.rules()) <= changed_.now) look(changed_);
  }
  void relay() {
    Command command;
    command.action = Relay{};
    command.who = {stored::ENGINE, "", kEveryRole};
    ASSERT_TRUE(changed_.give(command));
  }
  void undo_all() {
    for (const int which : {static_cast<int>(below(2)), 2}) {
      if (which == 0 || which == 2) changed_.must(Reclassify{priority_, service_, kind_, "更正"});
      if (which != 1 && changed_.state.unit() != unit_ &&
          changed_.state.status() != stored::REPLIED)
        changed_.must(Transfer{unit_, "", "更正"});
      while (which != 0 && place_ + 1 < chain_.size()) {
        if (place_ == 0) break;  // nothing was replaced yet
        ++place_;
        relay();
      }
    }
  }
  bool is_changed() const {
    return changed_.state.service() != service_ || changed_.state.kind() != kind_ ||
           changed_.state.priority() != priority_ || changed_.state.unit() != unit_ ||
           (place_ != 0 && place_ + 1 != chain_.size());
  }

  void both(const Action& action) {
    const bool one = plain_.act(action).has_value();
    const bool other = changed_.act(action).has_value();
    if (std::holds_alternative<Accept>(action)) return;  // a case that was moved is accepted anew
    EXPECT_EQ(one, other) << "refused in one life alone";
  }

  void fact() {
    const TimeMs now = plain_.now;
    const TimeMs earlier = std::max(plain_.state.received_ms(), now - span(0, kDayMs));
    const TimeMs stated = below(3) == 0 ? earlier : 0;
    switch (below(9)) {
      case 0:
        both(Accept{});
        break;
      case 1:
        both(Note{"進度", true});
        break;
      case 2:
        both(RequestDocuments{{"申請書"}, ""});
        break;
      case 3:
        both(ReceiveDocuments{{}, stated});
        break;
      case 4: {
        static const std::vector<stored::PauseReason> reasons = {
            stored::AWAITING_OTHER_AGENCY, stored::AT_APPLICANTS_WISH, stored::FORCE_MAJEURE};
        both(Suspend{reasons[below(3)], "等", stated});
        break;
      }
      case 5:
        both(Resume{"", stated});
        break;
      case 6:
        if (changed_.state.unit() != unit_) break;  // an answered case is not moved back as it was
        both(Reply{stored::BY_PHONE, "回復", stated});
        break;
      case 7:
        if (!is_changed()) extend(now + span(kHourMs, 9 * kDayMs));
        break;
      default:
        if (below(2) == 0) both(AgreeDate{now + span(kHourMs, 9 * kDayMs), "協商"});
    }
  }
  void extend(TimeMs named) {
    for (const stored::ClockKind kind : {stored::RESOLVE, stored::REPLY, stored::NEXT_UPDATE}) {
      const stored::ClockState one = plain_.clock(kind);
      const stored::ClockState other = changed_.clock(kind);
      if (one.status() != stored::RUNNING || plain_.rules().due(one) >= named) continue;
      ASSERT_TRUE(plain_.act(ExtendClock{one.clock(), named, "寬限"}));
      ASSERT_TRUE(changed_.act(ExtendClock{other.clock(), named, "寬限"}));
      return;
    }
  }

  static bool has_ended(const stored::ClockState& clock) {
    return clock.stop_cause() != stored::STOP_CAUSE_UNSPECIFIED &&
           clock.stop_cause() != stored::NOT_OF_POLICY;
  }
  void compare() {
    if (next_look(plain_.state, plain_.rules()) <= plain_.now) look(plain_);
    if (next_look(changed_.state, changed_.rules()) <= changed_.now) look(changed_);
    for (int kind = stored::ACKNOWLEDGE; kind <= stored::FOLLOW_UP; ++kind) {
      const stored::ClockState one = plain_.clock(static_cast<stored::ClockKind>(kind));
      const stored::ClockState other = changed_.clock(static_cast<stored::ClockKind>(kind));
      SCOPED_TRACE(stored::ClockKind_Name(static_cast<stored::ClockKind>(kind)));
      if (one.clock() == 0) {
        EXPECT_TRUE(other.clock() == 0 || other.stop_cause() == stored::NOT_OF_POLICY ||
                    has_ended(other))
            << other.ShortDebugString();
        continue;
      }
      ASSERT_NE(other.clock(), 0u) << "the clock is gone";
      EXPECT_EQ(is_stopped(one), is_stopped(other)) << one.ShortDebugString() << "\n"
                                                    << other.ShortDebugString();
      EXPECT_EQ(one.stopped_ms(), other.stopped_ms());
      if (is_stopped(one)) continue;  // judged by the date it had then
      EXPECT_EQ(one.status(), other.status());
      EXPECT_EQ(one.start_ms(), other.start_ms());
      EXPECT_EQ(plain_.rules().due(one), changed_.rules().due(other));
      EXPECT_EQ(one.named().named_ms(), other.named().named_ms());
      ASSERT_EQ(one.pauses_size(), other.pauses_size());
      for (int i = 0; i < one.pauses_size(); ++i)
        EXPECT_EQ(one.pauses(i).ShortDebugString(), other.pauses(i).ShortDebugString());
      EXPECT_EQ(one.breached(), other.breached());
      EXPECT_EQ(one.calendar(), other.calendar());
    }
    EXPECT_EQ(plain_.state.signals_size(), changed_.state.signals_size());
  }

  std::mt19937_64 random_;
  const Chain& chain_;
  std::size_t place_ = 0;
  CaseOnDesk plain_;
  CaseOnDesk changed_;
  std::string service_;
  std::string unit_;
  stored::Kind kind_ = stored::KIND_UNSPECIFIED;
  stored::Priority priority_ = stored::PRIORITY_UNSPECIFIED;
  std::set<std::tuple<int, TimeMs, std::uint64_t, int, std::uint32_t, TimeMs>> told_;
  int changes_ = 0;
  int ended_and_undone_ = 0;
};

TEST(UndoneChanges, LeaveTheClocksOfNone) {
  const char* one = std::getenv("CASEWHEEL_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t last = one != nullptr ? first : 10'000;
  std::mt19937_64 random(7);
  std::vector<Chain> chains;
  for (int i = 0; i < 12; ++i) chains.push_back(Rules(random).chain());
  std::uint64_t changes = 0;
  std::uint64_t ended = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE("CASEWHEEL_SEED=" + std::to_string(seed));
    TwoLives lives(seed, chains[seed % chains.size()]);
    lives.run();
    if (::testing::Test::HasFailure()) FAIL() << "run again with CASEWHEEL_SEED=" << seed;
    changes += static_cast<std::uint64_t>(lives.changes());
    ended += static_cast<std::uint64_t>(lives.ended_and_undone());
  }
  std::cout << "CASEWHEEL_SEED=" << first << " to " << last << ": " << changes << " changes, "
            << ended << " ends by mistake\n";
  if (one == nullptr) {
    EXPECT_GT(changes, 50'000u) << "the generator no longer reaches what it should";
    EXPECT_GT(ended, 5'000u);
  }
}

}  // namespace
}  // namespace casewheel::domain
