// YAML in and out: the samples, the round trip, every refusal with its place, and hostile documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/catalogue/catalogue.h"
#include "engine/catalogue/written.h"
#include "engine/sla/zone.h"
#include "tests/unit/catalogue_samples.h"

namespace casewheel::catalogue {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Yaml, SamplesAreWithoutProblemsAndSurviveTheRoundTrip) {
  std::vector<stored::Catalogue> all;
  for (const char* name : {"catalogue.yaml", "boston.yaml", "los_angeles.yaml"}) {
    for (const stored::Catalogue& catalogue : parsed(sample(name))) {
      const auto again = parsed(to_yaml(catalogue));
      ASSERT_EQ(again.size(), 1u);
      EXPECT_EQ(again[0].DebugString(), catalogue.DebugString());
      EXPECT_EQ(to_yaml(again[0]), to_yaml(catalogue));
      all.push_back(catalogue);
      all.back().set_version(1);
    }
  }
  const auto registry = Registry::of(all);
  EXPECT_EQ(registry->list().size(), 6u);
  for (const auto& rules : registry->list()) {
    for (const stored::Service& service : rules->catalogue().services()) {
      stored::CaseState facts;
      facts.set_kind(service.kind());
      facts.set_service(service.id());
      facts.set_priority(stored::NORMAL);
      facts.set_channel(stored::HOTLINE);
      EXPECT_FALSE(rules->plans(facts).empty()) << rules->tenant() << " " << service.id();
    }
  }
}

TEST(Yaml, TaisugarRepliesWithinSeventyTwoHours) {
  const auto tenants = parsed(sample("catalogue.yaml"));
  const auto taisugar = std::find_if(tenants.begin(), tenants.end(),
                                     [](auto& t) { return t.tenant() == "taisugar"; });
  ASSERT_NE(taisugar, tenants.end());
  const auto policy = std::find_if(taisugar->policies().begin(), taisugar->policies().end(),
                                   [](const auto& known) { return known.id() == "complaint-72h"; });
  ASSERT_NE(policy, taisugar->policies().end());
  const stored::ClockRule& reply = policy->clocks(1);
  EXPECT_EQ(reply.kind(), stored::REPLY);
  EXPECT_EQ(reply.allowance().wall_ms(), 72 * kHourMs);
  ASSERT_EQ(reply.ladder_size(), 3);
  EXPECT_EQ(reply.ladder(0).offset_ms(), -12 * kHourMs);
  EXPECT_EQ(reply.ladder(2).repeat_every_ms(), 24 * kHourMs);
  EXPECT_TRUE(reply.ladder(2).climb());
}

TEST(Yaml, PersonalDataIsKeptAsLongAsTheFirstRuleOfItsKindSays) {
  const auto taipower = parsed(sample("catalogue.yaml")).at(0);
  ASSERT_EQ(taipower.retention_size(), 2);
  EXPECT_THAT(taipower.retention(0).kinds(), ::testing::Contains(stored::COMPLAINT));
  EXPECT_EQ(taipower.retention(0).days(), 1826u);
  EXPECT_EQ(taipower.retention(1).kinds_size(), 0);
}

