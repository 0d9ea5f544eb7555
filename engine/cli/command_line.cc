#include "engine/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "engine/cli/directory.h"
#include "engine/cli/naming.h"
#include "engine/cli/parse_mistake.h"
#include "engine/cli/table.h"
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
  app.add_flag("--insecure", tls.insecure,
               "准許對其他主機使用未加密連線 let plaintext go beyond this machine");
  app.add_option("--as", line.session.actor,
                 "以此員工身分 staff id to act as, where nobody signs in (--auth off)")
      ->envname("CASEWHEEL_ACTOR")
      ->take_last();
  app.add_flag("--json", line.json, "JSON on the output (JSON lines for watch)");
  app.add_option("--timeout", line.timeout,
                 "最長等候 how long to wait for an answer, e.g. 30s (that is the default)")
      ->take_last();
  app.add_option("--zone", line.zone,
                 "顯示時區 zone of the times shown and typed (default: the enterprise's)")
      ->take_last();
  app.add_option("--request-id", line.session.request_id,
                 "重送時沿用 key of a change that is tried again")
      ->take_last();
  app.add_flag("--quiet", line.quiet, "不顯示進度 no progress");
}

// What parse() could not say in its own types. Empty when all is well.
std::string read_globals(CommandLine& line, std::optional<absl::TimeZone>* zone) {
  if (!line.zone.empty()) {
    *zone = load_zone(line.zone);
    if (!*zone) return "--zone：沒有此時區 no such time zone: " + line.zone;
  }
  if (!line.timeout.empty()) {
    const auto timeout_ms = parse_length(line.timeout);
    if (!timeout_ms || *timeout_ms == 0)
      return "--timeout：不是時間長度，例如 30s not a length of time (such as 30s or 5m): " +
             line.timeout;
    line.session.timeout_ms = *timeout_ms;
  }
  if (line.offline) return "";
  SessionOptions& session = line.session;
  return settle_connection(&session.address, &session.tls, &session.credentials);
}

// Where callers sign in, who acts is known, and --as says nothing: better told than passed over.
void warn_of_actor(Session& session) {
  const SessionOptions& options = session.options();
  const bool signs_in = !options.token.empty() || !options.tls.certificate.empty();
  if (options.actor.empty() || !signs_in) return;
  v1::Identity identity;
  const auto status = session.call(session.access(), &v1::Access::Stub::GetIdentity,
                                   v1::GetIdentityRequest(), &identity, Patience::kAside);
  if (!status.ok() || identity.kind() == "operator") return;
  session.output().err() << "casewheel: 已登入，--as " << one_line(options.actor) << " 不適用，以 "
                         << one_line(identity.name())
                         << " 的身分辦理 --as is not heeded where callers sign in\n";
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// --as takes a name, too; what is no ASCII could not even be sent. The mistake, or empty.
std::string settle_actor(Session& session, const CLI::App& command, Directory& directory) {
  const std::string typed = session.options().actor;
  if (is_ascii(typed)) return "";
  session.act_as("");
  const std::vector<const Entry*> found =
      find_entries(directory.places(tenant_of(command, directory)).staff, typed);
  if (found.size() != 1)
    return "--as：" + std::string(found.empty() ? "查無人員" : "符合多位人員") + "「" + typed +
           "」，請改用員工代號 no one person is called so: " + entries_told(found);
  session.act_as(found.front()->id);
  return "";
}

// Names become ids, and the command runs.
int run(CLI::App& app, CommandLine& line, Output& output, std::istream* people) {
  Session session(line.session, output);
  session.attend(people);
  Directory directory(session);
  CLI::App* command = typed_command(app);
  output.find_zone_by([&] {
    return line.offline ? default_zone() : directory.zone_of(tenant_of(*command, directory));
  });
  if (line.offline) return line.command(session);
  // A name that cannot be sent must not keep names from being looked up.
  const std::string actor = session.options().actor;
  if (!is_ascii(actor)) session.act_as("");
  const Named named = settle_names(*command, directory);
  session.act_as(actor);
  if (!named.mistake.empty()) return session.refuse(named.mistake);
  session.runs(command, &directory, named.hint);
  if (const std::string mistake = settle_actor(session, *command, directory); !mistake.empty())
    return session.refuse(mistake);
  warn_of_actor(session);
  return line.command(session);
}

}  // namespace

int run_command_line(int count, const char* const* arguments, std::ostream& out, std::ostream& err,
                     bool progress_wanted, std::istream* people) {
  CommandLine line;
  CLI::App app("casewheel: 案件時效引擎 the case and deadline engine, from the command line",
               "casewheel");
  app.set_version_flag("--version", "casewheel 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();  // global options may follow the subcommand
  add_global_options(app, line);
  add_lodge_command(app, line);
  add_desk_commands(app, line);
  add_case_commands(app, line);
  add_work_commands(app, line);
  add_correct_command(app, line);
  add_supervision_commands(app, line);
  add_decision_commands(app, line);
  add_figures_command(app, line);
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
  add_manual_commands(app, line);

  const std::vector<const char*> words = help_as_option(count, arguments);
  Output::Options shown;
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::ParseError& error) {
    // `help` of what is no command is a mistake as well.
    const bool asks_of_none = typed_command(app) == &app && !unknown_command(app).empty();
    if (error.get_exit_code() == 0 && !asks_of_none) {
      app.exit(error, out, err);
      return kExitOk;
    }
    shown.json = std::any_of(words.begin(), words.end(),
                             [](const char* word) { return std::string_view(word) == "--json"; });
    return usage_error(Output(out, err, shown), parse_mistake(app, error));
  }

  shown.json = line.json;
  shown.progress = progress_wanted && !line.quiet;
  const std::string mistake = read_globals(line, &shown.zone);
  Output output(out, err, shown);
  if (!mistake.empty()) return usage_error(output, mistake);
  if (!line.command) return usage_error(output, "請指定指令 no command; see casewheel help");
  return run(app, line, output, people);
}

}  // namespace casewheel::cli
