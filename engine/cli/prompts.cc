#include "engine/cli/prompts.h"

#include <cstdlib>
#include <istream>
#include <ostream>

#include "engine/cli/refusal_words.h"
#include "engine/cli/table.h"
#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kListedMax = 20;

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string::npos) return "";
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// A place in a list, from 1; 0 where it is none.
std::size_t place_of(const std::string& typed, std::size_t most) {
  const std::string digits = half_width_signs(typed);
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != digits.npos)
    return 0;
  const auto place = static_cast<std::size_t>(std::atoi(digits.c_str()));
  return place <= most ? place : 0;
}

bool is_yes(const std::string& typed) {
  return typed == "y" || typed == "Y" || typed == "yes" || typed == "是";
}

}  // namespace

Reading read_text(const std::string& typed, std::size_t characters_max, TextKind kind) {
  Result<std::string> clean = clean_text("", typed, characters_max, kind);
  if (clean) return {std::move(*clean), ""};
  const std::string english = clean.error().fields.front().description;
  return {"", description_words(english) + " " + english};
}

Reading read_name(const std::vector<Entry>& entries, const std::string& typed) {
  const std::vector<const Entry*> found = find_entries(entries, typed);
  if (found.size() == 1) return {found.front()->id, ""};
  const bool none = found.empty();
  return {"", (none ? "查無「" + one_line(typed) + "」，相近者 the nearest: "
                    : std::string("符合多項 several fit: ")) +
                  entries_told(none ? nearest_entries(entries, typed) : found)};
}

std::optional<std::string> Prompts::line(const std::string& label, bool required,
                                         const Reader& read) {
  while (true) {
    out_ << label << (required ? "：" : "（可空白）：") << std::flush;
    std::string typed;
    if (!std::getline(in_, typed)) return std::nullopt;
    typed = trimmed(typed);
    if (is_blank(typed)) {
      if (!required) return "";
      out_ << "  必填 is required\n";
      continue;
    }
    if (!read) return typed;
    Reading taken = read(typed);
    if (!taken.mistake.empty()) {
      out_ << "  " << taken.mistake << "\n";
      continue;
    }
    if (taken.value != typed) out_ << "  → " << one_line(taken.value) << "\n";
    return std::move(taken.value);
  }
}

void Prompts::list(const std::vector<const Entry*>& entries) {
  for (std::size_t i = 0; i < entries.size() && i < kListedMax; ++i)
    out_ << "  " << i + 1 << ". " << entries[i]->told() << "\n";
  if (entries.size() > kListedMax)
    out_ << "  …另有 and " << entries.size() - kListedMax << " more\n";
}

std::optional<std::string> Prompts::pick(const std::string& label,
                                         const std::vector<Entry>& entries, bool required) {
  std::vector<const Entry*> shown;
  for (const Entry& entry : entries) shown.push_back(&entry);
  list(shown);
  while (true) {
    const std::optional<std::string> typed = line(label + "（編號或幾個字）", required);
    if (!typed || typed->empty()) return typed;
    if (const std::size_t place = place_of(*typed, shown.size())) return shown[place - 1]->id;
    const std::vector<const Entry*> found = find_entries(entries, *typed);
    if (found.size() == 1) {
      out_ << "  → " << found.front()->told() << "\n";
      return found.front()->id;
    }
    if (found.empty()) {
      out_ << "  查無「" << one_line(*typed)
           << "」，相近者 the nearest: " << entries_told(nearest_entries(entries, *typed)) << "\n";
      continue;
    }
    shown = found;
    list(shown);
  }
}

std::optional<bool> Prompts::offer(const std::string& question) {
  while (true) {
    out_ << question << " [Y/n]：" << std::flush;
    std::string typed;
    if (!std::getline(in_, typed)) return std::nullopt;
    typed = half_width_signs(trimmed(typed));
    if (is_blank(typed) || is_yes(typed)) return true;
    if (typed == "n" || typed == "N" || typed == "no" || typed == "否") return false;
    out_ << "  Enter 表示是，n 表示否 Enter is yes, n is no\n";
  }
}

void Prompts::say(const std::string& text) { out_ << text << std::flush; }

bool Prompts::confirm(const std::string& question) {
  out_ << question << " [y/N]：" << std::flush;
  std::string typed;
  if (!std::getline(in_, typed)) return false;
  return is_yes(half_width_signs(trimmed(typed)));
}

}  // namespace casewheel::cli
