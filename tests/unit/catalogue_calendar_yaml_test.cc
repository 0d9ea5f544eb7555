// The YAML of calendars: in, out and in again, every refusal with its place, the diff a supervisor
// reads, and closures as they are declared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/catalogue/calendar/calendar_diff.h"
#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/closures.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/catalogue/calendar/limits.h"
#include "engine/sla/calendar.h"
#include "tests/unit/catalogue_samples.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<stored::Calendar> calendars(std::string_view yaml) {
  auto result = parse_calendars(yaml, "test.yaml");
  if (!result) {
    for (const auto& field : result.error().fields)
      ADD_FAILURE() << field.field << ": " << field.description;
    return {};
  }
  return *std::move(result);
}

constexpr std::string_view kFull = R"(calendars:
  - id: full
    name: {zh: 全部, en: "Everything, at once"}
    time_zone: Asia/Taipei
    hours:
      - {from: 2026-07-01, mon-thu: ["07:30-12:00", 13:00-18:00:30], sun: [00:00-24:00]}
      - {mon-fri: [08:00-12:00, 13:00-17:00], sat: []}
    days:
      - {date: 2026-04-30, hours: [08:00-12:00], name: 半日}
      - {date: 2026-02-16, what: holiday, name: "除夕, 'eve' \"of\" \\ all"}
      - {date: 2026-02-07, what: working_day}
    known_until: 2026-12-31
    closures:
      - {date: 2026-07-10, counties: [台南市, 高雄市], reason: 颱風, declared: 2026-07-09T20:00:00+08:00}
      - {date: 2026-07-10, counties: [臺南市], reopened: true, hours: [13:00-24:00], declared: 2026-07-10T05:00:00.250+08:00}
      - {date: 2026-07-11, hours: [13:00-24:00], reason: 停電, declared: 2026-07-11}
)";

TEST(CalendarYaml, TheSampleIsWithoutProblems) {
  const auto both = calendars(sample("calendars/taiwan.yaml"));
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].id(), "tw-government");
  EXPECT_EQ(both[0].time_zone(), "Asia/Taipei");
  EXPECT_EQ(both[0].days_size(), 0);
  EXPECT_EQ(both[0].known_until(), 0u);
  EXPECT_EQ(both[0].weekly(0).opening_size(), 10);
  EXPECT_EQ(both[0].weekly(0).opening(0).from_s(), 8u * 3600 + 1800);
  EXPECT_EQ(both[1].id(), "taisugar");
  EXPECT_EQ(both[1].parent(), "tw-government");
  EXPECT_EQ(both[1].tenant(), "taisugar");
}

TEST(CalendarYaml, ReadsEverythingInOrder) {
  const auto all = calendars(kFull);
  ASSERT_EQ(all.size(), 1u);
  const stored::Calendar& calendar = all[0];
  EXPECT_FALSE(malformed(calendar));
  ASSERT_EQ(calendar.weekly_size(), 2);
  EXPECT_EQ(calendar.weekly(0).effective_from(), 0u);
  EXPECT_EQ(calendar.weekly(0).opening_size(), 10);
  EXPECT_EQ(calendar.weekly(1).effective_from(), 20260701u);
  EXPECT_EQ(calendar.weekly(1).opening(1).to_s(), 18u * 3600 + 30);
  EXPECT_EQ(calendar.weekly(1).opening(8).weekday(), 7u);
  EXPECT_EQ(calendar.weekly(1).opening(8).to_s(), 86400u);
  ASSERT_EQ(calendar.days_size(), 3);
  EXPECT_EQ(calendar.days(0).date(), 20260207u);
  EXPECT_EQ(calendar.days(0).what(), stored::CalendarDay::WORKING_DAY);
  EXPECT_EQ(calendar.days(1).name(), "除夕, 'eve' \"of\" \\ all");
  EXPECT_EQ(calendar.days(2).what(), stored::CalendarDay::OWN_HOURS);
  EXPECT_EQ(calendar.known_until(), 20261231u);
  ASSERT_EQ(calendar.closures_size(), 3);
  EXPECT_THAT(calendar.closures(0).counties(), ElementsAre("臺南市", "高雄市"));
  EXPECT_EQ(calendar.closures(0).declared_ms(), 1783598400000);
  EXPECT_TRUE(calendar.closures(1).reopened());
  EXPECT_EQ(calendar.closures(2).hours(0).to_s(), 86400u);
}

