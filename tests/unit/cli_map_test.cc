// Maps and plans of an import: what a table's row becomes, in which order, and how a wrong map is
// told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "engine/cli/import/map.h"
#include "engine/cli/import/plan.h"
#include "engine/cli/import/preflight.h"
#include "engine/cli/times.h"
#include "engine/tables/csv.h"

namespace casewheel::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCrmMap = R"(
tenant: boston
source: boston311
time_zone: America/New_York
time_format: "%Y-%m-%d %H:%M:%S"
request_id: "b-{id}"
service: "{type|slug}"
channel: {column: source, values: {Call: hotline, Web: web}, default: integrator}
subject: "{type} / {title|trim}"
received_time: "{opened}"
agreed_time: {column: target, whole_day: true, before_received: drop}
closed_time: "{closed}"
outcome: {column: status, values: {Closed: resolved, Cancelled: not_accepted}}
compare: {column: on_time, met: ONTIME, broken: OVERDUE}
)";
constexpr const char* kHeader = "id,type,title,source,opened,target,closed,status,on_time\n";

ImportMap map_of(const std::string& yaml) {
  ImportMap map;
  EXPECT_EQ(parse_import_map(yaml, &map), "");
  return map;
}

struct Planned {
  ImportPlan plan;
  RowErrors errors;
  RowWarnings warnings;
  std::string mistake;
};

Planned plan_of(const std::string& rows, const std::string& yaml = kCrmMap) {
  Planned planned;
  ImportMap map = map_of(yaml);
  std::istringstream table(kHeader + rows);
  tables::CsvReader reader(table);
  planned.mistake = plan_import(reader, map, 0, planned.errors, planned.warnings, &planned.plan);
  return planned;
}

TimeMs instant(const std::string& text) { return *parse_time(text, absl::UTCTimeZone()); }

TEST(Template, FiltersAndBraces) {
  Template parsed;
  ASSERT_EQ(Template::parse("{{{a|trim|slug}}} {b|upper}", &parsed), "");
  ASSERT_THAT(parsed.bind({"b", "a"}), IsEmpty());
  EXPECT_EQ(parsed.render({"x", "  Metal/Household Appliances "}),
            "{metal-household-appliances} X");
  EXPECT_THAT(Template::parse("{a", &parsed), HasSubstr("without"));
  EXPECT_THAT(Template::parse("a}", &parsed), HasSubstr("without"));
  EXPECT_THAT(Template::parse("{a|shout}", &parsed), HasSubstr("no filter \"shout\""));
  EXPECT_THAT(Template::parse("{}", &parsed), HasSubstr("no column"));
}

TEST(Template, SlugsAreIdsOfACatalogue) {
  EXPECT_EQ(slug("Pest Infestation - Residential"), "pest-infestation-residential");
  EXPECT_EQ(slug(" --A//B-- "), "a-b");
  EXPECT_EQ(slug("台電"), "");
  EXPECT_LE(slug(std::string(39, 'a') + " b").size(), 40u);
  EXPECT_EQ(slug(std::string(39, 'a') + " b").back(), 'a');
}

TEST(ImportMap, MistakesNameTheirKey) {
  const auto with = [](const std::string& line) {
    ImportMap map;
    return parse_import_map(std::string(kCrmMap) + line, &map);
  };
  EXPECT_THAT(with("colour: red\n"), HasSubstr("unknown key \"colour\""));
  EXPECT_THAT(with("priority: soonish\n"),
              HasSubstr("priority: \"soonish\" is none of low, normal"));
  EXPECT_THAT(with("county: {values: {a: b}}\n"),
              HasSubstr("county: needs either column or template"));
  EXPECT_THAT(with("kind: {column: x, values: {a: b}}\n"), HasSubstr("kind: \"b\" is none of"));
  EXPECT_THAT(with("applicant: {shoe_size: x}\n"), HasSubstr("applicant: unknown key"));
  EXPECT_THAT(with("replied_time: '{opened}'\n"),
              HasSubstr("replied_time and reply_means go together"));
  EXPECT_THAT(with("reply_means: phone\n"), HasSubstr("replied_time and reply_means go together"));
  EXPECT_THAT(with("reply_text: x\n"), HasSubstr("reply_text: needs replied_time"));
  EXPECT_THAT(with("replied_time: '{opened}'\nreply_means: pigeon\n"),
              HasSubstr("reply_means: \"pigeon\" is none of"));
  ImportMap map;
  EXPECT_THAT(parse_import_map("tenant: x\n", &map), HasSubstr("source"));
  EXPECT_THAT(parse_import_map(": : [", &map), HasSubstr("not YAML"));
  EXPECT_THAT(parse_import_map("", &map), HasSubstr("map"));
}

