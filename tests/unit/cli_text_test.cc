// What people read and type: widths, times, lengths, words of the domain, case numbers, failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/ids.h"
#include "engine/cli/arguments.h"
#include "engine/cli/case_view.h"
#include "engine/cli/failure.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace casewheel::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Table, ChineseTakesTwoCells) {
  EXPECT_EQ(display_width("期限 Due"), 8u);
  EXPECT_EQ(display_width("é"), 1u);
  Table table({"案號", "x"});
  table.add({"a", "1"});
  table.add({"逾期", "22"});
  EXPECT_EQ(table.text(), "案號  x\na     1\n逾期  22\n");
}

TEST(Table, ClipKeepsWithinTheWidth) {
  EXPECT_EQ(clip("停電通報", 8), "停電通報");
  EXPECT_EQ(clip("停電通報", 7), "停電通…");
  EXPECT_LE(display_width(clip("停電通報", 6)), 6u);
}

TEST(Table, NothingMovesTheCursor) {
  EXPECT_EQ(one_line("a\x1b[2Jb\nc"), "a [2Jb c");
  EXPECT_EQ(one_line("x\xe2\x80\xaey"), "x y");  // right-to-left override
  EXPECT_EQ(one_line("\xff"), "?");
}

TEST(CaseNumber, IsGroupedForReadingAloudAndReadBack) {
  const std::string number = format_case_number(7, CaseId::make(1, 1150723, 42));
  const std::string grouped = group_case_number(number);
  EXPECT_EQ(grouped, "01 1150723 00042 07" + number.substr(number.size() - 1));
  Arguments read(absl::UTCTimeZone());
  EXPECT_EQ(read.case_number(grouped), number);
  EXPECT_EQ(read.case_number({"01", "1150723", "00042", number.substr(14)}), number);
  EXPECT_EQ(
      read.case_number("０１　１１５０７２３－０００４２ 07" + number.substr(number.size() - 1)),
      number);
  EXPECT_TRUE(read.mistake().empty());
}

TEST(CaseNumber, MistypedDigitIsFoundBeforeAnythingIsSent) {
  std::string number = format_case_number(7, CaseId::make(1, 1150723, 42));
  number[5] = number[5] == '9' ? '8' : '9';
  Arguments read(absl::UTCTimeZone());
  EXPECT_EQ(read.case_number(number), "");
  EXPECT_THAT(read.mistake(), HasSubstr("not a case number"));
}

TEST(Times, ADayThatIsPromisedEndsWithIt) {
  const auto taipei = *load_zone("Asia/Taipei");
  Arguments read(taipei);
  google::protobuf::Timestamp day, instant;
  read.deadline("--to", "2026-03-22", &day);
  EXPECT_EQ(to_ms(day), *parse_time("2026-03-23 00:00", taipei));
  EXPECT_EQ(format_deadline(to_ms(day), taipei), "2026-03-22 24:00:00");
  read.deadline("--to", "2026-03-22 17:00", &instant);
  EXPECT_EQ(to_ms(instant), *parse_time("2026-03-22 17:00", taipei));
  EXPECT_TRUE(read.mistake().empty());
  read.deadline("--to", "2026-02-30", &day);
  EXPECT_FALSE(read.mistake().empty());
}

TEST(Times, AreReadInTheZoneUnlessTheyNameOne) {
  const auto taipei = *load_zone("Asia/Taipei");
  const auto expected = parse_time("2026-07-15T06:30:00Z", taipei);
  ASSERT_TRUE(expected);
  EXPECT_EQ(parse_time("2026-07-15 14:30", taipei), expected);
  EXPECT_EQ(parse_time("2026-07-15T14:30:00+08:00", absl::UTCTimeZone()), expected);
  EXPECT_EQ(format_time(*expected, taipei), "2026-07-15 14:30:00");
  EXPECT_EQ(format_deadline(*expected, taipei), "2026-07-15 14:30:00");
  EXPECT_EQ(format_deadline(*parse_time("2026-07-16", taipei), taipei), "2026-07-15 24:00:00");
  EXPECT_EQ(format_time(*expected + 999, taipei), "2026-07-15 14:30:00")
      << "never later than it is";
  EXPECT_EQ(parse_time("2026-07-15", taipei), *parse_time("2026-07-14T16:00:00Z", taipei));
  EXPECT_FALSE(parse_time("2026-13-01", taipei));
  EXPECT_FALSE(parse_time("tomorrow", taipei));
  EXPECT_FALSE(parse_time("infinite-future", taipei));
}

