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
  EXPECT_THAT(text, HasSubstr("'-b,100,,,3,'-b,"));  // no formula for a spreadsheet
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

TEST_F(Import, NoCellOrColumnOfTheErrorsFileIsAFormulaAndEachIsReadBack) {
  engine_.invalid = {"＝b", "\n=c", "'=d"};
  write("table.csv", "id,opened,closed,verdict,＋註\n＝b,100,,,\n\"\n=c\",100,,,\n'=d,100,,,\n");
  EXPECT_EQ(import({"--errors", path("errors.csv")}).code, kExitRefused);
  std::ifstream file(path("errors.csv"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(text, HasSubstr("verdict,'＋註,error_line"));
  EXPECT_THAT(text, HasSubstr("\n'＝b,100"));
  EXPECT_THAT(text, HasSubstr("\"'\n=c\",100"));
  EXPECT_THAT(text, HasSubstr("\n''=d,100"));
  write("table.csv", text);
  EXPECT_EQ(import({"--errors", path("again.csv")}).code, kExitRefused);
  std::ifstream again(path("again.csv"));
  const std::string header_and_rows(std::istreambuf_iterator<char>(again), {});
  EXPECT_THAT(header_and_rows, HasSubstr("verdict,'＋註,error_line"));
  EXPECT_THAT(header_and_rows, HasSubstr("\n'＝b,100"));
  EXPECT_THAT(header_and_rows, HasSubstr("\n''=d,100"));
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

constexpr const char* kReplies = R"(
tenant: t
source: feed
time_zone: UTC
time_format: "%s"
request_id: "{id}"
service: s
channel: web
subject: "{id}"
received_time: "{opened}"
replied_time: "{answered}"
reply_means: {column: how, values: {tel: phone, post: letter}, default: email}
reply_text: "{words}"
closed_time: "{closed}"
outcome: {column: status, values: {Closed: resolved}}
)";

class Replies : public Import {
 protected:
  Replies() { write("map.yaml", kReplies); }
  void table(const std::string& rows) {
    write("table.csv", "id,opened,answered,how,words,closed,status\n" + rows);
  }
};

TEST_F(Replies, GoBetweenTheLodgingAndTheClosingAtTheirOwnInstants) {
  table("a,100,150,tel,done,200,Closed\nb,120,160,,,,Open\nc,130,,,,,Open\n");
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_THAT(engine_.told,
              ElementsAre("advance 100", "lodge a @100", "advance 120", "lodge b @120",
                          "advance 130", "lodge c @130", "advance 150", "reply a @150",
                          "advance 160", "reply b @160", "advance 200", "close a @200"));
  EXPECT_EQ(engine_.replied.means(), v1::REPLY_MEANS_EMAIL);
  EXPECT_EQ(engine_.replied.replied_time().seconds(), 160);
  EXPECT_THAT(engine_.replied.text(), HasSubstr("原系統已回復"));
  EXPECT_EQ(engine_.replied.request_id(), "b:reply");
  EXPECT_EQ(count("replies_applied"), 2);
  EXPECT_EQ(count("actions_applied"), 1);
  EXPECT_EQ(import().code, kExitOk);
  EXPECT_EQ(count("replies_duplicate"), 2);
}

TEST_F(Replies, AtOneInstantTheReplyComesBeforeTheClosing) {
  engine_.is_virtual = false;
  engine_.overload_every = 2;
  table("a,100,200,tel,done,200,Closed\nb,200,200,tel,done,200,Closed\n");
  EXPECT_EQ(import().code, kExitOk);
  std::vector<std::string> of_b;
  for (const std::string& told : engine_.told)
    if (told.find(" b ") != std::string::npos && (of_b.empty() || of_b.back() != told))
      of_b.push_back(told);
  EXPECT_THAT(of_b, ElementsAre("lodge b @0", "reply b @0", "close b @0"));
}

TEST_F(Replies, WhatTheTableCannotMeanIsTakenAsToldAndCounted) {
  table("a,100,50,tel,done,200,Closed\nb,100,300,tel,done,200,Closed\nc,100,,,,,Closed\n");
  const auto ran = import();
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(count("replied_before_received"), 1);
  EXPECT_EQ(count("closed_before_replied"), 1);
  EXPECT_EQ(count("closed_without_date"), 1);
  EXPECT_EQ(count("warnings"), 1);
  EXPECT_EQ(account_.at("first_warnings").at(0).at("line"), 4);
  EXPECT_EQ(engine_.told.back(), "close b @300") << "not before its reply";
}

TEST_F(Replies, ARefusedReplyLeavesTheCaseOpen) {
  engine_.invalid_replies = {"a"};
  table("a,100,150,tel,done,200,Closed\nb,100,150,tel,done,200,Closed\n");
  const auto ran = import();
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_EQ(count("replies_invalid"), 1);
  EXPECT_EQ(count("actions_skipped"), 1);
  EXPECT_EQ(count("actions_applied"), 1);
  EXPECT_THAT(ran.out, HasSubstr("the reply was refused"));
  for (const std::string& told : engine_.told) EXPECT_EQ(told.find("close a"), std::string::npos);
}

TEST_F(Import, WarningsOfRowsAreCountedAndWrittenToAFile) {
  engine_.warned = {"b"};
  // A user-defined character of Big5 in the first row's id.
  write("table.csv", "id,opened,closed,verdict\n\xa4\xfd\xfa\x40,100,,\nb,100,,\nc,100,,\n");
  const auto ran = import({"--warnings", path("warnings.csv")});
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(count("warnings"), 2);
  std::ifstream file(path("warnings.csv"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(text, HasSubstr("line,request_id,warning\r\n2,王\ue000,"));
  EXPECT_THAT(text, HasSubstr("FA40"));
  EXPECT_THAT(text, HasSubstr("3,b,applicant.phone: "));
  EXPECT_EQ(import({"--warnings", path("warnings.csv")}).code, kExitUsage) << "it is there already";
}

TEST_F(Import, OneWrongCharacterOfBig5CostsItsRow) {
  write("table.csv",
        "id,opened,closed,verdict\n\xa4\xfd,100,,\n\xff,100,,\n\xa4\xfd"
        "2,100,,\n");
  const auto ran = import();
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_EQ(count("created"), 2);
  EXPECT_EQ(account_.at("first_errors").at(0).at("line"), 3);
  EXPECT_THAT(std::string(account_.at("first_errors").at(0).at("message").as_string()),
              HasSubstr("FF"));
}

TEST_F(Import, LinesThatAnOpenQuoteSwallowsAreCounted) {
  table("a,100,,\nb,100,\",\nc,100,,\nd,100,,\n");
  const auto ran = import();
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_EQ(count("rows"), 2);
  EXPECT_EQ(count("unread_lines"), 2);
  EXPECT_THAT(std::string(account_.at("first_errors").at(0).at("message").as_string()),
              HasSubstr("opened on line 3 is never closed; lines 4 to 5"));
}

TEST_F(Import, LimitTakesTheFirstRows) {
  table("a,100,,\nb,100,,\n");
  EXPECT_EQ(import({"--limit", "1"}).code, kExitOk);
  EXPECT_EQ(count("created"), 1);
}

}  // namespace
}  // namespace casewheel::cli
