// stats, clock, verify, backup, backups, restore, repair: looking after an installation.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/cli/arguments.h"
#include "engine/cli/command_line.h"
#include "engine/cli/offline.h"
#include "engine/cli/table.h"
#include "engine/cli/verify_view.h"

namespace casewheel::cli {
namespace {

int show_clock(const Session& session, const v1::ClockInfo& clock) {
  const Output& output = session.output();
  if (output.json()) {
    output.document(clock);
    return kExitOk;
  }
  Fields fields;
  fields.add("引擎時間 Engine time", output.time(to_ms(clock.now())));
  fields.add("系統時間 System time",
             clock.has_system_time() ? output.time(to_ms(clock.system_time())) : "");
  fields.add("時間 Clock", clock.is_virtual() ? "虛擬 virtual" : "實際 real");
  if (clock.frozen())
    fields.add("凍結 Frozen", "是，待確認 yes: nothing fires until `casewheel clock confirm`");
  fields.add("時區 Time zone", output.zone_name());
  fields.add("警示 Alarm", one_line(clock.alarm()));
  output.out() << fields.text();
  return kExitOk;
}

void add_clock(CLI::App& app, CommandLine& line) {
  auto* clock = app.add_subcommand("clock", "引擎時間 the engine's clock");
  clock->require_subcommand(1);

  clock->add_subcommand("show", "查看 what time it is for the engine")->callback([&line] {
    line.command = [](Session& session) {
      v1::ClockInfo info;
      const auto status =
          session.call(session.admin(), &v1::Admin::Stub::GetClock, v1::GetClockRequest(), &info);
      return status.ok() ? show_clock(session, info) : session.fail(status);
    };
  });

  struct Typed {
    std::string by, to;
  };
  auto typed = std::make_shared<Typed>();
  auto* advance = clock->add_subcommand(
      "advance",
      "推進虛擬時間 move a virtual clock on; answers when every deadline on the way has fired");
  auto* how_far = advance->add_option_group("how far");
  how_far->add_option("--by", typed->by, "推進多久, e.g. 73h");
  how_far->add_option("--to", typed->to, "推進至 a time");
  how_far->require_option(1);
  advance->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::AdvanceClockRequest request;
      if (!typed->by.empty()) read.length("--by", typed->by, request.mutable_by());
      if (!typed->to.empty()) read.time("--to", typed->to, request.mutable_time());
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::ClockInfo info;
      const auto status = session.call(session.admin(), &v1::Admin::Stub::AdvanceClock, request,
                                       &info, Patience::kEndless);
      return status.ok() ? show_clock(session, info) : session.fail(status);
    };
  });

  clock
      ->add_subcommand("confirm", "確認現在時間 after a jump froze firing: accept the present time")
      ->callback([&line] {
        line.command = [](Session& session) {
          v1::ClockInfo info;
          const auto status = session.call(session.admin(), &v1::Admin::Stub::ConfirmClock,
                                           v1::ConfirmClockRequest(), &info);
          return status.ok() ? show_clock(session, info) : session.fail(status);
        };
      });
}

