// See tenants.h.
#include "tests/simulation/tenants.h"

#include <array>
#include <utility>

#include "engine/base/result.h"
#include "engine/catalogue/yaml.h"

namespace casewheel::simulation {
namespace {

constexpr const char* kTenantNames[kTenants] = {"power", "water", "sugar"};

// hq > north > {desk, yard}; hq > south, whose head's post is vacant.
constexpr const char* kPeople = R"(
    units:
      - {id: hq, name: 總處, head: boss}
      - {id: north, name: 北區, parent: hq, head: nina}
      - {id: desk, name: 櫃檯, parent: north, head: dora}
      - {id: yard, name: 工務, parent: north}
      - {id: south, name: 南區, parent: hq, calendar: shifts}
    staff:
      - {id: boss, name: 王一, unit: hq, roles: [supervisor]}
      - {id: nina, name: 王二, unit: north, deputy: dora, roles: [supervisor]%AWAY%}
      - {id: dora, name: 王三, unit: desk, deputy: hans, roles: [handler]}
      - {id: hans, name: 王四, unit: desk, roles: [handler]}
    services:
      - {id: bill, name: 帳單, kind: complaint, unit: desk}
      - {id: supply, name: 用電, kind: application, unit: north, documents: [申請書, 身分證],
         attributes: [{code: kw, name: 容量, type: number}], fees: [{id: form, name: 工本費, amount: 100}, {id: survey, name: 勘查費}]}
      - {id: lamp, name: 路燈, kind: fault_report, unit: yard}
      - {id: press, name: 輿情, kind: media_report, unit: hq}
      - {id: idea, name: 建議, kind: proposal, unit: south}
)";

constexpr const char* kCalm = R"(
    policies:
      - id: complaint
        match: {kinds: [complaint]}
        clocks:
          acknowledge: {within: {wall: 4h, from: opening}, ladder: [{at: due - 1h, to: [handler]}, {at: due, to: [unit_head]}]}
          first_response: {within: 24h, met_by: [answered, told], met_by_means: [by_phone]}
          reply:
            within: {working_days: 3}
            pauses: [awaiting_documents, other_agency]
            on_reopening: start
            ladder:
              - {at: due - 1 working days, to: [handler]}
              - {at: due, to: [handler, deputy, unit_head], waits_for_opening: true}
              - {at: due + 8h, working: true, every: 4h, limit: 5, to: [unit_head], climb: true}
          follow_up: {within: 48h, ladder: [{at: due - 2h, to: [handler]}, {at: due, to: [parent_unit_head]}]}
      - id: application
        match: {kinds: [application], priorities: [low, normal, high]}
        clocks:
          acknowledge: {within: {working: 6h}, pauses: [awaiting_documents]}
          resolve:
            within: {working_days: 4, rule: keep_wall_time, outside_hours_extra: 1}
            pauses: [awaiting_documents, other_agency, applicants_wish]
            ladder: [{at: due - 2d, to: [handler]}, {at: due, every: 1d, limit: 3, to: [headquarters]}]
          agreed_date: {pauses: [force_majeure], ladder: [{at: due - 1h, to: [handler, applicant]}, {at: due, to: [unit_head]}, {at: due + 1h, every: 2h, limit: 4, to: [parent_unit_head], climb: true}]}
      - id: urgent
        match: {priorities: [urgent], channels: [hotline, app]}
        on_change: change
        clocks:
          acknowledge: {within: 10m, pauses: [awaiting_documents], ladder: [{at: due, every: 15m, limit: 70, to: [handler, unit_head], climb: true}]}
          resolve: {within: {working: 2h, from: opening, outside_hours_extra: 1h}, pauses: [other_agency], ladder: [{at: due - 30m, working: true, to: [handler]}, {at: due - 10m, to: [unit_head], at_any_hour: true}, {at: due, to: [headquarters]}]}
          next_update: {within: 1h, pauses: [awaiting_documents], ladder: [{at: due - 5m, to: [handler]}]}
      - id: lamp
        match: {services: [lamp]}
        clocks:
          next_update: {within: {calendar_days: 1, rule: keep_wall_time}, ladder: [{at: due - 6h, every: 1h, limit: 12, to: [handler]}]}
          resolve: {within: {working_days: 2, rule: next_open_after_days, from: opening}, pauses: [awaiting_documents, force_majeure], ladder: [{at: due, to: [handler], only_if: {priorities: [high, urgent]}}, {at: due + 2h, to: [unit_head], only_if: {late_by: 90m}}]}
          agreed_date: {}
)";

