// The command line as a whole: what was typed becomes one command, which then runs against a
// session. Parsing sends nothing, so a mistake never leaves half a command done.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "engine/cli/session.h"

namespace CLI {
class App;
}

namespace casewheel::cli {

// What the subcommands fill in while the arguments are parsed.
struct CommandLine {
  SessionOptions session;
  bool json = false;
  bool quiet = false;
  std::string zone;
  std::string timeout;
  bool offline = false;                  // the command asks no engine
  std::function<int(Session&)> command;  // set by the subcommand that was named
};

// Each adds the subcommands of its theme.
void add_case_commands(CLI::App& app, CommandLine& line);  // show, list, find, history
void add_lodge_command(CLI::App& app, CommandLine& line);
void add_reply_command(CLI::App& app, CommandLine& line);
void add_desk_commands(CLI::App& app, CommandLine& line);  // work
// completion, man: the command line about itself
void add_manual_commands(CLI::App& app, CommandLine& line);
void add_work_commands(CLI::App& app, CommandLine& line);  // assign, ..., merge
void add_supervision_commands(CLI::App& app,
                              CommandLine& line);  // overdue, watch, acknowledge, extend
void add_correct_command(CLI::App& app, CommandLine& line);
void add_decision_commands(CLI::App& app, CommandLine& line);  // decisions
void add_figures_command(CLI::App& app, CommandLine& line);
void add_catalogue_commands(CLI::App& app, CommandLine& line);  // apply, catalogue, tenants
// calendar load, list, show, close, reopen, sweep; explain; simulate
void add_calendar_commands(CLI::App& app, CommandLine& line);
void add_notice_commands(CLI::App& app, CommandLine& line);
void add_call_commands(CLI::App& app, CommandLine& line);
void add_tracking_commands(CLI::App& app, CommandLine& line);  // track, tracking-code
void add_change_commands(CLI::App& app, CommandLine& line);    // changes
void add_counter_commands(CLI::App& app, CommandLine& line);   // services, check, fee, receipt
void add_access_commands(CLI::App& app,
                         CommandLine& line);  // login, logout, whoami, password, role, audit
void add_account_commands(CLI::App& app, CommandLine& line);  // user, key
void add_privacy_commands(CLI::App& app,
                          CommandLine& line);  // reveal, export-person, erase, retention
void add_attachment_commands(CLI::App& app,
                             CommandLine& line);            // attach, attachments, download, detach
void add_admin_commands(CLI::App& app, CommandLine& line);  // stats, clock, verify, backup, restore
void add_import_command(CLI::App& app, CommandLine& line);
void add_sla_commands(CLI::App& app, CommandLine& line);  // sla due, sla elapsed

// Parses and runs; gives the exit code. `progress_wanted`: the error stream is a terminal. `people`: where
// somebody at a terminal answers questions; null: nobody does, and nothing is asked.
int run_command_line(int count, const char* const* arguments, std::ostream& out, std::ostream& err,
                     bool progress_wanted, std::istream* people = nullptr);

}  // namespace casewheel::cli