TEST(Yaml, AHotlineSaysWhatIsPromisedToWhoCalls) {
  const auto cpc = parsed(sample("catalogue.yaml")).at(1);
  EXPECT_EQ(cpc.hotline().answer_within_ms(), 20'000u);
  EXPECT_EQ(cpc.hotline().callback_service(), "call-back");
  EXPECT_EQ(cpc.hotline().lines(0), "1912");
  EXPECT_EQ(cpc.hotline().keep_days(), 365u);
  const auto agent = std::find_if(cpc.staff().begin(), cpc.staff().end(),
                                  [](const auto& staff) { return staff.id() == "cp005"; });
  ASSERT_NE(agent, cpc.staff().end());
  EXPECT_EQ(agent->extensions(0), "1202");
}

TEST(Yaml, AServiceSaysWhatItAsks) {
  const stored::Catalogue small = parsed(kSmallTenant).at(0);
  const stored::Service& tree = small.services(2);
  EXPECT_EQ(tree.publicity(), stored::LISTED);
  ASSERT_EQ(tree.attributes_size(), 2);
  EXPECT_TRUE(tree.attributes(0).required());
  EXPECT_EQ(tree.attributes(0).values(1).key(), "other");
  EXPECT_EQ(tree.attributes(1).type(), stored::ATTRIBUTE_NUMBER);
  EXPECT_EQ(tree.attributes(1).hint_en(), "metres");
  EXPECT_EQ(tree.fees(0).amount(), 300u);
  EXPECT_EQ(tree.fees(1).amount(), 0u);
  ASSERT_EQ(tree.steps_en_size(), 2);
  EXPECT_EQ(tree.steps_zh(1), "移除");
  EXPECT_EQ(tree.steps_en(1), "");
  const auto again = parsed(to_yaml(small));
  EXPECT_EQ(again.at(0).DebugString(), small.DebugString());
}

TEST(Yaml, DefaultsAndShortFormsAreFilledIn) {
  const stored::Catalogue small = parsed(kSmallTenant).at(0);
  EXPECT_EQ(small.units(1).name_zh(), "區處");
  const auto& ladder = small.policies(1).clocks(1).ladder();
  EXPECT_EQ(ladder[0].level(), 0u);
  EXPECT_EQ(ladder[1].level(), 1u);
  EXPECT_EQ(ladder[2].level(), 2u);
  EXPECT_EQ(ladder[2].repeat_limit(), 5u);
  EXPECT_EQ(ladder[1].repeat_limit(), 0u);
  const auto open_ended = parsed(replaced(std::string(kSmallTenant), "limit: 5, ", "")).at(0);
  EXPECT_EQ(open_ended.policies(1).clocks(1).ladder(2).repeat_limit(), 90u);
  // The day off ends with its last day, in Taipei.
  EXPECT_EQ(small.staff(1).absences(0).to_ms() - small.staff(1).absences(0).from_ms(), 3 * kDayMs);
}

TEST(Yaml, CalendarDaysEndWithTheirLastUnlessToldToKeepTheTimeOfDay) {
  const auto allowance = [](const std::string& within) {
    const std::string yaml =
        replaced(replaced(std::string(kSmallTenant), "within: 10m", "within: " + within),
                 "time_zone: Asia/Taipei", "time_zone: Asia/Taipei\n    calendar: national");
    return parsed(yaml).at(0).policies(0).clocks(0).allowance();
  };
  EXPECT_EQ(allowance("{calendar_days: 3}").day_rule(), stored::DAY_RULE_UNSPECIFIED);
  EXPECT_EQ(allowance("{calendar_days: 3, rule: end_of_day_first_day_excluded}").day_rule(),
            stored::DAY_RULE_UNSPECIFIED);
  const stored::Allowance keeps = allowance("{calendar_days: 3, rule: keep_wall_time}");
  EXPECT_EQ(keeps.day_rule(), stored::KEEP_WALL_TIME);
  EXPECT_EQ(written(keeps), "{calendar_days: 3, rule: keep_wall_time}");
  EXPECT_EQ(written(allowance("{calendar_days: 3}")), "{calendar_days: 3}");
  for (const char* wrong :
       {"{calendar_days: 3, rule: end_of_working_day}", "{wall: 3h, rule: keep_wall_time}"}) {
    const auto refused = parse_catalogue(
        replaced(
            replaced(std::string(kSmallTenant), "within: 10m", std::string("within: ") + wrong),
            "time_zone: Asia/Taipei", "time_zone: Asia/Taipei\n    calendar: national"),
        "test.yaml");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().fields.at(0).field, HasSubstr("rule")) << wrong;
  }
}

TEST(Yaml, AnchorsAreForPeopleWhoRepeatThemselves) {
  std::string yaml(kSmallTenant);
  yaml = replaced(yaml, "ladder: [{at: due, to: [unit_head]}]",
                  "ladder: &once [{at: due, to: [unit_head]}]");
  yaml =
      replaced(yaml, "ladder: [{at: due, to: [parent_unit_head, headquarters]}]", "ladder: *once");
  EXPECT_EQ(parsed(yaml).at(0).policies(2).clocks(0).ladder(0).recipients(0), stored::TO_UNIT_HEAD);
}