TEST(CalendarYaml, SurvivesTheRoundTrip) {
  for (const std::string& yaml :
       {std::string(kFull), sample("calendars/taiwan.yaml"),
        std::string("calendars: [{id: a, name: \"null\", time_zone: UTC, hours: {}}]"),
        std::string("calendars: [{id: a, name: x, parent: b, hours: [{from: 2026-01-01}, {}]}]"),
        std::string("calendars: [{id: a, name: x, parent: b, closures: [{date: 2026-01-01, "
                    "reason: x, declared: 2026-01-01}]}]")}) {
    for (const stored::Calendar& calendar : calendars(yaml)) {
      const auto again = calendars(to_yaml(calendar));
      ASSERT_EQ(again.size(), 1u) << to_yaml(calendar);
      EXPECT_EQ(again[0].DebugString(), calendar.DebugString());
      EXPECT_EQ(to_yaml(again[0]), to_yaml(calendar));
      EXPECT_THAT(diff(calendar, again[0], 0), IsEmpty());
    }
  }
}

TEST(CalendarYaml, ParentsComeFirst) {
  std::vector<std::string> ids;
  for (const auto& calendar : calendars(R"(calendars:
    - {id: desk, name: 櫃檯, parent: office}
    - {id: other, name: 別, parent: elsewhere}
    - {id: office, name: 所, parent: nation}
    - {id: nation, name: 國, time_zone: Asia/Taipei, hours: {mon-fri: [08:00-17:00]}})")) {
    ids.push_back(calendar.id());
  }
  EXPECT_THAT(ids, ElementsAre("other", "nation", "office", "desk"));
  // A circle is CalendarSet's to refuse; here it only must end.
  EXPECT_EQ(
      calendars("calendars: [{id: a, name: a, parent: b}, {id: b, name: b, parent: a}]").size(),
      2u);
}

