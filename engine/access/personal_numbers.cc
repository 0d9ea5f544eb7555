#include "engine/access/personal_numbers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "engine/access/context_words.h"
#include "engine/access/digit_kinds.h"
#include "engine/access/digit_runs.h"
#include "engine/base/half_width.h"

namespace casewheel::access {
namespace {

// With a word before it that says so; other numbers have more.
constexpr std::size_t kDigitsMin = 6;
constexpr std::size_t kIdentitySigns = 10;
constexpr std::size_t kIdentityMin = 9;  // announced, and a digit short
constexpr std::size_t kIdentityMax = 11;
constexpr std::size_t kCustomerNumberMax = 16;
constexpr std::size_t kDomainSignsMax = 255;  // RFC 5321

bool is_alphanumeric_sign(char c) { return is_ascii_digit(c) || is_ascii_letter(c); }

bool is_mailbox_sign(char c) {
  return is_alphanumeric_sign(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' ||
         c == '\'';
}

bool is_barcode_sign(char c) { return is_alphanumeric_sign(c) || c == '.' || c == '+' || c == '-'; }

// A number found: `to` is the sign after its last.
struct FoundSigns {
  NumberKind kind;
  std::size_t from, to;
};

// Goes over the signs once. What decides whether something is found are its own signs, those
// directly beside it and the word before it, all of which masking leaves as they are or turns into
// stars: hence what one pass has masked brings nothing new to light for the next.
class PersonalScan {
 public:
  explicit PersonalScan(std::string_view text)
      : signs_(half_width(text)), end_(signs_.size() - 1) {}

  std::vector<Found> run() {
    std::vector<Found> found;
    std::size_t at = 0;
    while (at < end_) {
      const std::optional<FoundSigns> piece = piece_at(at);
      if (piece) {
        found.push_back({piece->kind, signs_[piece->from].from, signs_[piece->to].from});
        at = resumed_ = piece->to;
      } else {
        at = after(at);
      }
    }
    return found;
  }

 private:
  char sign(std::size_t at) const { return signs_[at].ascii; }
  char before(std::size_t at) const { return at == 0 ? '\0' : signs_[at - 1].ascii; }
  bool digit(std::size_t at) const { return signs_[at].digit != 0; }

  std::optional<FoundSigns> piece_at(std::size_t at) {
    const char c = sign(at);
    if (is_mailbox_sign(c) && (at == resumed_ || !is_mailbox_sign(before(at)))) {
      if (auto piece = email_at(at)) return piece;
    }
    if (is_alphanumeric_sign(c)) {
      if (auto piece = customer_number_at(at)) return piece;
    }
    if (is_ascii_letter(c)) return identity_at(at);
    if (c == '/') return barcode_at(at);
    if (c == '+' || digit(at)) return digits_at(at);
    return std::nullopt;
  }

  // Where to go on when nothing begins here.
  std::size_t after(std::size_t at) const {
    if (case_number_end_ > at) return case_number_end_;
    if (digit(at)) return end_of_group(signs_, at);
    // The domain behind a masked mailbox is left alone, as it was when it had its name.
    if (sign(at) == '@' && before(at) == '*') return std::max(at + 1, end_of_domain(at + 1));
    return at + 1;
  }

  // --- e-mail ---

  // The end of the longest domain name that begins here, with a dot and a last label of letters;
  // `at` when there is none.
  std::size_t end_of_domain(std::size_t at) const {
    std::size_t domain_end = at;
    bool dotted = false;
    bool letters = true;  // of this label, so far
    std::size_t label = at;
    const std::size_t limit = std::min(end_, at + kDomainSignsMax);
    for (std::size_t i = at; i <= limit; ++i) {
      const char c = i < limit ? sign(i) : '\0';
      if (is_alphanumeric_sign(c)) {
        // "com0912345678": a number follows without a space, which masking would part from it.
        if (dotted && letters && is_ascii_digit(c) && i - label >= 2) domain_end = i;
        letters = letters && is_ascii_letter(c);
        continue;
      }
      if (i == label) break;  // an empty label
      const bool runs_on = i == limit && limit < end_ && is_alphanumeric_sign(sign(i));
      if (dotted && letters && i - label >= 2 && !runs_on) domain_end = i;
      if (c == '.') {
        dotted = true;
        letters = true;
        label = i + 1;
      } else if (c == '-') {
        letters = false;
      } else {
        break;
      }
    }
    return domain_end;
  }

  // "***789" or "***-678", whatever signs follow it, which no mailbox is.
  bool is_end_of_a_mask(std::size_t from, std::size_t to) const {
    if (from < kStars || !stars_at(signs_, from - kStars)) return false;
    if (sign(from) == '-') ++from;
    std::size_t rest = from;
    while (rest < std::min(to, from + 4) && is_ascii_digit(sign(rest))) ++rest;
    while (rest < to && !is_alphanumeric_sign(sign(rest)) && sign(rest) != '_') ++rest;
    return rest == to;
  }

  std::optional<FoundSigns> email_at(std::size_t at) const {
    std::size_t mailbox_end = at;
    while (mailbox_end < end_ && is_mailbox_sign(sign(mailbox_end))) ++mailbox_end;
    if (sign(mailbox_end) != '@' || is_end_of_a_mask(at, mailbox_end)) return std::nullopt;
    while (at < mailbox_end && !is_alphanumeric_sign(sign(at)) && sign(at) != '_') ++at;
    if (at == mailbox_end) return std::nullopt;
    const std::size_t domain_end = end_of_domain(mailbox_end + 1);
    if (domain_end == mailbox_end + 1) return std::nullopt;
    return FoundSigns{NumberKind::kEmail, at, domain_end};
  }

  // --- identity numbers and barcodes ---

  // What is written from `at` on of letters, digits and what may stand between them, as far as it
  // is an identity number: a letter, a letter or digit, and digits. `to`: the sign after its last.
  std::string identity_written(std::size_t at, bool over_gaps, std::size_t* to) const {
    std::string value;
    for (std::size_t i = at; i < end_ && value.size() < kIdentityMax;) {
      if (digit(i) && !value.empty()) {
        value += signs_[i].digit;
        *to = end_of_sign(signs_, i);
        i = *to;
      } else if (value.size() < 2 && is_ascii_letter(sign(i))) {
        value += ascii_upper(sign(i));
        *to = ++i;
      } else {
        // Behind a whole one another number begins.
        const bool goes_on = over_gaps && value.size() < kIdentitySigns;
        const std::size_t next = goes_on ? next_digit(signs_, i) : i;
        if (next == i || beside_a_mask(signs_, next)) break;
        i = next;
      }
    }
    return value;
  }

  std::optional<FoundSigns> identity_at(std::size_t at) const {
    // "IDA123456789": what stands directly before it has to be such a word.
    if (is_alphanumeric_sign(before(at)) && !word_ends_at(signs_, at, Announced::kIdentity))
      return std::nullopt;
    // Where that makes none, what stands together: another number may follow it.
    for (const bool over_gaps : {true, false})
      if (auto piece = identity_at(at, over_gaps)) return piece;
    return std::nullopt;
  }

  std::optional<FoundSigns> identity_at(std::size_t at, bool over_gaps) const {
    std::size_t to = at;
    const std::string id = identity_written(at, over_gaps, &to);
    if (id.size() < kIdentityMin || is_alphanumeric_sign(sign(to))) return std::nullopt;
    const char second = id[1];
    const bool national = second == '1' || second == '2';
    const bool resident = second == '8' || second == '9' || (second >= 'A' && second <= 'D');
    const NumberKind kind = resident ? NumberKind::kResidentId : NumberKind::kNationalId;
    const bool confirmed = is_national_id(id) || is_resident_id(id);
    if (!confirmed && announced_before(signs_, at) != Announced::kIdentity) return std::nullopt;
    // Mistyped, it may have another length. Other letters are another country's or a company's.
    if (!national && !resident) return std::nullopt;
    return FoundSigns{kind, at, to};
  }

  // With letters too, so only behind a word that says so: "水號 4G-30-012345-6".
  std::optional<FoundSigns> customer_number_at(std::size_t at) const {
    if (at > 0 && (is_alphanumeric_sign(before(at)) || before(at) == '-')) return std::nullopt;
    constexpr std::size_t kDigitsLeast = 5;
    std::size_t digits = 0;
    std::size_t signs = 0;
    std::size_t to = at;
    bool letters = false;
    for (std::size_t i = at; i < end_ && signs <= kCustomerNumberMax; ++i) {
      if (is_alphanumeric_sign(sign(i))) {
        digits += digit(i) ? 1 : 0;
        letters = letters || !digit(i);
        ++signs;
        to = i + 1;
      } else if (sign(i) != '-') {
        break;
      }
    }
    if (!letters || digits < kDigitsLeast || signs > kCustomerNumberMax) return std::nullopt;
    if (announced_before(signs_, at) != Announced::kCustomerNumber) return std::nullopt;
    return FoundSigns{NumberKind::kCustomerNumber, at, to};
  }

  // A path looks the same ("/USERS01"), so without a word that announces it there must be both a
  // digit and a letter, and nothing that a path or an address goes on with.
  std::optional<FoundSigns> barcode_at(std::size_t at) const {
    const char left = before(at);
    if (is_alphanumeric_sign(left) || left == '/' || left == '.') return std::nullopt;
    const std::size_t to = at + 8;
    if (to > end_) return std::nullopt;
    bool digits = false;
    bool letters = false;
    bool lower = false;
    for (std::size_t i = at + 1; i < to; ++i) {
      const char c = sign(i);
      if (!is_barcode_sign(c)) return std::nullopt;
      digits = digits || is_ascii_digit(c);
      letters = letters || is_ascii_letter(c);
      lower = lower || (c >= 'a' && c <= 'z');
    }
    const char right = sign(to);
    if (stars_at(signs_, to)) return std::nullopt;  // the front of a number that is masked
    if (right == '.') {
      if (is_barcode_sign(sign(to + 1)) || sign(to + 1) == '*') return std::nullopt;
    } else if (is_barcode_sign(right) || right == '/') {
      return std::nullopt;
    }
    if ((!digits || !letters || lower || left == ':') &&
        announced_before(signs_, at) != Announced::kBarcode) {
      return std::nullopt;
    }
    return FoundSigns{NumberKind::kMobileBarcode, at, to};
  }

  // --- numbers of digits ---

  std::optional<FoundSigns> digits_at(std::size_t at) {
    std::size_t first = at;
    const bool plus = sign(at) == '+';
    if (plus) {
      if (is_alphanumeric_sign(before(at))) return std::nullopt;
      first = next_digit(signs_, at + 1);
      if (!digit(first)) return std::nullopt;
    }
    const DigitRun run(signs_, first);
    if (run.total() < kDigitsMin) return std::nullopt;  // spares the search for a word before it
    if (const auto end = run.case_number_end(); end && !plus) {
      case_number_end_ = *end;
      return std::nullopt;
    }
    DigitCandidate candidate{run, 0, announced_before(signs_, at), hangs_on_its_left(at)};
    candidate.letter_before = is_ascii_letter(before(at));
    candidate.follows_digits =
        at >= 2 && at - 2 >= resumed_ && signs_[at - 1].gap != Gap::kNone && digit(at - 2);
    // The longest first: "02-2345 6789" is not the seven digits "2345 678" of anything.
    for (std::size_t g = run.count(); g-- > 0 && run.prefix(g).digits >= kDigitsMin;) {
      candidate.last = g;
      const std::size_t to = run.prefix(g).to;
      candidate.goes_on = (sign(to) == '-' || sign(to) == '_') && to + 1 < end_ && digit(to + 1);
      candidate.unit_follows = unit_at(to);
      candidate.time_follows = sign(to) == ':' && to + 1 < end_ && digit(to + 1);
      const auto kind = plus ? kind_with_plus(candidate) : kind_of_digits(candidate);
      if (kind) return FoundSigns{*kind, with_bracket(at, run, g), to};
    }
    return std::nullopt;
  }

  // A digit, masked or not, and a hyphen before it, or a letter: the middle of something longer.
  // Not where that was found for itself.
  bool hangs_on_its_left(std::size_t at) const {
    const char left = before(at);
    if (is_ascii_letter(left)) return true;
    return (left == '-' || left == '_') && at >= 2 && at - 2 >= resumed_ &&
           (digit(at - 2) || sign(at - 2) == '*');
  }

  // "(02)2345-6789" begins with its bracket, unless that is all that stands between it and
  // "12(02)...".
  std::size_t with_bracket(std::size_t at, const DigitRun& run, std::size_t last) const {
    const bool closed = last > 0 && sign(run.group(0).to) == ')';
    const bool opened = at > resumed_ && before(at) == '(';
    return closed && opened && !is_alphanumeric_sign(before(at - 1)) ? at - 1 : at;
  }

  // A measure, so that what stands before it is an amount or a date.
  bool unit_at(std::size_t at) const {
    constexpr std::u32string_view kUnits = U"元度件戶筆次年月日天時點分秒坪噸瓦倍人張台萬億千百％%";
    while (at < end_ && signs_[at].gap == Gap::kSpace) ++at;
    return kUnits.find(static_cast<char32_t>(signs_[at].code)) != kUnits.npos;
  }

  std::vector<Sign> signs_;
  std::size_t end_;
  std::size_t resumed_ = 0;          // behind what was found last
  std::size_t case_number_end_ = 0;  // behind the case number that was passed over last
};

}  // namespace

std::vector<Found> find_personal(std::string_view text) {
  // Many texts hold nothing that any of these could begin with, beyond ASCII there is no telling.
  const bool may_hold = std::any_of(text.begin(), text.end(), [](char c) {
    return is_ascii_digit(c) || c == '@' || c == '/' || static_cast<unsigned char>(c) >= 0x80;
  });
  if (!may_hold) return {};
  return PersonalScan(text).run();
}

}  // namespace casewheel::access
