#include "engine/daemon/configuration.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "CLI/Config.hpp"

namespace casewheel::daemon {
namespace {

// Beyond it a suggestion would be a guess.
constexpr std::size_t kChangesMax = 3;

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// How many letters have to be put in, left out, changed or swapped with their neighbour to make one of the
// other (Damerau and Levenshtein's distance, each place changed once).
std::size_t changes_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  std::iota(table[0].begin(), table[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1,
                              table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

class CheckedConfig final : public CLI::ConfigBase {
 public:
  explicit CheckedConfig(const CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::stringstream text;
    text << input.rdbuf();
    const std::string mistake = mistake_in(text, keys_of(app_));
    if (!mistake.empty())
      throw CLI::ConfigError(app_.get_option("--config")->results().back() + ", " + mistake);
    text.clear();
    text.seekg(0);
    return CLI::ConfigBase::from_config(text);
  }

 private:
  const CLI::App& app_;
};

}  // namespace

std::string nearest_key(std::string_view typed, const std::vector<std::string>& keys) {
  std::string nearest;
  std::size_t least = std::min(kChangesMax, typed.size() / 2 + 1) + 1;
  for (const std::string& key : keys) {
    const std::size_t changes = changes_between(typed, key);
    if (changes >= least) continue;
    least = changes;
    nearest = key;
  }
  return nearest;
}

std::string mistake_in(std::istream& text, const std::vector<std::string>& keys) {
  std::map<std::string, std::size_t> seen;
  std::size_t number = 0;
  for (std::string whole; std::getline(text, whole);) {
    ++number;
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    if (line.front() == '[') return where + "there are no sections, only lines of key = value";
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return where + "must be key = value";
    const std::string key(trimmed(line.substr(0, equals)));
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      const std::string nearest = nearest_key(key, keys);
      return where + "unknown key '" + key + "'" +
             (nearest.empty() ? ", see casewheeld --help"
                              : "; the nearest known key is '" + nearest + "'");
    }
    const auto [first, is_new] = seen.emplace(key, number);
    if (!is_new)
      return where + "'" + key + "' stands in line " + std::to_string(first->second) +
             " already; several values are written key = [one, other]";
    const std::string_view value = trimmed(line.substr(equals + 1, line.find('#') - equals - 1));
    if (!value.empty() && value.front() == '[' && (value.size() < 2 || value.back() != ']'))
      return where + "a list must end with ] in the line it begins in";
  }
  return "";
}

std::vector<std::string> keys_of(const CLI::App& app) {
  const std::set<std::string> not_of_a_file = {"help", "version", "config"};
  std::vector<std::string> keys;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (!not_of_a_file.contains(name)) keys.push_back(name);
    }
  }
  return keys;
}

std::shared_ptr<CLI::Config> make_checked_config(const CLI::App& app) {
  return std::make_shared<CheckedConfig>(app);
}

}  // namespace casewheel::daemon
