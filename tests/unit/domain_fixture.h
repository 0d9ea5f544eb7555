// A case in the hands of the tests of engine/domain: decided under the real catalogue of a small
// tenant, applied, with its whole history kept. Time passes only when a test says so.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalogue/catalogue.h"
#include "engine/catalogue/yaml.h"
#include "engine/domain/apply.h"
#include "engine/domain/decide.h"

namespace casewheel::domain {

inline constexpr TimeMs kStart = 1'770'000'000'000;  // 2026-02-02T02:40:00Z
inline const CaseId kCase = CaseId::make(31, 1150202, 7);

// hq (boss) > north (nina) > line (lena); hans works in line, dora is his deputy.
inline constexpr std::string_view kTenant = R"(
tenants:
  - id: utility
    number: 31
    name: 公用事業
    time_zone: Asia/Taipei
    units:
      - {id: hq, name: 總公司, head: boss}
      - {id: north, name: 北區處, parent: hq, head: nina}
      - {id: line, name: 線路課, parent: north, head: lena}
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: nina, name: 妮娜, unit: north, roles: [supervisor]}
      - {id: lena, name: 蓮娜, unit: line, roles: [supervisor]}
      - {id: hans, name: 漢斯, unit: line, deputy: dora, roles: [handler]}
      - {id: dora, name: 朵拉, unit: line, roles: [handler]}
    services:
      - {id: gripe, name: 陳情, kind: complaint, unit: line, fees: [{id: form, name: 工本費, amount: 100}]}
      - {id: lease, name: 租約, kind: application, unit: line, documents: [申請書, 身分證], fees: [{id: form, name: 工本費, amount: 100}]}
      - {id: lamp, name: 路燈, kind: fault_report, unit: line, fees: [{id: form, name: 工本費, amount: 100}]}
      - {id: ask, name: 詢問, kind: inquiry, unit: line, fees: [{id: form, name: 工本費, amount: 100}]}
    policies:
      - id: every-clock
        match: {services: [gripe]}
        clocks:
          acknowledge: {within: 1h}
          first_response: {within: 24h}
          reply: {within: 72h}
          resolve: {within: 240h}
          next_update: {within: 48h, pauses: [awaiting_documents]}
          follow_up: {within: 96h}
          agreed_date: {ladder: [{at: due - 2h, to: [handler]}, {at: due, to: [unit_head]}]}
      - id: pausing
        match: {services: [lease]}
        clocks:
          reply:
            within: 72h
            pauses: [awaiting_documents]
            ladder:
              - {at: due - 12h, to: [handler]}
              - {at: due, to: [handler, unit_head]}
              - {at: due + 24h, every: 24h, limit: 4, to: [unit_head], climb: true}
          resolve: {within: 240h, pauses: [awaiting_documents]}
      - id: plain
        match: {services: [lamp]}
        clocks:
          reply: {within: 48h, ladder: [{at: due, to: [unit_head]}]}
)";

inline std::shared_ptr<const catalogue::Registry> registry_of_tests() {
  static const auto registry = [] {
    auto parsed = catalogue::parse_catalogue(kTenant, "domain_fixture.yaml");
    CASEWHEEL_CHECK(parsed.has_value(), parsed.has_value() ? "" : parsed.error().message);
    parsed->at(0).set_version(1);
    return catalogue::Registry::empty()->with(parsed->at(0));
  }();
  return registry;
}

inline RoleMask roles(std::initializer_list<stored::Role> list) {
  RoleMask mask = 0;
  for (const stored::Role role : list) mask |= role_bit(role);
  return mask;
}

class CaseOnDesk {
 public:
  CaseId id = kCase;
  TimeMs now = kStart;
  Moment moment;  // its now is set from above at each call
  stored::CaseState state;
  std::vector<stored::Event> history;

  // Whose rules hold; asked anew each time, since a test may change them.
  std::function<const catalogue::TenantRules&()> rules_in_force =
      []() -> const catalogue::TenantRules& { return *registry_of_tests()->find("utility"); };
  const catalogue::TenantRules& rules() const { return rules_in_force(); }

