// The commands about dates against the fake engine: what is typed becomes the request, what is
// answered becomes text and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/cli_fake_engine.h"

namespace casewheel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CalendarCommands : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  FakeEngine::Ran run(std::vector<std::string> arguments) {
    return engine_.run(std::move(arguments));
  }
  void succeeds(std::vector<std::string> arguments) {
    const auto ran = run(std::move(arguments));
    EXPECT_EQ(ran.code, kExitOk) << ran.err;
  }

  const std::string number_ = format_case_number(7, CaseId::make(1, 1150723, 42));
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("casewheel-cli-" + std::to_string(::getpid()) + "-" +
       ::testing::UnitTest::GetInstance()->current_test_info()->name());
  FakeEngine engine_;
};

TEST_F(CalendarCommands, TheKindOfFileIsToldByItsNameOrItsBeginning) {
  succeeds({"calendar", "load", file("a.yaml", "calendars: []"), "--reason", "改期"});
  EXPECT_EQ(engine_.loaded.yaml(), "calendars: []");
  EXPECT_EQ(engine_.loaded.reason(), "改期");
  EXPECT_EQ(engine_.loaded.request_id().size(), 36u);
  succeeds({"calendar", "load", file("115.CSV", "x"), "--calendar", "national"});
  EXPECT_EQ(engine_.loaded.dgpa_csv(), "x");
  EXPECT_EQ(engine_.loaded.calendar(), "national");
  succeeds({"calendar", "load", file("a.ics", "y"), "--calendar", "national", "--transparent"});
  EXPECT_EQ(engine_.loaded.icalendar(), "y");
  EXPECT_TRUE(engine_.loaded.transparent_too());
  succeeds({"calendar", "load", file("feed", "BEGIN:VCALENDAR\r\n"), "--calendar", "national"});
  EXPECT_TRUE(engine_.loaded.has_icalendar());
  succeeds({"calendar", "load", file("year", "西元日期,星期,是否放假,備註\r\n"), "--calendar",
            "national"});
  EXPECT_TRUE(engine_.loaded.has_dgpa_csv());
  succeeds({"calendar", "load", file("plain", "calendars:\n  - id: a\n")});
  EXPECT_TRUE(engine_.loaded.has_yaml());
  EXPECT_EQ(run({"calendar", "load", file("b.csv", "x")}).code, kExitUsage) << "which calendar?";
  EXPECT_EQ(run({"calendar", "load", "/nonexistent.yaml"}).code, kExitUsage);
  EXPECT_EQ(run({"calendar"}).code, kExitUsage);
}

TEST_F(CalendarCommands, ADryRunShowsWhatWouldMove) {
  engine_.preview.set_cases_moved(12);
  auto* example = engine_.preview.add_examples();
  example->set_case_number(number_);
  example->set_county("臺北市");
  *example->mutable_due_after() = to_timestamp(kDayMs);
  const auto ran = run({"calendar", "load", file("a.yaml", "calendars: []"), "--dry-run"});
  EXPECT_EQ(ran.code, kExitOk);
  EXPECT_TRUE(engine_.loaded.validate_only());
  for (const char* part :
       {"試算，尚未生效；套用後為第 2 版", "+ 2026-02-04 holiday 水利節", "2027 is unknown",
        "受影響案件 Cases moved", "12", "停止計時 paused", "1970-01-01 24:00:00", "臺北市"}) {
    EXPECT_THAT(ran.out, HasSubstr(part));
  }
  const auto json = run({"--json", "calendar", "load", file("a.yaml", "x"), "--dry-run"});
  EXPECT_EQ(boost::json::parse(json.out).at("preview").at("cases_moved"), "12");
}

TEST_F(CalendarCommands, CloseAndReopen) {
  succeeds({"calendar", "close", "--calendar", "national", "--county", "臺北市,新北市", "--county",
            "基隆市", "--date", "2026-07-24", "--hours", "13:00-17:00", "--reason", "颱風",
            "--dry-run"});
  EXPECT_THAT(engine_.closed.counties(), ElementsAre("臺北市", "新北市", "基隆市"));
  EXPECT_THAT(engine_.closed.dates(), ElementsAre("2026-07-24"));
  EXPECT_THAT(engine_.closed.hours(), ElementsAre("13:00-17:00"));
  EXPECT_TRUE(engine_.closed.validate_only());
  EXPECT_FALSE(engine_.closed.reopened());
  succeeds({"calendar", "reopen", "--calendar", "national", "--date", "2026-07-24"});
  EXPECT_TRUE(engine_.closed.reopened());
  EXPECT_FALSE(engine_.closed.validate_only());
  EXPECT_EQ(run({"calendar", "close", "--calendar", "n", "--date", "2026-07-24"}).code, kExitUsage)
      << "without a reason";
}

