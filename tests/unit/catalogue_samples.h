// Where the tests of the catalogue find the sample catalogues, and a small tenant of their own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/catalogue/yaml.h"

namespace casewheel::catalogue {

// deploy/samples of the tree the test was built in, wherever it is run from.
inline std::string sample(const std::string& name) {
  for (auto folder = std::filesystem::canonical("/proc/self/exe").parent_path();
       folder.has_relative_path(); folder = folder.parent_path()) {
    const auto file = folder / "deploy" / "samples" / name;
    if (!std::filesystem::exists(file)) continue;
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  ADD_FAILURE() << "deploy/samples/" << name << " not found above the test's executable";
  return {};
}

inline std::vector<stored::Catalogue> parsed(std::string_view yaml) {
  auto result = parse_catalogue(yaml, "test.yaml");
  if (!result) {
    for (const auto& field : result.error().fields)
      ADD_FAILURE() << field.field << ": " << field.description;
    return {};
  }
  return *std::move(result);
}

// hq (boss) > region (vacant) > north (nina, deputy dora) > desk (hans, deputy dora)
inline constexpr std::string_view kSmallTenant = R"(
tenants:
  - id: small
    number: 21
    name: {zh: 小公司, en: Small}
    time_zone: Asia/Taipei
    units:
      - {id: hq, name: 總公司, head: boss}
      - {id: region, name: 區處, parent: hq}
      - {id: north, name: 北所, parent: region, head: nina}
      - {id: desk, name: 櫃檯, parent: north, head: hans}
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: nina, name: 妮娜, unit: north, deputy: dora, roles: [supervisor], away: [{from: 2026-02-01, to: 2026-02-03}]}
      - {id: dora, name: 朵拉, unit: north, roles: [handler], away: [{from: 2026-02-02, to: 2026-02-02}]}
      - {id: hans, name: 漢斯, unit: desk, deputy: dora, roles: [handler], away: [{from: 2026-02-02T09:00, to: 2026-02-05}]}
    services:
      - {id: lamp, name: 路燈, kind: fault_report, unit: desk}
      - {id: lease, name: 租約, kind: application, unit: desk, documents: [申請書]}
      - id: tree
        name: {zh: 路樹, en: Tree}
        kind: fault_report
        unit: desk
        description: {zh: "倒下、折斷: 都算", en: Fallen or broken}
        group: 路面
        keywords: [樹, tree]
        publicity: listed
        attributes:
          - {code: kind, name: {zh: 樹種, en: Kind}, type: single_value, required: true,
             values: [{key: oak, name: {zh: 橡樹, en: Oak}}, {key: other, name: 其他}]}
          - {code: height, name: 樹高, type: number, hint: {zh: 公尺, en: metres}}
        fees: [{id: removal, name: 移除費, amount: 300}, {id: extra, name: 其他費用}]
        steps: [{zh: 勘查, en: Survey}, 移除]
    policies:
      - id: urgent-lamp
        match: {services: [lamp], priorities: [urgent], channels: [hotline, app]}
        clocks:
          acknowledge: {within: 10m}
      - id: lease
        match: {kinds: [application]}
        clocks:
          agreed_date: {ladder: [{at: due, to: [unit_head]}]}
          reply:
            within: 72h
            pauses: [awaiting_documents]
            ladder:
              - {at: due - 12h, to: [handler]}
              - {at: due, to: [handler, deputy, unit_head]}
              - {at: due + 24h, every: 24h, limit: 5, to: [handler, unit_head], climb: true}
      - id: rest
        clocks:
          reply: {within: 48h, ladder: [{at: due, to: [parent_unit_head, headquarters]}]}
)";

}  // namespace casewheel::catalogue
