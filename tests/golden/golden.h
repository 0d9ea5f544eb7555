// Golden files: readable text that pins what is on disks and in other people's programs. A file is a
// list of named sections of lines; a test gives what the code says today and this compares, or writes
// the file anew when the test was started with --update.
#pragma once

#include <string>
#include <vector>

namespace casewheel::golden {

// Set by the test's main from its command line.
inline bool update = false;

struct Section {
  std::string name;
  std::vector<std::string> lines;

  bool operator==(const Section&) const = default;
};

std::vector<Section> read(const std::string& file);

// Compares with tests/golden/<file>. What differs fails the test with a diff; `verdict` says for a
// changed section (as stored, as it is now) what that means to whoever changed it.
using Verdict = std::string (*)(const Section& before, const Section& now);
void compare(const std::string& file, const std::string& first_line,
             const std::vector<Section>& now, Verdict verdict);

inline constexpr const char* kHowToUpdate =
    "golden_test --update writes the files anew; say in the commit why";

// Bytes as hexadecimal lines of 32 bytes.
std::vector<std::string> hex_lines(const std::string& bytes);
std::string bytes_of_hex(const std::vector<std::string>& lines);

}  // namespace casewheel::golden