TEST(CalendarYaml, EveryRefusalNamesItsPlace) {
  const auto with = [](const std::string& line) {
    return "calendars:\n- id: a\n  name: x\n  time_zone: Asia/Taipei\n  hours: {mon: "
           "[08:00-17:00]}\n" +
           line + "\n";
  };
  const auto hours = [](const std::string& hours) {
    return "calendars:\n- id: a\n  name: x\n  time_zone: UTC\n  hours: " + hours + "\n";
  };
  std::string many_counties = "  closures: [{date: 2026-01-01, reason: x, counties: [";
  for (int i = 0; i < 23; ++i) many_counties += "臺南市,";
  const struct {
    std::string yaml, problem;
  } kCases[] = {
      {"", "test.yaml:1:1 document: is empty; it begins with calendars:"},
      {"tenants: []\n", "test.yaml:1:1 tenants: unknown key 'tenants'"},
      {"calendars: []\n", "is empty; at least one is needed"},
      {"calendars: [{name: x, parent: p}]\n", "calendars[0]: id is missing"},
      {"calendars: [{id: A, name: x, parent: p}]\n", "calendars[0].id: 'A' is no id"},
      {"calendars: [{id: a, parent: p}]\n", "calendars[0]: name is missing"},
      {"calendars: [{id: a, name: x}]\n", "time_zone is missing, and there is no parent"},
      {"calendars: [{id: a, name: x}]\n", "hours is missing, and there is no parent"},
      {"calendars: [{id: a, name: x, parent: a}]\n", "calendars[0].parent: is the calendar itself"},
      {"calendars: [{id: a, name: x, parent: b}, {id: a, name: x, parent: b}]\n",
       "calendar a is already defined in line 1"},
      {"calendars: [{id: a, name: x, parent: b, time_zone: Asia/Taibei}]\n",
       "'Asia/Taibei' is no IANA time zone"},
      {with("  holidays: []"), "test.yaml:6:3 calendars[0].holidays: unknown key 'holidays'"},
      {with("  known_until: 2026-02-30"),
       "test.yaml:6:16 calendars[0].known_until: '2026-02-30' is no"},
      {with("  known_until: 2300-01-01"), "is no date from 1900 to 2299"},
      {hours("[]"), "test.yaml:5:10 calendars[0].hours: is empty"},
      {hours("8-17"), "calendars[0].hours: must be a list"},
      {hours("{monday: [08:00-17:00]}"),
       "test.yaml:5:11 calendars[0].hours.monday: unknown key 'monday'"},
      {hours("{fri-mon: [08:00-17:00]}"), "unknown key 'fri-mon'"},
      {hours("{from: 2026-01-01}"), "unknown key 'from'"},
      {hours("{mon-fri: [08:00-17:00], wed: []}"), "wed has its hours in line 5 already"},
      {hours("{mon: 08:00-17:00}"), "must be a list of hours like [08:00-12:00, 13:00-17:00]"},
      {hours("{mon: [8-17]}"), "hours.mon[0]: '8-17' are no hours; write 08:00-12:00"},
      {hours("{mon: [08:00-24:01]}"), "'08:00-24:01' are no hours"},
      {hours("{mon: [22:00-06:00]}"), "'22:00-06:00' ends before it begins; hours past midnight"},
      {hours("{mon: [08:00-08:00]}"), "ends before it begins"},
      {hours("{mon: [13:00-17:00, 08:00-12:00]}"),
       "hours.mon[1]: '08:00-12:00' begins before the hours"},
      {hours("{mon: [08:00-12:00, 12:00-17:00]}"),
       "begins when the hours before it end; write both"},
      {hours("{mon: [1,2,3,4,5,6,7,8,9]}"), "has 9 entries; the limit is 8"},
      {hours("[{mon: []}, {tue: []}]"), "begins when the hours in line 5 do"},
      {hours("[{from: soon}]"), "'soon' is no date"},
      {hours("[{from: 2026-01-01, from: 2026-01-02}]"), "the key from stands here a second time"},
      {with("  days: [{what: holiday}]"), "test.yaml:6:10 calendars[0].days[0]: date is missing"},
      {with("  days: [{date: 2026-01-01}]"), "say either what it is"},
      {with("  days: [{date: 2026-01-01, what: holiday, hours: [08:00-12:00]}]"),
       "say either what it is"},
      {with("  days: [{date: 2026-01-01, what: festival}]"),
       "'festival' is unknown; known: holiday"},
      {with("  days: [{date: 2026-01-01, hours: []}]"), "a closed day is written what: holiday"},
      {with("  days:\n  - {date: 2026-01-01, what: holiday}\n  - {date: 2026-01-01, what: "
            "working_day}"),
       "test.yaml:8:5 calendars[0].days[1]: 2026-01-01 stands in line 7 already"},
      {with("  days: [{date: 2026-01-01, what: holiday, name: \"a\\x01\"}]"),
       "holds a control character"},
      {with("  days: [{date: 2026-01-01, what: holiday, name: " + std::string(201, 'x') + "}]"),
       "is 201 bytes; the limit is 200"},
      {with("  closures: [{reason: x}]"), "date is missing"},
      {with("  closures: [{date: 2026-01-01}]"), "reason is missing"},
      {with("  closures: [{date: 2026-01-01, reason: x, counties: []}]"),
       "leave it out when the closure"},
      {with("  closures: [{date: 2026-01-01, reason: x, counties: [台南]}]"),
       "counties[0]: '台南' is no county or city; did you mean 臺南市?"},
      {with("  closures: [{date: 2026-01-01, reason: x, counties: [Tainan]}]"),
       "write one of the 22 in full"},
      {with("  closures: [{date: 2026-01-01, reason: x, counties: [台南市, 臺南市]}]"),
       "counties[1]: stands here a second time"},
      {with(many_counties + "]}]"), "has 23 entries; the limit is 22"},
      {with("  closures: [{date: 2026-01-01, reason: x, hours: []}]"), "about the whole day"},
      {with("  closures: [{date: 2026-01-01, reason: x, reopened: yes}]"), "must be true or false"},
      {with("  closures: [{date: 2026-01-01, reason: x, declared: then}]"), "'then' is no time"},
      {with("  closures:\n  - {date: 2026-01-01, reason: x, declared: 2026-01-02}\n"
            "  - {date: 2026-01-01, reason: x, declared: 2026-01-01}"),
       "test.yaml:8:45 calendars[0].closures[1].declared: was declared before the one above it"},
      {"calendars: [\n", "is not YAML"},
      {std::string(5'000'000, ' '), "the limit is 4194304"},
  };
  for (const auto& one : kCases) {
    const auto result = parse_calendars(one.yaml, "test.yaml");
    ASSERT_FALSE(result) << one.yaml;
    std::string problems;
    for (const auto& field : result.error().fields)
      problems += field.field + ": " + field.description + "\n";
    EXPECT_THAT(problems, HasSubstr(one.problem)) << one.yaml;
  }
}

