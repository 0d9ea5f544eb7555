// Reading, comparing and writing golden files. See golden.h. Also the main of golden_test.
#include "tests/golden/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "engine/base/digest.h"

namespace casewheel::golden {
namespace {

std::string path_of(const std::string& file) {
  return std::string(CASEWHEEL_GOLDEN_DIR) + "/" + file;
}

const Section* find(const std::vector<Section>& sections, const std::string& name) {
  const auto it = std::find_if(sections.begin(), sections.end(),
                               [&](const Section& s) { return s.name == name; });
  return it == sections.end() ? nullptr : &*it;
}

std::string diff_of(const Section& before, const Section& now) {
  const std::multiset<std::string> old_lines(before.lines.begin(), before.lines.end());
  const std::multiset<std::string> new_lines(now.lines.begin(), now.lines.end());
  std::string text;
  for (const std::string& line : before.lines) {
    if (!new_lines.contains(line)) text += "- " + line + "\n";
  }
  for (const std::string& line : now.lines) {
    if (!old_lines.contains(line)) text += "+ " + line + "\n";
  }
  return text.empty() ? "  (the order of the lines)\n" : text;
}

void write(const std::string& file, const std::string& first_line,
           const std::vector<Section>& sections) {
  std::ofstream out(path_of(file));
  ASSERT_TRUE(out) << path_of(file);
  out << "# " << first_line << "\n# Written by golden_test --update; never by hand.\n";
  for (const Section& section : sections) {
    out << "\n[" << section.name << "]\n";
    for (const std::string& line : section.lines) out << line << "\n";
  }
}

}  // namespace

std::vector<Section> read(const std::string& file) {
  std::vector<Section> sections;
  std::ifstream in(path_of(file));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || (line.front() == '#' && sections.empty())) continue;
    if (line.front() == '[') {
      sections.push_back({line.substr(1, line.size() - 2), {}});
    } else if (!sections.empty()) {
      sections.back().lines.push_back(line);
    }
  }
  return sections;
}

void compare(const std::string& file, const std::string& first_line,
             const std::vector<Section>& now, Verdict verdict) {
  if (update) return write(file, first_line, now);
  const std::vector<Section> before = read(file);
  ASSERT_FALSE(before.empty()) << "tests/golden/" << file
                               << " is missing or empty: " << kHowToUpdate;
  for (const Section& old : before) {
    const Section* today = find(now, old.name);
    if (today == nullptr) {
      ADD_FAILURE() << file << ": [" << old.name
                    << "] is gone. What was released stays: put it back";
    } else if (!(*today == old)) {
      ADD_FAILURE() << file << ": [" << old.name << "] differs. " << verdict(old, *today) << "\n"
                    << diff_of(old, *today);
    }
  }
  for (const Section& today : now) {
    if (find(before, today.name) == nullptr) {
      ADD_FAILURE() << file << ": [" << today.name
                    << "] is new. That is allowed; pin it: " << kHowToUpdate;
    }
  }
}

std::vector<std::string> hex_lines(const std::string& bytes) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < bytes.size(); at += 32)
    lines.push_back("| " + hex(bytes.substr(at, 32)));
  return lines;
}

std::string bytes_of_hex(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) {
    if (line.rfind("| ", 0) != 0) continue;
    for (std::size_t at = 2; at + 1 < line.size(); at += 2) {
      bytes.push_back(static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16)));
    }
  }
  return bytes;
}

}  // namespace casewheel::golden

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) casewheel::golden::update |= std::string(argv[i]) == "--update";
  return RUN_ALL_TESTS();
}
