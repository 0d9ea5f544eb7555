// `casewheel sla` line by line: formats, refusals, and the worked examples of other libraries.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/cli/sla/calculator.h"

namespace casewheel::cli {
namespace {

namespace json = boost::json;

const char* const kOffice =
    R"("schedule":{"tz":"Asia/Taipei","weekly":[)"
    R"({"dow":1,"start":"08:00","end":"12:00"},{"dow":1,"start":"13:00","end":"17:00"},)"
    R"({"dow":2,"start":"08:00","end":"12:00"},{"dow":2,"start":"13:00","end":"17:00"},)"
    R"({"dow":6,"start":"00:00","end":"24:00"}],)"
    R"("holidays":["2026-01-06"],)"
    R"("overrides":{"2026-01-06":[{"start":"08:00","end":"09:00"}],)"
    R"("2026-01-08":[{"start":"09:00","end":"18:00"}]},)"
    R"("breaks":{"2026-01-08":[{"start":"10:00","end":"11:00"}]}},)";

std::string due_of(const std::string& rest) {
  SlaCalculator calculator;
  return calculator.due(std::string("{\"id\":1,") + kOffice + rest + "}");
}

TEST(SlaDue, AnswersInTheZoneOfTheSchedule) {
  EXPECT_EQ(due_of(R"("start":"2026-01-05T01:00:00Z","amount_business_seconds":3600)"),
            R"({"id":1,"due":"2026-01-05T10:00:00+08:00"})");
  EXPECT_EQ(due_of(R"("start":"2026-01-05T11:30:00+08:00","amount_business_seconds":1800)"),
            R"({"id":1,"due":"2026-01-05T12:00:00+08:00"})");
  EXPECT_EQ(due_of(R"("start":"2026-01-05T16:59:59.5+08:00","amount_business_seconds":1)"),
            R"({"id":1,"due":"2026-01-08T09:00:00.5+08:00"})")
      << "the holiday beats the override";
  EXPECT_EQ(due_of(R"("start":"2026-01-08T09:30:00+08:00","amount_business_seconds":3600)"),
            R"({"id":1,"due":"2026-01-08T11:30:00+08:00"})")
      << "the break is taken out of the override";
  EXPECT_EQ(due_of(R"("start":"2026-01-08T11:30:00+08:00","amount_business_seconds":-3600)"),
            R"({"id":1,"due":"2026-01-08T09:30:00+08:00"})");
  EXPECT_EQ(due_of(R"("start":"2026-01-10T23:00:00+08:00","amount_business_seconds":3600)"),
            R"({"id":1,"due":"2026-01-11T00:00:00+08:00"})");
  EXPECT_EQ(due_of(R"("start":"2026-01-11T10:00:00+08:00","amount_business_seconds":0)"),
            R"({"id":1,"due":"2026-01-12T08:00:00+08:00"})");
  EXPECT_EQ(due_of(R"("start":"2026-01-05T10:00:00+08:00","calendar_days":2)"),
            R"({"id":1,"due":"2026-01-07T10:00:00+08:00"})");
  EXPECT_EQ(due_of(R"("start":"2026-01-05T10:00:00+08:00","calendar_days":2,"day_rule":)"
                   R"("end_of_day_first_day_excluded")"),
            R"({"id":1,"due":"2026-01-08T00:00:00+08:00"})");
  EXPECT_NE(due_of(R"("start":"2026-01-05T10:00:00+08:00","calendar_days":2,"day_rule":)"
                   R"("end_of_working_day")")
                .find("day_rule: of calendar_days must be keep_wall_time or"),
            std::string::npos);
}

TEST(SlaDue, KnowsTheDayRulesByAllTheirNames) {
  const struct {
    const char* rule;
    const char* due;
  } kCases[] = {
      {"keep_wall_time", "2026-01-08T10:00:00+08:00"},
      {"roll_to_opening_then_add_keep_wall_time", "2026-01-08T10:00:00+08:00"},
      {"keep_wall_time_no_roll_within_day", "2026-01-08T10:00:00+08:00"},
      {"roll_to_business_day_then_add_keep_wall_time", "2026-01-08T10:00:00+08:00"},
      {"next_open_after_days", "2026-01-08T11:00:00+08:00"},
      {"advance_n_business_dates_then_next_active", "2026-01-08T11:00:00+08:00"},
      {"end_of_working_day", "2026-01-08T18:00:00+08:00"},
      {"add_business_days_then_end_of_that_working_day", "2026-01-08T18:00:00+08:00"},
      {"end_of_day_first_day_excluded", "2026-01-09T00:00:00+08:00"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(due_of(std::string(R"("start":"2026-01-05T10:00:00+08:00","business_days":1,)") +
                     R"("day_rule":")" + c.rule + "\""),
              std::string(R"({"id":1,"due":")") + c.due + "\"}")
        << c.rule;
  }
}

TEST(SlaElapsed, CountsWorkingSecondsBothWays) {
  SlaCalculator calculator;
  const auto elapsed = [&](const std::string& rest) {
    return calculator.elapsed(std::string("{\"id\":\"e\",") + kOffice + rest + "}");
  };
  EXPECT_EQ(elapsed(R"("start":"2026-01-05T09:00:00+08:00","end":"2026-01-08T09:30:00+08:00")"),
            R"({"id":"e","business_seconds":27000})");
  EXPECT_EQ(elapsed(R"("end":"2026-01-05T09:00:00+08:00","start":"2026-01-08T09:30:00+08:00")"),
            R"({"id":"e","business_seconds":-27000})");
  EXPECT_EQ(elapsed(R"("start":"2026-01-05T09:00:00+08:00","end":"2026-01-05T09:00:01.5+08:00")"),
            R"({"id":"e","business_seconds":1.5E0})");
  EXPECT_EQ(calculator.mistakes(), 0U);
}

TEST(SlaDue, NamesWhatIsWrong) {
  SlaCalculator calculator;
  std::uint64_t asked = 0;
  const auto why = [&](const std::string& line) {
    ++asked;
    const json::value answer = json::parse(calculator.due(line));
    EXPECT_EQ(calculator.mistakes(), asked) << line;
    const json::value* error = answer.as_object().if_contains("error");
    EXPECT_NE(error, nullptr) << line;
    return error == nullptr ? std::string() : std::string(error->as_string());
  };
  const auto schedule = [&](const std::string& inner) {
    return why(R"({"id":7,"schedule":{)" + inner +
               R"(},"start":"2026-01-05T09:00:00Z","amount_business_seconds":1})");
  };
  EXPECT_NE(why("").find("not a JSON object"), std::string::npos);
  EXPECT_NE(why("[1]").find("not a JSON object"), std::string::npos);
  EXPECT_NE(why("{").find("not a JSON object"), std::string::npos);
  EXPECT_EQ(why("{}"), "schedule: must be an object");
  EXPECT_EQ(schedule(R"("tz":"Mars/Olympus","weekly":[])"), "schedule.tz: no such time zone");
  EXPECT_EQ(schedule(R"("tz":"UTC")"), "schedule.weekly: must be a list of {dow, start, end}");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[])"), "the calendar has no opening hours on any date");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[{"dow":0,"start":"08:00","end":"09:00"}])"),
            "schedule.weekly[0].dow: must be 1 (Monday) to 7 (Sunday)");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[{"dow":1,"start":"8:00","end":"09:00"}])"),
            "schedule.weekly[0].start: must be a time of day such as 08:30 or 24:00");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[{"dow":1,"start":"08:00","end":"24:01"}])"),
            "schedule.weekly[0].end: must be a time of day such as 08:30 or 24:00");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[{"dow":1,"start":"22:00","end":"06:00"}])"),
            "schedule.weekly[0].end: must be after start; a span over midnight is written as two");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[],"holidays":["2026-02-30"])"),
            "schedule.holidays[0]: must be a date such as 2026-01-05");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[],"holidays":["2399-01-01"])"),
            "schedule: 2399-01-01: beyond 1900 to 2299");
  EXPECT_EQ(schedule(R"("tz":"UTC","weekly":[],"breaks":{"x":[]})"),
            "schedule.breaks.x: must be a date such as 2026-01-05");

  const auto question = [&](const std::string& rest) {
    return why(std::string("{\"id\":8,") + kOffice + rest + "}");
  };
  const std::string start = R"("start":"2026-01-05T09:00:00Z",)";
  EXPECT_EQ(question(R"("amount_business_seconds":1)"),
            "start: must be an instant such as 2026-01-05T09:00:00+08:00");
  EXPECT_NE(question(R"("start":"infinite-future","amount_business_seconds":1)"), "");
  EXPECT_NE(question(start + R"("business_days":1)").find("day_rule"), std::string::npos);
  EXPECT_NE(question(start + R"("business_days":1.5,"day_rule":"keep_wall_time")"), "");
  EXPECT_NE(question(start + R"("business_days":1,"calendar_days":1)").find("exactly one"),
            std::string::npos);
  EXPECT_NE(question(start + R"("amount_business_seconds":"1")"), "");
  EXPECT_NE(question(start + R"("amount_business_seconds":1e400)"), "");
  EXPECT_NE(question(start + R"("amount_business_seconds":1e10)").find("2299"), std::string::npos);
  EXPECT_NE(question(R"("start":"9999-01-05T09:00:00Z","amount_business_seconds":1)"), "");
}

