// assign, accept, transfer, reclassify, note, request-documents, receive-documents, suspend, resume,
// agree-date, request-extension, close, reopen, withdraw, merge, unmerge: the work on one case.
#include <memory>

#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"

namespace casewheel::cli {
namespace {

// A command on a case; the caller adds the request's own options, which write to `typed`. `fill`
// makes the request of them once the zone is known, noting mistakes.
template <typename Request, typename Typed, typename Fill>
CLI::App* add_change(CLI::App& app, CommandLine& line, const char* name, const char* description,
                     grpc::Status (v1::Cases::Stub::*method)(grpc::ClientContext*, const Request&,
                                                             v1::Case*),
                     std::shared_ptr<Typed> typed, Fill fill) {
  auto target = std::make_shared<CaseTarget>();
  auto* command = app.add_subcommand(name, description);
  add_case_target(*command, *target);
  command->callback([&line, target, typed, method, fill] {
    line.command = [target, typed, method, fill](Session& session) {
      Arguments read(session.output().zone());
      Request request;
      fill(*typed, read, request);
      return change_case(session, session.cases(), method, std::move(request), *target, read);
    };
  });
  return command;
}

// The texts a command on a case may take; each command adds the ones it knows.
struct Words {
  std::string unit, handler, text, reason, time, choice;
  std::vector<std::string> list;
  bool flag = false;
};

void add_dispatch_commands(CLI::App& app, CommandLine& line) {
  auto w = std::make_shared<Words>();
  auto* assign = add_change<v1::AssignCaseRequest>(
      app, line, "assign", "派案 give the case to a handler of its unit",
      &v1::Cases::Stub::AssignCase, w,
      [](const Words& typed, Arguments&, v1::AssignCaseRequest& r) {
        r.set_handler(typed.handler);
      });
  assign->add_option("--handler", w->handler, "承辦人")->required();

  add_change<v1::AcceptCaseRequest>(app, line, "accept", "接案 take the case on",
                                    &v1::Cases::Stub::AcceptCase, std::make_shared<Words>(),
                                    [](const Words&, Arguments&, v1::AcceptCaseRequest&) {});

  w = std::make_shared<Words>();
  auto* transfer = add_change<v1::TransferCaseRequest>(
      app, line, "transfer", "移轉 send the case to another unit", &v1::Cases::Stub::TransferCase,
      w, [](const Words& typed, Arguments&, v1::TransferCaseRequest& r) {
        r.set_unit(typed.unit);
        r.set_handler(typed.handler);
        r.set_reason(typed.reason);
      });
  transfer->add_option("--unit", w->unit, "單位")->required();
  transfer->add_option("--handler", w->handler, "承辦人");
  transfer->add_option("--reason", w->reason, "原因")->required();

  struct NewClass {
    std::string priority, service, kind, reason;
  };
  auto typed = std::make_shared<NewClass>();
  auto* reclassify = add_change<v1::ReclassifyCaseRequest>(
      app, line, "reclassify", "改分類 another priority, service or kind; the clocks follow",
      &v1::Cases::Stub::ReclassifyCase, typed,
      [](const NewClass& c, Arguments& read, v1::ReclassifyCaseRequest& r) {
        r.set_priority(read.word<v1::Priority>("--priority", c.priority));
        r.set_service(c.service);
        r.set_kind(read.word<v1::Kind>("--kind", c.kind));
        r.set_reason(c.reason);
      });
  reclassify->add_option("--priority", typed->priority, "速別 low, normal, high, urgent");
  reclassify->add_option("--service", typed->service, "服務項目");
  reclassify->add_option("--kind", typed->kind, "案件性質");
  reclassify->add_option("--reason", typed->reason, "原因")->required();
}

void add_waiting_commands(CLI::App& app, CommandLine& line) {
  auto w = std::make_shared<Words>();
  auto* suspend = add_change<v1::SuspendCaseRequest>(
      app, line, "suspend", "暫停 the case waits for others; the clocks pause",
      &v1::Cases::Stub::SuspendCase, w,
      [](const Words& typed, Arguments& read, v1::SuspendCaseRequest& r) {
        r.set_reason(read.word<v1::PauseReason>("--reason", typed.choice));
        r.set_text(typed.text);
        if (!typed.time.empty()) read.time("--from", typed.time, r.mutable_from_time());
      });
  suspend
      ->add_option("--reason", w->choice, "暫停原因 applicants-wish, other-agency, force-majeure")
      ->required();
  suspend->add_option("--text", w->text, "說明")->required();
  suspend->add_option("--from", w->time, "起算時間 since when (default: now)");

  w = std::make_shared<Words>();
  auto* resume = add_change<v1::ResumeCaseRequest>(
      app, line, "resume", "恢復 the work goes on; so do the clocks", &v1::Cases::Stub::ResumeCase,
      w, [](const Words& typed, Arguments& read, v1::ResumeCaseRequest& r) {
        r.set_text(typed.text);
        if (!typed.time.empty()) read.time("--to", typed.time, r.mutable_to_time());
      });
  resume->add_option("--text", w->text, "說明");
  resume->add_option("--to", w->time, "恢復時間 when it could go on (default: now)");

  struct Asked {
    std::uint32_t clock = 0;
    std::string to, reason;
  };
  auto asked = std::make_shared<Asked>();
  auto* extension = add_change<v1::RequestExtensionRequest>(
      app, line, "request-extension", "申請展延 ask for a later date; a supervisor decides",
      &v1::Cases::Stub::RequestExtension, asked,
      [](const Asked& typed, Arguments& read, v1::RequestExtensionRequest& r) {
        r.set_clock(typed.clock);
        read.deadline("--to", typed.to, r.mutable_due_time());
        r.set_reason(typed.reason);
      });
  extension->add_option("--clock", asked->clock, "時限序號, the # of `casewheel show`")->required();
  extension->add_option("--to", asked->to, "新期限 the date asked for")->required();
  extension->add_option("--reason", asked->reason, "原因")->required();
}

void add_document_commands(CLI::App& app, CommandLine& line) {
  auto w = std::make_shared<Words>();
  auto* request = add_change<v1::RequestDocumentsRequest>(
      app, line, "request-documents",
      "通知補件 ask for all missing documents at once; the clocks pause",
      &v1::Cases::Stub::RequestDocuments, w,
      [](const Words& typed, Arguments&, v1::RequestDocumentsRequest& r) {
        for (const std::string& document : typed.list) r.add_documents(document);
        r.set_text(typed.text);
      });
  request->add_option("--document", w->list, "文件; may be repeated")
      ->required()
      ->allow_extra_args(false);
  request->add_option("--text", w->text, "說明");

  w = std::make_shared<Words>();
  auto* receive = add_change<v1::ReceiveDocumentsRequest>(
      app, line, "receive-documents", "收到補件 the documents came; the clocks go on",
      &v1::Cases::Stub::ReceiveDocuments, w,
      [](const Words& typed, Arguments& read, v1::ReceiveDocumentsRequest& r) {
        for (const std::string& document : typed.list) r.add_documents(document);
        if (!typed.time.empty()) read.time("--arrived", typed.time, r.mutable_arrived_time());
      });
  receive->add_option("--arrived", w->time,
                      "送達時間 when they reached us; the clocks go on from then (default: now)");
  receive
      ->add_option("--document", w->list, "文件; may be repeated (default: all that were missing)")
      ->allow_extra_args(false);
}

void add_answer_commands(CLI::App& app, CommandLine& line) {
  auto w = std::make_shared<Words>();
  auto* note = add_change<v1::AddNoteRequest>(
      app, line, "note", "註記 add a note", &v1::Cases::Stub::AddNote, w,
      [](const Words& typed, Arguments&, v1::AddNoteRequest& r) {
        r.set_text(typed.text);
        r.set_to_applicant(typed.flag);
      });
  note->add_option("--text", w->text, "內容")->required();
  note->add_flag("--to-applicant", w->flag,
                 "已告知申請人 told to the applicant: counts as a response");

  w = std::make_shared<Words>();
  auto* agree = add_change<v1::AgreeDateRequest>(
      app, line, "agree-date", "約定日期 a date agreed with the applicant",
      &v1::Cases::Stub::AgreeDate, w,
      [](const Words& typed, Arguments& read, v1::AgreeDateRequest& r) {
        read.deadline("--date", typed.time, r.mutable_agreed_time());
        r.set_reason(typed.reason);
        r.set_approver(typed.handler);
      });
  agree->add_option("--approver", w->handler, "核准主管 the supervisor who approved it");
  agree->add_option("--date", w->time, "約定時間")->required();
  agree->add_option("--reason", w->reason, "原因; required when an earlier date is replaced");
}

void add_ending_commands(CLI::App& app, CommandLine& line) {
  auto w = std::make_shared<Words>();
  auto* close = add_change<v1::CloseCaseRequest>(
      app, line, "close", "結案 end the case with its outcome", &v1::Cases::Stub::CloseCase, w,
      [](const Words& typed, Arguments& read, v1::CloseCaseRequest& r) {
        r.set_outcome(read.word<v1::Outcome>("--outcome", typed.choice));
        r.set_text(typed.text);
        if (!typed.time.empty()) read.time("--closed", typed.time, r.mutable_closed_time());
      });
  close->add_option("--outcome", w->choice, "結果 resolved, referred, not-accepted, ...")
      ->required();
  close->add_option("--text", w->text,
                    "說明；尚有未回復之時限時必填 required where a clock is left undone");
  close->add_option("--closed", w->time, "辦結時間 when the work was done (default: now)");

  w = std::make_shared<Words>();
  auto* reopen = add_change<v1::ReopenCaseRequest>(
      app, line, "reopen", "重啟 open a closed case again", &v1::Cases::Stub::ReopenCase, w,
      [](const Words& typed, Arguments&, v1::ReopenCaseRequest& r) {
        r.set_reason(typed.reason);
        r.set_mistake(typed.flag);
      });
  reopen->add_option("--reason", w->reason, "原因")->required();
  reopen->add_flag("--mistake", w->flag,
                   "誤結案：原有時限與日期照舊 the end was a mistake: what it ended goes on");

  w = std::make_shared<Words>();
  auto* withdraw = add_change<v1::WithdrawCaseRequest>(
      app, line, "withdraw", "撤案 the applicant takes the case back",
      &v1::Cases::Stub::WithdrawCase, w,
      [](const Words& typed, Arguments&, v1::WithdrawCaseRequest& r) {
        r.set_reason(typed.reason);
      });
  withdraw->add_option("--reason", w->reason, "原因");

  w = std::make_shared<Words>();
  auto* merge = add_change<v1::MergeCaseRequest>(
      app, line, "merge", "併案 end a duplicate in the case it repeats",
      &v1::Cases::Stub::MergeCase, w,
      [](const Words& typed, Arguments& read, v1::MergeCaseRequest& r) {
        r.set_into_case_number(read.case_number(typed.list));
      });
  merge->add_option("--into", w->list, "併入案號 the case that goes on")
      ->required()
      ->expected(1, kNumberWordsMax);

  w = std::make_shared<Words>();
  auto* unmerge = add_change<v1::UnmergeCaseRequest>(
      app, line, "unmerge", "取消併案 undo a merge that was wrong: the case goes on by itself",
      &v1::Cases::Stub::UnmergeCase, w,
      [](const Words& typed, Arguments&, v1::UnmergeCaseRequest& r) {
        r.set_reason(typed.reason);
      });
  unmerge->add_option("--reason", w->reason, "原因")->required();
}

}  // namespace

void add_work_commands(CLI::App& app, CommandLine& line) {
  add_dispatch_commands(app, line);
  add_document_commands(app, line);
  add_waiting_commands(app, line);
  add_reply_command(app, line);
  add_answer_commands(app, line);
  add_ending_commands(app, line);
}

}  // namespace casewheel::cli
