// calendar load, list, show, close, reopen, sweep; explain; simulate: dates, why they are what they
// are, and what would move them.
#include <algorithm>
#include <memory>
#include <ostream>

#include "engine/cli/calendar_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/files.h"
#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

template <typename Message>
int print(Session& session, const Message& message, const std::string& text) {
  if (session.output().json()) {
    session.output().document(message);
  } else {
    session.output().out() << text;
  }
  return kExitOk;
}

int print_change(Session& session, const v1::ApplyCalendarResponse& response, bool dry_run) {
  std::string text = calendar_changes_text(response, dry_run);
  if (response.has_preview())
    text += "\n" + preview_text(response.preview(), session.output().zone());
  return print(session, response, text);
}

enum class Source { kYaml, kCsv, kIcalendar };

bool ends_with(std::string name, std::string_view ending) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.ends_with(ending);
}

// By its name; a file with another one by how it begins.
Source source_of(const std::string& file, const std::string& content) {
  if (ends_with(file, ".yaml") || ends_with(file, ".yml")) return Source::kYaml;
  if (ends_with(file, ".csv")) return Source::kCsv;
  if (ends_with(file, ".ics") || content.starts_with("BEGIN:VCALENDAR")) return Source::kIcalendar;
  const std::string first = content.substr(0, content.find('\n'));
  return first.find(',') != std::string::npos && first.find(':') == std::string::npos
             ? Source::kCsv
             : Source::kYaml;
}

void add_load(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string file, calendar, reason;
    bool dry_run = false;
    bool transparent = false;
    bool take_away = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "load", "載入辦公日曆 YAML, DGPA's CSV or an iCalendar feed; open cases follow");
  command->add_option("file", typed->file, "*.yaml, *.csv, *.ics; - for the standard input")
      ->required();
  command->add_option("--calendar", typed->calendar, "日曆 which one a CSV or a feed belongs to");
  command->add_option("--reason", typed->reason, "原因 for the history of the cases it moves");
  command->add_flag("--dry-run", typed->dry_run,
                    "只檢查、比對並預覽 check, compare and preview, change nothing");
  command->add_flag("--take-away", typed->take_away,
                    "移除檔案未列之日期 days and closures the file does not list go");
  command->add_flag("--transparent", typed->transparent,
                    "iCalendar: 含標為有空的活動 holidays that a feed marks as \"free\" too");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::ApplyCalendarRequest request;
      std::string content;
      const std::string mistake = read_file(typed->file, &content);
      if (!mistake.empty()) return session.refuse(mistake);
      const Source source = source_of(typed->file, content);
      if (source != Source::kYaml && typed->calendar.empty())
        return session.refuse("缺少 --calendar（辦公日曆） is required: which calendar does " +
                              typed->file + " belong to?");
      if (source == Source::kYaml) request.set_yaml(std::move(content));
      if (source == Source::kCsv) request.set_dgpa_csv(std::move(content));
      if (source == Source::kIcalendar) request.set_icalendar(std::move(content));
      if (source != Source::kYaml) request.set_calendar(typed->calendar);
      request.set_request_id(session.request_id());
      request.set_reason(typed->reason);
      request.set_validate_only(typed->dry_run);
      request.set_file_name(typed->file);
      request.set_transparent_too(typed->transparent);
      request.set_take_away(typed->take_away);
      v1::ApplyCalendarResponse response;
      const auto status =
          session.call(session.calendars(), &v1::Calendars::Stub::ApplyCalendar, request, &response,
                       typed->dry_run ? Patience::kEndless : Patience::kAnswer);
      if (!status.ok()) return session.fail(status, typed->dry_run ? "" : session.request_id());
      return print_change(session, response, typed->dry_run);
    };
  });
}

void add_calendar_list(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("list", "辦公日曆清單 the calendars in force");
  command->callback([&line] {
    line.command = [](Session& session) {
      v1::ListCalendarsResponse response;
      const auto status = session.call(session.calendars(), &v1::Calendars::Stub::ListCalendars,
                                       v1::ListCalendarsRequest(), &response);
      if (!status.ok()) return session.fail(status);
      return print(session, response, calendar_list_text(response));
    };
  });
}

void add_show_calendar(CLI::App& app, CommandLine& line) {
  auto request = std::make_shared<v1::GetCalendarRequest>();
  auto* command = app.add_subcommand("show", "檢視辦公日曆 a calendar as YAML");
  command->add_option("calendar", *request->mutable_calendar(), "日曆")->required();
  command->callback([&line, request] {
    line.command = [request](Session& session) {
      v1::GetCalendarResponse response;
      const auto status =
          session.call(session.calendars(), &v1::Calendars::Stub::GetCalendar, *request, &response);
      if (!status.ok()) return session.fail(status);
      return print(session, response, response.yaml());
    };
  });
}

