// login, logout, whoami, password, role, audit: who one is, what that allows, and what was done.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>

#include "engine/cli/arguments.h"
#include "engine/cli/case_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/grants.h"
#include "engine/cli/person_options.h"
#include "engine/cli/private_file.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/token_store.h"

namespace casewheel::cli {
namespace {

template <typename Message>
int shown(Session& session, const Message& answer, const std::string& text) {
  if (session.output().json()) {
    session.output().document(answer);
  } else {
    session.output().out() << text;
  }
  return kExitOk;
}

// Keeps the token for the runs to come.
int signed_in(Session& session, const v1::SignInResponse& answer) {
  if (const std::string mistake = TokenStore().put(session.token_place(), answer.token());
      !mistake.empty())
    return session.refuse(mistake);
  v1::SignInResponse safe = answer;
  safe.clear_token();
  std::string text =
      "已登入，有效至 signed in until " + session.output().time(to_ms(answer.expire_time())) + "\n";
  if (answer.must_change_password())
    text += "請先變更密碼 change the one-time password first: casewheel password\n";
  return shown(session, safe, text);
}

int login(Session& session, const std::string& name) {
  const std::optional<std::string> password = read_password("密碼 password: ");
  if (!password) return session.refuse("未輸入密碼 no password was typed");
  v1::SignInRequest request;
  request.set_name(name);
  request.set_password(*password);
  v1::SignInResponse answer;
  const auto status = session.call(session.access(), &v1::Access::Stub::SignIn, request, &answer);
  return status.ok() ? signed_in(session, answer) : session.fail(status);
}

int change_password(Session& session) {
  const std::optional<std::string> before = read_password("目前密碼 present password: ");
  const std::optional<std::string> first = read_password("新密碼 new password: ");
  const std::optional<std::string> again = read_password("再輸入一次 new password again: ");
  if (!before || !first || !again) return session.refuse("未輸入密碼 no password was typed");
  if (*first != *again) return session.refuse("兩次輸入的新密碼不同 the new passwords differ");
  v1::ChangePasswordRequest request;
  request.set_old_password(*before);
  request.set_new_password(*first);
  v1::SignInResponse answer;
  const auto status =
      session.call(session.access(), &v1::Access::Stub::ChangePassword, request, &answer);
  return status.ok() ? signed_in(session, answer) : session.fail(status);
}

int logout(Session& session, bool everywhere) {
  v1::SignOutRequest request;
  request.set_everywhere(everywhere);
  v1::SignOutResponse answer;
  const auto status = session.call(session.access(), &v1::Access::Stub::SignOut, request, &answer);
  // A token that is not valid any more is forgotten all the same.
  if (!status.ok() && status.error_code() != grpc::StatusCode::UNAUTHENTICATED)
    return session.fail(status);
  if (const std::string mistake = TokenStore().put(session.token_place(), ""); !mistake.empty())
    return session.refuse(mistake);
  return shown(session, answer, "已登出 signed out\n");
}

int whoami(Session& session) {
  v1::Identity answer;
  const auto status = session.call(session.access(), &v1::Access::Stub::GetIdentity,
                                   v1::GetIdentityRequest(), &answer);
  if (!status.ok()) return session.fail(status);
  Fields fields;
  fields.add("名稱 Name", one_line(answer.name()));
  fields.add("種類 Kind", answer.kind());
  fields.add("姓名 Person", one_line(answer.display_name()));
  fields.add("員工 Staff", answer.staff().empty() ? "" : answer.tenant() + "/" + answer.staff());
  fields.add("授權 Grants", written_grants(answer.grants()));
  std::string rights;
  for (const std::string& right : answer.rights()) rights += (rights.empty() ? "" : " ") + right;
  fields.add("權限 Rights", rights);
  if (answer.has_expire_time())
    fields.add("至 Until", session.output().time(to_ms(answer.expire_time())));
  if (answer.must_change_password())
    fields.add("密碼 Password", "須先變更 must be changed first: casewheel password");
  return shown(session, answer, fields.text());
}

int list_rights(Session& session) {
  v1::ListRightsResponse answer;
  const auto status = session.call(session.access(), &v1::Access::Stub::ListRights,
                                   v1::ListRightsRequest(), &answer);
  if (!status.ok()) return session.fail(status);
  Table table({"權限 Right", "說明 Allows", "角色 Roles"});
  for (const auto& right : answer.rights()) {
    std::string roles;
    for (const std::string& role : right.roles()) roles += (roles.empty() ? "" : " ") + role;
    table.add({right.name(), right.name_zh() + " " + right.name_en(), roles});
  }
  return shown(session, answer, table.text());
}

// Every page of the trail that matches, until `take` has had enough.
template <typename Take>
grpc::Status read_trail(Session& session, v1::SearchAuditRequest request, Take take) {
  for (;;) {
    v1::SearchAuditResponse page;
    const auto status =
        session.call(session.access(), &v1::Access::Stub::SearchAudit, request, &page);
    if (!status.ok()) return status;
    for (auto& entry : *page.mutable_entries()) {
      if (!take(entry)) return status;
    }
    if (page.next_page_token().empty()) return status;
    request.set_page_token(page.next_page_token());
  }
}

int search_audit(Session& session, v1::SearchAuditRequest request, int most) {
  v1::SearchAuditResponse all;
  request.set_page_size(std::min(most, 500));
  const auto status = read_trail(session, request, [&](v1::AuditEntry& entry) {
    *all.add_entries() = std::move(entry);
    return all.entries_size() < most;
  });
  if (!status.ok()) return session.fail(status);
  Table table({"時間 Time", "何人 Who", "來自 From", "動作 Method", "結果 Outcome", "事業 Tenant",
               "對象 About", "備註 Detail"});
  for (const v1::AuditEntry& entry : all.entries()) {
    table.add({session.output().time(to_ms(entry.time())), one_line(entry.who()),
               one_line(entry.from()), entry.method(), entry.outcome(), one_line(entry.tenant()),
               one_line(entry.subject()), one_line(entry.detail())});
  }
  return shown(session, all,
               table.empty() ? "無紀錄 nothing on record\n"
                             : table.text() + zone_line(session.output().zone()));
}

int export_audit(Session& session, v1::SearchAuditRequest request, const std::string& path) {
  PrivateFile file;
  std::string problem;
  if (!file.create(path, &problem)) return session.refuse(problem);
  std::uint64_t lines = 0;
  request.set_page_size(500);
  const auto status = read_trail(session, request, [&](const v1::AuditEntry& entry) {
    file.line(entry);
    ++lines;
    return true;
  });
  if (!status.ok()) return session.fail(status);
  if (!file.finish(&problem)) return session.refuse(problem);
  session.output().out() << "匯出 exported: " << lines << " 筆 lines, " << path << "\n";
  return kExitOk;
}

void add_audit_command(CLI::App& app, CommandLine& line) {
  struct Typed {
    v1::SearchAuditRequest request;
    TypedPerson person;
    std::string since, until, file;
    int most = 50;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("audit", "稽核紀錄 who asked for what, the newest first");
  command->add_option("--who", *typed->request.mutable_who(), "何人 account, or key:ID");
  command->add_option("--method", *typed->request.mutable_method(), "動作 e.g. Cases.GetCase");
  command->add_option("--about", *typed->request.mutable_subject(),
                      "對象 a case number, an account, a key");
  command->add_option("--tenant", *typed->request.mutable_tenant(), "事業 enterprise");
  add_person(*command, typed->person)->require_option(0, 1);
  command->add_option("--outcome", *typed->request.mutable_outcome(), "done, denied or failed");
  command->add_option("--since", typed->since, "起 from this time on");
  command->add_option("--until", typed->until, "迄 before this time; a day alone: to its end");
  command->add_option("--limit", typed->most, "筆數 at most so many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--out", typed->file,
                      "全部匯出至新檔案 all of it into a new file, a line of JSON each");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments arguments(session.output().zone());
      v1::SearchAuditRequest request = typed->request;
      if (!typed->since.empty()) arguments.time("--since", typed->since, request.mutable_from());
      if (!typed->until.empty())
        arguments.deadline("--until", typed->until, request.mutable_until());
      if (!arguments.mistake().empty()) return session.refuse(arguments.mistake());
      if (typed->person.given()) *request.mutable_person() = typed->person.key();
      return typed->file.empty() ? search_audit(session, request, typed->most)
                                 : export_audit(session, request, typed->file);
    };
  });
}

}  // namespace

void add_access_commands(CLI::App& app, CommandLine& line) {
  auto name = std::make_shared<std::string>();
  auto* in =
      app.add_subcommand("login", "登入 sign in; the password is typed, or one line of the input");
  in->add_option("name", *name, "帳號 account")->required();
  in->callback(
      [&line, name] { line.command = [name](Session& session) { return login(session, *name); }; });

  auto everywhere = std::make_shared<bool>(false);
  auto* out = app.add_subcommand("logout", "登出 sign out");
  out->add_flag("--everywhere", *everywhere, "所有工作階段 every session of the account");
  out->callback([&line, everywhere] {
    line.command = [everywhere](Session& session) { return logout(session, *everywhere); };
  });

  app.add_subcommand("whoami", "我是誰 who one is, and what that allows")->callback([&line] {
    line.command = whoami;
  });
  app.add_subcommand("password", "變更密碼 change the password")->callback([&line] {
    line.command = change_password;
  });
  app.add_subcommand("role", "角色與權限 the rights, and the roles that hold them")
      ->callback([&line] { line.command = list_rights; });
  add_audit_command(app, line);
}

}  // namespace casewheel::cli
