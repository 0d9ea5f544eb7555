#include "engine/access/digit_runs.h"

#include <algorithm>

#include "engine/base/ids.h"

namespace casewheel::access {
namespace {

constexpr std::size_t kGapSignsMax = 3;  // ") - "
constexpr std::size_t kCaseNumberDigitsMin = 17;

// Marks that belong to the sign before them: of a key cap, or that choose how it is drawn.
bool clings(std::int32_t code) {
  return (code >= 0x300 && code <= 0x36f) || (code >= 0x20d0 && code <= 0x20f0) ||
         (code >= 0xfe00 && code <= 0xfe0f);
}

// "0912" and "678" of "0912-***-678" are not digits to be taken up again, also where a mark that
// takes no room parts them from others. Digits that merely stand in *bold* have fewer stars beside
// them, or are longer than what masking leaves.
bool is_beside_a_mask(const std::vector<Sign>& signs, const DigitGroup& group) {
  const auto parted = [&signs](std::size_t at) {
    return signs[at].digit == 0 && !clings(signs[at].code);
  };
  std::size_t first = 0;
  for (std::size_t i = group.from; i < group.to && !parted(i); ++i) first += signs[i].digit != 0;
  std::size_t last = 0;
  for (std::size_t i = group.to; i-- > group.from && !parted(i);) last += signs[i].digit != 0;
  if (last <= 2 && stars_at(signs, group.to)) return true;
  if (last <= 4 && signs[group.to].ascii == '-' && stars_at(signs, group.to + 1)) return true;
  if (group.from < kStars || first > 4) return false;
  if (first <= 3 && stars_at(signs, group.from - kStars)) return true;
  return group.from > kStars && signs[group.from - 1].ascii == '-' &&
         stars_at(signs, group.from - kStars - 1);
}

// Month and day, and a tenant: seventeen digits alone are a card's too.
bool is_case_number(std::string_view digits) {
  const std::optional<CaseAddress> address = parse_case_number(digits);
  if (!address) return false;
  const std::uint32_t month = address->id.roc_date() / 100 % 100;
  const std::uint32_t day = address->id.roc_date() % 100;
  return address->id.tenant_number() > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

}  // namespace

bool stars_at(const std::vector<Sign>& signs, std::size_t from) {
  for (std::size_t i = from; i < from + kStars; ++i)
    if (i >= signs.size() || signs[i].ascii != '*') return false;
  return true;
}

bool beside_a_mask(const std::vector<Sign>& signs, std::size_t from) {
  DigitGroup group{from, end_of_group(signs, from)};
  for (std::size_t i = group.from; i < group.to; ++i) group.digits += signs[i].digit != 0 ? 1 : 0;
  return is_beside_a_mask(signs, group);
}

std::size_t end_of_sign(const std::vector<Sign>& signs, std::size_t at) {
  do {
    ++at;
  } while (clings(signs[at].code));
  return at;
}

std::size_t next_digit(const std::vector<Sign>& signs, std::size_t at) {
  std::size_t room = 0;
  for (std::size_t i = at; i < signs.size(); ++i) {
    if (signs[i].digit != 0) return i;
    if (signs[i].gap == Gap::kNone) return at;
    if (signs[i].gap != Gap::kNothing && ++room > kGapSignsMax) return at;
  }
  return at;
}

std::size_t end_of_group(const std::vector<Sign>& signs, std::size_t at) {
  const bool chinese = is_chinese_digit(signs[at]);
  std::size_t to = at;
  for (std::size_t i = at; i < signs.size(); ++i) {
    const bool digit = signs[i].digit != 0 && is_chinese_digit(signs[i]) == chinese;
    if (digit || (i == to && clings(signs[i].code))) {
      to = i + 1;
    } else if (signs[i].gap != Gap::kNothing) {
      break;
    }
  }
  return to;
}

DigitRun::DigitRun(const std::vector<Sign>& signs, std::size_t at) {
  std::int32_t gap = 0;
  std::size_t total = 0;
  while (count_ < groups_.size()) {
    DigitGroup group{at, end_of_group(signs, at), 0, is_chinese_digit(signs[at]), gap};
    for (std::size_t i = group.from; i < group.to; ++i) {
      if (signs[i].digit == 0) continue;
      if (total + group.digits == kDigitsMax) return;  // part of something longer than any of ours
      digits_[total + group.digits++] = signs[i].digit;
    }
    if (is_beside_a_mask(signs, group)) return;
    total += group.digits;
    add(group);
    at = next_digit(signs, group.to);
    if (at >= signs.size() || signs[at].digit == 0) return;
    gap = 0;
    for (std::size_t i = group.to; i < at && gap == 0; ++i)
      if (signs[i].gap != Gap::kNothing) gap = signs[i].code;
  }
}

void DigitRun::add(const DigitGroup& group) {
  DigitPrefix next = count_ == 0 ? DigitPrefix{} : prefixes_[count_ - 1];
  const bool begins = count_ == 0 || group.gap != 0;
  // The group before is complete now that another follows.
  if (begins && count_ > 0) {
    next.fours = next.fours && next.last_size >= 4;
    next.one_script = next.one_script && groups_[count_ - 1].chinese == group.chinese;
    std::size_t i = count_ - 1;
    while (i > 0 && groups_[i].gap == 0) --i;
    next.one_gap = next.one_gap && (i == 0 || groups_[i].gap == group.gap);
  }
  next.to = group.to;
  next.digits += group.digits;
  next.written += begins ? 1 : 0;
  next.last_size = begins ? group.digits : next.last_size + group.digits;
  if (next.written == 1) next.first_size = next.last_size;
  if (next.written == 2) next.second_size = next.last_size;
  groups_[count_] = group;
  prefixes_[count_] = next;
  // A group that the script alone divides counts with the size of the whole.
  DigitPrefix& added = prefixes_[count_];
  const DigitPrefix before = [&] {
    std::size_t i = count_;
    while (i > 0 && groups_[i].gap == 0) --i;
    return i == 0 ? DigitPrefix{} : prefixes_[i - 1];
  }();
  added.singles = before.singles && added.last_size == 1;
  added.pairs = before.pairs && added.last_size == 2;
  added.rest_of_three = before.rest_of_three && (added.written == 1 || added.last_size >= 3);
  ++count_;
}

std::optional<std::size_t> DigitRun::case_number_end() const {
  for (std::size_t i = count_; i-- > 0 && prefixes_[i].digits >= kCaseNumberDigitsMin;) {
    const DigitPrefix& prefix = prefixes_[i];
    // In one piece, digit by digit, or as it is printed: no card begins so.
    const bool as_printed = prefix.singles || prefix.first_size == 2 || prefix.first_size == 9 ||
                            prefix.first_size >= 14;
    if (as_printed && is_case_number(digits(i))) return prefix.to;
  }
  return std::nullopt;
}

}  // namespace casewheel::access