TEST(SlaRun, GoesOnAfterLinesThatMakeNoSense) {
  const std::string good = std::string("{\"id\":1,") + kOffice +
                           R"("start":"2026-01-05T01:00:00Z","amount_business_seconds":3600})";
  const std::string answer = R"({"id":1,"due":"2026-01-05T10:00:00+08:00"})";
  std::istringstream in(good + "\n\nnonsense\r\n" + std::string(kCalculatorLineBytesMax + 5, ' ') +
                        "x\n" + good + "\r\n" + std::string(kCalculatorLineBytesMax + 1, 'x') +
                        "\n" + good);
  std::ostringstream out;
  SlaCalculator calculator;
  calculator.run(&SlaCalculator::due, in, out);
  std::istringstream lines(out.str());
  std::vector<std::string> answers;
  for (std::string line; std::getline(lines, line);) answers.push_back(line);
  ASSERT_EQ(answers.size(), 6U);
  EXPECT_EQ(answers[0], answer);
  EXPECT_NE(answers[1].find("not a JSON object"), std::string::npos);
  EXPECT_NE(answers[2].find("limited"), std::string::npos);
  EXPECT_EQ(answers[3], answer);
  EXPECT_NE(answers[4].find("limited"), std::string::npos);
  EXPECT_EQ(answers[5], answer);
  EXPECT_EQ(calculator.mistakes(), 3U);
}