TEST_F(CalendarCommands, LookingAtCalendars) {
  EXPECT_THAT(run({"calendar", "list"}).out, HasSubstr("national"));
  EXPECT_THAT(run({"calendar", "show", "national"}).out, HasSubstr("calendars: [national]"));
  EXPECT_THAT(run({"calendar", "sweep"}).out, HasSubstr("套用中 under way"));
  EXPECT_EQ(boost::json::parse(run({"--json", "calendar", "sweep"}).out).at("partitions_done"), 3);
}

TEST_F(CalendarCommands, ExplainPrintsBothLanguagesLineByLine) {
  const auto ran = run({"explain", number_, "--clock", "2"});
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("  期限 2 月 13 日\n  第二行\n"));
  EXPECT_THAT(ran.out, HasSubstr("  Due Fri 2026-02-13\n"));
  EXPECT_EQ(run({"explain", number_ + "1"}).code, kExitUsage);
}

TEST_F(CalendarCommands, SimulateAddsUp) {
  const auto ran = run({"simulate", "--tenant", "t", "--policy", file("p.yaml", "tenants: []"),
                        "--from", "2026-01-01", "--to", "2026-01-31"});
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(engine_.simulated.yaml(), "tenants: []");
  EXPECT_EQ(to_ms(engine_.simulated.received_until()),
            *parse_time("2026-02-01", absl::UTCTimeZone()));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("合計 Total +6 +0 +0 +0 +8 +0\n"));
  EXPECT_EQ(run({"simulate", "--tenant", "t", "--from", "2026-01-01"}).code, kExitUsage);
  EXPECT_EQ(run({"simulate", "--tenant", "t", "--from", "x", "--to", "2026-01-01"}).code,
            kExitUsage);
}

TEST_F(CalendarCommands, WorkThatWaits) {
  const auto suspended = run({"suspend", number_, "--reason", "other-agency", "--text", "會辦",
                              "--from", "2026-07-01 09:00"});
  EXPECT_EQ(suspended.code, kExitOk) << suspended.err;
  EXPECT_EQ(engine_.suspended.reason(), v1::PAUSE_REASON_OTHER_AGENCY);
  EXPECT_TRUE(engine_.suspended.has_from_time());
  EXPECT_THAT(suspended.out, HasSubstr("等候其他機關 other agency"));
  EXPECT_EQ(run({"suspend", number_, "--reason", "holiday", "--text", "x"}).code, kExitUsage);
  succeeds({"reclassify", number_, "--priority", "urgent", "--reason", "x"});
  EXPECT_EQ(engine_.reclassified.priority(), v1::PRIORITY_URGENT);
  EXPECT_EQ(engine_.reclassified.kind(), v1::KIND_UNSPECIFIED);
  succeeds({"request-extension", number_, "--clock", "2", "--to", "2026-08-01", "--reason", "x"});
  EXPECT_EQ(engine_.asked.clock(), 2u);
  succeeds({"decide-extension", number_, "--extension", "5", "--decline", "--text", "不同意"});
  EXPECT_EQ(engine_.decided.extension_request(), 5u);
  EXPECT_FALSE(engine_.decided.granted());
  succeeds({"decide-extension", number_, "--extension", "5", "--grant"});
  EXPECT_TRUE(engine_.decided.granted());
  EXPECT_EQ(run({"decide-extension", number_, "--extension", "5"}).code, kExitUsage);
  EXPECT_EQ(run({"decide-extension", number_, "--extension", "5", "--grant", "--decline"}).code,
            kExitUsage);
  succeeds({"receive-documents", number_, "--arrived", "2026-07-03"});
  EXPECT_TRUE(engine_.received.has_arrived_time());
  succeeds({"agree-date", number_, "--date", "2026-08-01", "--approver", "boss"});
  EXPECT_EQ(engine_.agreed.approver(), "boss");
}

TEST_F(CalendarCommands, ApplyCanCarryAPolicyToOpenCases) {
  engine_.preview.set_clocks_earlier(41);
  const auto ran =
      run({"apply", "-f", file("c.yaml", "tenants: []"), "--to-open-cases", "--dry-run"});
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_TRUE(engine_.applied.to_open_cases());
  EXPECT_THAT(ran.out, HasSubstr("41"));
}

}  // namespace
}  // namespace casewheel::cli