void print_statistics(const Output& output, const v1::Statistics& figures) {
  Fields fields;
  // A figure that the engine does not tell is left out.
  const auto add = [&](const char* label, bool told, std::uint64_t figure) {
    if (told) fields.add(label, std::to_string(figure));
  };
  add("受理 Lodged", figures.has_lodged(), figures.lodged());
  add("結案 Closed", figures.has_closed(), figures.closed());
  add("未結 Open", figures.has_open(), figures.open());
  add("逾期 Overdue", figures.has_overdue(), figures.overdue());
  add("如期 Clocks met", figures.has_clocks_met(), figures.clocks_met());
  add("逾期 Clocks broken", figures.has_clocks_broken(), figures.clocks_broken());
  add("逾期次數 Breaches", figures.has_breaches(), figures.breaches());
  add("因異動逾期 Late by change", figures.has_clocks_late_by_change(),
      figures.clocks_late_by_change());
  add("結案免辦 No longer owed", figures.has_clocks_no_longer_owed(),
      figures.clocks_no_longer_owed());
  add("無時限 Unclocked", figures.has_unclocked(), figures.unclocked());
  add("稽催 Steps fired", figures.has_steps_fired(), figures.steps_fired());
  add("已設定計時 Armed timers", figures.has_armed_timers(), figures.armed_timers());
  add("歷程事件 Events", figures.has_events(), figures.events());
  if (figures.has_oldest_unfired()) {
    fields.add("最舊未發 Oldest unfired",
               output.time(to_ms(figures.oldest_unfired())) + "  " +
                   format_due(to_ms(figures.oldest_unfired()), to_ms(figures.as_of())));
  }
  for (const std::string& file : figures.damaged_files())
    fields.add("損壞檔案 Damaged file", one_line(file));
  if (figures.unreadable_cases() > 0)
    fields.add("無法讀取 Unreadable cases", std::to_string(figures.unreadable_cases()));
  if (figures.unreadable_rows() > 0)
    fields.add("略過損壞 Passed over", std::to_string(figures.unreadable_rows()));
  if (figures.derived_clock_rows() > 0)
    fields.add("由案件補回的時限列 Derived clock rows",
               std::to_string(figures.derived_clock_rows()));
  fields.add("截至 As of", figures.has_as_of() ? output.time(to_ms(figures.as_of())) : "");
  output.out() << fields.text();
  if (figures.open_cases().empty()) return;
  Table table({"事業 Tenant", "單位 Unit", "性質 Kind", "狀態 Status", "件數 Cases"});
  for (const auto& count : figures.open_cases()) {
    table.add({one_line(count.tenant()), one_line(count.unit()), both(count.kind()),
               both(count.status()), std::to_string(count.cases())});
  }
  output.out() << "\n" << table.text();
}

void add_stats(CLI::App& app, CommandLine& line) {
  auto tenant = std::make_shared<std::string>();
  auto* command = app.add_subcommand("stats", "統計 figures of the installation or of one tenant");
  command->add_option("--tenant", *tenant, "事業 enterprise (default: all)")
      ->envname("CASEWHEEL_TENANT");
  command->callback([&line, tenant] {
    line.command = [tenant](Session& session) {
      v1::GetStatisticsRequest request;
      request.set_tenant(*tenant);
      v1::Statistics figures;
      const auto status =
          session.call(session.admin(), &v1::Admin::Stub::GetStatistics, request, &figures);
      if (!status.ok()) return session.fail(status);
      if (session.output().json()) {
        session.output().document(figures);
      } else {
        print_statistics(session.output(), figures);
      }
      return static_cast<int>(kExitOk);
    };
  });
}

int verify_online(Session& session) {
  grpc::ClientContext context;
  session.prepare(context, Patience::kEndless);
  const auto reader = session.admin().Verify(&context, v1::VerifyRequest());
  Progress progress(session.output(), "驗證 verifying");
  v1::VerifyResponse message;
  v1::VerifyReport report;
  bool reported = false;
  while (reader->Read(&message)) {
    progress.update(message.entries_done(), message.entries_total());
    if (message.has_report()) {
      report.Swap(message.mutable_report());
      reported = true;
    }
  }
  progress.finish();
  const auto status = reader->Finish();
  if (!status.ok()) return session.fail(status);
  if (!reported)
    return session.fail({grpc::StatusCode::DATA_LOSS, "the engine ended without a report"});
  return show_verify_report(report, session.output());
}

void add_verify(CLI::App& app, CommandLine& line) {
  auto data = std::make_shared<std::string>();
  auto* command = app.add_subcommand(
      "verify", "驗證 prove that state, journal and clocks agree; exit code 4 when they do not");
  command->add_option("--data", *data, "離線驗證 a data directory that no engine is serving");
  command->callback([&line, data] {
    line.offline = !data->empty();
    line.command = [data](Session& session) {
      return data->empty() ? verify_online(session) : verify_directory({*data}, session.output());
    };
  });
}

