// apply, catalogue, tenants: what the enterprises promise, as YAML.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "engine/base/grouped_number.h"
#include "engine/cli/calendar_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/files.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

template <typename Texts>
std::string examples_of(const Texts& texts, std::uint64_t count) {
  std::string listed;
  for (const std::string& text : texts) listed += (listed.empty() ? " (" : ", ") + one_line(text);
  if (listed.empty()) return {};
  return listed + (static_cast<std::uint64_t>(texts.size()) < count ? ", …)" : ")");
}

std::string loss_text(const v1::ApplyCatalogueResponse::Loss& loss) {
  std::string text;
  const auto add = [&text](std::uint64_t count, const char* words, const auto& examples) {
    if (count == 0) return;
    text += (text.empty() ? "" : "；") + std::string(words) + " " + std::to_string(count) +
            examples_of(examples, count);
  };
  std::vector<std::string> numbers;
  for (const std::string& number : loss.case_numbers())
    numbers.push_back(group_case_number(number));
  add(loss.open_cases(), "未結案件 open cases", numbers);
  add(loss.accounts(), "帳號 accounts", loss.account_names());
  add(loss.days_off(), "放假日 days off", loss.dates());
  return "  ! " + one_line(loss.subject()) + "：" + text + "\n";
}

// What goes while somebody stands under it, and how it is said that this is meant.
void print_losses(const Output& output, const v1::ApplyCatalogueResponse& response, bool dry_run) {
  std::string text;
  for (const auto& tenant : response.tenants()) {
    for (const auto& loss : tenant.losses()) text += loss_text(loss);
  }
  if (text.empty()) return;
  output.out() << (dry_run ? "以下仍有使用者，套用時須加 --take-away "
                             "still stood under: applied with --take-away alone\n"
                           : "已移除，仍有下列使用者 taken away, still stood under\n")
               << text;
}

void print_changes(const Output& output, const v1::ApplyCatalogueResponse& response, bool dry_run) {
  for (const auto& tenant : response.tenants()) {
    const std::string version = std::to_string(tenant.version());
    output.out() << one_line(tenant.tenant()) << "  "
                 << (dry_run ? "試算，尚未生效；套用後為第 " + version +
                                   " 版 would become version " + version
                             : "第 " + version + " 版生效 version " + version + " in force")
                 << "\n";
    for (const std::string& change : tenant.diff())
      output.out() << "  " << one_line(change) << "\n";
    if (tenant.diff().empty()) output.out() << "  無異動 no change\n";
  }
  print_losses(output, response, dry_run);
}

void add_apply(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string file;
    bool dry_run = false;
    bool to_open_cases = false;
    bool take_away = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      app.add_subcommand("apply", "套用目錄 put a catalogue in force and show what changes");
  command->add_option("-f,--file", typed->file, "YAML; - for the standard input")->required();
  command->add_flag("--dry-run", typed->dry_run, "只檢查並比對 check and compare, change nothing");
  command->add_flag("--to-open-cases", typed->to_open_cases,
                    "一併套用於未結案件 the clocks of open cases are laid anew too");
  command->add_flag("--take-away", typed->take_away,
                    "移除仍有未結案件或帳號的項目 what open cases or accounts stand under may go");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::ApplyCatalogueRequest request;
      const std::string mistake = read_file(typed->file, request.mutable_yaml());
      if (!mistake.empty()) return session.refuse(mistake);
      request.set_request_id(session.request_id());
      request.set_validate_only(typed->dry_run);
      request.set_to_open_cases(typed->to_open_cases);
      request.set_take_away(typed->take_away);
      request.set_file_name(typed->file);
      v1::ApplyCatalogueResponse response;
      const auto status = session.call(
          session.catalogue(), &v1::CatalogueService::Stub::ApplyCatalogue, request, &response,
          typed->dry_run && typed->to_open_cases ? Patience::kEndless : Patience::kAnswer);
      if (!status.ok()) return session.fail(status, typed->dry_run ? "" : session.request_id());
      if (session.output().json()) {
        session.output().document(response);
      } else {
        print_changes(session.output(), response, typed->dry_run);
        if (response.has_preview())
          session.output().out() << preview_text(response.preview(), session.output().zone());
      }
      return static_cast<int>(kExitOk);
    };
  });
}

void add_catalogue(CLI::App& app, CommandLine& line) {
  auto request = std::make_shared<v1::GetCatalogueRequest>();
  auto version = std::make_shared<std::uint32_t>(0);
  auto* command = app.add_subcommand("catalogue", "檢視目錄 a tenant's catalogue as YAML");
  command->add_option("tenant", *request->mutable_tenant(), "事業 enterprise")->required();
  command->add_option("--catalogue-version", *version, "版次 (default: the one in force)");
  command->callback([&line, request, version] {
    line.command = [request, version](Session& session) {
      request->set_version(*version);
      v1::GetCatalogueResponse response;
      const auto status = session.call(
          session.catalogue(), &v1::CatalogueService::Stub::GetCatalogue, *request, &response);
      if (!status.ok()) return session.fail(status);
      if (session.output().json()) {
        session.output().document(response);
      } else {
        session.output().out() << response.yaml();
        if (!response.yaml().ends_with('\n')) session.output().out() << "\n";
      }
      return static_cast<int>(kExitOk);
    };
  });
}

void add_tenants(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("tenants", "事業清單 the enterprises of this installation");
  command->callback([&line] {
    line.command = [](Session& session) {
      v1::ListTenantsResponse response;
      const auto status =
          session.call(session.catalogue(), &v1::CatalogueService::Stub::ListTenants,
                       v1::ListTenantsRequest(), &response);
      if (!status.ok()) return session.fail(status);
      if (session.output().json()) {
        session.output().document(response);
        return static_cast<int>(kExitOk);
      }
      Table table({"事業 Tenant", "編號 Number", "名稱", "Name", "目錄版次 Catalogue"});
      for (const auto& tenant : response.tenants()) {
        table.add({one_line(tenant.id()), std::to_string(tenant.number()),
                   one_line(tenant.name_zh()), one_line(tenant.name_en()),
                   std::to_string(tenant.version())});
      }
      session.output().out() << table.text();
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace

void add_catalogue_commands(CLI::App& app, CommandLine& line) {
  add_apply(app, line);
  add_catalogue(app, line);
  add_tenants(app, line);
}

}  // namespace casewheel::cli
