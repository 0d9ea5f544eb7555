// user and key: who may come in.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>

#include "engine/cli/command_line.h"
#include "engine/cli/files.h"
#include "engine/cli/grants.h"
#include "engine/cli/offline.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

constexpr const char* kGrantHelp = "授權 ROLE, ROLE@TENANT or ROLE@TENANT/UNIT; may be given again";

struct TypedUser {
  v1::User user;
  std::vector<std::string> grants;
  bool enable = false;
};

using Stub = v1::Access::Stub;

template <typename Request, typename Response, typename Print>
int asked(Session& session,
          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
          const Request& request, Print print) {
  Response answer;
  const auto status = session.call(session.access(), method, request, &answer);
  if (!status.ok()) return session.fail(status);
  if (session.output().json()) {
    session.output().document(answer);
  } else {
    session.output().out() << print(answer);
  }
  return kExitOk;
}

std::string text_of(const v1::User& user) {
  Fields fields;
  fields.add("帳號 Account", user.name());
  fields.add("姓名 Person", one_line(user.display_name()));
  fields.add("員工 Staff", user.staff().empty() ? "" : user.tenant() + "/" + user.staff());
  fields.add("授權 Grants", written_grants(user.grants()));
  fields.add("狀態 State", user.disabled() ? "停用 disabled" : "啟用 enabled");
  return fields.text();
}

std::string text_of(const v1::UserPassword& answer) {
  return text_of(answer.user()) +
         "一次性密碼（僅顯示一次）one-time password, shown once: " + answer.one_time_password() +
         "\n";
}

std::string table_of(const Session& session, const v1::ListUsersResponse& answer) {
  Table table({"帳號 Account", "姓名 Person", "員工 Staff", "授權 Grants", "狀態 State",
               "密碼設定 Password set"});
  for (const v1::User& user : answer.users()) {
    table.add({user.name(), one_line(user.display_name()),
               user.staff().empty() ? "-" : user.tenant() + "/" + user.staff(),
               written_grants(user.grants()), user.disabled() ? "停用 disabled" : "啟用 enabled",
               user.must_change_password() ? "一次性 one-time"
                                           : session.output().time(to_ms(user.password_time()))});
  }
  return table.text();
}

std::string text_of(const Session& session, const v1::Key& key) {
  Fields fields;
  fields.add("金鑰 Key", key.id());
  fields.add("用途 For", one_line(key.label()));
  fields.add("授權 Grants", written_grants(key.grants()));
  fields.add("有效至 Until", session.output().time(to_ms(key.expire_time())));
  fields.add("憑證 Certificate", key.certificate_digest());
  return fields.text();
}

std::string text_of(const Session& session, const v1::NewKey& answer) {
  if (answer.token().empty()) return text_of(session, answer.key());
  return text_of(session, answer.key()) +
         "金鑰內容（僅顯示一次）the key itself, shown once: " + answer.token() + "\n";
}

std::string table_of(const Session& session, const v1::ListKeysResponse& answer) {
  Table table({"金鑰 Key", "用途 For", "授權 Grants", "有效至 Until", "狀態 State",
               "接替 Replaced by", "憑證 Certificate"});
  for (const v1::Key& key : answer.keys()) {
    table.add({key.id(), one_line(key.label()), written_grants(key.grants()),
               session.output().time(to_ms(key.expire_time())),
               key.expired() ? "失效 expired" : "有效 valid",
               key.replaced_by().empty() ? "-" : key.replaced_by(),
               key.certificate_digest().empty() ? "-" : key.certificate_digest().substr(0, 16)});
  }
  return table.text();
}

void user_options(CLI::App* command, const std::shared_ptr<TypedUser>& typed) {
  command->add_option("name", *typed->user.mutable_name(), "帳號 account")->required();
  command->add_option("--person", *typed->user.mutable_display_name(), "姓名 name of the person");
  command->add_option("--tenant", *typed->user.mutable_tenant(), "事業 enterprise, with --staff");
  command->add_option("--staff", *typed->user.mutable_staff(),
                      "員工 her entry in the catalogue, whose roles she has");
  command->add_option("--grant", typed->grants, kGrantHelp);
}

