#include "engine/cli/naming.h"

#include <CLI/App.hpp>
#include <array>
#include <string_view>

#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

enum class Thing { kUnit, kStaff, kService };

struct NamingOption {
  const char* option;
  Thing thing;
  const char* chinese;
  const char* english;
};
constexpr std::array kNamingOptions = {
    NamingOption{"--unit", Thing::kUnit, "單位", "unit"},
    NamingOption{"--handler", Thing::kStaff, "人員", "person"},
    NamingOption{"--approver", Thing::kStaff, "人員", "person"},
    NamingOption{"--staff", Thing::kStaff, "人員", "person"},
    NamingOption{"--agent", Thing::kStaff, "人員", "person"},
    NamingOption{"--service", Thing::kService, "服務項目", "service"},
    NamingOption{"service", Thing::kService, "服務項目", "service"},
};

const std::vector<Entry>& entries_of(const Places& places, Thing thing) {
  switch (thing) {
    case Thing::kUnit:
      return places.units;
    case Thing::kStaff:
      return places.staff;
    case Thing::kService:
      return places.services;
  }
  return places.units;
}

// The id of what was typed, or the text itself where the engine has to judge it.
std::string settle(const std::vector<Entry>& entries, const std::string& typed,
                   const std::string& option, const char* chinese, const char* english,
                   Named* named) {
  if (typed.empty() || entries.empty()) return typed;
  const std::vector<const Entry*> found = find_entries(entries, typed);
  if (found.size() == 1) return found.front()->id;
  if (found.size() > 1) {
    named->mistake = option + "：「" + typed + "」符合多個" + chinese +
                     "，請改用其中一個代號 several are "
                     "called so, use one of the ids: " +
                     entries_told(found);
    return typed;
  }
  std::string text = option + "：查無" + chinese + "「" + typed + "」，相近者 no such " + english +
                     "; the nearest: " + entries_told(nearest_entries(entries, typed));
  (is_id_like(typed) ? named->hint : named->mistake) = std::move(text);
  return typed;
}

// Gives the option's variable the new values. A conversion that fails is none: they are texts.
void hand_over(CLI::Option& option, std::vector<std::string> values) {
  option.clear();
  option.add_result(std::move(values));
  option.run_callback();
}

void settle_tenant(CLI::App& command, Directory& directory, Named* named) {
  for (const char* name : {"--tenant", "tenant"}) {
    CLI::Option* option = command.get_option_no_throw(name);
    if (option == nullptr || option->empty()) continue;
    const std::string typed = option->results().back();
    if (typed.empty()) continue;
    const std::string id = settle(directory.tenants(), typed, name, "事業", "enterprise", named);
    if (id != typed) hand_over(*option, {id});
  }
}

// Names of fields that are not those of their options.
struct FieldOption {
  const char* field;
  const char* option;
};
constexpr std::array kFieldOptions = {
    FieldOption{"due_time", "--to"},
    FieldOption{"agreed_time", "--agreed"},
    FieldOption{"agreed_time", "--date"},
    FieldOption{"received_time", "--received"},
    FieldOption{"received_from", "--from"},
    FieldOption{"received_until", "--until"},
    FieldOption{"received_until", "--to"},
    FieldOption{"from_time", "--from"},
    FieldOption{"to_time", "--to"},
    FieldOption{"time", "--to"},
    FieldOption{"by", "--by"},
    FieldOption{"arrived_time", "--arrived"},
    FieldOption{"replied_time", "--replied"},
    FieldOption{"closed_time", "--closed"},
    FieldOption{"extension_request", "--extension"},
    FieldOption{"documents", "--document"},
    FieldOption{"missing_documents", "--missing"},
    FieldOption{"into_case_number", "--into"},
    FieldOption{"attributes", "--attribute"},
    FieldOption{"fees", "--fee"},
    FieldOption{"fee", "--fee"},
    FieldOption{"address", "--home-address"},
    FieldOption{"latitude", "--lat"},
    FieldOption{"longitude", "--long"},
    FieldOption{"place.address", "--place"},
    FieldOption{"place.address_id", "--place-id"},
    FieldOption{"media_url", "--media"},
    FieldOption{"horizon", "--within"},
    FieldOption{"phone_last_digits", "--phone-digits"},
    FieldOption{"valid_minutes", "--minutes"},
    FieldOption{"display_name", "--person"},
    FieldOption{"yaml", "--file"},
    FieldOption{"dates", "--date"},
    FieldOption{"counties", "--county"},
    FieldOption{"attachment", "id"},
};

}  // namespace

CLI::App* typed_command(CLI::App& app) {
  CLI::App* command = &app;
  while (true) {
    CLI::App* next = nullptr;
    for (CLI::App* one : command->get_subcommands()) {
      if (!one->get_name().empty()) next = one;
    }
    if (next == nullptr) return command;
    command = next;
  }
}

std::string tenant_of(const CLI::App& command, Directory& directory) {
  for (const char* name : {"--tenant", "tenant"}) {
    const std::string typed = typed_for(command, name);
    if (!typed.empty()) return typed;
  }
  const CLI::Option* number = command.get_option_no_throw("case_number");
  if (number == nullptr || number->empty()) return "";
  std::string digits;
  for (const std::string& word : number->results()) digits += half_width_signs(word);
  return directory.tenant_of(digits);
}

Named settle_names(CLI::App& command, Directory& directory) {
  Named named;
  settle_tenant(command, directory, &named);
  for (const NamingOption& naming : kNamingOptions) {
    CLI::Option* option = command.get_option_no_throw(naming.option);
    if (option == nullptr || option->empty() || !named.mistake.empty()) continue;
    std::string tenant = tenant_of(command, directory);
    // Where one enterprise is all there is, it is meant.
    if (tenant.empty() && directory.tenants().size() == 1) tenant = directory.tenants().front().id;
    if (tenant.empty()) continue;
    const std::vector<Entry>& entries = entries_of(directory.places(tenant), naming.thing);
    std::vector<std::string> values = option->results();
    for (std::string& value : values) {
      value = settle(entries, value, naming.option, naming.chinese, naming.english, &named);
      if (!named.mistake.empty()) break;
    }
    if (values != option->results()) hand_over(*option, std::move(values));
  }
  return named;
}

std::string option_of(const CLI::App& command, const std::string& field) {
  const std::string path = field.substr(0, field.find('['));
  const std::string last = path.substr(path.rfind('.') + 1);  // npos + 1 is 0
  std::string spelt = "--" + last;
  for (char& c : spelt) c = c == '_' ? '-' : c;
  for (const FieldOption& known : kFieldOptions) {
    if (known.field == path && command.get_option_no_throw(known.option) != nullptr)
      return known.option;
  }
  if (command.get_option_no_throw(spelt) != nullptr) return spelt;
  for (const FieldOption& known : kFieldOptions) {
    if (known.field == last && command.get_option_no_throw(known.option) != nullptr)
      return known.option;
  }
  return "";
}

std::string typed_for(const CLI::App& command, const std::string& option) {
  const CLI::Option* known = command.get_option_no_throw(option);
  return known == nullptr || known->empty() ? "" : known->results().back();
}

}  // namespace casewheel::cli
