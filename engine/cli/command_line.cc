#include "engine/cli/command_line.h"

#include <CLI/CLI.hpp>

#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

// Typed twice, the last one counts, so that a script's own settings can be overridden behind them.
void add_global_options(CLI::App& app, CommandLine& line) {
  app.add_option("--address", line.session.address,
                 "引擎位址 where the engine listens, host:port; https:// before it: TLS")
      ->envname("CASEWHEEL_ADDRESS")
      ->capture_default_str()
      ->take_last();
  TlsOptions& tls = line.session.tls;
  // A variable of a script that is not set must not end in plaintext.
  const auto named = [](const std::string& file) { return file.empty() ? "names no file" : ""; };
  app.add_flag("--tls", tls.on, "加密連線 speak TLS; the system's authorities are believed");
  app.add_option("--tls-ca", tls.ca,
                 "加密連線所信任的簽發者 speak TLS; authority of the server, PEM")
      ->envname("CASEWHEEL_TLS_CA")
      ->check(named)
      ->take_last();
  app.add_option("--tls-cert", tls.certificate, "用戶端憑證 own certificate to show, PEM")
      ->check(named)
      ->take_last();
  app.add_option("--tls-key", tls.key, "及其私鑰 and its key")->check(named)->take_last();
  app.add_option("--as", line.session.actor,
                 "以此員工身分 staff id to act as, where nobody has to sign in (--auth off)")
      ->envname("CASEWHEEL_ACTOR")
      ->take_last();
  app.add_flag("--json", line.json, "JSON on the output (JSON lines for watch)");
  app.add_option("--timeout", line.timeout,
                 "最長等候 how long to wait for an answer, e.g. 30s (that is the default)")
      ->take_last();
  app.add_option("--zone", line.zone,
                 "顯示時區 zone of the times shown and typed (default: TZ, else Asia/Taipei)")
      ->take_last();
  app.add_option("--request-id", line.session.request_id,
                 "重送時沿用 key of a change that is tried again")
      ->take_last();
  app.add_flag("--quiet", line.quiet, "不顯示進度 no progress");
}

// What parse() could not say in its own types. Empty when all is well.
std::string read_globals(CommandLine& line, absl::TimeZone* zone) {
  if (line.zone.empty()) line.zone = default_zone_name();
  const auto found = load_zone(line.zone);
  if (!found) return "--zone: no such time zone: " + line.zone;
  *zone = *found;
  if (!line.timeout.empty()) {
    const auto timeout_ms = parse_length(line.timeout);
    if (!timeout_ms || *timeout_ms == 0)
      return "--timeout: not a length of time (such as 30s or 5m): " + line.timeout;
    line.session.timeout_ms = *timeout_ms;
  }
  SessionOptions& session = line.session;
  return settle_connection(&session.address, &session.tls, &session.credentials);
}

}  // namespace

int run_command_line(int count, const char* const* arguments, std::ostream& out, std::ostream& err,
                     bool progress_wanted) {
  CommandLine line;
  CLI::App app("casewheel: 案件時效引擎 the case and deadline engine, from the command line",
               "casewheel");
  app.set_version_flag("--version", "casewheel 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();  // global options may follow the subcommand
  add_global_options(app, line);
  add_case_commands(app, line);
  add_work_commands(app, line);
  add_supervision_commands(app, line);
  add_catalogue_commands(app, line);
  add_calendar_commands(app, line);
  add_notice_commands(app, line);
  add_call_commands(app, line);
  add_tracking_commands(app, line);
  add_change_commands(app, line);
  add_counter_commands(app, line);
  add_access_commands(app, line);
  add_account_commands(app, line);
  add_privacy_commands(app, line);
  add_attachment_commands(app, line);
  add_admin_commands(app, line);
  add_import_command(app, line);
  add_sla_commands(app, line);

  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, out, err) == 0 ? kExitOk : kExitUsage;
  }

  Output::Options shown;
  shown.json = line.json;
  shown.progress = progress_wanted && !line.quiet;
  const std::string mistake = read_globals(line, &shown.zone);
  const Output output(out, err, shown);
  if (!mistake.empty()) return usage_error(output, mistake);
  if (!line.command) return usage_error(output, "no command; see casewheel --help");
  Session session(line.session, output);
  return line.command(session);
}

}  // namespace casewheel::cli
