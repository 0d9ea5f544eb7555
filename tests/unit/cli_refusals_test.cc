// What is said when something does not work: by its cause and not by its code, in Chinese first, once, and with
// a next step that is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "engine/cli/call_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/failure.h"
#include "engine/cli/refusal_words.h"
#include "engine/cli/standing.h"

namespace casewheel::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string err_of(std::vector<const char*> arguments, int code = kExitUsage) {
  arguments.insert(arguments.begin(), "casewheel");
  std::ostringstream out, err;
  EXPECT_EQ(run_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err, false),
            code)
      << err.str();
  return code == kExitOk ? out.str() : err.str();
}

TEST(ParseMistakes, NameWhatIsMissingInChinese) {
  EXPECT_THAT(err_of({"assign", "1"}),
              StartsWith("casewheel: 缺少 --handler（承辦人） is required。說明 help: casewheel "
                         "help assign"));
  EXPECT_THAT(err_of({"show"}), HasSubstr("缺少 case_number（案號）"));
  EXPECT_THAT(err_of({}), HasSubstr("請指定指令"));
  EXPECT_THAT(err_of({"user"}), HasSubstr("請指定指令 a command is required。說明 help: casewheel "
                                          "help user"));
  EXPECT_THAT(err_of({"find", "--tenant", "t"}),
              HasSubstr("擇一：--phone、--email、--customer-number"));
  EXPECT_THAT(err_of({"user", "set", "x", "--enable", "--disable"}),
              HasSubstr("--disable 不得併用 --enable"));
}

TEST(ParseMistakes, NameTheValueThatDoesNotFit) {
  EXPECT_THAT(err_of({"extend", "1", "--clock", "回復", "--to", "x", "--reason", "y"}),
              HasSubstr("--clock（時限序號）：「回復」不是整數"));
  EXPECT_THAT(err_of({"list", "--tenant", "t", "--limit", "0"}), HasSubstr("--limit（至多幾筆）："
                                                                           "超出範圍"));
  EXPECT_THAT(err_of({"list", "--tenant"}), HasSubstr("--tenant（事業）：缺少值"));
  const std::string json = err_of({"--json", "assign", "1"});
  EXPECT_THAT(json, StartsWith("{\"error\":{\"code\":\"USAGE\""));
}

TEST(ParseMistakes, NameTheNearestOfWhatIsUnknown) {
  EXPECT_THAT(err_of({"hlep"}), HasSubstr("沒有指令「hlep」"));
  EXPECT_THAT(err_of({"hlep"}), HasSubstr("help 說明"));
  EXPECT_THAT(err_of({"asign", "1", "--handler", "x"}), HasSubstr("assign 派案"));
  EXPECT_THAT(err_of({"user", "ad", "ko"}), HasSubstr("add 新增"));
  EXPECT_THAT(err_of({"list", "--tenant", "t", "--limt", "5"}), HasSubstr("--limit 至多幾筆"));
  EXPECT_THAT(err_of({"work", "now"}), HasSubstr("多出的輸入"));
}

TEST(ParseMistakes, HelpIsACommandToo) {
  EXPECT_EQ(err_of({"help"}, kExitOk), err_of({"--help"}, kExitOk));
  EXPECT_EQ(err_of({"help", "user", "add"}, kExitOk), err_of({"user", "add", "--help"}, kExitOk));
  EXPECT_THAT(err_of({"help", "asign"}), HasSubstr("assign 派案"));
}

Failure refused(const char* code, const char* reason, const char* message) {
  Failure failure;
  failure.answered = true;
  failure.code = code;
  failure.reason = reason;
  failure.message = message;
  return failure;
}

std::string told(const Failure& failure) { return failure_text(failure, "host:1", "key-1"); }

TEST(Causes, AreTakenFromTheMessageAndNotFromTheCode) {
  const auto wrong =
      told(refused("UNAUTHENTICATED", "UNAUTHENTICATED", "name or password is wrong"));
  EXPECT_THAT(wrong, StartsWith("casewheel: 無法執行：帳號或密碼錯誤 refused"));
  EXPECT_THAT(wrong, Not(HasSubstr("請先登入")));
  const auto digits = told(refused("UNAUTHENTICATED", "UNAUTHENTICATED",
                                   "案號或驗證資料不符 the case number does not fit"));
  EXPECT_EQ(digits,
            "casewheel: 無法執行：案號或驗證資料不符 refused: UNAUTHENTICATED: the case "
            "number does not fit\n");
  EXPECT_THAT(told(refused("ALREADY_EXISTS", "REQUEST_ID_REUSED", "there is a user of that name")),
              StartsWith("casewheel: 無法執行：已有此帳號 refused"));
  EXPECT_THAT(told(refused("PERMISSION_DENIED", "NOT_PERMITTED",
                           "change the one-time password first: nothing else can be done before")),
              HasSubstr("請先變更一次性密碼：casewheel password"));
  EXPECT_THAT(told(refused("UNAUTHENTICATED", "UNAUTHENTICATED",
                           "sign in first: no token, or one that is not valid (any more)")),
              HasSubstr("請先登入：casewheel login"));
  EXPECT_EQ(parted("引擎 the engine").english, "the engine");
  EXPECT_EQ(parted("the engine").chinese, "");
}

