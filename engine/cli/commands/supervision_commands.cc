// overdue, watch, acknowledge, extend, decide-extension: the supervisor's board.
#include <memory>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

// Which part of the board.
struct BoardArguments {
  v1::DueFilter filter;
  std::string within;
  bool subtree = false;
};

void add_board_options(CLI::App& command, BoardArguments& board) {
  command.add_option("--tenant", *board.filter.mutable_tenant(), "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command.add_option("--unit", *board.filter.mutable_unit(), "單位");
  command.add_flag("--subtree", board.subtree, "含下級單位 the units below it too");
  command.add_option("--handler", *board.filter.mutable_handler(), "承辦人");
  command.add_option("--within", board.within,
                     "即將到期 also what comes due within this time, e.g. 24h");
}

v1::DueFilter read_board(const BoardArguments& board, Arguments& read) {
  v1::DueFilter filter = board.filter;
  filter.set_unit_subtree(board.subtree);
  if (!board.within.empty()) read.length("--within", board.within, filter.mutable_horizon());
  return filter;
}

void add_overdue(CLI::App& app, CommandLine& line) {
  struct Typed {
    BoardArguments board;
    int limit = 50;
    bool all = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("overdue", "逾期案件 what is overdue, the most overdue first");
  add_board_options(*command, typed->board);
  command->add_option("--limit", typed->limit, "至多幾筆 at most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_flag("--all", typed->all, "全部 everything there is");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      const Output& output = session.output();
      Arguments read(output.zone());
      v1::ListDueRequest request;
      *request.mutable_filter() = read_board(typed->board, read);
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::ListDueResponse answer;
      do {
        request.set_page_size(
            typed->all ? limits::kPageSizeMax
                       : std::min(typed->limit - answer.cases_size(), limits::kPageSizeMax));
        request.set_page_token(answer.next_page_token());
        v1::ListDueResponse page;
        const auto status =
            session.call(session.supervision(), &v1::Supervision::Stub::ListDue, request, &page);
        if (!status.ok()) return session.fail(status);
        for (auto& due : *page.mutable_cases()) answer.add_cases()->Swap(&due);
        answer.set_next_page_token(page.next_page_token());
        *answer.mutable_as_of() = page.as_of();
      } while (!answer.next_page_token().empty() &&
               (typed->all || answer.cases_size() < typed->limit));
      if (output.json()) {
        output.document(answer);
        return static_cast<int>(kExitOk);
      }
      const TimeMs as_of_ms = to_ms(answer.as_of());
      output.out() << (answer.cases().empty()
                           ? "無逾期案件 nothing is overdue\n"
                           : due_list_text(answer.cases(), {output.zone(), as_of_ms}));
      output.out() << "截至 as of " << output.time(as_of_ms) << "（" << output.zone_name()
                   << "）\n";
      if (!answer.next_page_token().empty())
        output.err() << "尚有更多案件，請加 there are more: --all, or a larger --limit\n";
      return static_cast<int>(kExitOk);
    };
  });
}

void print_watch_message(const Output& output, const v1::WatchDueResponse& message) {
  const Viewpoint from{output.zone(), to_ms(message.as_of())};
  switch (message.change_case()) {
    case v1::WatchDueResponse::kSnapshot:
      for (const auto& due : message.snapshot().cases())
        output.out() << "  " << due_line(due, from) << "\n";
      if (message.snapshot().complete()) {
        output.out() << "── 截至 as of " << output.time(from.now_ms) << "（" << output.zone_name()
                     << "），以下為異動 changes follow\n";
      }
      break;
    case v1::WatchDueResponse::kUpsert:
      output.out() << "+ " << due_line(message.upsert(), from) << "\n";
      break;
    case v1::WatchDueResponse::kRemoved:
      output.out() << "- " << group_case_number(message.removed()) << "  離開看板 left the board\n";
      break;
    case v1::WatchDueResponse::CHANGE_NOT_SET:
      break;
  }
  output.out() << std::flush;
}

