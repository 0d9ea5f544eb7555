#include "engine/cli/manual/man_page.h"

#include <array>

namespace casewheel::cli {
namespace {

struct ExitStatus {
  const char* code;
  const char* meaning;
};
constexpr std::array kStatuses = {
    ExitStatus{"0", "完成 done"},
    ExitStatus{"1", "引擎拒絕，原因見標準錯誤輸出 the engine refused; why is on the error stream"},
    ExitStatus{
        "2",
        "命令列或所指檔案有誤，未送出 the command line or a file it names is wrong; nothing was "
        "sent"},
    ExitStatus{
        "3",
        "未獲答覆，請以印出的 --request-id 重送 no answer: send it again with the --request-id "
        "printed"},
    ExitStatus{"4",
               "驗證、修復或比對不一致 verify, repair or a comparison found what does not agree"},
    ExitStatus{"130", "以 Ctrl-C 中斷 interrupted"},
};

// Text as roff takes it: a dash is a dash, a backslash one, and no line begins with a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n') {
      out += ' ';
    } else {
      out += c;
    }
  }
  if (!out.empty() && (out.front() == '.' || out.front() == '\'')) out.insert(0, "\\&");
  return out;
}

std::string value_name(const DescribedOption& option) {
  if (option.takes_file) return "FILE";
  std::string name = option.names.back();
  while (name.starts_with('-')) name.erase(0, 1);
  for (char& c : name) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return name;
}

std::string option_heading(const DescribedOption& option) {
  std::string text;
  if (option.positional) return "\\fI" + roff(value_name(option)) + "\\fR";
  for (const std::string& name : option.names)
    text += (text.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
  if (option.takes_value) text += " \\fI" + roff(value_name(option)) + "\\fR";
  return text;
}

void add_options(std::string& page, const DescribedCommand& command) {
  for (const DescribedOption& option : command.options) {
    page += ".TP\n" + option_heading(option) + "\n" + roff(option.description);
    if (option.description.empty()) page += "\\&";
    if (!option.choices.empty()) {
      page += "\n(";
      for (std::size_t i = 0; i < option.choices.size(); ++i)
        page += (i == 0 ? "" : ", ") + roff(option.choices[i]);
      page += ")";
    }
    if (!option.environment.empty()) page += "\n[" + roff(option.environment) + "]";
    page += "\n";
  }
}

std::string synopsis(const DescribedCommand& command) {
  std::string text = ".B casewheel " + roff(command.name()) + "\n";
  if (!command.commands.empty()) text += ".I COMMAND\n";
  for (const DescribedOption& option : command.options) {
    if (option.required && !option.positional) text += option_heading(option) + "\n";
  }
  text += "[\\fIOPTION\\fR]...\n";
  for (const DescribedOption& option : command.options) {
    if (!option.positional) continue;
    const std::string name = option_heading(option) + (option.repeats ? "..." : "");
    text += (option.required ? name : "[" + name + "]") + "\n";
  }
  return text;
}

void add_commands_below(std::string& page, const DescribedCommand& command) {
  for (const DescribedCommand& below : command.commands) {
    page += ".SS casewheel " + roff(below.name()) + "\n" + roff(below.description) + "\n.PP\n" +
            synopsis(below);
    add_options(page, below);
    add_commands_below(page, below);
  }
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

}  // namespace

std::string man_page_name(const DescribedCommand& command) {
  std::string name = "casewheel";
  for (const std::string& word : command.path) name += "-" + word;
  return name;
}

std::string man_page(const DescribedCommand& whole, const DescribedCommand& command) {
  const bool top = command.path.empty();
  std::string page = ".TH " + roff(upper(man_page_name(command))) +
                     " 1 \"\" \"casewheel 0.1.0\" \"casewheel\"\n.SH NAME\n" +
                     roff(man_page_name(command)) + " \\- " + roff(command.description) +
                     "\n.SH SYNOPSIS\n" + synopsis(command);
  if (top) {
    page += ".SH COMMANDS\n";
    for (const DescribedCommand& below : command.commands)
      page += ".TP\n.BR " + roff(man_page_name(below)) + " (1)\n" + roff(below.description) + "\n";
  } else if (!command.commands.empty()) {
    page += ".SH COMMANDS\n";
    add_commands_below(page, command);
  }
  page += ".SH OPTIONS\n";
  add_options(page, command);
  if (!top) {
    page += ".SS Of every command\n";
    add_options(page, whole);
  }
  page += ".SH EXIT STATUS\n";
  for (const ExitStatus& status : kStatuses)
    page += ".TP\n" + std::string(status.code) + "\n" + roff(status.meaning) + "\n";
  page += ".SH SEE ALSO\n.BR casewheel (1)\n";
  return page;
}

}  // namespace casewheel::cli
