// track, tracking-code: a case as its applicant sees it, and the code he sees it with.
#include <memory>
#include <ostream>

#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

using Promise = v1::TrackedPromise;

const char* state_words(Promise::State state) {
  switch (state) {
    case Promise::STATE_RUNNING:
      return "進行中 running";
    case Promise::STATE_PAUSED:
      return "停止計時 paused";
    case Promise::STATE_MET:
      return "如期 met";
    case Promise::STATE_LATE:
      return "逾期 late";
    case Promise::STATE_NO_LONGER_OWED:
      return "已結案，不再適用 no longer owed";
    default:
      return "-";
  }
}

std::string joined(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "、") + one_line(text);
  return all;
}

// The enterprise's, which the answer names: applicants cannot ask for it otherwise.
absl::TimeZone zone_of(const Output& output, const v1::TrackedCase& seen) {
  if (output.zone_typed()) return output.zone();
  return load_zone(seen.time_zone()).value_or(default_zone());
}

void print(const Output& output, const v1::TrackedCase& seen) {
  Fields fields;
  fields.add("案號 Case", group_case_number(seen.case_number()));
  fields.add("事業 Enterprise", one_line(seen.enterprise_zh() + " " + seen.enterprise_en()));
  fields.add("服務 Service", one_line(seen.service_zh() + " " + seen.service_en()));
  fields.add("狀態 Status", one_line(seen.status_zh() + " " + seen.status_en()));
  const absl::TimeZone zone = zone_of(output, seen);
  const auto time_text = [&](const auto& time) { return format_time(to_ms(time), zone); };
  fields.add("收件 Received", time_text(seen.received_time()));
  fields.add("待補文件 Missing", joined(seen.missing_documents()));
  if (seen.has_close_time()) fields.add("結束 Ended", time_text(seen.close_time()));
  if (seen.outcome() != v1::OUTCOME_UNSPECIFIED) fields.add("結果 Outcome", both(seen.outcome()));
  if (!seen.merged_into().empty())
    fields.add("併案辦理 Worked on with", group_case_number(seen.merged_into()));
  fields.add("時區 Time zone", zone.name());
  output.out() << fields.text();
  if (!seen.promises().empty()) {
    Table table({"承諾 Promise", "期限 Due", "狀況 State"});
    for (const Promise& promise : seen.promises()) {
      table.add({both(promise.kind()),
                 promise.has_due_time() ? format_deadline(to_ms(promise.due_time()), zone) +
                                              (promise.provisional() ? " 暫定" : "")
                                        : "-",
                 state_words(promise.state())});
    }
    output.out() << "\n" << table.text();
  }
  if (!seen.told().empty()) output.out() << "\n";
  if (seen.told_shortened()) output.out() << "（較早的從略 earlier ones are left out）\n";
  for (const v1::Told& told : seen.told()) {
    output.out() << time_text(told.time());
    if (told.means() != v1::REPLY_MEANS_UNSPECIFIED) output.out() << "  " << both(told.means());
    output.out() << "  " << one_line(told.text()) << "\n";
  }
}

void add_track(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::vector<std::string> number;
    std::string phone_digits, code;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "track", "申請人查詢進度 a case as its applicant sees it; needs no sign-in");
  add_case_number(*command, typed->number);
  auto* factor = command->add_option_group("factor");
  factor->add_option(
      "--phone-digits", typed->phone_digits,
      "受理時所留電話末四碼 the last 4 digits of the phone given when it was lodged");
  factor->add_option("--code", typed->code, "查詢碼 8 digits, usable once");
  factor->require_option(1);
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::TrackCaseRequest request;
      request.set_case_number(read.case_number(typed->number));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      if (typed->code.empty()) {
        request.set_phone_last_digits(typed->phone_digits);
      } else {
        request.set_code(typed->code);
      }
      v1::TrackedCase seen;
      const auto status =
          session.call(session.tracking(), &v1::Tracking::Stub::TrackCase, request, &seen);
      if (!status.ok()) return session.fail(status);
      if (session.output().json()) {
        session.output().document(seen);
      } else {
        print(session.output(), seen);
      }
      return static_cast<int>(kExitOk);
    };
  });
}

void add_tracking_code(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::vector<std::string> number;
    int minutes = 0;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "tracking-code", "給申請人查詢碼 a code for the applicant to see the case with, once");
  add_case_number(*command, typed->number);
  command->add_option("--minutes", typed->minutes, "有效分鐘 how long it counts (30)");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::IssueTrackingCodeRequest request;
      request.set_case_number(read.case_number(typed->number));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      request.set_request_id(session.request_id());
      request.set_valid_minutes(typed->minutes);
      v1::IssueTrackingCodeResponse answer;
      const auto status = session.call(session.tracking(), &v1::Tracking::Stub::IssueTrackingCode,
                                       request, &answer);
      // The same key would not show the code: no retry is offered.
      if (!status.ok()) return session.fail(status);
      const Output& output = session.output();
      return output.show(
          answer, "查詢碼（僅顯示一次）code, shown once: " + answer.code().substr(0, 4) + " " +
                      answer.code().substr(4) +
                      "\n有效至 until: " + output.time(to_ms(answer.expire_time())) + "\n");
    };
  });
}

}  // namespace

void add_tracking_commands(CLI::App& app, CommandLine& line) {
  add_track(app, line);
  add_tracking_code(app, line);
}

}  // namespace casewheel::cli