TEST(CalendarYaml, TheLargestIsReadAndOneMoreIsNot) {
  std::string yaml = "calendars:\n- id: a\n  name: x\n  parent: b\n  days:\n";
  auto date = sla::date_of(1980, 1, 1);
  for (std::size_t i = 0; i < kCalendarDaysMax; ++i, ++date) {
    const std::string number = std::to_string(sla::yyyymmdd(date));
    yaml += "  - {date: " + number.substr(0, 4) + "-" + number.substr(4, 2) + "-" +
            number.substr(6) + ", what: holiday}\n";
  }
  const auto all = calendars(yaml);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_FALSE(malformed(all[0]));
  EXPECT_FALSE(parse_calendars(yaml + "  - {date: 2200-01-01, what: holiday}\n", ""));
}

TEST(CalendarForm, EveryFlawIsSeen) {
  const struct {
    std::function<void(stored::Calendar&)> change;
    const char* problem;
  } kCases[] = {
      {[](auto& c) { c.clear_id(); }, "id"},
      {[](auto& c) { c.set_name_zh("a\x01"); }, "calendar full name: holds a control character"},
      {[](auto& c) { c.set_name_en(" "); }, "is blank"},
      {[](auto& c) { c.set_name_en("Cafe\xcc\x81"); }, "is not in NFC"},
      {[](auto& c) { c.set_time_zone("Mars"); }, "is no IANA time zone"},
      {[](auto& c) { c.set_parent("full"); }, "is the calendar itself"},
      {[](auto& c) { c.set_known_until(20260231); }, "known_until: 20260231 is no date"},
      {[](auto& c) { c.mutable_weekly()->SwapElements(0, 1); }, "does not come after"},
      {[](auto& c) { c.mutable_weekly(0)->mutable_opening()->SwapElements(0, 9); },
       "1 to 7, in order"},
      {[](auto& c) { c.mutable_weekly(0)->mutable_opening(0)->set_weekday(0); },
       "1 to 7, in order"},
      {[](auto& c) { c.mutable_weekly(0)->mutable_opening(0)->set_to_s(90000); },
       "ends after 24:00"},
      {[](auto& c) { c.mutable_days()->SwapElements(0, 1); }, "dates stand in order"},
      {[](auto& c) { c.mutable_days(0)->clear_what(); }, "is neither a holiday"},
      {[](auto& c) { c.mutable_days(2)->clear_opening(); }, "has no hours"},
      {[](auto& c) { c.mutable_days(2)->set_what(stored::CalendarDay::HOLIDAY); },
       "has hours, but"},
      {[](auto& c) { c.mutable_days(2)->set_date(0); }, "0 is no date"},
      {[](auto& c) { c.mutable_closures()->SwapElements(0, 2); }, "in order of declaration"},
      {[](auto& c) { c.mutable_closures(0)->set_counties(0, "台南市"); }, "is written 臺南市"},
      {[](auto& c) { c.mutable_closures(0)->set_counties(0, "Oz"); }, "is no county"},
      {[](auto& c) { c.mutable_closures(0)->set_counties(0, "高雄市"); }, "stands here twice"},
      {[](auto& c) { c.mutable_closures(0)->set_declared_ms(-1); }, "was declared at no time"},
  };
  for (const auto& one : kCases) {
    stored::Calendar calendar = calendars(kFull).at(0);
    one.change(calendar);
    const auto why = malformed(calendar);
    ASSERT_TRUE(why) << one.problem;
    EXPECT_THAT(why->message, HasSubstr(one.problem));
  }
}