  static Lodge lodging(const std::string& service) {
    Lodge lodge;
    lodge.facts.set_service(service);
    lodge.facts.set_channel(stored::HOTLINE);
    return lodge;
  }
  // A case of the service, lodged now.
  static CaseOnDesk lodged(const std::string& service, const std::string& handler = "") {
    CaseOnDesk desk;
    Lodge lodge = lodging(service);
    lodge.facts.set_handler(handler);
    const auto events = desk.lodge(lodge);
    EXPECT_TRUE(events.has_value()) << (events ? "" : events.error().message);
    return desk;
  }

  Command command(Action action) const {
    Command command;
    command.action = std::move(action);
    command.who = {stored::OPERATOR, "op", kEveryRole};
    command.received_ms = now;
    return command;
  }
  Result<Events> lodge(const Lodge& lodge) {
    return take(decide_lodge(lodge, command(lodge), id, at(), rules()));
  }
  // As the partition gives it: with what it knows of the request.
  Result<Events> give(Command command) {
    for (const stored::Event& event : history) {
      if (command.request_digest != 0 && event.request_digest() == command.request_digest)
        command.answered_body = event.body_digest();
    }
    return take(decide(state, command, at(), rules()));
  }
  Result<Events> act(Action action) { return give(command(std::move(action))); }
  // What the engine itself does to the case.
  Result<Events> act_as_engine(Action action) {
    Command own = command(std::move(action));
    own.who = {stored::ENGINE, "", kEveryRole};
    return give(own);
  }
  // As act(), for what the test takes for granted.
  Events must(Action action) {
    auto events = act(std::move(action));
    EXPECT_TRUE(events.has_value()) << (events ? "" : events.error().message);
    return events ? *events : Events{};
  }
  // The wheel's look at this moment.
  Events look() {
    Command look;
    look.action = Look{};
    look.who = {stored::ENGINE, "", kEveryRole};
    auto events = give(look);
    EXPECT_TRUE(events.has_value());
    return events ? *events : Events{};
  }
  // Lets time pass as the wheel would: a look at each instant the case asks for, then at `until`.
  void pass_to(TimeMs until) {
    for (TimeMs next = next_look(state, rules()); next <= until; next = next_look(state, rules())) {
      now = std::max(now, next);
      ASSERT_FALSE(look().empty()) << "asked for a look at " << next << " and had nothing to do";
    }
    now = until;
  }

  // The clock of the kind the case shows now, the one that waits before others; a default one (number 0)
  // when there is none.
  stored::ClockState clock(stored::ClockKind kind) const {
    stored::ClockState found;
    for (const stored::ClockState& clock : state.clocks()) {
      const bool waits = clock.status() == stored::RUNNING || clock.status() == stored::PAUSED;
      if (clock.kind() == kind && (waits || found.clock() == 0)) found = clock;
      if (clock.kind() == kind && waits) break;
    }
    return found;
  }
  TimeMs due(stored::ClockKind kind) const { return rules().due(clock(kind)); }

  int count(stored::Event::WhatCase what) const {
    int n = 0;
    for (const stored::Event& event : history) n += event.what_case() == what ? 1 : 0;
    return n;
  }
  const stored::Event& last(stored::Event::WhatCase what) const {
    static const stored::Event kNone;
    for (auto it = history.rbegin(); it != history.rend(); ++it) {
      if (it->what_case() == what) return *it;
    }
    ADD_FAILURE() << "no event of kind " << what;
    return kNone;
  }

 private:
  Moment at() const {
    Moment m = moment;
    m.now = now;
    return m;
  }
  Result<Events> take(Result<Events> events) {
    if (!events) return events;
    for (stored::Event& event : *events) {
      apply(state, event, ++seq_, now);
      history.push_back(event);
    }
    return events;
  }

  std::uint64_t seq_ = 0;
};

}  // namespace casewheel::domain
