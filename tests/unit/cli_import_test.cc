// Imports against a small engine: historical order on a virtual clock, one case a key whatever the
// network does, and an account in which every row appears.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/cli_fake_engine.h"

namespace casewheel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kMap = R"(
tenant: t
source: feed
time_zone: UTC
time_format: "%s"
request_id: "{id}"
service: s
channel: web
subject: "{id}"
received_time: "{opened}"
closed_time: "{closed}"
outcome: resolved
compare: {column: verdict, met: MET, broken: BROKEN}
)";

class Import : public ::testing::Test {
 protected:
  Import() {
    directory_ =
        std::filesystem::temp_directory_path() / ("casewheel-cli-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    write("map.yaml", kMap);
    engine_.catalogue = "tenants: [{id: t, services: [{id: s}], units: []}]";
  }
  ~Import() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  void table(const std::string& rows) { write("table.csv", "id,opened,closed,verdict\n" + rows); }

  FakeEngine::Ran import(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"--json", "import", path("table.csv"), "--map",
                                          path("map.yaml")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto ran = engine_.run(arguments);
    account_ = ran.out.empty() ? boost::json::value() : boost::json::parse(ran.out);
    return ran;
  }
  std::int64_t count(const char* name) const { return account_.at(name).to_number<std::int64_t>(); }

  FakeEngine engine_;
  std::filesystem::path directory_;
  boost::json::value account_;
};

TEST_F(Import, VirtualClockMovesToEachInstantInHistoricalOrder) {
  table("b,200,300,\na,100,200,\nc,100,,\n");
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_THAT(engine_.told,
              ElementsAre("advance 100", "lodge a @100", "lodge c @100", "advance 200",
                          "lodge b @200", "close a @200", "advance 300", "close b @300"));
  EXPECT_EQ(count("created"), 3);
  EXPECT_EQ(count("actions_applied"), 2);
}

TEST_F(Import, VirtualClockIsNeverAskedToGoBack) {
  engine_.now_ms = 250'000;
  table("a,100,200,\nb,200,300,\n");
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_THAT(engine_.told, ElementsAre("lodge a @250", "lodge b @250", "close a @250",
                                        "advance 300", "close b @300"));
}

TEST_F(Import, RealClockIsLeftAlone) {
  engine_.is_virtual = false;
  table("a,100,200,\n");
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_THAT(engine_.told, ElementsAre("lodge a @0", "close a @0"));
}

TEST_F(Import, SameFileTwiceMakesNothingNew) {
  table("a,100,200,\nb,200,,\n");
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_EQ(count("created"), 0);
  EXPECT_EQ(count("duplicate"), 2);
  EXPECT_EQ(count("actions_duplicate"), 1);
  ASSERT_EQ(engine_.sources.size(), 2u);
  EXPECT_EQ(engine_.sources[0], engine_.sources[1]);
  EXPECT_TRUE(engine_.sources[0].starts_with("feed-"));
}

TEST_F(Import, ChangedRowIsAConflictAndItsClosingIsNotSent) {
  table("a,100,200,\n");
  EXPECT_EQ(import().code, kExitOk);
  table("a,101,200,\n");
  const auto ran = import({"--errors", path("errors.csv")});
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_EQ(count("conflict"), 1);
  EXPECT_EQ(count("actions_skipped"), 1);
  EXPECT_NE(engine_.sources[0], engine_.sources[1]) << "another file has its own resume point";
  std::ifstream errors(path("errors.csv"));
  const std::string text(std::istreambuf_iterator<char>(errors), {});
  EXPECT_THAT(
      text,
      HasSubstr(
          "id,opened,closed,verdict,error_line,error_request_id,error_reason,error_message\r\n"
          "a,101,200,,2,a,INVALID_ARGUMENT,lodge: "));
  EXPECT_EQ(text.find("LODGE_REFUSED"), std::string::npos) << "the row is to be mended once";
}

TEST_F(Import, RowsOfTheErrorsFileAreMendedAndSentAgain) {
  engine_.invalid = {"-b", "水"};
  table("a,100,,\n-b,100,,\n水,100,,\nc,soon,,\n");
  EXPECT_EQ(import({"--errors", path("errors.csv")}).code, kExitRefused);
  std::ifstream file(path("errors.csv"));
  std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(text.starts_with("\xef\xbb\xbfid,opened,closed,verdict,error_line,")) << text;
  EXPECT_THAT(text, HasSubstr("'-b,100,,,3,-b,"));  // no formula for a spreadsheet
  EXPECT_THAT(text, HasSubstr("c,soon,,,5,"));
  text.replace(text.find("soon"), 4, "100");
  engine_.invalid = {"水"};
  write("table.csv", text);
  EXPECT_EQ(import({"--errors", path("again.csv")}).code, kExitRefused);
  EXPECT_EQ(count("created"), 2);
  EXPECT_EQ(account_.at("first_errors").at(0).at("request_id"), "水");
  std::ifstream again(path("again.csv"));
  const std::string rest(std::istreambuf_iterator<char>(again), {});
  EXPECT_EQ(rest.find("error_line"), rest.rfind("error_line")) << rest;
  engine_.invalid = {};
}

TEST_F(Import, TablesWithoutChineseGetNoMark) {
  engine_.invalid = {"a"};
  table("a,100,,\n");
  EXPECT_EQ(import({"--errors", path("errors.csv")}).code, kExitRefused);
  std::ifstream file(path("errors.csv"));
  std::string first;
  std::getline(file, first);
  EXPECT_TRUE(first.starts_with("id,opened")) << first;
}

TEST_F(Import, RefusedRowsAreListedAndTheRestGoesOn) {
  engine_.invalid = {"b"};
  table("a,100,,\nb,100,,\nnonsense\nc,100,,\n");
  const auto ran = import({"--errors", path("errors.csv")});
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_EQ(count("rows"), 4);
  EXPECT_EQ(count("created"), 2);
  EXPECT_EQ(count("invalid"), 1);
  EXPECT_EQ(count("unreadable"), 1);
  EXPECT_EQ(count("errors"), 2);
}

TEST_F(Import, OverloadedItemsAreSentAgainAndTheirClosingsWait) {
  for (const bool is_virtual : {true, false}) {
    FakeEngine engine;
    engine.catalogue = engine_.catalogue;
    engine.is_virtual = is_virtual;
    engine.overload_every = 3;
    std::string rows;
    for (int i = 0; i < 60; ++i)
      rows += "r" + std::to_string(i) + "," + std::to_string(100 + i) + "," +
              std::to_string(101 + i) + ",\n";
    table(rows);
    const auto ran = engine.run({"--json", "import", path("table.csv"), "--map", path("map.yaml")});
    EXPECT_EQ(ran.code, kExitOk) << ran.err;
    account_ = boost::json::parse(ran.out);
    EXPECT_EQ(count("created"), 60);
    EXPECT_EQ(count("actions_applied"), 60);
    EXPECT_GE(count("overloaded"), 59);
  }
}

TEST_F(Import, CutStreamsAreOpenedAgainAndNothingIsLostOrDoneTwice) {
  engine_.is_virtual = false;
  engine_.cut_every = 7;
  engine_.overload_every = 5;
  std::string rows;
  for (int i = 0; i < 20; ++i)
    rows += "r" + std::to_string(i) + "," + std::to_string(100 + i) + ",200,\n";
  table(rows);
  const auto ran = import();
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(count("created") + count("duplicate"), 20);
  EXPECT_GE(count("duplicate") + count("actions_duplicate"), 1) << "sent again, not done again";
  EXPECT_EQ(count("actions_applied") + count("actions_duplicate"), 20);
  EXPECT_GE(count("streams_reopened"), 2);
}

TEST_F(Import, ResumeBeginsBehindWhatWasAnswered) {
  table("a,100,400,\nb,200,,\nc,300,,\n");
  engine_.resume_after = 2;  // a and b are lodged
  EXPECT_EQ(import({"--resume"}).code, kExitOk);
  EXPECT_THAT(engine_.told,
              ElementsAre("advance 300", "lodge c @300", "advance 400", "close a @400"));
  EXPECT_EQ(count("already_answered"), 2);
}

TEST_F(Import, ResumePointIsNotUsedUnasked) {
  table("a,100,,\n");
  engine_.resume_after = 1;
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_EQ(count("created"), 1);
}

TEST_F(Import, ClosedRowThatDisagreesEndsWithFour) {
  table("a,100,200,MET\nb,100,200,BROKEN\nc,100,,BROKEN\nd,100,,\n");
  engine_.breached = {{"b", true}};
  EXPECT_EQ(import({"--compare"}).code, kExitOk) << "an open row may still change";
  const auto& comparison = account_.at("comparison");
  EXPECT_EQ(comparison.at("closed_agree"), 2);
  EXPECT_EQ(comparison.at("open_disagree"), 1);
  EXPECT_EQ(comparison.at("not_compared"), 1);
  engine_.breached = {};
  EXPECT_EQ(import({"--compare"}).code, kExitDisagreed);
  EXPECT_EQ(account_.at("comparison").at("first_disagreements").at(0).at("request_id"), "b");
}

TEST_F(Import, ServiceTheCatalogueDoesNotHaveStopsBeforeAnythingIsSent) {
  engine_.catalogue = "tenants: [{id: t, services: [{id: other}]}]";
  table("a,100,,\n");
  const auto ran = import();
  EXPECT_EQ(ran.code, kExitUsage);
  EXPECT_THAT(ran.err, HasSubstr("no service"));
  EXPECT_TRUE(engine_.told.empty());
}

TEST_F(Import, LimitTakesTheFirstRows) {
  table("a,100,,\nb,100,,\n");
  EXPECT_EQ(import({"--limit", "1"}).code, kExitOk);
  EXPECT_EQ(count("created"), 1);
}

}  // namespace
}  // namespace casewheel::cli