void add_backup(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string directory;
    std::uint32_t keep = 0;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("backup", "備份 back up the running engine");
  command->add_option("directory", typed->directory, "備份目錄 on the engine's machine")
      ->required();
  command
      ->add_option("--keep", typed->keep,
                   "保留份數 whole backups to keep, this one included; older ones are removed "
                   "when this one is whole (default: all)")
      ->check(CLI::Range(1U, limits::kBackupsKeptMax));
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::CreateBackupRequest request;
      request.set_directory(typed->directory);
      request.set_keep(typed->keep);
      grpc::ClientContext context;
      session.prepare(context, Patience::kEndless);
      const auto reader = session.admin().CreateBackup(&context, request);
      Progress progress(session.output(), "備份 backing up");
      v1::CreateBackupResponse message, last;
      while (reader->Read(&message)) {
        progress.update(message.bytes_done(), message.bytes_total());
        last = message;
      }
      progress.finish();
      const auto status = reader->Finish();
      if (!status.ok()) return session.fail(status);
      if (!last.done())
        return session.fail({grpc::StatusCode::DATA_LOSS, "the backup ended before it was done"});
      if (session.output().json()) {
        session.output().document(last);
      } else {
        session.output().out() << "已備份 backed up: 編號 id " << last.backup_id() << ", "
                               << last.bytes_done() << " bytes, 附件 attachments "
                               << last.attachments() << "\n";
        if (last.lacking() != 0)
          session.output().err() << "casewheel: 不完整 not whole: " << last.lacking()
                                 << " 個附件已遺失 attachments are lost: casewheel verify\n";
      }
      return static_cast<int>(last.lacking() == 0 ? kExitOk : kExitDisagreed);
    };
  });
}

void add_backups(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<BackupsOptions>();
  auto* command =
      app.add_subcommand("backups", "列出並檢查備份 list the backups of a directory, check them");
  command->add_option("directory", options->backup_directory, "備份目錄 where the backups are")
      ->required();
  auto* verify =
      command->add_flag("--verify", options->verify,
                        "逐檔檢查 read every file of theirs; exit code 4 when one is damaged");
  command->add_option("--id", options->backup_id, "只檢查此編號 this one alone")->needs(verify);
  command->callback([&line, options] {
    line.offline = true;
    line.command = [options](Session& session) { return show_backups(*options, session.output()); };
  });
}

void add_restore(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<OfflineRestoreOptions>();
  auto* command = app.add_subcommand("restore", "還原 write a backup to a new data directory");
  command->add_option("directory", options->backup_directory, "備份目錄 where the backups are")
      ->required();
  command->add_option("--id", options->backup_id, "備份編號 (default: the latest)");
  command->add_option("--data", options->data_directory, "資料目錄 absent or empty")->required();
  command->add_flag(
      "--accept-lacking", options->accept_lacking,
      "附件於備份前已遺失亦還原 also where attachments had been lost before the backup");
  command->callback([&line, options] {
    line.offline = true;
    line.command = [options](Session& session) {
      return restore_backup(*options, session.output());
    };
  });
}

void add_repair(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<OfflineRepairOptions>();
  auto* command = app.add_subcommand(
      "repair",
      "修復 build a new data directory of what can be read of a damaged one; exit code 4 when "
      "something could not be had");
  command->add_option("--data", options->data_directory, "損壞的資料目錄 is read, never changed")
      ->required();
  command->add_option("--out", options->out_directory,
                      "新資料目錄 absent or empty (default: beside it, NAME.repaired)");
  command->callback([&line, options] {
    line.offline = true;
    line.command = [options](Session& session) {
      return repair_directory(*options, session.output());
    };
  });
}

}  // namespace

void add_admin_commands(CLI::App& app, CommandLine& line) {
  add_stats(app, line);
  add_clock(app, line);
  add_verify(app, line);
  add_backup(app, line);
  add_backups(app, line);
  add_restore(app, line);
  add_repair(app, line);
}

}  // namespace casewheel::cli