TEST(ImportMap, UnknownColumnsAreAllNamed) {
  ImportMap map = map_of(kCrmMap);
  const std::string mistake =
      map.bind({"id", "type", "title", "source", "opened", "target", "status"});
  EXPECT_THAT(mistake, HasSubstr("closed_time: the table has no column \"closed\""));
  EXPECT_THAT(mistake, HasSubstr("\"on_time\""));
}

TEST(ImportMap, ServicesAndUnitsItNamesMustBeInTheCatalogue) {
  CatalogueNames names;
  const std::string catalogue =
      "tenants:\n  - id: boston\n    services: [{id: a}]\n    units: [{id: hq}]\n";
  ASSERT_TRUE(read_catalogue_names(catalogue, "boston", &names));
  EXPECT_FALSE(read_catalogue_names(catalogue, "la", &names));
  EXPECT_FALSE(read_catalogue_names("[[[", "la", &names));
  const std::string rest = std::string(kCrmMap).substr(std::string(kCrmMap).find("channel:"));
  const std::string head =
      "tenant: boston\nsource: s\ntime_zone: UTC\ntime_format: \"%Y\"\nrequest_id: \"{id}\"\n";
  EXPECT_EQ(check_named(map_of(head + "service: a\nunit: hq\n" + rest), names), "");
  EXPECT_EQ(check_named(map_of(kCrmMap), names), "");  // what rows say is for the engine to judge
  const std::string mistake = check_named(
      map_of(head + "service: {column: type, values: {X: a, Y: b}}\nunit: north\n" + rest), names);
  EXPECT_THAT(mistake, HasSubstr("no service \"b\""));
  EXPECT_THAT(mistake, HasSubstr("no unit \"north\""));
}

TEST(ImportPlan, RowBecomesLodgingAndClosing) {
  const auto planned = plan_of(
      "7,Bed Bugs, hi ,Call,2015-01-01 07:33:18,2015-01-05 00:00:00,2015-01-02 "
      "10:00:00,Cancelled,ONTIME\n");
  ASSERT_EQ(planned.mistake, "");
  ASSERT_EQ(planned.plan.events.size(), 2u);
  const v1::IngestItem lodge = planned.plan.item(1);
  EXPECT_EQ(lodge.position(), 1u);
  EXPECT_EQ(lodge.lodge().request_id(), "b-7");
  EXPECT_EQ(lodge.lodge().service(), "bed-bugs");
  EXPECT_EQ(lodge.lodge().channel(), v1::CHANNEL_HOTLINE);
  EXPECT_EQ(lodge.lodge().subject(), "Bed Bugs / hi");
  EXPECT_EQ(to_ms(lodge.lodge().received_time()), instant("2015-01-01T12:33:18Z"));
  EXPECT_EQ(to_ms(lodge.lodge().agreed_time()), instant("2015-01-06T05:00:00Z"))
      << "until the end of that day";
  const v1::IngestItem close = planned.plan.item(2);
  EXPECT_EQ(close.case_of(), "b-7");
  EXPECT_EQ(close.close().request_id(), "b-7:close");
  EXPECT_EQ(close.close().outcome(), v1::OUTCOME_NOT_ACCEPTED);
  EXPECT_EQ(planned.plan.rows[0].recorded, Verdict::kMet);
}

TEST(ImportPlan, EventsAreInHistoricalOrderWithLodgingFirst) {
  const auto planned = plan_of(
      "2,A,t,Web,2015-01-03 00:00:00,,2015-01-04 00:00:00,Closed,ONTIME\n"
      "1,A,t,Web,2015-01-01 00:00:00,,2015-01-03 00:00:00,Closed,ONTIME\n"
      "3,A,t,Web,2015-01-03 00:00:00,,,Open,OVERDUE\n");
  std::string order;
  for (std::uint64_t p = 1; p <= planned.plan.events.size(); ++p) {
    const auto& event = planned.plan.at(p);
    order += planned.plan.rows[event.row].request_id.substr(2) +
             (event.step == Step::kClose ? "c " : "l ");
  }
  EXPECT_EQ(order, "1l 2l 3l 1c 2c ");
}

TEST(ImportPlan, ClosedBeforeReceivedIsClosedOnReceiptAndCounted) {
  const auto planned =
      plan_of("1,A,t,Web,2015-01-03 00:00:10,,2015-01-03 00:00:07,Closed,ONTIME\n");
  ASSERT_EQ(planned.plan.events.size(), 2u);
  EXPECT_EQ(planned.plan.at(1).step, Step::kLodge);
  EXPECT_EQ(to_ms(planned.plan.item(2).close().closed_time()),
            to_ms(planned.plan.item(1).lodge().received_time()));
  EXPECT_EQ(planned.plan.adjusted.closed_before_received, 1u);
}