TEST(Times, AreTypedInTheRepublicsYearsAndFullWidth) {
  const auto taipei = *load_zone("Asia/Taipei");
  const auto day = parse_time("2026-02-15", taipei);
  ASSERT_TRUE(day);
  for (const char* typed :
       {"115-02-15", "115/2/15", "民國115年2月15日", "民國 115 年 2 月 15 日", "115.2.15",
        "2026/2/15", "2026年2月15日", "１１５－０２－１５", "１１５／２／１５"})
    EXPECT_EQ(parse_time(typed, taipei), day) << typed;
  const auto noon = parse_time("2026-02-15 14:30", taipei);
  for (const char* typed : {"115-02-15 14:30", "115/2/15　１４：３０", "民國115年2月15日14時30分",
                            "115年2月15日 14:30", "2026-02-15T06:30:00Z", "115-02-15T14:30"})
    EXPECT_EQ(parse_time(typed, taipei), noon) << typed;
  EXPECT_EQ(parse_time("99-12-31", taipei), parse_time("2010-12-31", taipei));
  for (const char* wrong : {"民國2026年2月15日", "115-13-01", "115-02-30", "115/2-15", "0-1-1",
                            "115年2", "115-02-15 25:00", "11502-15"})
    EXPECT_FALSE(parse_time(wrong, taipei)) << wrong;
  Arguments read(taipei);
  google::protobuf::Timestamp end;
  read.deadline("--to", "115/2/15", &end);
  EXPECT_EQ(to_ms(end), *parse_time("2026-02-16", taipei));
  EXPECT_EQ(read.day("--date", "民國115年7月24日"), "2026-07-24");
  EXPECT_TRUE(read.mistake().empty()) << read.mistake();
  read.day("--date", "115-07-24 10:00");
  EXPECT_THAT(read.mistake(), HasSubstr("--date"));
}

TEST(Times, TimestampsKeepMillisecondsBefore1970Too) {
  for (const TimeMs ms : {0LL, 1LL, 999LL, 1000LL, -1LL, -1500LL, 1436929200123LL}) {
    EXPECT_EQ(to_ms(to_timestamp(ms)), ms);
    EXPECT_GE(to_timestamp(ms).nanos(), 0);
  }
}

TEST(Times, LengthsAreReadAndShownInTheirUnits) {
  EXPECT_EQ(parse_length("73h"), 73 * kHourMs);
  EXPECT_EQ(parse_length("2d3h"), 51 * kHourMs);
  EXPECT_EQ(parse_length("1.5h"), 90 * kMinuteMs);
  EXPECT_EQ(parse_length("250ms"), 250);
  EXPECT_EQ(parse_length("1w"), 7 * kDayMs);
  for (const char* wrong :
       {"", "h", "5", "-5h", "5x", "5h-", "1e9d", ".5h", "1..2h", "9999999999999999d"}) {
    EXPECT_FALSE(parse_length(wrong)) << wrong;
  }
  EXPECT_EQ(format_length(51 * kHourMs + 5), "2 天 3 小時");
  EXPECT_EQ(format_length(kDayMs + kMinuteMs), "1 天");
  EXPECT_EQ(format_length(12), "0 秒");
  EXPECT_EQ(parse_length("3 天 20 小時"), 92 * kHourMs);
  EXPECT_EQ(parse_length("5小時12分"), 312 * kMinuteMs);
  EXPECT_FALSE(parse_length("3 天後"));
}

TEST(Times, AtTheDueInstantItselfACaseIsOverdue) {
  EXPECT_EQ(format_due(1000, 1000), "逾期 0 秒 overdue");
  EXPECT_EQ(format_due(0, 51 * kHourMs), "逾期 2 天 3 小時 overdue");
  EXPECT_EQ(format_due(90 * kMinuteMs, 0), "尚餘 1 小時 30 分 left");
}

TEST(Words, EveryValueHasBothLanguagesAndReadsBack) {
  const auto check = [](auto value) {
    using Enum = decltype(value);
    const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
    for (int i = 1; i < type.value_count(); ++i) {
      const auto one = static_cast<Enum>(type.value(i)->number());
      EXPECT_STRNE(word(one).chinese, "") << type.value(i)->name();
      EXPECT_EQ(parse_word<Enum>(type.value(i)->name()), one);
      EXPECT_EQ(parse_word<Enum>(word(one).english), one) << word(one).english;
    }
    EXPECT_FALSE(parse_word<Enum>(type.value(0)->name()));
  };
  check(v1::KIND_COMPLAINT);
  check(v1::CHANNEL_APP);
  check(v1::PRIORITY_LOW);
  check(v1::CASE_STATUS_CLOSED);
  check(v1::CLOCK_KIND_REPLY);
  check(v1::CLOCK_STATUS_MET);
  check(v1::REPLY_MEANS_FAX);
  check(v1::OUTCOME_REFERRED);
}

