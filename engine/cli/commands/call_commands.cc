// calls list, show, watch, statistics, staffing, wrap-up: the telephones.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <memory>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/cli/arguments.h"
#include "engine/cli/call_view.h"
#include "engine/cli/command_line.h"

namespace casewheel::cli {
namespace {

CLI::Option* add_tenant(CLI::App& command, std::string* tenant) {
  return command.add_option("--tenant", *tenant, "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
}

// From when to when, and whose.
struct CallRange {
  std::string tenant, from, to, line, queue;
};

void add_range(CLI::App& command, CallRange& range) {
  add_tenant(command, &range.tenant);
  command.add_option("--from", range.from, "起 from this time on");
  command.add_option("--to", range.to,
                     "迄 up to this time; a day alone: to its end (default: now)");
  command.add_option("--line", range.line, "撥入號碼 of this number of ours");
  command.add_option("--queue", range.queue, "佇列 of this queue of the exchange");
}

template <typename Request>
void read_range(const CallRange& range, Arguments& read, Request* request) {
  request->set_tenant(range.tenant);
  request->set_line(range.line);
  request->set_queue(range.queue);
  if (!range.from.empty()) read.time("--from", range.from, request->mutable_from_time());
  if (!range.to.empty()) read.deadline("--to", range.to, request->mutable_to_time());
}

void add_calls_list(CLI::App& calls, CommandLine& line) {
  struct Typed {
    v1::ListCallsRequest request;
    std::string from, to;
    bool missed = false;
    int limit = 50;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = calls.add_subcommand("list", "通話紀錄 calls, the newest first");
  add_tenant(*command, typed->request.mutable_tenant());
  command->add_option("--from", typed->from, "起 from this time on (default: a day before --to)");
  command->add_option("--to", typed->to,
                      "迄 up to this time; a day alone: to its end (default: now)");
  command->add_option("--agent", *typed->request.mutable_agent(), "接聽人員 answered by");
  command->add_flag("--missed", typed->missed, "未接 only those nobody answered");
  command->add_option("--limit", typed->limit, "至多幾筆 at most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      const Output& output = session.output();
      Arguments read(output.zone());
      v1::ListCallsRequest request = typed->request;
      request.set_missed_only(typed->missed);
      if (!typed->from.empty()) read.time("--from", typed->from, request.mutable_from_time());
      if (!typed->to.empty()) read.deadline("--to", typed->to, request.mutable_to_time());
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::ListCallsResponse answer;
      do {
        request.set_page_size(std::min(typed->limit - answer.calls_size(), limits::kPageSizeMax));
        request.set_page_token(answer.next_page_token());
        v1::ListCallsResponse page;
        const auto status =
            session.call(session.calls(), &v1::Calls::Stub::ListCalls, request, &page);
        if (!status.ok()) return session.fail(status);
        for (auto& call : *page.mutable_calls()) answer.add_calls()->Swap(&call);
        answer.set_next_page_token(page.next_page_token());
      } while (!answer.next_page_token().empty() && answer.calls_size() < typed->limit);
      output.show(answer, answer.calls().empty() ? "無通話 no calls\n"
                                                 : call_list_text(answer.calls(), output));
      if (!output.json() && !answer.next_page_token().empty())
        output.err() << "尚有更多通話 there are more: a larger --limit\n";
      return static_cast<int>(kExitOk);
    };
  });
}

void add_calls_show(CLI::App& calls, CommandLine& line) {
  auto request = std::make_shared<v1::GetCallRequest>();
  auto* command = calls.add_subcommand("show", "查看通話 one call");
  command->add_option("call", *request->mutable_id(), "通話 id")->required();
  command->callback([&line, request] {
    line.command = [request](Session& session) {
      v1::Call call;
      const auto status = session.call(session.calls(), &v1::Calls::Stub::GetCall, *request, &call);
      if (!status.ok()) return session.fail(status);
      return session.output().show(call, call_text(call, session.output()));
    };
  });
}

void add_wrap_up(CLI::App& calls, CommandLine& line) {
  auto request = std::make_shared<v1::WrapUpCallRequest>();
  auto* command = calls.add_subcommand("wrap-up", "話後處理完成 the work after a call is done");
  command->add_option("call", *request->mutable_id(), "通話 id")->required();
  command->callback([&line, request] {
    line.command = [request](Session& session) {
      v1::Call call;
      const auto status =
          session.call(session.calls(), &v1::Calls::Stub::WrapUpCall, *request, &call);
      if (!status.ok()) return session.fail(status);
      return session.output().show(call, call_text(call, session.output()));
    };
  });
}

void add_watch(CLI::App& calls, CommandLine& line) {
  struct Typed {
    v1::WatchScreenPopRequest request;
    bool once = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = calls.add_subcommand(
      "watch", "來電彈屏 who is ringing, as it happens; --timeout says for how long");
  add_tenant(*command, typed->request.mutable_tenant());
  command->add_option("--agent", *typed->request.mutable_agent(), "員工 whose (default: --as)");
  command->add_flag("--once", typed->once, "只看目前 the present call only");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      const Output& output = session.output();
      grpc::ClientContext context;
      session.prepare(context, Patience::kEndless);
      const auto reader = session.calls().WatchScreenPop(&context, typed->request);
      v1::ScreenPop pop;
      while (reader->Read(&pop)) {
        if (output.json()) {
          output.line(pop);
        } else {
          output.out() << pop_text(pop, output) << std::flush;
        }
        if (typed->once) {
          context.TryCancel();
          (void)reader->Finish();  // cancelled, by us
          return static_cast<int>(kExitOk);
        }
      }
      const grpc::Status status = reader->Finish();
      const bool watched = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED &&
                           session.options().timeout_ms.has_value();
      return status.ok() || watched ? static_cast<int>(kExitOk) : session.fail(status);
    };
  });
}