TEST(CalendarDiff, EveryChangeHasItsLine) {
  const struct {
    std::function<void(stored::Calendar&)> change;
    std::vector<std::string> lines;
  } kCases[] = {
      {[](auto& c) { c.set_version(7), c.set_edition(9); }, {}},
      {[](auto& c) { c.set_name_zh("新"); }, {"~ calendar full: name 全部 -> 新"}},
      {[](auto& c) { c.set_parent("p"); }, {"~ calendar full: parent none -> p"}},
      {[](auto& c) { c.set_tenant("t"); }, {"~ calendar full: tenant none -> t"}},
      {[](auto& c) { c.set_time_zone("UTC"); }, {"~ calendar full: time_zone Asia/Taipei -> UTC"}},
      {[](auto& c) { c.mutable_weekly()->RemoveLast(); },
       {"- hours from 2026-07-01: mon-thu: [07:30-12:00, 13:00-18:00:30], sun: [00:00-24:00]"}},
      {[](auto& c) { c.add_weekly()->set_effective_from(20270101); },
       {"+ hours from 2027-01-01: always closed"}},
      {[](auto& c) {
         for (int i = 0; i < 10; i += 2)
           c.mutable_weekly(0)->mutable_opening(i)->set_from_s(7 * 3600);
       },
       {"~ hours: mon-fri 08:00-12:00, 13:00-17:00 -> 07:00-12:00, 13:00-17:00"}},
      {[](auto& c) { c.mutable_weekly(1)->mutable_opening()->RemoveLast(); },
       {"~ hours from 2026-07-01: sun 00:00-24:00 -> closed"}},
      {[](auto& c) { c.mutable_days()->RemoveLast(); }, {"- 2026-04-30 hours 08:00-12:00 半日"}},
      {[](auto& c) { c.mutable_days(0)->set_what(stored::CalendarDay::HOLIDAY); },
       {"~ 2026-02-07: working day -> holiday"}},
      {[](auto& c) { c.mutable_closures()->RemoveLast(); },
       {"- closure 2026-07-11 13:00-24:00 everywhere: 停電"}},
      {[](auto& c) { c.mutable_closures(1)->add_counties("高雄市"); },
       {"- reopening 2026-07-10 13:00-24:00 臺南市",
        "+ reopening 2026-07-10 13:00-24:00 臺南市, 高雄市"}},
      {[](auto& c) { c.mutable_closures()->SwapElements(0, 1); }, {"~ order of closures"}},
      {[](auto& c) { c.set_known_until(20271231); },
       {"~ known until: 2026-12-31 -> 2027-12-31", "! nothing is known of 2027"}},
      {[](auto& c) { c.set_known_until(0); },
       {"~ known until: 2026-12-31 -> none", "! what was known after none is provisional again"}},
      {[](auto& c) { c.mutable_days()->DeleteSubrange(1, 1); },
       {"- 2026-02-16 holiday 除夕, 'eve' \"of\" \\ all", "! 2026 has no holiday"}},
      {[](auto& c) { c.clear_days(); },
       {"- 2026-02-07 working day", "- 2026-02-16 holiday 除夕, 'eve' \"of\" \\ all",
        "- 2026-04-30 hours 08:00-12:00 半日",
        "! has no holiday, though it is known until 2026-12-31"}},
  };
  const stored::Calendar before = calendars(kFull).at(0);
  for (const auto& one : kCases) {
    stored::Calendar after = before;
    one.change(after);
    EXPECT_EQ(diff(before, after, 20260101), one.lines);
  }
}