TEST(Yaml, RoundTripKeepsAwkwardText) {
  for (const char* text :
       {"null", "~", "- dash", "a: b", "#hash", "quote\"d", "back\\slash", "{brace}", "0123", "Yes",
        "a, b", "'single'", "trailing.", "電號：01-23", "é", "&amp", "*star", "%percent", "a #b"}) {
    stored::Catalogue catalogue = parsed(kSmallTenant).at(0);
    catalogue.mutable_staff(0)->set_name(text);
    catalogue.mutable_services(1)->set_documents(0, text);
    const auto again = parsed(to_yaml(catalogue));
    ASSERT_EQ(again.size(), 1u) << text;
    EXPECT_EQ(again[0].DebugString(), catalogue.DebugString()) << text;
  }
}

TEST(Yaml, EveryMistakeIsNamedWithItsPlace) {
  const struct {
    const char* from;
    const char* to;
    const char* path;  // end of the field
    const char* what;  // part of the description
  } kCases[] = {
      {"number: 21", "number: 100", "tenants[0].number", "1 to 99"},
      {"number: 21", "nummer: 21", "tenants[0].nummer", "did you mean number"},
      {"number: 21", "number: 21\n    retention: [{days: 0}]", "tenants[0].retention[0].days",
       "1 to"},
      {"number: 21", "number: 21\n    retention: [{kinds: [gripe], days: 9}]",
       "tenants[0].retention[0].kinds[0]", "gripe"},
      {"number: 21", "number: 21\n    hotline: {answer_within: 2h}",
       "tenants[0].hotline.answer_within", "1s to 1h"},
      {"number: 21", "number: 21\n    hotline: {callback_service: no-such}",
       "tenants[0].hotline.callback_service", "no service no-such"},
      {"number: 21", "number: 21\n    hotline: {keep_days: 0}", "tenants[0].hotline.keep_days",
       "1 to"},
      {"name: 老闆, unit: hq,", "name: 老闆, unit: hq, extensions: ['7', '7'],", "extensions[1]",
       "already defined"},
      {"number: 21", "number: 21\n    customer_numbers: water", "tenants[0].customer_numbers",
       "taipower"},
      {"number: 21", "number: 21\n    number: 22", "tenants[0].number", "second time"},
      {"time_zone: Asia/Taipei", "time_zone: Asia/Taibei", "tenants[0].time_zone", "IANA"},
      {"time_zone: Asia/Taipei", "time_zone: localtime", "tenants[0].time_zone", "IANA"},
      {"time_zone: Asia/Taipei", "time_zone: /etc/localtime", "tenants[0].time_zone", "IANA"},
      {"name: {zh: 小公司, en: Small}", "name: {en: Small}", "tenants[0].name", "zh is missing"},
      {"name: 區處, parent: hq", "name: 區處", "units[1]", "headquarters already"},
      {"name: 總公司, head: boss", "name: 總公司, parent: desk, head: boss", "units[0]",
       "headquarters"},
      {"name: 區處, parent: hq", "name: 區處, parent: desk", "units[1]", "circle"},
      {"name: 區處, parent: hq", "name: 區處, parent: nowhere", "units[1].parent",
       "no unit nowhere"},
      {"head: nina", "head: nino", "units[2].head", "no person nino"},
      {"id: region", "id: hq", "units[1].id", "already defined in line 8"},
      {"id: region", "id: Region", "units[1].id", "is no id"},
      {"deputy: dora, roles: [supervisor]", "deputy: nina, roles: [supervisor]", "staff[1].deputy",
       "own deputy"},
      {"deputy: dora, roles: [supervisor]", "deputy: x, roles: [supervisor]", "staff[1].deputy",
       "no person x"},
      {"roles: [supervisor]}", "roles: [king]}", "roles[0]", "supervisor"},
      {"roles: [supervisor]}", "roles: [engine]}", "roles[0]", "unknown"},
      {"roles: [supervisor]}", "roles: []}", "staff[0].roles", "at least one"},
      {"roles: [supervisor]}", "roles: supervisor}", "staff[0].roles", "[value]"},
      {"from: 2026-02-01, to: 2026-02-03", "from: 2026-02-05, to: 2026-02-03", "away[0]",
       "before it begins"},
      {"from: 2026-02-01, to: 2026-02-03", "from: 2026-02-30, to: 2026-03-03", "away[0].from",
       "no date"},
      {"kind: fault_report", "kind: fault", "services[0].kind", "fault_report"},
      {"kind: application, unit: desk", "kind: application, unit: disk", "services[1].unit",
       "no unit disk"},
      {"services: [lamp]", "services: [lamb]", "match.services[0]", "no service lamb"},
      {"channels: [hotline, app]", "channels: [hotline, hotline]", "match.channels[1]",
       "second time"},
      {"within: 10m", "within: soon", "clocks.acknowledge.within", "72h"},
      {"within: 10m", "within: 0h", "clocks.acknowledge.within", "longer than 0"},
      {"within: 10m", "pauses: [awaiting_documents]", "clocks.acknowledge", "within is missing"},
      {"agreed_date: {ladder", "agreed_date: {within: 3d, ladder", "agreed_date.within",
       "no allowance"},
      {"pauses: [awaiting_documents]", "pauses: [weekend]", "reply.pauses[0]",
       "awaiting_documents"},
      {"at: due - 12h, ", "at: due + 1h, ", "ladder[1]", "order of time"},
      {"at: due - 12h, ", "at: due, ", "ladder[1]", "order of time"},
      {"at: due - 12h, ", "at: 12h before, ", "ladder[0].at", "due - 12h"},
      {"at: due - 12h, ", "at: due - -12h, ", "ladder[0].at", "due - 12h"},
      {"at: due - 12h, ", "at: due - 12h, every: 1h, ", "ladder[0]", "last step"},
      {"every: 24h", "every: 10ms", "ladder[2].every", "at least 1s"},
      {"every: 24h, ", "", "ladder[2].limit", "give every"},
      {"limit: 5", "limit: 0", "ladder[2].limit", "from 1"},
      {"climb: true", "climb: up", "ladder[2].climb", "true or false"},
      {"at: due - 12h, to: [handler]", "at: due - 12h", "ladder[0]", "to is missing"},
      {"at: due - 12h, to: [handler]", "at: due - 12h, to: [handlers]", "to[0]",
       "did you mean handler"},
      {"match: {kinds: [application]}", "match: {}", "policies[2]", "never applies"},
      {"name: 路燈", "name: \"路\\n燈\"", "services[0].name", "control"},
      {"name: 路燈", "name: [路燈]", "services[0].name", "map"},
      {"name: 路燈", "name: '  '", "services[0].name", "blank"},
      {"documents: [申請書]", "documents: [{}]", "documents[0]", "single value"},
      {"number: 21", "number: 21\n    hotline: {callback_service: tree}", "tenants[0].hotline",
       "requires an attribute"},
      {"type: number", "type: length", "services[2].attributes[1].type", "multi_value"},
      {"type: number", "type: number, values: [{key: a, name: a}]", "attributes[1].values",
       "single_value"},
      {"code: height", "code: kind", "attributes[1].code", "second time"},
      {"code: height", "code: 高", "attributes[1].code", "is no id"},
      {"key: other", "key: oak", "values[1].key", "second time"},
      {"id: extra", "id: removal", "fees[1].id", "second time"},
      {"amount: 300", "amount: -1", "fees[0].amount", "from 0 to"},
      {"keywords: [樹, tree]", "keywords: ['樹,tree']", "keywords[0]", "comma"},
      {"publicity: listed", "publicity: everywhere", "services[2].publicity", "offered"},
      {"steps: [{zh: 勘查, en: Survey}", "steps: [{en: Survey}", "steps[0]", "zh is missing"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    const auto result =
        parse_catalogue(replaced(std::string(kSmallTenant), c.from, c.to), "test.yaml");
    ASSERT_FALSE(result.has_value());
    const auto& fields = result.error().fields;
    ASSERT_FALSE(fields.empty());
    bool named = false;
    for (const FieldViolation& field : fields) {
      EXPECT_THAT(field.field, StartsWith("test.yaml:"));
      named |= field.field.ends_with(c.path) && field.description.find(c.what) != std::string::npos;
    }
    EXPECT_TRUE(named) << fields[0].field << ": " << fields[0].description;
  }
}

TEST(Yaml, AllProblemsAreReportedAtOnce) {
  std::string yaml(kSmallTenant);
  yaml = replaced(yaml, "number: 21", "number: x");
  yaml = replaced(yaml, "head: nina", "head: nino");
  yaml = replaced(yaml, "within: 10m", "within: 10");
  const auto result = parse_catalogue(yaml, "test.yaml");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().fields.size(), 3u);
  EXPECT_THAT(result.error().message, HasSubstr("3 problems"));
  EXPECT_EQ(result.error().fields[0].field, "test.yaml:4:13 tenants[0].number");

  std::string many = "tenants: [";
  for (int i = 0; i < 99; ++i) many += "{},";
  const auto capped = parse_catalogue(many + "]", "");
  ASSERT_FALSE(capped.has_value());
  EXPECT_EQ(capped.error().fields.size(), 50u);
  EXPECT_THAT(capped.error().message, HasSubstr("495 problems"));
}

