// Tells whose number digits are, by their grouping, the signs beside them and the word before them.
// Where nothing announces it, a number has to be written as people write it: dates, amounts,
// coordinates and lists of numbers have other groups. Pure, any thread.
#pragma once

#include <optional>

#include "engine/access/context_words.h"
#include "engine/access/digit_runs.h"
#include "engine/access/personal_numbers.h"

namespace casewheel::access {

// The groups of a run up to `last`, taken as one number.
struct DigitCandidate {
  const DigitRun& run;
  std::size_t last;
  Announced announced;
  bool hangs_on = false;        // on a letter, or over a hyphen on another digit
  bool goes_on = false;         // over a hyphen
  bool follows_digits = false;  // over anything that may stand within a number
  bool letter_before = false;
  bool unit_follows = false;
  bool time_follows = false;  // ":30", so that the last group is an hour

  const DigitPrefix& form() const { return run.prefix(last); }
  std::string_view digits() const { return run.digits(last); }
  bool whole() const { return !hangs_on && !goes_on; }
  bool in_one_piece() const { return form().written == 1; }
  // In pairs with the same sign between them, and not some of a longer list.
  bool in_pairs() const {
    return form().pairs && form().one_gap && whole() && !follows_digits && last + 1 == run.count();
  }
};

std::optional<NumberKind> kind_of_digits(const DigitCandidate& candidate);
// Behind a '+'.
std::optional<NumberKind> kind_with_plus(const DigitCandidate& candidate);

}  // namespace casewheel::access
