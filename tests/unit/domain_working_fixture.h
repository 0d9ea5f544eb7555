// Working time for the tests of engine/domain: a national calendar, a tenant that works by it, and
// the means to change both under a case that is open.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "domain_fixture.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/closures.h"
#include "engine/sla/zone.h"

namespace casewheel::domain {

// Monday to Friday, lunch taken out; the first days of 2026 as DGPA has them for that February.
inline constexpr std::string_view kNational = R"(
calendars:
  - id: national
    name: 國定
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
    known_until: 2026-12-31
    days:
      - {date: 2026-02-16, what: holiday, name: 農曆除夕}
      - {date: 2026-02-17, what: holiday, name: 春節}
      - {date: 2026-02-18, what: holiday, name: 春節}
      - {date: 2026-02-19, what: holiday, name: 春節}
      - {date: 2026-02-20, what: holiday, name: 春節}
)";

inline constexpr std::string_view kOffice = R"(
tenants:
  - id: utility
    number: 31
    name: 公用事業
    time_zone: Asia/Taipei
    calendar: national
    quiet_hours: 22:00-08:00
    units:
      - {id: hq, name: 總公司, head: boss}
      - {id: north, name: 北區處, parent: hq, head: nina}
      - {id: line, name: 線路課, parent: north}
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: nina, name: 妮娜, unit: north, roles: [supervisor]}
      - {id: hans, name: 漢斯, unit: line, roles: [handler]}
    services:
      - {id: lease, name: 租約, kind: application, unit: line, documents: [申請書]}
      - {id: gripe, name: 陳情, kind: complaint, unit: line}
      - {id: lamp, name: 路燈, kind: fault_report, unit: line}
    policies:
      - id: urgent
        match: {services: [lease], priorities: [urgent]}
        clocks:
          resolve: {within: {working: 4h, from: opening}, pauses: [awaiting_documents, other_agency]}
      - id: lease
        match: {services: [lease]}
        clocks:
          resolve:
            within: {working_days: 6}
            pauses: [awaiting_documents, other_agency]
            ladder:
              - {at: due - 2 working days, to: [handler]}
              - {at: due, to: [unit_head]}
              - {at: due + 4h, working: true, every: 4h, limit: 3, to: [parent_unit_head]}
          first_response: {within: 24h, met_by: [answered], met_by_means: [by_phone]}
          agreed_date:
            pauses: [force_majeure]
            ladder:
              - {at: due - 1 working days, to: [handler, applicant], waits_for_opening: true}
      - id: gripe
        match: {services: [gripe]}
        clocks:
          reply:
            within: 72h
            pauses: [other_agency]
            ladder:
              - {at: due, to: [unit_head]}
              - {at: due + 1h, to: [headquarters], only_if: {priorities: [urgent]}}
              - {at: due + 2h, to: [headquarters], at_any_hour: true}
      - id: lamp
        match: {services: [lamp]}
        clocks:
          reply: {within: {working: 8h}}
)";

class Office {
 public:
  Office() {
    auto calendars = catalogue::parse_calendars(kNational, "national.yaml");
    CASEWHEEL_CHECK(calendars.has_value(), calendars ? "" : calendars.error().message);
    national_ = calendars->at(0);
    change_calendar("first");
    auto tenants = catalogue::parse_catalogue(kOffice, "office.yaml");
    CASEWHEEL_CHECK(tenants.has_value(), tenants ? "" : tenants.error().message);
    tenant_ = tenants->at(0);
    tenant_.set_version(1);
    registry_ = registry_->with(tenant_);
  }

  const catalogue::TenantRules& rules() const { return *registry_->find("utility"); }