TEST(Yaml, TenantsMayNotShareIdOrNumber) {
  const std::string one = to_yaml(parsed(kSmallTenant).at(0));
  const std::string both = one + one.substr(one.find('\n') + 1);
  const auto result = parse_catalogue(both, "test.yaml");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().fields.size(), 2u);
}

TEST(Yaml, LimitsAreNamed) {
  const auto refusal = [](const std::string& yaml) {
    const auto result = parse_catalogue(yaml, "test.yaml");
    return result.has_value() ? std::string("accepted") : result.error().message;
  };
  const std::string small(kSmallTenant);
  std::string steps;
  for (int i = 0; i < 33; ++i)
    steps += "{at: due + " + std::to_string(i + 1) + "h, to: [handler]},";
  EXPECT_THAT(refusal(replaced(small, "{at: due, to: [unit_head]}", steps)),
              HasSubstr("limit is 32"));
  EXPECT_THAT(refusal(replaced(small, "小公司", std::string(201, 'x'))), HasSubstr("limit is 200"));
  EXPECT_THAT(refusal(replaced(small, "id: small", "id: " + std::string(41, 'x'))),
              HasSubstr("at most 40"));
  EXPECT_THAT(refusal(std::string(4u << 20, ' ') + " "), HasSubstr("limit is 4194304"));
  std::string deep;
  for (int i = 0; i < 20; ++i) {
    deep += "      - {id: u" + std::to_string(i) +
            ", name: x, parent: " + (i == 0 ? std::string("hq") : "u" + std::to_string(i - 1)) +
            "}\n";
  }
  EXPECT_THAT(refusal(replaced(small, "    staff:\n", deep + "    staff:\n")),
              HasSubstr("16 units deep"));
}