constexpr const char* kStrict = R"(
    policies:
      - id: complaint
        match: {kinds: [complaint, media_report]}
        clocks:
          acknowledge: {within: 1h, ladder: [{at: due, every: 30m, limit: 4, to: [unit_head], climb: true}]}
          reply: {within: {calendar_days: 2}, pauses: [other_agency, force_majeure], ladder: [{at: due - 1d, every: 6h, limit: 8, to: [handler], waits_for_opening: true}]}
          first_response: {within: {working_days: 1, rule: end_of_working_day}, pauses: [force_majeure]}
          follow_up: {within: {working_days: 1, rule: end_of_working_day}}
      - id: application
        match: {kinds: [application]}
        on_change: change
        clocks:
          resolve: {on_reopening: start, within: {working_days: 3, rule: keep_wall_time_no_roll_within_day}, pauses: [awaiting_documents, other_agency], ladder: [{at: due - 2 working days, to: [handler]}, {at: due, to: [handler], only_if: {kinds: [proposal]}}, {at: due + 1s, to: [unit_head]}]}
          next_update: {within: {working: 9h, outside_hours_extra: 3h}, pauses: [awaiting_documents], ladder: [{at: due, to: [handler]}]}
          agreed_date: {ladder: [{at: due - 3d, every: 1d, limit: 9, to: [handler, unit_head]}]}
      - id: rest
        clocks:
          resolve: {within: 1ms, ladder: [{at: due, to: [handler]}]}
)";

std::string text_of(std::size_t tenant, std::size_t variant) {
  static constexpr const char* kZones[kVariants] = {"Asia/Taipei", "Asia/Taipei",
                                                    "America/New_York", "UTC"};
  std::string people = kPeople;
  const std::string mark = "%AWAY%";
  people.replace(people.find(mark), mark.size(),
                 variant % 2 == 0 ? "" : ", away: [{from: 2026-06-02, to: 2026-06-20}]");
  const std::string name = kTenantNames[tenant];
  return "tenants:\n  - id: " + name + "\n    number: " + std::to_string(tenant_number(tenant)) +
         "\n    name: {zh: 公司, en: " + name + "}\n    time_zone: " + kZones[variant] +
         "\n    calendar: " + (tenant == 2 ? "overseas" : "national") +
         (variant % 2 == 0 ? "\n    quiet_hours: 22:00-08:00" : "") +
         (variant != 3 ? "\n    hotline: {callback_service: bill}" : "") + people +
         (variant == 1 || variant == 2 ? kStrict : kCalm);
}

using Variants = std::array<std::array<stored::Catalogue, kVariants>, kTenants>;

Variants parse_all() {
  Variants all;
  for (std::size_t tenant = 0; tenant < kTenants; ++tenant) {
    for (std::size_t variant = 0; variant < kVariants; ++variant) {
      auto parsed = catalogue::parse_catalogue(text_of(tenant, variant), "simulation");
      CASEWHEEL_CHECK(parsed.has_value(), parsed.has_error() ? parsed.error().message : "");
      all[tenant][variant] = std::move(parsed->front());
    }
  }
  return all;
}

}  // namespace

const std::vector<std::string> kUnits = {"hq", "north", "desk", "yard", "south"};
const std::vector<std::string> kStaff = {"boss", "nina", "dora", "hans"};
const std::vector<std::string> kServices = {"bill", "supply", "lamp", "press", "idea"};

const std::string& tenant_name(std::size_t tenant) {
  static const std::array<std::string, kTenants> names = {kTenantNames[0], kTenantNames[1],
                                                          kTenantNames[2]};
  return names[tenant];
}

std::uint8_t tenant_number(std::size_t tenant) { return static_cast<std::uint8_t>(11 + tenant); }

const stored::Catalogue& catalogue_variant(std::size_t tenant, std::size_t variant) {
  static const Variants all = parse_all();
  return all[tenant][variant];
}

}  // namespace casewheel::simulation