// Follows the board until the stream ends; `once` stops after the snapshot.
grpc::Status watch(Session& session, const v1::WatchDueRequest& request, bool once) {
  const Output& output = session.output();
  grpc::ClientContext context;
  session.prepare(context, Patience::kEndless);
  const auto reader = session.supervision().WatchDue(&context, request);
  v1::WatchDueResponse message;
  while (reader->Read(&message)) {
    if (output.json()) {
      output.line(message);
    } else {
      print_watch_message(output, message);
    }
    if (once && message.has_snapshot() && message.snapshot().complete()) {
      context.TryCancel();
      (void)reader->Finish();  // cancelled, by us
      return grpc::Status::OK;
    }
  }
  return reader->Finish();
}

void add_watch(CLI::App& app, CommandLine& line) {
  struct Typed {
    BoardArguments board;
    bool once = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      app.add_subcommand("watch", "即時看板 the board as it changes; --timeout says for how long");
  add_board_options(*command, typed->board);
  command->add_flag("--once", typed->once, "只看目前 the present board only");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::WatchDueRequest request;
      *request.mutable_filter() = read_board(typed->board, read);
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      for (;;) {
        const auto status = watch(session, request, typed->once);
        if (status.ok()) return static_cast<int>(kExitOk);
        if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED &&
            session.options().timeout_ms) {
          return static_cast<int>(kExitOk);  // watched for as long as was asked
        }
        // We read too slowly and were let go; the board begins again from a new snapshot.
        if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED)
          return session.fail(status);
        session.output().err() << "casewheel: 讀取過慢，重新取得看板 read too slowly, starting "
                                  "again from a new board\n";
      }
    };
  });
}

void add_acknowledge(CLI::App& app, CommandLine& line) {
  struct Typed {
    CaseTarget target;
    std::uint32_t escalation = 0;
    std::string text;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("acknowledge", "確認稽催 acknowledge escalations");
  add_case_target(*command, typed->target);
  command->add_option("--escalation", typed->escalation, "稽催序號 (default: all that are open)");
  command->add_option("--text", typed->text, "說明");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::AcknowledgeEscalationRequest request;
      request.set_escalation(typed->escalation);
      request.set_text(typed->text);
      return change_case(session, session.supervision(),
                         &v1::Supervision::Stub::AcknowledgeEscalation, std::move(request),
                         typed->target, read);
    };
  });
}

void add_extend(CLI::App& app, CommandLine& line) {
  struct Typed {
    CaseTarget target;
    std::uint32_t clock = 0;
    std::string to, reason;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("extend", "展延期限 move a clock's due date, with the reason");
  add_case_target(*command, typed->target);
  command->add_option("--clock", typed->clock, "時限序號, the # of `casewheel show`")->required();
  command->add_option("--to", typed->to, "新期限 the new date")->required();
  command->add_option("--reason", typed->reason, "原因")->required();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::ExtendClockRequest request;
      request.set_clock(typed->clock);
      read.deadline("--to", typed->to, request.mutable_due_time());
      request.set_reason(typed->reason);
      return change_case(session, session.supervision(), &v1::Supervision::Stub::ExtendClock,
                         std::move(request), typed->target, read);
    };
  });
}

void add_decide_extension(CLI::App& app, CommandLine& line) {
  struct Typed {
    CaseTarget target;
    std::uint32_t request = 0;
    bool grant = false;
    bool decline = false;
    std::string text;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      app.add_subcommand("decide-extension", "核定展延 grant or decline what a handler asked for");
  add_case_target(*command, typed->target);
  command->add_option("--extension", typed->request, "申請序號, the # of `casewheel show`")
      ->required();
  auto* verdict = command->add_option_group("verdict");
  verdict->add_flag("--grant", typed->grant, "同意");
  verdict->add_flag("--decline", typed->decline, "不同意");
  verdict->require_option(1);
  command->add_option("--text", typed->text, "說明; required when declined");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::DecideExtensionRequest request;
      request.set_extension_request(typed->request);
      request.set_granted(typed->grant);
      request.set_text(typed->text);
      return change_case(session, session.supervision(), &v1::Supervision::Stub::DecideExtension,
                         std::move(request), typed->target, read);
    };
  });
}

}  // namespace

void add_supervision_commands(CLI::App& app, CommandLine& line) {
  add_overdue(app, line);
  add_watch(app, line);
  add_acknowledge(app, line);
  add_extend(app, line);
  add_decide_extension(app, line);
}

}  // namespace casewheel::cli