TEST(CalendarDiff, HoursThatEndJustBeforeMidnightAreToldUntil24Is) {
  const stored::Calendar before = calendars(kFull).at(0);
  const auto warned = [&](const stored::Calendar& after) {
    const std::vector<std::string> lines = diff(before, after, 20260101);
    return lines.empty() ? std::string() : lines.back();
  };
  stored::Calendar after = before;
  after.mutable_weekly(0)->mutable_opening(0)->set_to_s(86'400 - 60);
  EXPECT_EQ(
      warned(after),
      "! hours that end just before midnight, mon 08:00-23:59: write 24:00 where the end of the "
      "day is meant");
  stored::CalendarDay& day = *after.add_days();
  day.set_date(20261225);
  day.set_what(stored::CalendarDay::OWN_HOURS);
  stored::DayHours& hours = *day.add_opening();
  hours.set_to_s(86'400 - 1);
  EXPECT_THAT(warned(after), testing::HasSubstr("mon 08:00-23:59 and 1 more: write 24:00"));
  after = before;
  after.mutable_weekly(0)->mutable_opening(0)->set_to_s(86'400);
  EXPECT_FALSE(warned(after).starts_with("!"));
  after.mutable_weekly(0)->mutable_opening(0)->set_to_s(86'400 - 61);
  EXPECT_FALSE(warned(after).starts_with("!"));
}

TEST(CalendarDiff, GapsBetweenYearsAndDatesThatPassedAreTold) {
  stored::Calendar before = calendars(kFull).at(0);
  stored::Calendar after = before;
  stored::CalendarDay& day = *after.add_days();
  day.set_date(20300101);
  day.set_what(stored::CalendarDay::HOLIDAY);
  after.set_known_until(20301231);
  EXPECT_THAT(diff(before, after, 20260101),
              ElementsAre("+ 2030-01-01 holiday", "~ known until: 2026-12-31 -> 2030-12-31",
                          "! nothing is known of 2027 to 2029"));
  after = before;
  after.mutable_days()->DeleteSubrange(0, 1);
  EXPECT_THAT(diff(before, after, 20260208),
              ElementsAre("- 2026-02-07 working day",
                          "! 1 date that changes has passed already, the earliest 2026-02-07"));
  const auto lines = diff({}, before, 20270101);  // all of a new one may have passed
  EXPECT_EQ(lines.front(), "+ calendar full");
  for (const std::string& line : lines)
    EXPECT_TRUE(line.starts_with("+ ") || line.starts_with("~ known"));
}

TEST(Closures, AreDeclaredInOrderByNormalisedCounty) {
  stored::Calendar calendar = calendars("calendars: [{id: a, name: x, parent: b}]").at(0);
  ClosureDeclaration typhoon{{"台南市 ", "高雄市"}, {20260710, 20260711}, {}, "颱風", false, 2000};
  auto next = declare_closure(calendar, typhoon);
  ASSERT_TRUE(next) << next.error().message;
  ASSERT_EQ(next->closures_size(), 2);
  EXPECT_THAT(next->closures(0).counties(), ElementsAre("臺南市", "高雄市"));
  EXPECT_EQ(next->closures(1).date(), 20260711u);
  EXPECT_EQ(next->closures(1).declared_ms(), 2000);
  // One that was declared before, and comes after.
  next = declare_closure(*next, {{}, {20260710}, {}, "停電", false, 1000});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->closures(0).reason(), "停電");
  stored::DayHours afternoon;
  afternoon.set_from_s(13 * 3600);
  afternoon.set_to_s(86400);
  next = declare_closure(*next, {{"臺南市"}, {20260711}, {afternoon}, "", true, 3000});
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->closures(3).reopened());
  EXPECT_THAT(diff(calendar, *next, 0), ElementsAre("+ closure 2026-07-10 everywhere: 停電",
                                                    "+ closure 2026-07-10 臺南市, 高雄市: 颱風",
                                                    "+ closure 2026-07-11 臺南市, 高雄市: 颱風",
                                                    "+ reopening 2026-07-11 13:00-24:00 臺南市"));

  const auto refusal = [&](const std::function<void(ClosureDeclaration&)>& change) {
    ClosureDeclaration wrong = typhoon;
    change(wrong);
    const auto result = declare_closure(calendar, wrong);
    return result ? "accepted" : result.error().message;
  };
  EXPECT_THAT(refusal([](auto& d) { d.dates.clear(); }), HasSubstr("dates: is empty"));
  EXPECT_THAT(refusal([](auto& d) { d.dates = {20260230}; }), HasSubstr("20260230 is no date"));
  EXPECT_THAT(refusal([](auto& d) { d.dates.push_back(20260710); }),
              HasSubstr("2026-07-10 stands here twice"));
  EXPECT_THAT(refusal([](auto& d) { d.dates.assign(32, 20260710); }), HasSubstr("the limit is 31"));
  EXPECT_THAT(refusal([](auto& d) { d.counties = {"台南"}; }), HasSubstr("did you mean 臺南市?"));
  EXPECT_THAT(refusal([](auto& d) {
                d.counties = {"台南市", "臺南市"};
              }),
              HasSubstr("stands here twice"));
  EXPECT_THAT(refusal([](auto& d) { d.reason = " "; }), HasSubstr("reason: is missing"));
  EXPECT_THAT(refusal([](auto& d) { d.reason = "\x02"; }), HasSubstr("reason: holds a control"));
  EXPECT_THAT(refusal([](auto& d) { d.reason.assign(201, 'x'); }), HasSubstr("longer than 200"));
  EXPECT_THAT(refusal([&](auto& d) {
                d.hours = {afternoon, afternoon};
              }),
              HasSubstr("begins before"));
  EXPECT_THAT(refusal([&](auto& d) { d.hours.assign(9, afternoon); }), HasSubstr("the limit is 8"));
  EXPECT_THAT(refusal([](auto& d) { d.declared_ms = -1; }), HasSubstr("declared at no time"));
}

TEST(County, TaiIsOneCharacterHoweverWritten) {
  EXPECT_EQ(counties().size(), 22u);
  for (const std::string_view county : counties()) EXPECT_EQ(county_name(county), county);
  EXPECT_EQ(county_name(" 台北市\t"), "臺北市");
  EXPECT_EQ(county_name("\u3000台東縣\u3000 "), "臺東縣");
  EXPECT_EQ(county_name(""), "");
  EXPECT_TRUE(is_county("台中市"));
  EXPECT_FALSE(is_county("台中"));
  EXPECT_FALSE(is_county("臺北縣"));
}

TEST(County, IsTheOneThatIsMeantOrNone) {
  for (const std::string_view county : counties()) EXPECT_EQ(meant_county(county), county);
  EXPECT_EQ(meant_county(" 台南 "), "臺南市");
  EXPECT_EQ(meant_county("新北"), "新北市");
  EXPECT_EQ(meant_county("臺北市中山區"), "臺北市");
  for (const char* none : {"", "台", "新竹", "嘉義", "台南縣", "南投市", "Taipei", "台北縣市"})
    EXPECT_EQ(meant_county(none), "") << none;
  EXPECT_THAT(like_counties("新竹"), ElementsAre("新竹市", "新竹縣"));
  EXPECT_THAT(like_counties("台南縣"), ElementsAre("臺南市"));
  EXPECT_THAT(like_counties("Taipei"), ElementsAre());
  EXPECT_THAT(no_county("新竹"), HasSubstr("did you mean 新竹市 or 新竹縣?"));
}

}  // namespace
}  // namespace casewheel::catalogue
