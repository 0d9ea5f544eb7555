// completion, man: the command line about itself, for packages to install. Hidden from --help.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/cli/command_line.h"
#include "engine/cli/manual/completion.h"
#include "engine/cli/manual/man_page.h"

namespace casewheel::cli {
namespace {

// Readable by everybody, as what a package installs is. The mistake, or empty.
std::string write_manual(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  using std::filesystem::perms;
  std::filesystem::permissions(
      path, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read, error);
  return file && !error ? "" : "--out：無法寫入 cannot be written: " + path.string();
}

int show_completion(Session& session, const DescribedCommand& whole, const std::string& shell,
                    const std::string& out) {
  const std::string text = shell == "bash" ? bash_completion(whole) : zsh_completion(whole);
  if (out.empty()) {
    session.output().out() << text;
    return kExitOk;
  }
  const std::string mistake = write_manual(out, text);
  return mistake.empty() ? static_cast<int>(kExitOk) : session.refuse(mistake);
}

int show_man(Session& session, const DescribedCommand& whole, const std::string& command,
             const std::string& out) {
  if (!out.empty()) {
    std::error_code error;
    std::filesystem::create_directories(out, error);
    std::string mistake =
        write_manual(std::filesystem::path(out) / "casewheel.1", man_page(whole, whole));
    for (const DescribedCommand& below : whole.commands) {
      if (mistake.empty())
        mistake = write_manual(std::filesystem::path(out) / (man_page_name(below) + ".1"),
                               man_page(whole, below));
    }
    return mistake.empty() ? static_cast<int>(kExitOk) : session.refuse(mistake);
  }
  if (command.empty()) {
    session.output().out() << man_page(whole, whole);
    return kExitOk;
  }
  for (const DescribedCommand& below : whole.commands) {
    if (below.path.back() != command) continue;
    session.output().out() << man_page(whole, below);
    return kExitOk;
  }
  return session.refuse("沒有此命令 no such command: " + command);
}

}  // namespace

void add_manual_commands(CLI::App& app, CommandLine& line) {
  struct TypedManual {
    std::string what, out;
  };
  auto shell = std::make_shared<TypedManual>();
  auto* completion =
      app.add_subcommand("completion", "命令列補齊 completion for a shell: bash or zsh");
  completion->group("");
  completion->add_option("shell", shell->what, "bash, zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  completion->add_option("--out", shell->out, "寫入檔案 a file to write (default: the output)");
  completion->callback([&app, &line, shell] {
    line.offline = true;
    line.command = [&app, shell](Session& session) {
      return show_completion(session, describe(app), shell->what, shell->out);
    };
  });

  auto page = std::make_shared<TypedManual>();
  auto* man = app.add_subcommand("man", "說明頁 man pages as roff");
  man->group("");
  man->add_option("command", page->what, "命令 of this command (default: of casewheel)");
  man->add_option("--out", page->out, "寫入目錄 a folder: every page, one file each");
  man->callback([&app, &line, page] {
    line.offline = true;
    line.command = [&app, page](Session& session) {
      return show_man(session, describe(app), page->what, page->out);
    };
  });
}

}  // namespace casewheel::cli
