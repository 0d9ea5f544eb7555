// The diff a supervisor reads before a catalogue is applied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/catalogue/diff.h"
#include "tests/unit/catalogue_samples.h"

namespace casewheel::catalogue {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

stored::Catalogue small() { return parsed(kSmallTenant).at(0); }

TEST(Diff, IsEmptyWhenNothingChanged) {
  stored::Catalogue after = small();
  after.set_version(9);
  std::swap(*after.mutable_units(0), *after.mutable_units(2));
  EXPECT_THAT(diff(small(), after), IsEmpty());
}

TEST(Diff, ANewTenantIsAllPlus) {
  const auto lines = diff(stored::Catalogue(), small());
  EXPECT_EQ(lines.front(), "+ tenant small");
  EXPECT_THAT(lines, Contains("+ unit desk"));
  for (const std::string& line : lines) EXPECT_EQ(line.front(), '+') << line;
}

TEST(Diff, EveryChangeHasItsLine) {
  const struct {
    std::function<void(stored::Catalogue&)> change;
    const char* line;
  } kCases[] = {
      {[](auto& c) { c.set_time_zone("Asia/Tokyo"); },
       "~ tenant small: time_zone Asia/Taipei -> Asia/Tokyo"},
      {[](auto& c) { c.add_retention()->set_days(30); },
       "~ tenant small: retention [] -> [{days: 30}]"},
      {[](auto& c) {
         c.mutable_hotline()->set_answer_within_ms(30 * kSecondMs);
         c.mutable_hotline()->add_lines("1911");
       },
       "~ tenant small: hotline none -> {answer_within: 30s, lines: [1911]}"},
      {[](auto& c) { c.mutable_staff(1)->add_extensions("201"); },
       "~ staff nina: extensions [] -> [201]"},
      {[](auto& c) { c.set_name_en("Tiny"); }, "~ tenant small: English name Small -> Tiny"},
      {[](auto& c) { c.mutable_units(1)->set_head("nina"); }, "~ unit region: head none -> nina"},
      {[](auto& c) { c.mutable_units(3)->set_parent("hq"); }, "~ unit desk: parent north -> hq"},
      {[](auto& c) { c.mutable_units()->RemoveLast(); }, "- unit desk"},
      {[](auto& c) { c.add_units()->set_id("south"); }, "+ unit south"},
      {[](auto& c) { c.mutable_staff(2)->set_unit("desk"); }, "~ staff dora: unit north -> desk"},
      {[](auto& c) { c.mutable_staff(1)->clear_deputy(); }, "~ staff nina: deputy dora -> none"},
      {[](auto& c) { c.mutable_staff(0)->add_roles(stored::HANDLER); },
       "~ staff boss: roles [supervisor] -> [supervisor, handler]"},
      {[](auto& c) { c.mutable_staff(2)->clear_absences(); },
       "~ staff dora: away [{from: 2026-02-02, to: 2026-02-02}] -> []"},
      {[](auto& c) { c.mutable_services(0)->set_unit("north"); },
       "~ service lamp: unit desk -> north"},
      {[](auto& c) { c.mutable_services(1)->clear_documents(); },
       "~ service lease: documents [申請書] -> []"},
      {[](auto& c) { c.set_contact("tel:1999"); }, "~ tenant small: contact none -> tel:1999"},
      {[](auto& c) { c.mutable_services(0)->set_publicity(stored::OFFERED); },
       "~ service lamp: publicity none -> offered"},
      {[](auto& c) { c.mutable_services(2)->mutable_attributes(1)->set_required(true); },
       "~ service tree: attribute height {code: height, name: {zh: 樹高}, type: number, hint: {zh: "
       "公尺, en: metres}} -> {code: height, name: {zh: 樹高}, type: number, required: true, hint: "
       "{zh: 公尺, en: metres}}"},
      {[](auto& c) { c.mutable_services(2)->mutable_fees()->RemoveLast(); },
       "~ service tree: fee extra {id: extra, name: {zh: 其他費用}} -> none"},
      {[](auto& c) { c.mutable_services(2)->set_steps_en(1, "Removal"); },
       "~ service tree: steps [{zh: 勘查, en: Survey}, {zh: 移除}] -> [{zh: 勘查, en: Survey}, "
       "{zh: "
       "移除, en: Removal}]"},
      {[](auto& c) { c.mutable_services(0)->set_kind(stored::INQUIRY); },
       "~ service lamp: kind fault_report -> inquiry"},
      {[](auto& c) {
         c.mutable_policies(1)->mutable_clocks(1)->mutable_allowance()->set_wall_ms(48 * kHourMs);
       },
       "~ policy lease: clock reply 72h -> 48h"},
      {[](auto& c) {
         c.mutable_policies(1)->mutable_clocks(1)->set_pauses_awaiting_documents(false);
       },
       "~ policy lease: clock reply pauses [awaiting_documents] -> none"},
      {[](auto& c) {
         c.mutable_policies(1)->mutable_clocks(1)->mutable_ladder(0)->set_offset_ms(-kHourMs);
       },
       "~ policy lease: clock reply step 1 {at: due - 12h, to: [handler], level: 0} -> "
       "{at: due - 1h, to: [handler], level: 0}"},
      {[](auto& c) { c.mutable_policies(1)->mutable_clocks(1)->mutable_ladder()->RemoveLast(); },
       "~ policy lease: clock reply step 3 {at: due + 24h, every: 24h, limit: 5, to: [handler, "
       "unit_head], "
       "climb: true, level: 2} -> none"},
      {[](auto& c) { c.mutable_policies(1)->mutable_clocks()->RemoveLast(); },
       "~ policy lease: clock reply 72h -> none"},
      {[](auto& c) { c.mutable_policies(1)->mutable_match()->add_kinds(stored::INQUIRY); },
       "~ policy lease: match {kinds: [application]} -> {kinds: [application, inquiry]}"},
      {[](auto& c) { c.mutable_policies()->SwapElements(0, 1); },
       "~ order of policies: lease urgent-lamp rest"},
      {[](auto& c) { c.mutable_policies()->RemoveLast(); }, "- policy rest"},
  };
  for (const auto& c : kCases) {
    stored::Catalogue after = small();
    c.change(after);
    EXPECT_THAT(diff(small(), after), ElementsAre(c.line));
  }
}

}  // namespace
}  // namespace casewheel::catalogue
