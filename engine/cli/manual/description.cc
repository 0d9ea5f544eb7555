#include "engine/cli/manual/description.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

std::vector<std::string> choices_of(std::string_view option) {
  struct Choices {
    std::string_view option;
    const google::protobuf::EnumDescriptor* type;
  };
  const std::array known = {
      Choices{"--kind", google::protobuf::GetEnumDescriptor<v1::Kind>()},
      Choices{"--channel", google::protobuf::GetEnumDescriptor<v1::Channel>()},
      Choices{"--priority", google::protobuf::GetEnumDescriptor<v1::Priority>()},
      Choices{"--status", google::protobuf::GetEnumDescriptor<v1::CaseStatus>()},
      Choices{"--means", google::protobuf::GetEnumDescriptor<v1::ReplyMeans>()},
  };
  std::vector<std::string> choices;
  for (const Choices& one : known) {
    if (one.option != option) continue;
    std::istringstream words(enum_choices(*one.type));
    for (std::string word; words >> word;) {
      if (word.ends_with(',')) word.pop_back();
      choices.push_back(word);
    }
  }
  return choices;
}

bool names_file(std::string_view option) {
  constexpr std::array kFiles = {"--file",  "--out",    "--map",       "--errors",
                                 "--data",  "--policy", "--calendars", "--certificate",
                                 "--cases", "--tls-ca", "--tls-cert",  "--tls-key",
                                 "file",    "files",    "directory",   "--position-file"};
  return std::find(kFiles.begin(), kFiles.end(), option) != kFiles.end();
}

DescribedOption described(const CLI::Option& option) {
  DescribedOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  out.positional = out.names.empty();
  if (out.positional) out.names.push_back(option.get_name());
  out.description = option.get_description();
  out.environment = option.get_envname();
  out.takes_value = out.positional || option.get_items_expected_max() > 0;
  out.takes_file = names_file(out.names.back());
  out.required = option.get_required();
  out.repeats = option.get_items_expected_max() > 1;
  out.choices = choices_of(out.names.back());
  return out;
}

// Options of groups without a name are the command's own.
void add_options(const CLI::App& app, DescribedCommand* out) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) out->options.push_back(described(*option));
  }
  for (const CLI::App* group : app.get_subcommands(nullptr)) {
    if (group->get_name().empty()) add_options(*group, out);
  }
}

DescribedCommand described(const CLI::App& app, std::vector<std::string> path) {
  DescribedCommand out;
  out.path = std::move(path);
  out.description = app.get_description();
  add_options(app, &out);
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name().empty() || command->get_group().empty()) continue;
    std::vector<std::string> below = out.path;
    below.push_back(command->get_name());
    out.commands.push_back(described(*command, std::move(below)));
  }
  return out;
}

}  // namespace

std::string DescribedCommand::name() const {
  std::string text;
  for (const std::string& word : path) text += (text.empty() ? "" : " ") + word;
  return text;
}

DescribedCommand describe(const CLI::App& app) { return described(app, {}); }

}  // namespace casewheel::cli