TEST(ImportPlan, AgreedBeforeReceivedIsLeftOutWhereTheMapSaysSo) {
  const auto planned = plan_of("1,A,t,Web,2015-01-03 12:00:00,2015-01-01 00:00:00,,Open,ONTIME\n");
  EXPECT_FALSE(planned.plan.item(1).lodge().has_agreed_time());
  EXPECT_EQ(planned.plan.adjusted.agreed_dropped, 1u);
}

TEST(ImportPlan, BadRowsAreErrorsWithTheirLineAndTheRestGoesOn) {
  const auto planned = plan_of(
      "1,A,t,Web,yesterday,,,Open,ONTIME\n"
      "2,A,t\n"
      "3,\"A\"x,t,Web,2015-01-03 00:00:00,,,Open,ONTIME\n"
      "4,A,t,Web,2015-01-03 00:00:00,,2015-01-04 00:00:00,Vanished,ONTIME\n"
      "5,A,t,Pigeon,2015-01-03 00:00:00,,,Open,ONTIME\n");
  EXPECT_EQ(planned.mistake, "");
  EXPECT_EQ(planned.plan.unreadable, 4u);
  ASSERT_EQ(planned.errors.first().size(), 4u);
  EXPECT_EQ(planned.errors.first()[0].line, 2u);
  EXPECT_EQ(planned.errors.first()[0].request_id, "b-1");
  EXPECT_THAT(planned.errors.first()[0].message, HasSubstr("yesterday"));
  EXPECT_THAT(planned.errors.first()[1].message, HasSubstr("3 columns where the header has 9"));
  EXPECT_THAT(planned.errors.first()[3].message, HasSubstr("no translation for \"Vanished\""));
  ASSERT_EQ(planned.plan.rows.size(), 1u);
  EXPECT_EQ(planned.plan.item(1).lodge().channel(), v1::CHANNEL_INTEGRATOR)
      << "the default of the map";
}

TEST(ImportPlan, FingerprintBelongsToFileMapAndLimit) {
  const auto print = [](const std::string& table, const std::string& map, std::uint64_t limit) {
    std::istringstream in(table);
    return plan_fingerprint(in, map, limit);
  };
  EXPECT_EQ(print("a", "m", 0), print("a", "m", 0));
  EXPECT_EQ(print("a", "m", 0).size(), 12u);
  EXPECT_NE(print("a", "m", 0), print("b", "m", 0));
  EXPECT_NE(print("a", "m", 0), print("a", "n", 0));
  EXPECT_NE(print("a", "m", 0), print("a", "m", 5));
  EXPECT_NE(print("ab", "c", 0), print("a", "bc", 0));
}

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The sample maps against the real tables, where these are at hand.
struct Sample {
  const char* name;
  const char* table;
  std::size_t rows, events;
  std::uint64_t clamped, dropped;
};
class SampleMap : public ::testing::TestWithParam<Sample> {};

TEST_P(SampleMap, ReadsEveryRowOfTheRealTable) {
  const Sample& sample = GetParam();
  const std::string samples = CASEWHEEL_SOURCE_DIR "/deploy/samples/";
  ImportMap map;
  ASSERT_EQ(parse_import_map(file_text(samples + sample.name + ".map.yaml"), &map), "");
  const char* data = std::getenv("CASEWHEEL_DATA");
  std::ifstream table(std::string(data != nullptr ? data : CASEWHEEL_SOURCE_DIR "/data") +
                      "/cases/" + sample.table);
  if (!table) GTEST_SKIP() << "the real data is not here";
  ImportPlan plan;
  RowErrors errors;
  RowWarnings warnings;
  tables::CsvReader reader(table);
  ASSERT_EQ(plan_import(reader, map, 0, errors, warnings, &plan), "");
  EXPECT_EQ(errors.count(), 0u);
  EXPECT_EQ(plan.rows.size(), sample.rows);
  EXPECT_EQ(plan.events.size(), sample.events);
  EXPECT_EQ(plan.adjusted.closed_before_received, sample.clamped);
  EXPECT_EQ(plan.adjusted.agreed_dropped, sample.dropped);
  EXPECT_EQ(plan.adjusted.closed_without_date, 0u);
  EXPECT_EQ(warnings.count(), 0u);
  CatalogueNames names;
  ASSERT_TRUE(read_catalogue_names(file_text(samples + sample.name + ".yaml"), map.tenant, &names));
  for (std::uint64_t p = 1; p <= plan.events.size(); ++p) {
    if (plan.at(p).step != Step::kLodge) continue;
    const auto item = plan.item(p);
    ASSERT_EQ(names.services.count(item.lodge().service()), 1u) << item.lodge().service();
    ASSERT_EQ(names.units.count(item.lodge().unit()), 1u) << item.lodge().unit();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cities, SampleMap,
    ::testing::Values(Sample{"boston", "boston311_2015_2016.csv", 13715, 21927, 8, 0},
                      Sample{"los_angeles", "la311_2018.csv", 10000, 20000, 13, 1058}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace casewheel::cli