void add_closure(CLI::App& app, CommandLine& line, bool reopened) {
  struct Typed {
    std::string calendar, reason;
    std::vector<std::string> counties, dates, hours;
    bool dry_run = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      reopened ? app.add_subcommand("reopen", "恢復上班 takes a closure back; the dates follow")
               : app.add_subcommand("close", "停班 work is stopped in some counties; dates follow");
  command->add_option("--calendar", typed->calendar, "日曆")->required();
  command
      ->add_option("--county", typed->counties, "縣市 A,B; may be repeated (default: everywhere)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--date", typed->dates, "日期 2026-07-24; may be repeated")
      ->required()
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--hours", typed->hours,
                   "時段 13:00-17:00; may be repeated (default: the whole day)")
      ->delimiter(',')
      ->allow_extra_args(false);
  auto* reason = command->add_option("--reason", typed->reason, "原因");
  if (!reopened) reason->required();
  command->add_flag("--dry-run", typed->dry_run, "只預覽 what it would move; change nothing");
  command->callback([&line, typed, reopened] {
    line.command = [typed, reopened](Session& session) {
      v1::DeclareClosureRequest request;
      request.set_request_id(session.request_id());
      request.set_calendar(typed->calendar);
      for (const std::string& county : typed->counties) request.add_counties(county);
      Arguments read(session.output().zone());
      for (const std::string& date : typed->dates) request.add_dates(read.day("--date", date));
      for (const std::string& hours : typed->hours) request.add_hours(half_width_signs(hours));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      request.set_reopened(reopened);
      request.set_reason(typed->reason);
      request.set_validate_only(typed->dry_run);
      v1::ApplyCalendarResponse response;
      const auto status =
          session.call(session.calendars(), &v1::Calendars::Stub::DeclareClosure, request,
                       &response, typed->dry_run ? Patience::kEndless : Patience::kAnswer);
      if (!status.ok()) return session.fail(status, typed->dry_run ? "" : session.request_id());
      return print_change(session, response, typed->dry_run);
    };
  });
}

void add_sweep(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand(
      "sweep", "套用進度 how far the latest change has been carried to open cases");
  command->callback([&line] {
    line.command = [](Session& session) {
      v1::Sweep sweep;
      const auto status = session.call(session.calendars(), &v1::Calendars::Stub::GetSweep,
                                       v1::GetSweepRequest(), &sweep);
      if (!status.ok()) return session.fail(status);
      return print(session, sweep, sweep_text(sweep));
    };
  });
}

void add_explain(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::vector<std::string> number;
    std::uint32_t clock = 0;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("explain", "期限說明 how a case's dates came about");
  add_case_number(*command, typed->number);
  command->add_option("--clock", typed->clock,
                      "時限序號, the # of `casewheel show` (default: all)");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::ExplainClockRequest request;
      request.set_case_number(read.case_number(typed->number));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      request.set_clock(typed->clock);
      v1::ClockExplanation answer;
      const auto status =
          session.call(session.cases(), &v1::Cases::Stub::ExplainClock, request, &answer);
      if (!status.ok()) return session.fail(status, "", request.case_number());
      return print(session, answer, explanation_text(answer));
    };
  });
}

void add_simulate(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string tenant, policy, calendars, from, to;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "simulate", "模擬 past cases under other policies or calendars, beside what happened");
  command->add_option("--tenant", typed->tenant, "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--policy", typed->policy, "另一份目錄 another catalogue, YAML");
  command->add_option("--calendars", typed->calendars, "另一份辦公日曆 other calendars, YAML");
  command->add_option("--from", typed->from, "收件起 received from")->required();
  command->add_option("--to", typed->to, "收件迄 received before; a day alone: to its end")
      ->required();
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::SimulateRequest request;
      request.set_tenant(typed->tenant);
      read.time("--from", typed->from, request.mutable_received_from());
      read.deadline("--to", typed->to, request.mutable_received_until());
      if (!typed->policy.empty()) {
        if (std::string mistake = read_file(typed->policy, request.mutable_yaml());
            !mistake.empty())
          read.note(std::move(mistake));
      }
      if (!typed->calendars.empty()) {
        if (std::string mistake = read_file(typed->calendars, request.mutable_calendars_yaml());
            !mistake.empty())
          read.note(std::move(mistake));
      }
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::SimulateResponse response;
      const auto status = session.call(session.calendars(), &v1::Calendars::Stub::Simulate, request,
                                       &response, Patience::kEndless);
      if (!status.ok()) return session.fail(status);
      return print(session, response, simulation_text(response));
    };
  });
}

}  // namespace

void add_calendar_commands(CLI::App& app, CommandLine& line) {
  auto* calendar = app.add_subcommand("calendar", "辦公日曆 office calendars");
  calendar->require_subcommand(1);
  calendar->fallthrough();
  add_load(*calendar, line);
  add_calendar_list(*calendar, line);
  add_show_calendar(*calendar, line);
  add_closure(*calendar, line, false);
  add_closure(*calendar, line, true);
  add_sweep(*calendar, line);
  add_explain(app, line);
  add_simulate(app, line);
}

}  // namespace casewheel::cli
