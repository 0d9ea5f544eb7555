#include "engine/access/personal_numbers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "engine/access/context_words.h"
#include "engine/access/half_width.h"
#include "engine/access/numbering_plan.h"

namespace casewheel::access {
namespace {

// A number is at most so many groups of digits ("+886 2 2345 6789") and digits; more are none of ours.
constexpr std::size_t kGroupsMax = 8;
constexpr std::size_t kDigitsMin = 7;
constexpr std::size_t kDigitsMax = 19;
constexpr std::size_t kSignsBetweenGroupsMax = 3;  // ") - "
constexpr std::size_t kDomainSignsMax = 255;       // RFC 5321
// What masking leaves visible beside its stars is at most so long, see beside_a_mask().
constexpr std::size_t kMaskStars = 3;

bool is_alphanumeric_sign(char c) { return is_ascii_digit(c) || is_ascii_letter(c); }

bool separates_groups(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '_' || c == '(' || c == ')';
}

bool is_mailbox_sign(char c) {
  return is_alphanumeric_sign(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' ||
         c == '\'';
}

bool is_barcode_sign(char c) { return is_alphanumeric_sign(c) || c == '.' || c == '+' || c == '-'; }

// First digits and lengths the card organisations have given out. 17 and 18 digits are nobody's, so
// that case numbers are never taken for cards.
bool has_card_form(std::string_view digits) {
  const auto front = [&](std::size_t count) {
    int value = 0;
    for (const char c : digits.substr(0, count)) value = value * 10 + (c - '0');
    return value;
  };
  switch (digits.size()) {
    case 14:  // Diners
      return front(2) == 36 || front(2) == 38 || (front(3) >= 300 && front(3) <= 305);
    case 15:  // American Express
      return front(2) == 34 || front(2) == 37;
    case 16:  // Visa, Mastercard, JCB, UnionPay and Discover
      return front(1) == 4 || (front(2) >= 51 && front(2) <= 55) ||
             (front(4) >= 2221 && front(4) <= 2720) || (front(4) >= 3528 && front(4) <= 3589) ||
             front(2) == 62 || front(2) == 64 || front(2) == 65 || front(4) == 6011;
    case 19:
      return front(2) == 62;
    default:
      return false;
  }
}

// A number found: `to` is the sign after its last.
struct FoundSigns {
  NumberKind kind;
  std::size_t from, to;
};

struct DigitGroup {
  std::size_t from, to;
  std::size_t size() const { return to - from; }
};

// Some groups of digits that follow each other, taken as one number.
struct DigitCandidate {
  const DigitGroup* groups;
  std::size_t count;
  std::string_view digits;
  Announced announced;
  bool whole;  // neither goes on over a hyphen nor hangs on a letter

  bool alone() const { return count == 1; }
};

// Goes over the signs once. What decides whether something is found are its own signs, those directly
// beside it and the word before it, all of which masking leaves as they are or turns into stars: hence
// what one pass has masked brings nothing new to light for the next.
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
  bool digit(std::size_t at) const { return is_ascii_digit(sign(at)); }

  std::optional<FoundSigns> piece_at(std::size_t at) {
    const char c = sign(at);
    if (is_mailbox_sign(c) && (at == resumed_ || !is_mailbox_sign(before(at)))) {
      if (auto piece = email_at(at)) return piece;
    }
    if (is_ascii_letter(c)) return identity_at(at);
    if (c == '/') return barcode_at(at);
    if (c == '+' || is_ascii_digit(c)) return digits_at(at);
    return std::nullopt;
  }

  // Where to go on when nothing begins here.
  std::size_t after(std::size_t at) const {
    if (digit(at)) return end_of_digits(at, end_);
    // The domain behind a masked mailbox is left alone, as it was when it had its name.
    if (sign(at) == '@' && before(at) == '*') return std::max(at + 1, end_of_domain(at + 1));
    return at + 1;
  }

  bool stars_at(std::size_t from) const {
    for (std::size_t i = from; i < from + kMaskStars; ++i)
      if (i >= end_ || sign(i) != '*') return false;
    return true;
  }

  std::size_t end_of_digits(std::size_t at, std::size_t limit) const {
    while (at < limit && digit(at)) ++at;
    return at;
  }

  // --- e-mail ---

  // The end of the longest domain name that begins here, with a dot and a last label of letters; `at`
  // when there is none.
  std::size_t end_of_domain(std::size_t at) const {
    std::size_t domain_end = at;
    bool dotted = false;
    bool letters = true;  // of this label, so far
    std::size_t label = at;
    const std::size_t limit = std::min(end_, at + kDomainSignsMax);
    for (std::size_t i = at; i <= limit; ++i) {
      const char c = i < limit ? sign(i) : '\0';
      if (is_alphanumeric_sign(c)) {
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
    if (from < kMaskStars || !stars_at(from - kMaskStars)) return false;
    if (sign(from) == '-') ++from;
    std::size_t rest = end_of_digits(from, std::min(to, from + 4));
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

  std::optional<FoundSigns> identity_at(std::size_t at) const {
    if (is_alphanumeric_sign(before(at))) return std::nullopt;
    std::array<char, 10> value{};
    std::size_t count = 0;
    std::size_t i = at;
    for (; i < end_ && count < value.size(); ++i) {
      const char c = sign(i);
      if (count > 1 ? is_ascii_digit(c) : is_alphanumeric_sign(c)) {
        value[count++] = ascii_upper(c);
      } else if ((c != ' ' && c != '-') || !is_alphanumeric_sign(before(i))) {
        return std::nullopt;
      }
    }
    if (count < value.size() || is_alphanumeric_sign(sign(i))) return std::nullopt;
    const std::string_view id(value.data(), value.size());
    const char second = id[1];
    const bool national = second == '1' || second == '2';
    const bool resident = second == '8' || second == '9' || (second >= 'A' && second <= 'D');
    if (!national && !resident) return std::nullopt;
    if (!is_national_id(id) && !is_resident_id(id) &&
        announced_before(signs_, at) != Announced::kIdentity) {
      return std::nullopt;
    }
    return FoundSigns{national ? NumberKind::kNationalId : NumberKind::kResidentId, at, i};
  }

  // A path looks the same ("/USERS01"), so without a word that announces it there must be both a digit
  // and a letter, and nothing that a path or an address goes on with.
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
    if (stars_at(to)) return std::nullopt;  // the front of a number that is masked
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

  // "0912" and "678" of "0912-***-678" are no digits to be taken up again. Digits that merely stand in
  // *bold* have fewer stars beside them, or are longer than what masking leaves.
  bool beside_a_mask(const DigitGroup& group) const {
    if (group.size() > 4) return false;
    if (group.size() <= 2 && stars_at(group.to)) return true;
    if (sign(group.to) == '-' && stars_at(group.to + 1)) return true;
    if (group.from < kMaskStars) return false;
    if (group.size() <= 3 && stars_at(group.from - kMaskStars)) return true;
    return group.from > kMaskStars && before(group.from) == '-' &&
           stars_at(group.from - kMaskStars - 1);
  }

  // Up to kGroupsMax groups from here on; none at all when the first is too long to be ours.
  std::size_t groups_from(std::size_t at, std::array<DigitGroup, kGroupsMax>* groups) const {
    std::size_t count = 0;
    std::size_t digits = 0;
    while (count < kGroupsMax) {
      const std::size_t to = end_of_digits(at, std::min(end_, at + kDigitsMax + 1));
      const DigitGroup group{at, to};
      digits += group.size();
      if (digits > kDigitsMax || beside_a_mask(group)) break;
      (*groups)[count++] = group;
      at = to;
      while (at < end_ && at - to <= kSignsBetweenGroupsMax && separates_groups(sign(at))) ++at;
      if (at == to || at - to > kSignsBetweenGroupsMax || !digit(at)) break;
    }
    return count;
  }

  std::optional<FoundSigns> digits_at(std::size_t at) const {
    std::size_t first = at;
    const bool plus = sign(at) == '+';
    if (plus) {
      if (is_alphanumeric_sign(before(at))) return std::nullopt;
      ++first;
      while (first < end_ && first - at <= 2 && separates_groups(sign(first))) ++first;
      if (!digit(first)) return std::nullopt;
    }
    std::array<DigitGroup, kGroupsMax> groups;
    const std::size_t count = groups_from(first, &groups);
    if (count == 0) return std::nullopt;
    std::array<char, kDigitsMax> digits;
    std::array<std::size_t, kGroupsMax> digits_to;
    std::size_t total = 0;
    for (std::size_t g = 0; g < count; ++g) {
      for (std::size_t i = groups[g].from; i < groups[g].to; ++i) digits[total++] = sign(i);
      digits_to[g] = total;
    }
    if (total < kDigitsMin) return std::nullopt;  // spares the search for a word before it
    const Announced announced = announced_before(signs_, at);
    const bool hangs_on = hangs_on_its_left(at);
    // The longest first: "02-2345 6789" is not the seven digits "2345 678" of anything.
    for (std::size_t g = count; g-- > 0 && digits_to[g] >= kDigitsMin;) {
      const std::size_t to = groups[g].to;
      const bool goes_on = (sign(to) == '-' || sign(to) == '_') && to + 1 < end_ && digit(to + 1);
      const DigitCandidate candidate{groups.data(), g + 1,
                                     std::string_view(digits.data(), digits_to[g]), announced,
                                     !hangs_on && !goes_on};
      const auto kind = plus ? with_plus(candidate) : kind_of(candidate, at);
      if (kind) return FoundSigns{*kind, with_bracket(at, candidate), to};
    }
    return std::nullopt;
  }

  // A digit, masked or not, and a hyphen before it, or a letter: the middle of something longer.
  bool hangs_on_its_left(std::size_t at) const {
    const char left = before(at);
    if (is_ascii_letter(left)) return true;
    return (left == '-' || left == '_') && at >= 2 && (digit(at - 2) || sign(at - 2) == '*');
  }

  // "(02)2345-6789" begins with its bracket, unless that is all that stands between it and "12(02)...".
  std::size_t with_bracket(std::size_t at, const DigitCandidate& candidate) const {
    const bool closed = candidate.count > 1 && sign(candidate.groups[0].to) == ')';
    const bool opened = at > resumed_ && before(at) == '(';
    return closed && opened && !is_alphanumeric_sign(before(at - 1)) ? at - 1 : at;
  }

  std::optional<NumberKind> taiwanese_phone(const std::string& national) const {
    if (is_mobile_number(national)) return NumberKind::kMobilePhone;
    if (is_landline_number(national) || is_network_phone(national)) return NumberKind::kLandline;
    return std::nullopt;
  }

  std::optional<NumberKind> with_plus(const DigitCandidate& candidate) const {
    if (const auto kind = taiwanese_phone(as_dialled_in_taiwan(candidate.digits)))
      if (candidate.digits.starts_with("886")) return kind;
    // E.164: no country's code begins with 0, and fifteen digits are the most.
    if (candidate.digits.size() < 8 || candidate.digits.size() > 15 ||
        candidate.digits.front() == '0') {
      return std::nullopt;
    }
    return NumberKind::kForeignPhone;
  }

  std::optional<NumberKind> kind_of(const DigitCandidate& candidate, std::size_t at) const {
    const std::string_view digits = candidate.digits;
    const bool letter_before = is_ascii_letter(before(at));
    if (candidate.whole && is_taipower_number(candidate)) return NumberKind::kTaipowerNumber;
    if (candidate.whole && is_card(candidate)) return NumberKind::kCardNumber;
    // "TEL0912345678" is a telephone number, "AB0912345678" is none.
    if (!letter_before || candidate.announced == Announced::kPhone) {
      const std::string national = as_dialled_in_taiwan(digits);
      if (const auto kind = taiwanese_phone(national)) {
        const bool sure = *kind == NumberKind::kMobilePhone || letter_before;
        if (sure || candidate.whole) return kind;
      }
    }
    if (!candidate.whole) return std::nullopt;
    if (candidate.announced == Announced::kBusinessNumber && candidate.alone() &&
        is_business_number(digits)) {
      return NumberKind::kBusinessNumber;
    }
    if (is_taipower_number_by_its_word(candidate)) return NumberKind::kTaipowerNumber;
    if (candidate.announced == Announced::kPhone && is_local_phone(candidate))
      return digits.front() == '0' || digits.front() == '9' ? NumberKind::kMobilePhone
                                                            : NumberKind::kLandline;
    return std::nullopt;
  }

  // As the bill prints it, 2-2-4-2-1, whatever its check digit says; or in one piece, confirmed.
  bool is_taipower_number(const DigitCandidate& candidate) const {
    static constexpr std::array<std::size_t, 5> kPrinted{2, 2, 4, 2, 1};
    if (candidate.digits.size() != 11) return false;
    if (candidate.alone()) {
      if (is_network_phone(candidate.digits)) return false;
      return taipower_check(candidate.digits) == TaipowerCheck::kRight;
    }
    if (candidate.count != kPrinted.size()) return false;
    for (std::size_t g = 0; g < kPrinted.size(); ++g) {
      if (candidate.groups[g].size() != kPrinted[g]) return false;
      if (g > 0 && candidate.groups[g].from - candidate.groups[g - 1].to != 1) return false;
    }
    return true;
  }

  // Short forms of 8 and 10 digits are in use too.
  bool is_taipower_number_by_its_word(const DigitCandidate& candidate) const {
    const std::size_t size = candidate.digits.size();
    return candidate.announced == Announced::kTaipowerNumber &&
           (size == 11 || size == 10 || size == 8);
  }

  bool is_card(const DigitCandidate& candidate) const {
    if (candidate.announced == Announced::kCard && candidate.digits.size() >= 13) return true;
    for (std::size_t g = 0; g < candidate.count; ++g)
      if (candidate.groups[g].size() < (g + 1 < candidate.count ? 4u : 3u)) return false;
    return has_card_form(candidate.digits) && is_card_number(candidate.digits);
  }

  // Without an area code, or mistyped: only groups people write telephone numbers in, and no amount.
  bool is_local_phone(const DigitCandidate& candidate) const {
    const std::size_t size = candidate.digits.size();
    if (size < 7 || size > 12 || is_special_service(candidate.digits)) return false;
    if (candidate.digits.starts_with("080")) return false;  // free of charge, so a company's
    for (std::size_t g = 0; g < candidate.count; ++g)
      if (candidate.groups[g].size() < 3) return false;
    std::size_t next = candidate.groups[candidate.count - 1].to;
    while (next < end_ && sign(next) == ' ') ++next;
    switch (signs_[next].code) {
      case U'元':
      case U'度':
      case U'件':
      case U'戶':
      case U'筆':
      case U'次':
        return false;
      default:
        return true;
    }
  }

  std::vector<Sign> signs_;
  std::size_t end_;
  std::size_t resumed_ = 0;
};

}  // namespace

std::vector<Found> find_personal(std::string_view text) {
  // Most texts hold nothing that any of these could begin with; 0xef leads every full-width form.
  if (text.find_first_of("0123456789@/\xef") == std::string_view::npos) return {};
  return PersonalScan(text).run();
}

}  // namespace casewheel::access