// Worked examples of bokmann/business_time and lennym/moment-business-time, beside the checkout.
TEST(SlaExamples, AgreeWithOtherLibraries) {
  const char* given = std::getenv("CASEWHEEL_DATA");
  const std::filesystem::path folder =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(CASEWHEEL_SOURCE_DIR) / "../shared/data";
  std::ifstream in(folder / "deadlines/examples.jsonl");
  if (!in) GTEST_SKIP() << "no examples in " << folder;
  SlaCalculator calculator;
  int examples = 0;
  for (std::string line; std::getline(in, line); ++examples) {
    const json::object example = json::parse(line).as_object();
    const json::object answer = json::parse(calculator.due(line)).as_object();
    ASSERT_TRUE(answer.contains("due")) << json::serialize(answer);
    EXPECT_EQ(answer.at("id"), example.at("id"));
    const std::string expected(example.at("expected_due").as_string());
    const std::string due(answer.at("due").as_string());
    const json::value* tags = example.if_contains("tags");
    const bool date_only =
        tags != nullptr && json::serialize(*tags).find("date_only") != std::string::npos;
    if (date_only) {
      EXPECT_EQ(due.substr(0, 10), expected.substr(0, 10)) << line;
      continue;
    }
    // 59.700000 of theirs is 59.7 of ours.
    std::string same = expected;
    if (const auto at = same.find(".700000"); at != std::string::npos) same.replace(at, 7, ".7");
    EXPECT_EQ(due, same) << line;
  }
  EXPECT_GE(examples, 112);
}

}  // namespace
}  // namespace casewheel::cli
