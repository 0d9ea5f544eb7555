// What people meet at the command line: names for ids, the enterprise's time zone, refusals in Chinese,
// questions at a terminal, and what was said in a case.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/cli/history_view.h"
#include "engine/cli/matching.h"
#include "engine/cli/refusal_words.h"
#include "engine/cli/standing.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/unit/cli_fake_engine.h"

namespace casewheel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kCatalogue = R"(
tenants:
  - id: sugar
    units:
      - {id: hq, name: {zh: 總管理處, en: Headquarters}}
      - {id: tainan, name: {zh: 臺南區處, en: Tainan District}, parent: hq}
      - {id: tainan.land, name: {zh: 土地課, en: Land Section}, parent: tainan}
      - {id: north, name: {zh: 北區處, en: North District}, parent: hq}
      - {id: north.land, name: {zh: 土地課, en: Land Section}, parent: north}
    staff:
      - {id: s1, name: 顏佳玲, unit: tainan.land}
      - {id: s2, name: 顏佳蓉, unit: north.land}
    services:
      - {id: complaint, name: {zh: 客訴, en: Customer complaint}}
      - {id: lease, name: {zh: 土地承租, en: Land lease}}
)";

std::vector<std::string> ids(const std::vector<const Entry*>& entries) {
  std::vector<std::string> out;
  for (const Entry* entry : entries) out.push_back(entry->id);
  return out;
}

TEST(Matching, NamesThenPartsThenLettersInOrder) {
  const Places places = read_places(kCatalogue);
  const auto unit = [&](const char* typed) { return ids(find_entries(places.units, typed)); };
  EXPECT_THAT(unit("tainan"), ElementsAre("tainan")) << "an id is no part of another";
  EXPECT_THAT(unit("台南區處"), ElementsAre("tainan"));
  EXPECT_THAT(unit("臺南"), ElementsAre("tainan"));
  EXPECT_THAT(unit("ＴＡＩＮＡＮ　District"), ElementsAre("tainan"));
  EXPECT_THAT(unit("土地課"), ElementsAre("tainan.land", "north.land"));
  EXPECT_THAT(unit("臺南土地課"), ElementsAre("tainan.land")) << "with what it lies within";
  EXPECT_THAT(unit("區處"), ElementsAre("tainan", "north"));
  EXPECT_THAT(unit("屏東"), IsEmpty());
  EXPECT_THAT(unit(""), IsEmpty());
  EXPECT_THAT(ids(find_entries(places.staff, "佳玲")), ElementsAre("s1"));
  const std::vector<Entry> tenants = {{"sugar", "台灣糖業公司", "Taiwan Sugar", "", ""},
                                      {"power", "台灣電力公司", "Taiwan Power", "", ""}};
  EXPECT_THAT(ids(find_entries(tenants, "台糖")), ElementsAre("sugar"));
  EXPECT_EQ(nearest_entries(places.staff, "顏佳琳").front()->name_zh.substr(0, 6), "顏佳");
  EXPECT_EQ(nearest_entries(places.units, "tainann").front()->id, "tainan");
  EXPECT_THAT(entries_told(find_entries(places.units, "土地課")),
              HasSubstr("tainan.land 土地課（臺南區處）、north.land 土地課（北區處）"));
}

TEST(Matching, ACatalogueThatCannotBeReadHasNoNames) {
  EXPECT_THAT(read_places("tenants: [{units: {").units, IsEmpty());
  EXPECT_THAT(read_places("").staff, IsEmpty());
}

class People : public ::testing::Test {
 protected:
  People() {
    engine_.catalogue = kCatalogue;
    auto* tenant = engine_.tenants.add_tenants();
    tenant->set_id("sugar");
    tenant->set_number(61);
    tenant->set_name_zh("台灣糖業公司");
    tenant->set_time_zone("Asia/Taipei");
    auto* other = engine_.tenants.add_tenants();
    other->set_id("abroad");
    other->set_number(7);
    other->set_name_zh("海外公司");
    other->set_time_zone("Asia/Tokyo");
  }