  stored::Calendar& national() { return national_; }
  stored::Catalogue& tenant() { return tenant_; }
  // Puts national() in force as it now is.
  void change_calendar(const std::string& reason, bool by_closure = false) {
    national_.set_version(national_.version() + 1);
    national_.set_edition(registry_->rules_edition() + 1);
    national_.set_reason(reason);
    national_.set_by_closure(by_closure);
    registry_ = registry_->with(national_);
  }
  void close(const std::string& county, std::uint32_t date) {
    catalogue::ClosureDeclaration typhoon;
    typhoon.counties = {county};
    typhoon.dates = {date};
    typhoon.reason = "颱風";
    auto closed = catalogue::declare_closure(national_, typhoon);
    CASEWHEEL_CHECK(closed.has_value(), closed ? "" : closed.error().message);
    national_ = *closed;
    change_calendar("颱風: " + county, true);
  }
  // Puts another calendar in force, that of the unit; of no working day in those weeks.
  void give_calendar(const std::string& unit, std::uint32_t closed_from, std::uint32_t closed_to) {
    stored::Calendar other = national_;
    other.set_id("of-" + unit);
    other.set_version(1);
    other.set_edition(registry_->rules_edition() + 1);
    other.clear_days();
    for (std::uint32_t date = closed_from; date <= closed_to; ++date) {
      stored::CalendarDay& day = *other.add_days();
      day.set_date(date);
      day.set_what(stored::CalendarDay::HOLIDAY);
      day.set_name("整修");
    }
    registry_ = registry_->with(other);
    for (stored::Unit& one : *tenant_.mutable_units()) {
      if (one.id() == unit) one.set_calendar(other.id());
    }
    change_policies(false);
  }
  // Puts tenant() in force, for open cases too when asked.
  void change_policies(bool to_open_cases) {
    tenant_.set_version(tenant_.version() + 1);
    tenant_.set_rules_edition(to_open_cases ? registry_->rules_edition() + 1 : 0);
    registry_ = registry_->with(tenant_);
  }

 private:
  std::shared_ptr<const catalogue::Registry> registry_ = catalogue::Registry::empty();
  stored::Calendar national_;
  stored::Catalogue tenant_;
};

inline TimeMs taipei(std::string_view text) {
  static const sla::Zone zone = *sla::Zone::load("Asia/Taipei");
  const auto instant = zone.parse(text, false);
  CASEWHEEL_CHECK(instant.has_value(), std::string(text));
  return *instant;
}
inline std::string taipei(TimeMs instant) {
  static const sla::Zone zone = *sla::Zone::load("Asia/Taipei");
  const std::string text = zone.format(instant, false);
  return text.size() > 10 ? text.substr(0, 16) : text;  // a date, or to the minute
}

// Monday 2026-02-02 10:40 in Taipei, see kStart.
class WorkingTest : public ::testing::Test {
 protected:
  CaseOnDesk desk(const std::string& service, const std::string& county = "臺北市") {
    CaseOnDesk desk;
    desk.rules_in_force = [this]() -> const catalogue::TenantRules& { return office_.rules(); };
    desk.now = now_;
    Lodge lodge = CaseOnDesk::lodging(service);
    lodge.facts.set_handler("hans");
    lodge.facts.set_county(county);
    const auto events = desk.lodge(lodge);
    EXPECT_TRUE(events.has_value()) << (events ? "" : events.error().message);
    return desk;
  }
  static std::string due(const CaseOnDesk& desk, stored::ClockKind kind) {
    return taipei(desk.due(kind));
  }
  static Events relay(CaseOnDesk& desk) {
    Command command;
    command.action = Relay{};
    command.who = {stored::ENGINE, "", kEveryRole};
    auto events = desk.give(command);
    EXPECT_TRUE(events.has_value());
    return events ? *events : Events{};
  }

  static stored::ClockBreached breach(const Events& events, const stored::ClockState& clock) {
    for (const stored::Event& event : events) {
      if (event.has_clock_breached() && event.clock_breached().clock() == clock.clock())
        return event.clock_breached();
    }
    ADD_FAILURE() << "no breach of " << stored::ClockKind_Name(clock.kind());
    return {};
  }

  Office office_;
  TimeMs now_ = kStart;
};

}  // namespace casewheel::domain
