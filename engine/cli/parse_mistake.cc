#include "engine/cli/parse_mistake.h"

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <string_view>

#include "engine/cli/matching.h"
#include "engine/cli/naming.h"
#include "engine/cli/refusal_words.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

// The Chinese that a description of an option or a command begins with.
std::string chinese_part(const std::string& description) {
  std::string text = parted(description).chinese;
  for (const std::string_view end : {",", ";", "；", "，", ":", "："}) {
    if (text.ends_with(end)) text.resize(text.size() - end.size());
  }
  return text;
}

const CLI::Option* find_option(const CLI::App& app, const CLI::App& command,
                               const std::string& name) {
  const CLI::Option* option = command.get_option_no_throw(name);
  return option == nullptr ? app.get_option_no_throw(name) : option;
}

// "--handler（承辦人）"
std::string option_told(const CLI::Option* option, const std::string& name) {
  const std::string chinese = option == nullptr ? "" : chinese_part(option->get_description());
  return one_line(name) + (chinese.empty() ? "" : "（" + chinese + "）");
}

// "[--grant,--decline]" within a text; the whole text where there is none.
std::string listed_options(const std::string& text) {
  const std::size_t from = text.find('[');
  const std::size_t to = text.rfind(']');
  if (from == text.npos || to == text.npos || to < from) return text;
  std::string list;
  for (const char c : text.substr(from + 1, to - from - 1))
    list += c == ',' ? "、" : std::string(1, c);
  return list;
}

std::string path_of(const CLI::App& command) {
  std::string path;
  for (const CLI::App* one = &command; one != nullptr && one->get_parent() != nullptr;
       one = one->get_parent()) {
    if (!one->get_name().empty()) path = " " + one->get_name() + path;
  }
  return path;
}

std::vector<Entry> commands_of(const CLI::App& command) {
  std::vector<Entry> entries;
  for (const CLI::App* one :
       command.get_subcommands([](const CLI::App* sub) { return !sub->get_name().empty(); })) {
    Entry& entry = entries.emplace_back();
    entry.id = one->get_name();
    entry.name_zh = chinese_part(one->get_description());
  }
  if (command.get_parent() == nullptr) {
    Entry& entry = entries.emplace_back();
    entry.id = "help";
    entry.name_zh = "說明";
  }
  return entries;
}

std::vector<Entry> known_options(const CLI::App& app, const CLI::App& command) {
  std::vector<Entry> entries;
  const auto add = [&entries](const CLI::App& one) {
    for (const CLI::Option* option : one.get_options()) {
      if (!option->get_name().starts_with("-")) continue;
      Entry& entry = entries.emplace_back();
      entry.id = option->get_name();
      entry.name_zh = chinese_part(option->get_description());
    }
  };
  add(command);
  for (const CLI::App* group :
       command.get_subcommands([](const CLI::App* sub) { return sub->get_name().empty(); }))
    add(*group);
  if (&app != &command) add(app);
  return entries;
}

// Empty where every option that was typed is known.
std::string option_mistake(const CLI::App& app, const CLI::App& command) {
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with("--")) continue;
    const std::string name = word.substr(0, word.find('='));
    return "沒有選項「" + one_line(name) + "」，相近者 no such option; the nearest: " +
           entries_told(nearest_entries(known_options(app, command), name));
  }
  return "";
}

std::string command_mistake(const CLI::App& app, const CLI::App& command) {
  const std::string typed = unknown_command(app);
  const std::string option = typed.empty() ? option_mistake(app, command) : "";
  if (!option.empty()) return option;
  if (typed.empty()) return "請指定指令 a command is required";
  return "沒有指令「" + one_line(typed) + "」，相近者 no such command; the nearest: " +
         entries_told(nearest_entries(commands_of(command), typed));
}