TEST(Yaml, HostileDocumentsAreRefusedCheaply) {
  std::string bomb = "a: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 20; ++i) {
    bomb += "b" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j == 0 ? "*a" : ",*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  std::string wrong_keys = "tenants: [{";
  for (int i = 0; i < 200'000; ++i) wrong_keys += "k" + std::to_string(i) + ": 1,";
  const struct {
    const char* name;
    std::string yaml;
    const char* what;
  } kCases[] = {
      {"empty", "", "tenants:"},
      {"blank", "\n\n", "tenants:"},
      {"comment", "# nothing", "tenants:"},
      {"scalar", "hello", "must be a map"},
      {"list", "[]", "must be a map"},
      {"no tenant", "tenants: []", "at least one"},
      {"deep flow", std::string(100'000, '['), ""},
      {"deep block", std::string(50'000, '-'), ""},
      {"deep dashes",
       [] {
         std::string s;
         for (int i = 0; i < 50'000; ++i) s += "- ";
         return s;
       }(),
       "deep"},
      {"deep maps",
       [] {
         std::string s;
         for (int i = 0; i < 20'000; ++i) s += "? ";
         return s;
       }(),
       "deep"},
      {"deep flow maps",
       [] {
         std::string s;
         for (int i = 0; i < 50'000; ++i) s += "{a: ";
         return s;
       }(),
       ""},
      {"alias bomb", bomb, "aliases counted"},
      {"own alias", "tenants: &a [*a]", "contains it"},
      {"unknown alias", "tenants: *a", "not YAML"},
      {"two documents", "tenants: []\n---\ntenants: []\n", "one document"},
      {"broken", "tenants: [", "not YAML"},
      {"tab", "tenants:\n\t- id: x", "not YAML"},
      {"not UTF-8", "tenants: \xff", "UTF-8"},
      {"surrogate", "tenants: \xed\xa0\x80", "UTF-8"},
      {"NUL", std::string("tenants: \0", 10), "NUL"},
      {"UTF-16", std::string("\xfe\xff\0t", 4), "UTF-8"},
      {"map as key", "{{a: b}: c}", "unknown key"},
      {"wrong keys", wrong_keys + "}]", "problems"},
      {"control in key", "\"a\\x01b\": c", "'a?b'"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto result = parse_catalogue(c.yaml, "te\nst\xff.yaml");
    ASSERT_FALSE(result.has_value());
    EXPECT_THAT(result.error().message, HasSubstr(c.what));
  }
}

TEST(Yaml, TheLargestCatalogueIsRead) {
  std::string yaml = "tenants:\n- id: big\n  number: 1\n  name: 大\n  time_zone: UTC\n  units:\n";
  yaml += "  - {id: hq, name: 總}\n";
  for (int i = 1; i < 10'000; ++i)
    yaml += "  - {id: u" + std::to_string(i) + ", name: 課, parent: hq}\n";
  yaml += "  staff:\n";
  for (int i = 0; i < 50'000; ++i) {
    yaml += "  - {id: s" + std::to_string(i) + ", name: 王, unit: u" +
            std::to_string(1 + i % 9999) + ", roles: [handler]}\n";
  }
  ASSERT_LT(yaml.size(), 4u << 20);
  const auto tenants = parsed(yaml);
  ASSERT_EQ(tenants.size(), 1u);
  EXPECT_EQ(tenants[0].staff_size(), 50'000);
}

TEST(Zone, DatesAreWholeDaysOfTheTenant) {
  const sla::Zone taipei = *sla::Zone::load("Asia/Taipei");
  EXPECT_EQ(taipei.parse("2026-02-01", false), 1769875200000);
  EXPECT_EQ(taipei.parse("2026-02-01", true), 1769875200000 + kDayMs);
  EXPECT_EQ(taipei.parse("2026-02-01T09:30", true), 1769875200000 + 570 * kMinuteMs);
  EXPECT_EQ(taipei.parse("2026-02-01 09:30", false), 1769875200000 + 570 * kMinuteMs);
  EXPECT_EQ(taipei.parse("2026-01-31T16:00:00Z", false), 1769875200000);
  EXPECT_EQ(taipei.parse("2026-02-01T00:00:00.5+08:00", false), 1769875200500);
  for (const char* wrong : {"", "2026", "2026-2-1", "2026-13-01", "2026-02-29", "2026-02-01T24:00",
                            "2026-02-01T09:60", "tomorrow", "infinite-future", "1969-12-31",
                            "2300-01-01", "2026-02-01T09:00:00", "-026-01-01"}) {
    EXPECT_FALSE(taipei.parse(wrong, false).has_value()) << wrong;
  }
  for (const TimeMs instant :
       {TimeMs{1769875200000}, TimeMs{1769875200001}, TimeMs{1769875260000}, TimeMs{0}}) {
    for (const bool end : {false, true})
      EXPECT_EQ(taipei.parse(taipei.format(instant, end), end), instant);
  }
  // The day the clocks go back has 25 hours.
  const sla::Zone boston = *sla::Zone::load("America/New_York");
  EXPECT_EQ(*boston.parse("2026-11-01", true) - *boston.parse("2026-11-01", false), 25 * kHourMs);
}

TEST(Zone, NamesOfTheMachineAreNoZones) {
  for (const char* name :
       {"", "localtime", "/etc/localtime", "../zoneinfo/UTC", "posix/UTC", "right/UTC",
        "libc:localtime", "Fixed/UTC+01:00:00", "Asia", "Asia/", "asia/taipei", "Factory"}) {
    EXPECT_FALSE(sla::Zone::load(name).has_value()) << name;
  }
  for (const char* name : {"UTC", "Asia/Taipei", "America/Argentina/Buenos_Aires", "Etc/GMT-8"}) {
    EXPECT_TRUE(sla::Zone::load(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace casewheel::catalogue
