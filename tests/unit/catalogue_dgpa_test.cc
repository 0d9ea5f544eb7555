// DGPA's CSV: the twelve official files day by day against a reader of three lines, the three versions
// of 2025 superseding one another, and every refusal with its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "engine/catalogue/calendar/calendar_diff.h"
#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/calendar_set.h"
#include "engine/catalogue/calendar/dgpa.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Empty when the real data is not here: CASEWHEEL_DATA, or data above the test's executable.
std::string official(const std::string& name) {
  std::filesystem::path file;
  if (const char* data = std::getenv("CASEWHEEL_DATA")) {
    file = std::filesystem::path(data) / "calendars" / name;
  } else {
    for (auto folder = std::filesystem::canonical("/proc/self/exe").parent_path();
         folder.has_relative_path() && !std::filesystem::exists(file);
         folder = folder.parent_path()) {
      file = folder / "data" / "calendars" / name;
    }
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

stored::Calendar government() {
  stored::Calendar calendar;
  calendar.set_id("tw-government");
  calendar.set_name_zh("政府行政機關辦公日曆");
  calendar.set_time_zone("Asia/Taipei");
  stored::WeeklyHours& week = *calendar.add_weekly();
  for (std::uint32_t day = 1; day <= 5; ++day) {
    stored::OpeningHours& opening = *week.add_opening();
    opening.set_weekday(day);
    opening.set_from_s(8 * 3600 + 1800);
    opening.set_to_s(17 * 3600 + 1800);
  }
  return calendar;
}

struct PublishedDay {
  bool off = false;
  bool named = false;
};

// Reads the columns by their bytes: commas, digits and line ends are the same in Big5 and UTF-8.
std::map<std::uint32_t, PublishedDay> by_hand(const std::string& csv) {
  std::map<std::uint32_t, PublishedDay> days;
  std::istringstream lines(csv.substr(csv.find('\n') + 1));
  for (std::string line; std::getline(lines, line);) {
    const auto flag = line.find(',', line.find(',') + 1) + 1;
    days[static_cast<std::uint32_t>(std::stoul(line.substr(0, 8)))] = {
        line.at(flag) == '2', line.substr(flag + 2).size() > 1};
  }
  return days;
}

struct Published {
  const char* name;
  int year;
  int weekdays_off, named_weekends, make_up;
};
const Published kPublished[] = {
    {"106年中華民國政府行政機關辦公日曆表.csv", 2017, 14, 3, 3},
    {"107年中華民國政府行政機關辦公日曆表.csv", 2018, 13, 2, 2},
    {"108年中華民國政府行政機關辦公日曆表.csv", 2019, 14, 0, 3},
    {"109年中華民國政府行政機關辦公日曆表.csv", 2020, 14, 4, 3},
    {"110年中華民國政府行政機關辦公日曆表.csv", 2021, 14, 5, 2},
    {"111年中華民國政府行政機關辦公日曆表.csv", 2022, 11, 2, 1},
    {"112年中華民國政府行政機關辦公日曆表.csv", 2023, 17, 3, 6},
    {"113年中華民國政府行政機關辦公日曆表.csv", 2024, 12, 2, 1},
    {"114年中華民國政府行政機關辦公日曆表.csv", 2025, 12, 1, 1},
    {"114年中華民國政府行政機關辦公日曆表修正版.csv", 2025, 15, 3, 1},
    {"114年中華民國政府行政機關辦公日曆表1141020更新.csv", 2025, 15, 3, 1},
    {"115年中華民國政府行政機關辦公日曆表.csv", 2026, 16, 6, 0},
};

// What the calendar says of each date of the file, against the file.
void expect_as_published(const sla::Calendar& calendar, const std::string& csv, int year) {
  const auto days = by_hand(csv);
  ASSERT_EQ(static_cast<sla::Date>(days.size()),
            sla::date_of(year + 1, 1, 1) - sla::date_of(year, 1, 1));
  for (const auto& [number, published] : days) {
    const sla::DayPlan plan = calendar.plan(*sla::date_of_yyyymmdd(number));
    EXPECT_EQ(plan.hours.empty(), published.off) << number;
    EXPECT_FALSE(plan.provisional) << number;
    EXPECT_TRUE(!published.off || plan.name.empty() != published.named) << number;
  }
}

class OfficialFile : public ::testing::TestWithParam<Published> {};

TEST_P(OfficialFile, EveryDateIsAsPublished) {
  const std::string csv = official(GetParam().name);
  if (csv.empty()) GTEST_SKIP() << "the real data is not here";
  const auto year = parse_dgpa(csv, GetParam().name);
  ASSERT_TRUE(year) << year.error().message;
  EXPECT_EQ(year->year, GetParam().year);
  int weekdays_off = 0;
  int named_weekends = 0;
  int make_up = 0;
  for (const stored::CalendarDay& day : year->days) {
    const bool weekend = sla::weekday(*sla::date_of_yyyymmdd(day.date())) >= 6;
    if (day.what() == stored::CalendarDay::WORKING_DAY) {
      ++make_up;
      EXPECT_TRUE(weekend) << day.date();
    } else {
      ++(weekend ? named_weekends : weekdays_off);
    }
  }
  EXPECT_EQ(weekdays_off, GetParam().weekdays_off);
  EXPECT_EQ(named_weekends, GetParam().named_weekends);
  EXPECT_EQ(make_up, GetParam().make_up);

  const stored::Calendar calendar = with_year(government(), *year);
  EXPECT_EQ(calendar.known_until(), static_cast<std::uint32_t>(year->year) * 10000 + 1231);
  const auto set = CalendarSet::of({calendar}, 1);
  ASSERT_TRUE(set) << set.error().message;
  const sla::Calendar* compiled = (*set)->compiled("tw-government", "");
  expect_as_published(*compiled, csv, year->year);
  EXPECT_TRUE(compiled->plan(sla::date_of(year->year + 1, 1, 1)).provisional);
}

INSTANTIATE_TEST_SUITE_P(Dgpa, OfficialFile, ::testing::ValuesIn(kPublished), [](const auto& info) {
  return std::to_string(info.param.year) + "_" + std::to_string(info.index);
});

TEST(Dgpa, TheYearsStandTogetherInOneCalendarTheLastOfAYearInForce) {
  stored::Calendar calendar = government();
  std::map<int, std::string> in_force;
  for (const Published& file : kPublished) {
    const std::string csv = official(file.name);
    if (csv.empty()) GTEST_SKIP() << "the real data is not here";
    const auto year = parse_dgpa(csv, file.name);
    ASSERT_TRUE(year);
    calendar = with_year(std::move(calendar), *year);
    in_force[file.year] = csv;
  }
  EXPECT_FALSE(malformed(calendar));
  EXPECT_EQ(calendar.known_until(), 20261231u);
  const auto set = CalendarSet::of({calendar}, 1);
  ASSERT_TRUE(set);
  for (const auto& [year, csv] : in_force)
    expect_as_published(*(*set)->compiled("tw-government", ""), csv, year);
  // An older year loaded again takes nothing from what is known.
  const auto again = parse_dgpa(in_force[2019], "again.csv");
  EXPECT_THAT(diff(calendar, with_year(calendar, *again), 0), IsEmpty());
}

TEST(Dgpa, TheThreeVersionsOf2025NameWhatTheyChange) {
  stored::Calendar calendar = government();
  std::vector<std::vector<std::string>> diffs;
  for (int i = 8; i <= 10; ++i) {
    const std::string csv = official(kPublished[i].name);
    if (csv.empty()) GTEST_SKIP() << "the real data is not here";
    const auto year = parse_dgpa(csv, kPublished[i].name);
    ASSERT_TRUE(year);
    const stored::Calendar next = with_year(calendar, *year);
    diffs.push_back(diff(calendar, next, 20251020));
    calendar = next;
  }
  EXPECT_EQ(diffs[0].front(), "+ 2025-01-01 holiday 開國紀念日");
  EXPECT_THAT(
      diffs[1],
      ElementsAre("+ 2025-09-28 holiday 孔子誕辰紀念日", "+ 2025-09-29 holiday",
                  "+ 2025-10-24 holiday", "+ 2025-10-25 holiday 臺灣光復暨金門古寧頭大捷紀念日",
                  "+ 2025-12-25 holiday 行憲紀念日",
                  "! 2 dates that change have passed already, the earliest 2025-09-28"));
  // The Big5 file gives the two days their names.
  EXPECT_THAT(
      diffs[2],
      ElementsAre("~ 2025-09-29: holiday -> holiday 補假", "~ 2025-10-24: holiday -> holiday 補假",
                  "! 1 date that changes has passed already, the earliest 2025-09-29"));
  // Back from the last to the first: the days are taken away again, and that is only told.
  const auto first = parse_dgpa(official(kPublished[8].name), "first.csv");
  const auto back = diff(calendar, with_year(calendar, *first), 20251020);
  EXPECT_EQ(back.front(), "- 2025-09-28 holiday 孔子誕辰紀念日");
  EXPECT_EQ(back.size(), 6u);
}

// A year without holidays, as DGPA would write it; `change` may alter the fields of a date.
using Row = std::array<std::string, 4>;
std::string written_year(int year, const std::map<std::uint32_t, Row>& changed = {},
                         const std::string& eol = "\r\n") {
  static const char* const kWeekdays[] = {"一", "二", "三", "四", "五", "六", "日"};
  std::string csv = "西元日期,星期,是否放假,備註" + eol;
  for (sla::Date date = sla::date_of(year, 1, 1); date < sla::date_of(year + 1, 1, 1); ++date) {
    const int weekday = sla::weekday(date);
    Row row{std::to_string(sla::yyyymmdd(date)), kWeekdays[weekday - 1], weekday >= 6 ? "2" : "0",
            ""};
    const auto found = changed.find(sla::yyyymmdd(date));
    if (found != changed.end()) row = found->second;
    if (row[0] == "gone") continue;
    csv += row[0] + "," + row[1] + "," + row[2] + "," + row[3] + eol;
  }
  return csv;
}

TEST(Dgpa, ReadsMarksQuotesAndEveryLineEnd) {
  const std::map<std::uint32_t, Row> changed{
      {20310101, {"\"20310101\"", "\"三\"", "\"2\"", "\"元旦, \"\"開國\"\"\""}},
      {20310208, {"20310208", "六", "0", " 補行上班 "}},
      {20310209, {"20310209", "日", "2", "祖母節"}},
      {20310210, {"20310210", "一", "0", "照常"}},
  };
  for (const std::string& csv :
       {written_year(2031, changed), written_year(2031, changed, "\n"),
        "\xef\xbb\xbf" + written_year(2031, changed) + "\r\n,,,\r\n\r\n"}) {
    const auto year = parse_dgpa(csv, "year.csv");
    ASSERT_TRUE(year) << year.error().message;
    ASSERT_EQ(year->days.size(), 3u);
    EXPECT_EQ(year->days[0].what(), stored::CalendarDay::HOLIDAY);
    EXPECT_EQ(year->days[0].name(), "元旦, \"開國\"");
    EXPECT_EQ(year->days[1].what(), stored::CalendarDay::WORKING_DAY);
    EXPECT_EQ(year->days[1].name(), "補行上班");
    EXPECT_EQ(year->days[2].name(), "祖母節");  // an office open on Sundays is closed
  }
  EXPECT_TRUE(parse_dgpa(written_year(2032), "leap.csv"));
}

std::string all_problems(const std::string& csv) {
  const auto year = parse_dgpa(csv, "year.csv");
  if (year) return "accepted";
  std::string text;
  for (const auto& field : year.error().fields)
    text += field.field + " " + field.description + "\n";
  return text;
}

TEST(Dgpa, EveryRefusalNamesItsLine) {
  const std::string header = "西元日期,星期,是否放假,備註\n";
  const struct {
    std::string csv, problem;
  } kCases[] = {
      {"", "year.csv:1 is empty"},
      {header, "year.csv:1 no date follows the header"},
      {"Subject,Start Date\n", "year.csv:1 the header is not 西元日期,星期,是否放假,備註"},
      {written_year(2031, {{20310102, {"gone", "", "", ""}}}), "year.csv:3 2031-01-02 missing"},
      {written_year(2031, {{20311230, {"gone", "", "", ""}}, {20311231, {"gone", "", "", ""}}}),
       "year.csv:364 2031-12-30 to 2031-12-31 missing"},
      {written_year(2031) + "20310105,日,2,\n", "year.csv:367 2031-01-05 stands in line 6 already"},
      {written_year(2031) + "20320101,四,2,\n", "year.csv:367 2032-01-01 is not of 2031"},
      {written_year(2031, {{20310103, {"20310103", "六", "0", ""}}}),
       "year.csv:4 2031-01-03 is a 五, not '六'"},
      {written_year(2031, {{20310103, {"20310103", "五", "1", ""}}}),
       "year.csv:4 '1' is no flag; 0 is a working day, 2 a day off"},
      {written_year(2031, {{20310103, {"20310103", "五", "", ""}}}), "year.csv:4 '' is no flag"},
      {written_year(2031, {{20310103, {"2031-1-3", "五", "0", ""}}}),
       "year.csv:4 '2031-1-3' is no date"},
      {written_year(2031, {{20310228, {"20310229", "五", "0", ""}}}),
       "year.csv:60 '20310229' is no date"},
      {written_year(2031, {{20310103, {"20310103", "五", "0", "名,又"}}}),
       "year.csv:4 has 5 columns; the header has 4"},
      {written_year(2031, {{20310103, {"20310103", "五", "2", std::string(201, 'x')}}}),
       "year.csv:4 備註 is 201 bytes; the limit is 200"},
      {written_year(2031, {{20310103, {"20310103", "五", "2", "\x01"}}}),
       "year.csv:4 備註 holds a control character"},
      {written_year(2031, {{20310103, {"20310103", "五", "2", "\"x"}}}),
       "year.csv:4 a quotation mark is opened and never closed"},
      {written_year(2031, {{20310103, {"20310103", "五", "2", "\"x\"y"}}}),
       "year.csv:4 text follows a closing quotation mark"},
      {header + "20310101,\xff\xff,2,\n", "year.csv:2 is neither UTF-8 nor Big5"},
      {std::string(300'000, ' '), "year.csv:1 is 300000 bytes; the limit is 262144"},
  };
  for (const auto& one : kCases) EXPECT_THAT(all_problems(one.csv), HasSubstr(one.problem));
}

TEST(Dgpa, AllProblemsAtOnceTheFirstFiftyNamed) {
  std::map<std::uint32_t, Row> wrong;
  for (std::uint32_t day = 1; day <= 31; ++day)
    for (const std::uint32_t month : {1u, 3u})
      wrong[20310000 + month * 100 + day] = {std::to_string(20310000 + month * 100 + day), "?", "0",
                                             ""};
  const auto year = parse_dgpa(written_year(2031, wrong), "");
  ASSERT_FALSE(year);
  EXPECT_EQ(year.error().fields.size(), 50u);
  EXPECT_THAT(year.error().message,
              HasSubstr("has 62 problems, the first 50 are named; calendar:2: "));
}

TEST(Dgpa, AYearSupersedesItselfWhollyAndNothingElse) {
  stored::Calendar calendar = government();
  for (const std::uint32_t date : {20301231u, 20310704u, 20320101u}) {
    stored::CalendarDay& day = *calendar.add_days();
    day.set_date(date);
    day.set_what(stored::CalendarDay::HOLIDAY);
  }
  calendar.set_known_until(20321231);
  const auto year =
      parse_dgpa(written_year(2031, {{20310103, {"20310103", "五", "2", "新"}}}), "year.csv");
  ASSERT_TRUE(year);
  const stored::Calendar next = with_year(calendar, *year);
  EXPECT_EQ(next.known_until(), 20321231u);
  EXPECT_THAT(diff(calendar, next, 0),
              ElementsAre("+ 2031-01-03 holiday 新", "- 2031-07-04 holiday"));
}

}  // namespace
}  // namespace casewheel::catalogue
