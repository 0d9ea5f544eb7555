// The command line as a script sees it: exit codes, where output goes, what is sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/unit/cli_fake_engine.h"

namespace casewheel::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> lodge(std::vector<std::string> more = {}) {
  std::vector<std::string> all = {"lodge",     "--tenant", "t",         "--service", "s",
                                  "--channel", "hotline",  "--subject", "停電"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

grpc::Status refusal(grpc::StatusCode code, const std::string& reason) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("subject");
  details.add_details()->PackFrom(info);
  details.add_details()->PackFrom(bad);
  return {code, "no", details.SerializeAsString()};
}

TEST(Commands, UsageMistakesEndWithTwoAndSendNothing) {
  FakeEngine engine;
  EXPECT_EQ(engine.run({}).code, kExitUsage);
  EXPECT_EQ(engine.run({"fly"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"show"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"show", "12345"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"find", "--tenant", "t"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"find", "--tenant", "t", "--phone", "1", "--email", "x"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"clock", "advance"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"clock", "advance", "--by", "soon"}).code, kExitUsage);
  EXPECT_EQ(engine.run({"tenants", "--zone", "Mars/Olympus"}).code, kExitUsage);
  EXPECT_EQ(engine.run(lodge({"--priority", "soonish"})).code, kExitUsage);
  EXPECT_TRUE(engine.lodged.subject().empty());
  EXPECT_EQ(engine.run({"--help"}).code, kExitOk);
  EXPECT_EQ(engine.run({"lodge", "--help"}).code, kExitOk);
}

TEST(Commands, LodgeSendsWhatWasTypedAndItsKey) {
  FakeEngine engine;
  const auto ran =
      engine.run(lodge({"--phone", "0912 345 678", "--received", "2026-07-15 06:30", "--as",
                        "tp005", "--missing", "身分證", "--missing", "同意書"}));
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("案號 Case"));
  EXPECT_EQ(engine.actor, "tp005");
  EXPECT_EQ(engine.lodged.request_id().size(), 36u);
  EXPECT_EQ(engine.lodged.applicant().phone(), "0912 345 678");
  EXPECT_EQ(engine.lodged.channel(), v1::CHANNEL_HOTLINE);
  EXPECT_EQ(engine.lodged.missing_documents_size(), 2);
  EXPECT_EQ(to_ms(engine.lodged.received_time()),
            *parse_time("2026-07-15T06:30:00Z", absl::UTCTimeZone()));
  EXPECT_FALSE(engine.lodged.has_agreed_time());
}

TEST(Commands, RefusalEndsWithOneAndOffersTheKeyForARetry) {
  FakeEngine engine;
  engine.refusal = refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED");
  const auto ran = engine.run(lodge());
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, HasSubstr("OVERLOADED"));
  EXPECT_THAT(ran.err, HasSubstr("--request-id " + engine.lodged.request_id()));
  engine.refusal = grpc::Status::OK;
  EXPECT_EQ(engine.run(lodge({"--request-id", "mine"})).code, kExitOk);
  EXPECT_EQ(engine.lodged.request_id(), "mine");
}

TEST(Commands, AKeyThatIsTakenIsNotOfferedForARetry) {
  FakeEngine engine;
  engine.refusal = refusal(grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED");
  const auto ran = engine.run(lodge({"--request-id", "mine"}));
  EXPECT_EQ(ran.code, kExitRefused);
  EXPECT_THAT(ran.err, HasSubstr("REQUEST_ID_REUSED"));
  EXPECT_THAT(ran.err, ::testing::Not(HasSubstr("--request-id mine")));
}

TEST(Commands, FailuresAreJsonTooWhereJsonIsAsked) {
  FakeEngine engine;
  engine.refusal = refusal(grpc::StatusCode::INVALID_ARGUMENT, "INVALID_ARGUMENT");
  const auto ran = engine.run(lodge({"--json"}));
  EXPECT_EQ(ran.code, kExitRefused);
  const auto error = boost::json::parse(ran.err).at("error");
  EXPECT_EQ(error.at("reason"), "INVALID_ARGUMENT");
  EXPECT_EQ(error.at("field_violations").at(0).at("field"), "subject");
  EXPECT_EQ(error.at("request_id").as_string(), engine.lodged.request_id());
}

TEST(Commands, NobodyThereEndsWithThree) {
  FakeEngine engine;
  EXPECT_EQ(engine.run({"tenants", "--address", "127.0.0.1:1", "--timeout", "2s"}).code,
            kExitUnreachable);
}

TEST(Commands, ChangeTakesAGroupedNumberInSeveralWords) {
  FakeEngine engine;
  const std::string number = format_case_number(7, CaseId::make(1, 1150723, 42));
  const auto ran = engine.run({"reply", "01", "1150723", "00042", number.substr(14), "--means",
                               "電話", "--text", "已復電", "--etag", "e1"});
  EXPECT_EQ(ran.code, kExitOk) << ran.err;
  EXPECT_EQ(engine.replied.case_number(), number);
  EXPECT_EQ(engine.replied.means(), v1::REPLY_MEANS_PHONE);
  EXPECT_EQ(engine.replied.etag(), "e1");
  EXPECT_THAT(ran.out, HasSubstr("已回復 replied"));
}

TEST(Commands, JsonKeepsTheNamesOfTheProtos) {
  FakeEngine engine;
  const auto ran = engine.run({"--json", "clock", "show"});
  const auto clock = boost::json::parse(ran.out);
  EXPECT_EQ(clock.at("is_virtual"), true);
  EXPECT_EQ(clock.at("frozen"), false) << "unset fields are written out";
}

TEST(Commands, ClockAdvancesByALengthOrToATime) {
  FakeEngine engine;
  EXPECT_EQ(engine.run({"clock", "advance", "--by", "73h"}).code, kExitOk);
  EXPECT_EQ(engine.now_ms, 73 * kHourMs);
  EXPECT_EQ(engine.run({"clock", "advance", "--to", "2026-01-01"}).code, kExitOk);
  EXPECT_EQ(engine.now_ms, *parse_time("2026-01-01", absl::UTCTimeZone()));
  EXPECT_EQ(engine.run({"clock", "advance", "--to", "2025-01-01"}).code, kExitRefused);
}

TEST(Commands, ListsSayWhenThereIsMore) {
  FakeEngine engine;
  const auto all = engine.run({"overdue", "--tenant", "t"});
  EXPECT_EQ(all.code, kExitOk);
  EXPECT_THAT(all.err, IsEmpty());
  EXPECT_THAT(all.out, HasSubstr("逾期 2 天 3 小時 overdue"));
  const auto some = engine.run({"overdue", "--tenant", "t", "--limit", "1", "--json"});
  EXPECT_EQ(boost::json::parse(some.out).at("cases").as_array().size(), 1u);
  EXPECT_EQ(boost::json::parse(some.out).at("next_page_token"), "1");
}

TEST(Commands, WatchIsJsonLines) {
  FakeEngine engine;
  const auto ran = engine.run({"--json", "watch", "--tenant", "t"});
  EXPECT_EQ(ran.code, kExitOk);
  const auto first = ran.out.find('\n');
  EXPECT_NO_THROW((void)boost::json::parse(ran.out.substr(0, first)));
  EXPECT_THAT(ran.out.substr(first + 1), HasSubstr("removed"));
  EXPECT_THAT(engine.run({"watch", "--tenant", "t", "--once"}).out,
              testing::Not(HasSubstr("離開看板")));
}

}  // namespace
}  // namespace casewheel::cli