void add_user_commands(CLI::App& app, CommandLine& line) {
  auto* user = app.add_subcommand("user", "帳號 accounts of people");
  user->require_subcommand(1);

  user->add_subcommand("list", "列出 all accounts")->callback([&line] {
    line.command = [](Session& session) {
      return asked(session, &Stub::ListUsers, v1::ListUsersRequest(),
                   [&](const v1::ListUsersResponse& answer) { return table_of(session, answer); });
    };
  });

  auto added = std::make_shared<TypedUser>();
  auto* add = user->add_subcommand("add", "新增 make an account; shows its one-time password");
  user_options(add, added);
  add->callback([&line, added] {
    line.command = [added](Session& session) {
      v1::CreateUserRequest request;
      *request.mutable_user() = added->user;
      *request.mutable_user()->mutable_grants() = read_grants(added->grants);
      return asked(session, &Stub::CreateUser, request,
                   [](const v1::UserPassword& answer) { return text_of(answer); });
    };
  });

  // What is not typed stays as it is.
  auto changed = std::make_shared<TypedUser>();
  auto* set = user->add_subcommand("set", "變更 change what an account may do; ends its sessions");
  user_options(set, changed);
  auto* disable = set->add_flag_callback(
      "--disable", [changed] { changed->user.set_disabled(true); }, "停用 keep her out");
  set->add_flag("--enable", changed->enable, "啟用 let her in again")->excludes(disable);
  set->callback([&line, set, changed] {
    line.command = [set, changed](Session& session) {
      v1::ListUsersResponse all;
      const auto status =
          session.call(session.access(), &Stub::ListUsers, v1::ListUsersRequest(), &all);
      if (!status.ok()) return session.fail(status);
      v1::UpdateUserRequest request;
      for (const v1::User& user : all.users()) {
        if (user.name() == changed->user.name()) *request.mutable_user() = user;
      }
      v1::User* next = request.mutable_user();
      next->set_name(changed->user.name());
      if (set->count("--person") != 0) next->set_display_name(changed->user.display_name());
      if (set->count("--tenant") != 0) next->set_tenant(changed->user.tenant());
      if (set->count("--staff") != 0) next->set_staff(changed->user.staff());
      if (set->count("--grant") != 0) *next->mutable_grants() = read_grants(changed->grants);
      if (changed->user.disabled() || changed->enable) next->set_disabled(!changed->enable);
      return asked(session, &Stub::UpdateUser, request,
                   [](const v1::User& answer) { return text_of(answer); });
    };
  });

  auto reset = std::make_shared<v1::ResetPasswordRequest>();
  auto data = std::make_shared<std::string>();
  auto* again = user->add_subcommand("reset", "重設密碼 a new one-time password");
  again->add_option("name", *reset->mutable_name(), "帳號 account")->required();
  again->add_option(
      "--data", *data,
      "離線重設 in this data directory, while the engine is stopped: where nobody can "
      "sign in any more");
  again->callback([&line, reset, data] {
    line.command = [reset, data](Session& session) {
      const auto show = [&session](const v1::UserPassword& answer) {
        if (session.output().json()) {
          session.output().document(answer);
        } else {
          session.output().out() << text_of(answer);
        }
        return static_cast<int>(kExitOk);
      };
      if (!data->empty()) return reset_user({*data, reset->name()}, session.output(), show);
      return asked(session, &Stub::ResetPassword, *reset,
                   [](const v1::UserPassword& answer) { return text_of(answer); });
    };
  });

  auto removed = std::make_shared<v1::DeleteUserRequest>();
  auto* remove = user->add_subcommand("remove", "刪除 delete an account");
  remove->add_option("name", *removed->mutable_name(), "帳號 account")->required();
  remove->callback([&line, removed] {
    line.command = [removed](Session& session) {
      return asked(session, &Stub::DeleteUser, *removed,
                   [](const v1::DeleteUserResponse&) { return std::string("已刪除 deleted\n"); });
    };
  });
}

void add_key_commands(CLI::App& app, CommandLine& line) {
  auto* key = app.add_subcommand("key", "金鑰 keys of other systems");
  key->require_subcommand(1);

  key->add_subcommand("list", "列出 all keys")->callback([&line] {
    line.command = [](Session& session) {
      return asked(session, &Stub::ListKeys, v1::ListKeysRequest(),
                   [&](const v1::ListKeysResponse& answer) { return table_of(session, answer); });
    };
  });

  struct TypedKey {
    v1::CreateKeyRequest request;
    std::vector<std::string> grants;
    std::string certificate;
    std::uint32_t days = 0;
    std::uint32_t overlap = 0;
  };
  const auto create = [&line](CLI::App* command, const std::shared_ptr<TypedKey>& typed) {
    command->add_option("--grant", typed->grants, kGrantHelp);
    command->add_option("--days", typed->days, "有效天數 valid for so many days (365)");
    command->add_option("--certificate", typed->certificate,
                        "憑證 the system shows this certificate (PEM or DER) by TLS, and no token");
    command->callback([&line, typed] {
      line.command = [typed](Session& session) {
        v1::CreateKeyRequest request = typed->request;
        if (!typed->certificate.empty()) {
          if (const std::string mistake =
                  read_file(typed->certificate, request.mutable_certificate());
              !mistake.empty())
            return session.refuse("--certificate：" + mistake);
          // It must not even be sent.
          if (request.certificate().find("PRIVATE KEY-----") != std::string::npos)
            return session.refuse("--certificate：含有私鑰，請只給憑證 " + typed->certificate +
                                  " holds a private key: give the certificate alone");
        }
        *request.mutable_grants() = read_grants(typed->grants);
        request.set_valid_days(typed->days);
        request.set_overlap_hours(typed->overlap);
        return asked(session, &Stub::CreateKey, request,
                     [&](const v1::NewKey& answer) { return text_of(session, answer); });
      };
    });
  };
  auto fresh = std::make_shared<TypedKey>();
  auto* add = key->add_subcommand("add", "新增 make a key; shows it once");
  add->add_option("label", *fresh->request.mutable_label(), "用途 which system it is for")
      ->required();
  create(add, fresh);
  auto next = std::make_shared<TypedKey>();
  auto* rotate = key->add_subcommand(
      "rotate", "輪替 a new key in place of one, which goes on for the overlap");
  rotate->add_option("id", *next->request.mutable_replaces(), "金鑰 the key")->required();
  rotate->add_option("--overlap", next->overlap, "重疊時數 hours the old one goes on (24)");
  create(rotate, next);

  auto revoked = std::make_shared<v1::RevokeKeyRequest>();
  auto* revoke = key->add_subcommand("revoke", "撤銷 end a key at once");
  revoke->add_option("id", *revoked->mutable_id(), "金鑰 the key")->required();
  revoke->callback([&line, revoked] {
    line.command = [revoked](Session& session) {
      return asked(session, &Stub::RevokeKey, *revoked,
                   [&](const v1::Key& answer) { return text_of(session, answer); });
    };
  });
}

}  // namespace

void add_account_commands(CLI::App& app, CommandLine& line) {
  add_user_commands(app, line);
  add_key_commands(app, line);
}

}  // namespace casewheel::cli