TEST(Words, PrioritiesAreTheSpeedsOfOfficialDocuments) {
  EXPECT_EQ(both(v1::PRIORITY_LOW), "普通件 low");
  EXPECT_EQ(both(v1::PRIORITY_URGENT), "最速件 urgent");
  EXPECT_EQ(parse_word<v1::Priority>("普通件"), v1::PRIORITY_NORMAL);
  EXPECT_EQ(parse_word<v1::Priority>("速件"), v1::PRIORITY_HIGH);
}

TEST(Words, SpellingsOfOneValue) {
  for (const char* text :
       {"fault_report", "fault-report", "Fault Report", "KIND_FAULT_REPORT", "報修"}) {
    EXPECT_EQ(parse_word<v1::Kind>(text), v1::KIND_FAULT_REPORT) << text;
  }
  EXPECT_FALSE(parse_word<v1::Kind>("fault"));
  EXPECT_FALSE(parse_word<v1::Kind>(""));
  EXPECT_EQ(both(static_cast<v1::Kind>(42)), "#42");
}

grpc::Status with_details() {
  google::rpc::Status details;
  google::rpc::BadRequest bad;
  auto* field = bad.add_field_violations();
  field->set_field("case.applicant.phone");
  field->set_description("at most 40 characters");
  google::rpc::ErrorInfo info;
  info.set_reason("OVERLOADED");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(200'000'000);
  details.add_details()->PackFrom(bad);
  details.add_details()->PackFrom(info);
  details.add_details()->PackFrom(retry);
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full", details.SerializeAsString()};
}

TEST(Failure, DetailsBecomeLinesAPersonCanActOn) {
  const Failure failure = decode_failure(with_details());
  EXPECT_EQ(failure.reason, "OVERLOADED");
  EXPECT_EQ(failure.retry_after_ms, 200);
  EXPECT_EQ(exit_code(failure), kExitRefused);
  const std::string text = failure_text(failure, "host:1", "key-1");
  EXPECT_THAT(text, HasSubstr("field case.applicant.phone：at most 40 characters\n"));
  EXPECT_THAT(text, HasSubstr("請於 200 毫秒後再試"));
  EXPECT_THAT(text, HasSubstr("--request-id key-1"));
}

TEST(Failure, SilenceOfTheNetworkIsNotARefusal) {
  EXPECT_EQ(exit_code(decode_failure({grpc::StatusCode::UNAVAILABLE, "connect failed"})),
            kExitUnreachable);
  EXPECT_EQ(exit_code(decode_failure({grpc::StatusCode::DEADLINE_EXCEEDED, ""})), kExitUnreachable);
  EXPECT_EQ(exit_code(decode_failure({grpc::StatusCode::NOT_FOUND, ""})), kExitRefused);
  EXPECT_EQ(exit_code(decode_failure({grpc::StatusCode::INTERNAL, "", "not a status"})),
            kExitRefused);
}

TEST(Failure, EngineThatCannotTellHowAWriteEndedDidNotRefuse) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  info.set_reason("UNAVAILABLE");
  details.add_details()->PackFrom(info);
  const Failure failure =
      decode_failure({grpc::StatusCode::UNAVAILABLE, "stopping", details.SerializeAsString()});
  EXPECT_EQ(exit_code(failure), kExitUnreachable);
  EXPECT_THAT(failure_text(failure, "host:1", ""), Not(HasSubstr("cannot reach")));
}

TEST(CaseView, ShowsWhatIsOverdueInBothLanguages) {
  v1::Case view;
  view.set_case_number(format_case_number(0, CaseId::make(11, 1150715, 1)));
  view.set_subject("停電\n第二行");
  auto* clock = view.add_clocks();
  clock->set_kind(v1::CLOCK_KIND_REPLY);
  clock->set_status(v1::CLOCK_STATUS_RUNNING);
  *clock->mutable_due_time() = to_timestamp(1'000'000);
  const Viewpoint from{absl::UTCTimeZone(), 1'000'000 + 51 * kHourMs};
  EXPECT_THAT(case_text(view, from), HasSubstr("逾期 2 天 3 小時 overdue"));
  EXPECT_THAT(case_text(view, from), HasSubstr("停電 第二行"));
  EXPECT_THAT(case_text(view, from), HasSubstr("11 1150715 00001"));
  clock->set_status(v1::CLOCK_STATUS_MET);
  EXPECT_THAT(case_text(view, from), HasSubstr("如期 met"));
  EXPECT_THAT(case_text(view, from), Not(HasSubstr("overdue")));
}

}  // namespace
}  // namespace casewheel::cli
