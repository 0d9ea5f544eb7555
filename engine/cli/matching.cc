#include "engine/cli/matching.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kToldMax = 12;
constexpr std::size_t kNearestMax = 3;

// One string a letter, so that letters of Chinese are compared as wholes.
std::vector<std::string> letters_of(std::string_view text) {
  std::vector<std::string> letters;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80 && !letters.empty()) {
      letters.back() += c;
    } else {
      letters.emplace_back(1, c);
    }
  }
  return letters;
}

std::string plain(std::string_view text) {
  std::string out;
  for (const std::string& letter : letters_of(folded(text))) out += letter == "臺" ? "台" : letter;
  return out;
}

bool has_in_order(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  auto wanted = some.begin();
  for (const std::string& letter : all) {
    if (wanted != some.end() && letter == *wanted) ++wanted;
  }
  return wanted == some.end();
}

// Insertions, deletions and replacements that make one of the other.
std::size_t distance(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
      corner = above;
    }
  }
  return row[b.size()];
}

struct Spelt {
  const Entry* entry = nullptr;
  std::string id, zh, en, whole;
};

std::vector<Spelt> spelt(const std::vector<Entry>& entries) {
  std::vector<Spelt> all;
  for (const Entry& entry : entries) {
    all.push_back({&entry, plain(entry.id), plain(entry.name_zh), plain(entry.name_en),
                   plain(entry.within + entry.name_zh)});
  }
  return all;
}

}  // namespace

std::string Entry::told() const {
  std::string text = one_line(id);
  const std::string& name = name_zh.empty() ? name_en : name_zh;
  if (!name.empty()) text += " " + one_line(name);
  if (!within.empty()) text += "（" + one_line(within) + "）";
  return text;
}

std::vector<const Entry*> find_entries(const std::vector<Entry>& entries, std::string_view typed) {
  for (const Entry& entry : entries) {
    if (entry.id == typed) return {&entry};
  }
  const std::string wanted = plain(typed);
  if (wanted.empty()) return {};
  const std::vector<std::string> letters = letters_of(wanted);
  const std::vector<Spelt> all = spelt(entries);
  std::vector<const Entry*> found;
  const auto gather = [&](auto fits) {
    for (const Spelt& one : all) {
      if (fits(one)) found.push_back(one.entry);
    }
    return !found.empty();
  };
  const auto within = [&](const std::string& text) { return text.find(wanted) != text.npos; };
  const auto in_order = [&](const std::string& text) {
    // One letter in order is one letter within, and ASCII letters in order mean nothing.
    return letters.size() > 1 && !is_id_like(typed) && has_in_order(letters_of(text), letters);
  };
  if (gather([&](const Spelt& s) { return s.id == wanted || s.zh == wanted || s.en == wanted; }) ||
      gather([&](const Spelt& s) { return within(s.zh) || within(s.en) || within(s.id); }) ||
      gather([&](const Spelt& s) { return in_order(s.zh); }) ||
      gather([&](const Spelt& s) { return within(s.whole); }))
    return found;
  gather([&](const Spelt& s) { return in_order(s.whole); });
  return found;
}

std::vector<const Entry*> nearest_entries(const std::vector<Entry>& entries,
                                          std::string_view typed) {
  const std::vector<std::string> letters = letters_of(plain(typed));
  std::vector<std::pair<std::size_t, const Entry*>> far;
  for (const Spelt& one : spelt(entries)) {
    const std::size_t least =
        std::min({distance(letters_of(one.id), letters), distance(letters_of(one.zh), letters),
                  one.en.empty() ? std::string::npos : distance(letters_of(one.en), letters)});
    far.emplace_back(least, one.entry);
  }
  std::stable_sort(far.begin(), far.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Entry*> nearest;
  for (std::size_t i = 0; i < std::min(kNearestMax, far.size()); ++i)
    nearest.push_back(far[i].second);
  return nearest;
}

std::string entries_told(const std::vector<const Entry*>& entries) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kToldMax, entries.size()); ++i)
    text += (i == 0 ? "" : "、") + entries[i]->told();
  if (entries.size() > kToldMax)
    text += "，另有 and more: " + std::to_string(entries.size() - kToldMax);
  return text;
}

std::string id_told(const std::vector<Entry>& entries, const std::string& id) {
  const auto known = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.id == id; });
  return known == entries.end() || known->name_zh.empty()
             ? one_line(id)
             : one_line(known->name_zh) + "（" + one_line(id) + "）";
}

bool is_id_like(std::string_view typed) {
  return !typed.empty() && std::all_of(typed.begin(), typed.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace casewheel::cli