void add_statistics(CLI::App& calls, CommandLine& line) {
  struct Typed {
    CallRange range;
    bool hours = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      calls.add_subcommand("statistics", "話務統計 how calls were answered, by day or hour");
  add_range(*command, typed->range);
  command->get_option("--from")->required();
  command->add_flag("--hours", typed->hours, "依小時 by the hour");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::GetCallStatisticsRequest request;
      read_range(typed->range, read, &request);
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::CallStatistics answer;
      const auto status =
          session.call(session.calls(), &v1::Calls::Stub::GetCallStatistics, request, &answer);
      if (!status.ok()) return session.fail(status);
      return session.output().show(answer, statistics_text(answer, typed->hours, session.output()));
    };
  });
}

void add_staffing(CLI::App& calls, CommandLine& line) {
  struct Typed {
    CallRange range;
    double target = 80;
    double busier = 1;
    std::string within, handling;
    std::vector<std::uint32_t> weekdays;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = calls.add_subcommand(
      "staffing", "人力試算 agents each hour takes, by Erlang C from the calls of the time given");
  add_range(*command, typed->range);
  command->add_option("--target", typed->target, "服務水準 % answered in time")
      ->check(CLI::Range(1.0, 99.9))
      ->capture_default_str();
  command->add_option("--within", typed->within, "幾秒內接聽 in time (default: as promised)");
  command->add_option("--handling", typed->handling,
                      "平均處理時間 what a call takes (default: what it took)");
  command->add_option("--weekday", typed->weekdays, "星期 1 Monday to 7 Sunday; may be repeated")
      ->check(CLI::Range(1, 7))
      ->allow_extra_args(false);
  command->add_option("--busier", typed->busier, "話務倍數 so many times the calls")
      ->check(CLI::Range(0.001, 100.0))
      ->capture_default_str();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::PlanStaffingRequest request;
      read_range(typed->range, read, &request);
      request.set_service_level(typed->target / 100);
      request.set_busier(typed->busier);
      if (!typed->within.empty())
        read.length("--within", typed->within, request.mutable_answer_within());
      if (!typed->handling.empty())
        read.length("--handling", typed->handling, request.mutable_handling());
      for (const std::uint32_t weekday : typed->weekdays) request.add_weekdays(weekday);
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::StaffingPlan answer;
      const auto status =
          session.call(session.calls(), &v1::Calls::Stub::PlanStaffing, request, &answer);
      if (!status.ok()) return session.fail(status);
      return session.output().show(answer, staffing_text(answer));
    };
  });
}

}  // namespace

void add_call_commands(CLI::App& app, CommandLine& line) {
  auto* calls = app.add_subcommand("calls", "電話 the telephones: calls, who is ringing, figures");
  calls->require_subcommand(1);
  add_calls_list(*calls, line);
  add_calls_show(*calls, line);
  add_watch(*calls, line);
  add_statistics(*calls, line);
  add_staffing(*calls, line);
  add_wrap_up(*calls, line);
}

}  // namespace casewheel::cli