// These codes stand for several causes each; words by the code alone would be wrong for most of them.
TEST(Causes, EveryMessageOfACodeWithSeveralHasWordsOfItsOwn) {
  const std::regex refusal(
      "RejectionCode::k(Unauthenticated|Conflict|StaleEtag|NotPermitted),\\s*"
      "(?:std::string\\()?(?:[a-z_.]+ \\+ )?(?:\"[a-z]+ \" \\+ [a-z_.()]+ \\+ )?\"([^\"]+)");
  int seen = 0;
  for (const char* module : {"access", "api", "domain", "partition"}) {
    const std::filesystem::path folder =
        std::filesystem::path(CASEWHEEL_SOURCE_DIR) / "engine" / module;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".cc") continue;
      std::ifstream file(entry.path());
      const std::string code((std::istreambuf_iterator<char>(file)), {});
      for (std::sregex_iterator at(code.begin(), code.end(), refusal), end; at != end; ++at) {
        ++seen;
        EXPECT_NE(description_words((*at)[2]), "") << entry.path() << ": " << (*at)[2];
      }
    }
  }
  EXPECT_GT(seen, 20);
}

TEST(Causes, PasswordsAndProblemsOfFilesAreSaidInChineseAndOnce) {
  Failure failure = refused("INVALID_ARGUMENT", "INVALID_ARGUMENT",
                            "new_password: must have at least 12 characters");
  failure.fields = {{"new_password", "must have at least 12 characters"}};
  EXPECT_THAT(told(failure), HasSubstr("新密碼（new_password）：密碼至少 12 個字元 must have"));
  EXPECT_NE(description_words("must not hold the account's name"), "");
  failure.message = "the calendar file has 2 problems; d.yaml:3:5 calendars[0]: id is missing";
  failure.fields = {{"d.yaml:3:5 calendars[0]", "id is missing"},
                    {"d.yaml:9:1 calendars[1]", "unknown key \"dayz\"; did you mean days?"}};
  const std::string text = told(failure);
  EXPECT_THAT(text, StartsWith("casewheel: 無法執行：辦公日曆檔有誤 refused: INVALID_ARGUMENT: the "
                               "calendar file has 2 problems\n"));
  EXPECT_EQ(text.find("id is missing"), text.rfind("id is missing")) << text;
  EXPECT_THAT(text, HasSubstr("  d.yaml:3:5 calendars[0]：缺少這個欄位 id is missing\n"));
  EXPECT_THAT(text, Not(HasSubstr("欄位 field")));
}

TEST(Retries, AreOfferedWhereOneCanHelp) {
  for (const char* final : {"INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "ABORTED",
                            "ALREADY_EXISTS", "UNAUTHENTICATED", "FAILED_PRECONDITION"})
    EXPECT_THAT(told(refused(final, final, "no")), Not(HasSubstr("--request-id"))) << final;
  EXPECT_THAT(told(refused("RESOURCE_EXHAUSTED", "DISK_FULL", "no")),
              HasSubstr("--request-id key-1"));
  EXPECT_THAT(told(refused("UNAVAILABLE", "UNAVAILABLE", "no")), HasSubstr("--request-id key-1"));
  Failure lost;
  lost.code = "DEADLINE_EXCEEDED";
  EXPECT_THAT(told(lost), HasSubstr("--request-id key-1（不會重複辦理）"));
}

TEST(Standing, WhoHoldsTheCaseIsNotSentToHerself) {
  v1::Case view;
  view.set_case_number("1");
  view.set_status(v1::CASE_STATUS_IN_PROGRESS);
  const char* unanswered = "your role may not close a case that is IN_PROGRESS";
  EXPECT_THAT(next_step_when_denied(view, unanswered, true),
              HasSubstr("請先回復申請人：casewheel reply 1 --means"));
  EXPECT_NE(description_words(unanswered), description_words("your role may not accept a case"));
  view.set_status(v1::CASE_STATUS_ASSIGNED);
  EXPECT_THAT(next_step_when_denied(view, unanswered, true), HasSubstr("casewheel accept 1；"));
  EXPECT_THAT(next_step_when_denied(view, "the right supervision.decide is missing: to x", true),
              HasSubstr("casewheel request-extension 1"));
  const char* other = "your role may not suspend a case that is REPLIED";
  EXPECT_THAT(next_step_when_denied(view, other, true), Not(HasSubstr("承辦單位或承辦人")));
  EXPECT_THAT(next_step_when_denied(view, other, false), HasSubstr("請洽上列承辦單位或承辦人"));
}

TEST(Calls, AShareOfNoCallsIsNotWhole) {
  std::ostringstream out, err;
  Output::Options options;
  options.zone = absl::UTCTimeZone();
  const Output output(out, err, options);
  v1::CallStatistics statistics;  // the engine sets no level where nobody waited
  EXPECT_THAT(statistics_text(statistics, false, output), Not(HasSubstr("100.0%")));
  statistics.mutable_total()->set_offered(2);
  statistics.mutable_total()->set_service_level(1);
  EXPECT_THAT(statistics_text(statistics, false, output), HasSubstr("100.0%"));
}

}  // namespace
}  // namespace casewheel::cli
