#include "engine/cli/manual/completion.h"

#include <functional>

namespace casewheel::cli {
namespace {

// Calls use(command) for the whole and every command below it.
void each_command(const DescribedCommand& command,
                  const std::function<void(const DescribedCommand&)>& use) {
  use(command);
  for (const DescribedCommand& below : command.commands) each_command(below, use);
}

// In single quotes of a shell.
std::string shell_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The body of a function that prints a list for the path in $1.
std::string case_lists(const DescribedCommand& whole,
                       const std::function<std::string(const DescribedCommand&)>& list) {
  std::string text = "  case \"$1\" in\n";
  each_command(whole, [&](const DescribedCommand& command) {
    const std::string words = list(command);
    if (!words.empty())
      text +=
          "    " + shell_quoted(command.name()) + ") printf '%s' " + shell_quoted(words) + " ;;\n";
  });
  return text + "  esac\n";
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Global options may stand behind every command.
template <typename Wanted>
std::string options_of(const DescribedCommand& whole, const DescribedCommand& command,
                       Wanted wanted) {
  std::vector<std::string> names;
  const auto add = [&](const DescribedCommand& from) {
    for (const DescribedOption& option : from.options) {
      if (option.positional || !wanted(option)) continue;
      names.insert(names.end(), option.names.begin(), option.names.end());
    }
  };
  add(command);
  if (!command.path.empty()) add(whole);
  return join(names);
}

std::string lists(const DescribedCommand& whole) {
  const auto commands = [](const DescribedCommand& command) {
    std::vector<std::string> names;
    for (const DescribedCommand& below : command.commands) names.push_back(below.path.back());
    return join(names);
  };
  std::string text = "_casewheel_commands() {\n" + case_lists(whole, commands) + "}\n";
  text +=
      "_casewheel_options() {\n" +
      case_lists(whole,
                 [&](const DescribedCommand& command) {
                   return options_of(whole, command, [](const DescribedOption&) { return true; });
                 }) +
      "}\n";
  text += "_casewheel_valued() {\n" +
          case_lists(whole,
                     [&](const DescribedCommand& command) {
                       return options_of(whole, command, [](const DescribedOption& option) {
                         return option.takes_value;
                       });
                     }) +
          "}\n";
  text += "_casewheel_values() {\n  case \"$1 $2\" in\n";
  each_command(whole, [&](const DescribedCommand& command) {
    for (const DescribedOption& option : command.options) {
      if (option.choices.empty() || option.positional) continue;
      text += "    " + shell_quoted(command.name() + " " + option.names.back()) + ") printf '%s' " +
              shell_quoted(join(option.choices)) + " ;;\n";
    }
  });
  return text + "  esac\n}\n";
}

}  // namespace

std::string bash_completion(const DescribedCommand& whole) {
  return "# bash completion for casewheel; made by `casewheel completion bash`.\n"
         "# shellcheck shell=bash\n" +
         lists(whole) + R"(_casewheel() {
  local current=${COMP_WORDS[COMP_CWORD]} path='' expects='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then
      continue
    elif [[ $expects ]]; then
      expects=''
    elif [[ $word == -* ]]; then
      if [[ " $(_casewheel_valued "$path") " == *" $word "* ]]; then expects=$word; fi
    elif [[ " $(_casewheel_commands "$path") " == *" $word "* ]]; then
      path=${path:+$path }$word
    fi
  done
  if [[ $current == = ]]; then current=''; fi
  local words=''
  if [[ $expects ]]; then
    words=$(_casewheel_values "$path" "$expects")
  elif [[ $current == -* ]]; then
    words=$(_casewheel_options "$path")
  else
    words=$(_casewheel_commands "$path")
  fi
  if [[ $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _casewheel casewheel
)";
}

std::string zsh_completion(const DescribedCommand& whole) {
  return "#compdef casewheel\n# zsh completion for casewheel; made by `casewheel completion "
         "zsh`.\n" +
         lists(whole) + R"(_casewheel() {
  local route='' expects='' word list i
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    if [[ -n $expects ]]; then
      expects=''
    elif [[ $word == -* ]]; then
      if [[ " $(_casewheel_valued "$route") " == *" $word "* ]]; then expects=$word; fi
    elif [[ " $(_casewheel_commands "$route") " == *" $word "* ]]; then
      route=${route:+$route }$word
    fi
  done
  if [[ -n $expects ]]; then
    list=$(_casewheel_values "$route" "$expects")
  elif [[ ${words[CURRENT]} == -* ]]; then
    list=$(_casewheel_options "$route")
  else
    list=$(_casewheel_commands "$route")
  fi
  if [[ -n $list ]]; then
    compadd -- ${=list}
  else
    _files
  fi
}
_casewheel "$@"
)";
}

}  // namespace casewheel::cli
