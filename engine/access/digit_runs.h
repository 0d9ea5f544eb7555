// The digits that stand at one place of a text as one number might be written, in groups with
// separators between, and what every beginning of them looks like. Pure, any thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/half_width.h"

namespace casewheel::access {

inline constexpr std::size_t kStars = 3;  // masking leaves so many beside what it shows

bool stars_at(const std::vector<Sign>& signs, std::size_t from);

// Digits of one script, with nothing that takes room between them.
struct DigitGroup {
  std::size_t from = 0, to = 0;  // signs
  std::size_t digits = 0;
  bool chinese = false;
  std::int32_t gap = 0;  // first sign between it and the group before; 0: none, the script changes
};

// The first groups of a run, taken as one number. Sizes are of groups as they are written: a change
// of script alone begins no new one.
struct DigitPrefix {
  std::size_t to = 0;  // sign after the last
  std::size_t digits = 0;
  std::size_t written = 0;      // groups
  std::size_t first_size = 0;   // of the first of them
  std::size_t last_size = 0;    // of the last
  std::size_t second_size = 0;  // of the second; 0: there is none
  bool singles = true;          // each has one digit
  bool pairs = true;            // each has two
  bool fours = true;            // each has four or more, save the last, which has three or more
  bool rest_of_three = true;    // each after the first has three or more
  bool one_gap = true;          // the same sign begins every gap
  bool one_script = true;       // of groups that stand apart
};

class DigitRun {
 public:
  static constexpr std::size_t kDigitsMax = 22;  // of the longest case number

  // What begins at `at`, a digit. Empty where the first group alone is longer than any number of
  // ours, or is what masking has left of one.
  DigitRun(const std::vector<Sign>& signs, std::size_t at);

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  const DigitGroup& group(std::size_t i) const { return groups_[i]; }
  const DigitPrefix& prefix(std::size_t i) const { return prefixes_[i]; }  // of the groups up to i
  std::string_view digits(std::size_t i) const { return {digits_.data(), prefixes_[i].digits}; }
  std::size_t total() const { return count_ == 0 ? 0 : prefixes_[count_ - 1].digits; }

  // Where a case number ends that the run begins with; nothing where it does not.
  std::optional<std::size_t> case_number_end() const;

 private:
  void add(const DigitGroup& group);

  std::size_t count_ = 0;
  std::array<DigitGroup, kDigitsMax> groups_;
  std::array<DigitPrefix, kDigitsMax> prefixes_;
  std::array<char, kDigitsMax> digits_;
};

// Whether the digits of one script that begin at `from` are what masking has left of a number.
bool beside_a_mask(const std::vector<Sign>& signs, std::size_t from);

// The sign after the one at `at` and the marks that cling to it, as a key cap does.
std::size_t end_of_sign(const std::vector<Sign>& signs, std::size_t at);

// The sign after the digits of one script that begin at `at`.
std::size_t end_of_group(const std::vector<Sign>& signs, std::size_t at);

// The next sign from `at` on, if that is a digit and only what may stand within one number is
// between; else `at`.
std::size_t next_digit(const std::vector<Sign>& signs, std::size_t at);

}  // namespace casewheel::access