  std::vector<std::string> lodge(std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"lodge",     "--tenant", "台糖",      "--service", "客訴",
                                    "--channel", "專線",     "--subject", "停電"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  FakeEngine engine_;
};

TEST_F(People, NamesStandForIdsWhereverIdsAreAskedFor) {
  const auto ran =
      engine_.run(lodge({"--unit", "台南區處", "--handler", "顏佳玲", "--as", "顏佳蓉"}));
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(engine_.lodged.tenant(), "sugar");
  EXPECT_EQ(engine_.lodged.service(), "complaint");
  EXPECT_EQ(engine_.lodged.unit(), "tainan");
  EXPECT_EQ(engine_.lodged.handler(), "s1");
  EXPECT_EQ(engine_.actor, "s2");
}

TEST_F(People, SeveralAreListedAndTheNearestNamed) {
  const auto several = engine_.run(lodge({"--unit", "土地課"}));
  EXPECT_EQ(several.code, kExitUsage);
  EXPECT_THAT(several.err, HasSubstr("tainan.land 土地課（臺南區處）"));
  EXPECT_THAT(several.err, HasSubstr("north.land"));
  const auto none = engine_.run(lodge({"--handler", "顏佳琳"}));
  EXPECT_EQ(none.code, kExitUsage);
  EXPECT_THAT(none.err, HasSubstr("查無人員「顏佳琳」"));
  EXPECT_THAT(none.err, HasSubstr("s1 顏佳玲"));
  EXPECT_TRUE(engine_.lodged.subject().empty()) << "nothing was sent";
  // What looks like an id is for the engine to judge; its refusal names what is near.
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  auto* field = bad.add_field_violations();
  field->set_field("unit");
  field->set_description("no such unit in the catalogue: tainann");
  details.add_details()->PackFrom(bad);
  engine_.refusal = {grpc::StatusCode::INVALID_ARGUMENT, "no", details.SerializeAsString()};
  const auto mistyped = engine_.run(lodge({"--unit", "tainann"}));
  EXPECT_EQ(mistyped.code, kExitRefused);
  EXPECT_EQ(engine_.lodged.unit(), "tainann");
  EXPECT_THAT(mistyped.err, HasSubstr("--unit（unit）：目錄中沒有此單位"));
  EXPECT_THAT(mistyped.err, HasSubstr("tainan 臺南區處"));
}

TEST_F(People, TimesAreOfTheTenantsZoneWhateverTheMachines) {
  setenv("TZ", "America/New_York", 1);
  const auto ran = engine_.run_in_tenants_zone(lodge({"--received", "１１５／１／５　０９：００"}));
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(to_ms(engine_.lodged.received_time()),
            *parse_time("2026-01-05T09:00:00+08:00", absl::UTCTimeZone()));
  EXPECT_THAT(ran.out, HasSubstr("Asia/Taipei"));
  std::vector<std::string> abroad = lodge({"--received", "2026-01-05 09:00"});
  abroad[2] = "海外";
  EXPECT_EQ(engine_.run_in_tenants_zone(abroad).code, kExitOk);
  EXPECT_EQ(to_ms(engine_.lodged.received_time()),
            *parse_time("2026-01-05T09:00:00+09:00", absl::UTCTimeZone()));
  // By the case's number.
  const std::string number = format_case_number(0, CaseId::make(7, 1150101, 1));
  EXPECT_EQ(engine_.run_in_tenants_zone({"agree-date", number, "--date", "2026-01-05 09:00"}).code,
            kExitOk);
  EXPECT_EQ(to_ms(engine_.agreed.agreed_time()),
            *parse_time("2026-01-05T09:00:00+09:00", absl::UTCTimeZone()));
  unsetenv("TZ");
}

TEST_F(People, WithoutATerminalNothingIsAskedAndWhatIsMissingIsNamed) {
  const auto ran = engine_.run({"lodge", "--tenant", "sugar"});
  EXPECT_EQ(ran.code, kExitUsage);
  EXPECT_THAT(ran.err, HasSubstr("--service、--channel、--subject"));
}

TEST_F(People, AtATerminalWhatIsMissingIsAskedFor) {
  // Service by some letters, first too few; channel by its place; subject after a blank line.
  std::istringstream typed("土\n1\n \n漏水\n\n林小姐\n0912-345-678\n臺南市\n");
  const auto ran = engine_.run_in_tenants_zone({"lodge", "--tenant", "台糖"}, &typed);
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(engine_.lodged.service(), "lease");
  EXPECT_EQ(engine_.lodged.channel(), v1::CHANNEL_HOTLINE);
  EXPECT_EQ(engine_.lodged.subject(), "漏水");
  EXPECT_EQ(engine_.lodged.applicant().name(), "林小姐");
  EXPECT_EQ(engine_.lodged.applicant().phone(), "0912-345-678");
  EXPECT_EQ(engine_.lodged.county(), "臺南市");
  EXPECT_THAT(ran.err, HasSubstr("必填"));
  EXPECT_THAT(ran.out, Not(HasSubstr("Telephone"))) << "questions are not on the output";
  engine_.lodged.Clear();
  std::istringstream ended("客訴\n");
  EXPECT_EQ(engine_.run_in_tenants_zone({"lodge", "--tenant", "sugar"}, &ended).code, kExitUsage);
  EXPECT_TRUE(engine_.lodged.subject().empty());
}

TEST_F(People, RefusalsAreChineseFirstAndSaidOnce) {
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  auto* field = bad.add_field_violations();
  field->set_field("subject");
  field->set_description("is required");
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_ARGUMENT");
  details.add_details()->PackFrom(bad);
  details.add_details()->PackFrom(info);
  engine_.refusal = {grpc::StatusCode::INVALID_ARGUMENT, "subject: is required",
                     details.SerializeAsString()};
  const auto ran = engine_.run(lodge());
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_THAT(ran.err, HasSubstr("casewheel: 無法執行：輸入有誤"));
  EXPECT_THAT(ran.err, HasSubstr("--subject（subject）：必填 is required"));
  EXPECT_EQ(ran.err.find("is required"), ran.err.rfind("is required")) << ran.err;
}

TEST(Refusals, SayWhoHasTheCaseAndWhatComesNext) {
  const Places places = read_places(kCatalogue);
  v1::Case view;
  view.set_case_number("1");
  view.set_status(v1::CASE_STATUS_CLOSED);
  view.set_unit("tainan.land");
  view.set_handler("s1");
  EXPECT_THAT(standing_line(view, places),
              HasSubstr("臺南區處土地課（tainan.land）／顏佳玲（s1）"));
  EXPECT_THAT(standing_line(view, places), HasSubstr("已結案"));
  EXPECT_THAT(next_step_line(view, "FAILED_PRECONDITION"), HasSubstr("casewheel reopen 1"));
  auto* clock = view.add_clocks();
  clock->set_id(1);
  clock->set_kind(v1::CLOCK_KIND_REPLY);
  EXPECT_EQ(clocks_told(view, "9"), "本案沒有第 9 個時限，現有：1 回復");
  EXPECT_EQ(description_words("is longer than 200 characters"), "太長");
  EXPECT_EQ(description_words("something new"), "");
  EXPECT_EQ(reason_words("WRONG_STATE"), "目前狀態不允許此動作");
}

v1::HistoryEntry entry(const char* event, const char* text,
                       std::vector<std::pair<const char*, const char*>> changes) {
  v1::HistoryEntry out;
  out.set_event(event);
  out.set_actor("s1");
  out.set_text(text);
  *out.mutable_time() = to_timestamp(0);
  for (const auto& [field, value] : changes) {
    out.add_changes()->set_field(field);
    out.mutable_changes(out.changes_size() - 1)->set_value(value);
  }
  return out;
}

TEST(History, IsChineseWithTheTenantsTimes) {
  const Places places = read_places(kCatalogue);
  const Viewpoint from{*load_zone("Asia/Taipei"), 0};
  google::protobuf::RepeatedPtrField<v1::HistoryEntry> entries;
  *entries.Add() = entry("case_transferred", "屬土地課",
                         {{"unit", "tainan.land"}, {"status", "registered"}, {"next_step", "7"}});
  *entries.Add() =
      entry("clock_started", "", {{"due_time", "2026-03-22T16:00:00Z"}, {"kind", "reply"}});
  *entries.Add() = entry("case_replied", "已說明", {{"means", "phone"}});
  *entries.Add() = entry("note_added", "家中有犬", {});
  *entries.Add() = entry("note_added", "將於明日到場", {{"to_applicant", "true"}});
  const std::string text = history_text(entries, from, places);
  EXPECT_THAT(text, HasSubstr("1970-01-01 08:00:00  移轉 case_transferred  顏佳玲（s1）"));
  EXPECT_THAT(text, HasSubstr("土地課（tainan.land）"));
  EXPECT_THAT(text, HasSubstr("已受理"));
  EXPECT_THAT(text, HasSubstr("2026-03-22 24:00:00"));
  EXPECT_THAT(text, HasSubstr("Asia/Taipei"));
  EXPECT_THAT(text, Not(HasSubstr("next_step")));
  const std::string said = said_text(entries, from, places);
  EXPECT_THAT(said, HasSubstr("回復申請人 reply（電話）"));
  EXPECT_THAT(said, HasSubstr("內部註記 note  顏佳玲（s1）\n      「家中有犬」"));
  EXPECT_THAT(said, HasSubstr("告知申請人 told"));
  EXPECT_THAT(said, Not(HasSubstr("屬土地課")));
}

}  // namespace
}  // namespace casewheel::cli