std::string required_mistake(const CLI::App& app, const CLI::App& command,
                             const std::string& what) {
  constexpr std::string_view kEnd = " is required";
  if (what == "A subcommand is required") return command_mistake(app, command);
  if (what.starts_with("Exactly 1 option from") || what.starts_with("At least 1 option from") ||
      what.starts_with("Requires at most 1")) {
    const char* how = what.starts_with("Exactly")    ? "須擇一："
                      : what.starts_with("At least") ? "至少須有其一："
                                                     : "至多擇一：";
    return how + listed_options(what) + " " + what;
  }
  if (!what.ends_with(kEnd)) return "選項個數不符 " + what;
  const std::string name = what.substr(0, what.size() - kEnd.size());
  return "缺少 " + option_told(find_option(app, command, name), name) + std::string(kEnd);
}

std::string extra_mistake(const CLI::App& app, const CLI::App& command, const std::string& what) {
  if (&app == &command && !unknown_command(app).empty()) return command_mistake(app, command);
  const std::string option = option_mistake(app, command);
  return option.empty() ? "多出的輸入 " + one_line(what) : option;
}

// "Could not convert: --clock = 回復"
std::string conversion_mistake(const CLI::App& app, const CLI::App& command,
                               const std::string& what) {
  constexpr std::string_view kFront = "Could not convert: ";
  const std::size_t equals = what.find(" = ");
  if (!what.starts_with(kFront) || equals == what.npos) return "輸入有誤 " + one_line(what);
  const std::string name = what.substr(kFront.size(), equals - kFront.size());
  const CLI::Option* option = find_option(app, command, name);
  const std::string type = option == nullptr ? "" : option->get_type_name();
  const bool whole = type.find("INT") != type.npos;
  return option_told(option, name) + "：「" + one_line(what.substr(equals + 3)) + "」" +
         (whole                             ? "不是整數 is not a whole number"
          : type.find("FLOAT") != type.npos ? "不是數字 is not a number"
                                            : "不是可用的值 cannot be taken");
}

// "--limit: Value 0 not in range 1 to 100000", "--document: 1 required TEXT missing"
std::string value_mistake(const CLI::App& app, const CLI::App& command, const std::string& what) {
  const std::size_t colon = what.find(": ");
  if (colon == what.npos) return "輸入有誤 " + one_line(what);
  const std::string name = what.substr(0, colon);
  const std::string why = what.substr(colon + 2);
  const auto has = [&why](const char* words) { return why.find(words) != why.npos; };
  const char* chinese = has("range")            ? "超出範圍"
                        : has("missing")        ? "缺少值"
                        : has("required but")   ? "值的個數不符"
                        : has("does not exist") ? "檔案不存在"
                        : has("names no file")  ? "未指定檔案"
                                                : "輸入有誤";
  return option_told(find_option(app, command, name), name) + "：" + chinese + " " + one_line(why);
}

std::string pair_mistake(const std::string& what, const char* between, const char* chinese) {
  const std::size_t at = what.find(between);
  if (at == what.npos) return "選項不符 " + what;
  return what.substr(0, at) + chinese + what.substr(at + std::string_view(between).size()) + " " +
         what;
}

std::string mistake_of(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error) {
  const std::string& kind = error.get_name();
  const std::string what = error.what();
  if (kind == "CallForHelp") return command_mistake(app, command);
  if (kind == "RequiredError") return required_mistake(app, command, what);
  // This one is named after the command.
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError))
    return extra_mistake(app, command, what);
  if (kind == "ConversionError") return conversion_mistake(app, command, what);
  if (kind == "ValidationError" || kind == "ArgumentMismatch")
    return value_mistake(app, command, what);
  if (kind == "RequiresError") return pair_mistake(what, " requires ", " 須一併指定 ");
  if (kind == "ExcludesError") return pair_mistake(what, " excludes ", " 不得併用 ");
  return "輸入有誤 " + one_line(what);
}

}  // namespace

std::vector<const char*> help_as_option(int count, const char* const* arguments) {
  std::vector<const char*> words(arguments, arguments + count);
  if (count > 1 && std::string_view(words[1]) == "help") {
    words.erase(words.begin() + 1);
    words.push_back("--help");
  }
  return words;
}

std::string unknown_command(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(true);
  return left.empty() || left.front().starts_with("-") ? "" : left.front();
}

std::string parse_mistake(CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = *typed_command(app);
  return mistake_of(app, command, error) + "。說明 help: casewheel help" + path_of(command);
}

}  // namespace casewheel::cli
