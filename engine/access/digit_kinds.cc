#include "engine/access/digit_kinds.h"

#include <algorithm>
#include <string>

#include "engine/access/numbering_plan.h"

namespace casewheel::access {
namespace {

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

bool begins_with_country_code(std::string_view digits) {
  return digits.starts_with("886") || digits.starts_with("00");
}

// "0912-345-678", "09 1234 5678", "0912 34 56 78", digit by digit or in pairs; but not a date and a
// time of September.
bool is_written_as_mobile(const DigitCandidate& candidate) {
  const DigitPrefix& form = candidate.form();
  if (candidate.in_one_piece() || begins_with_country_code(candidate.digits())) return true;
  if (candidate.time_follows && form.last_size <= 2) return false;
  if (form.first_size == 4 || form.singles) return true;
  if (form.first_size == 2 && form.rest_of_three) return true;
  if (form.pairs) return candidate.in_pairs();
  return !candidate.hangs_on && form.rest_of_three;
}

// The area code apart and the rest in threes or more, or all in one; digit by digit.
bool is_written_as_landline(const DigitCandidate& candidate, std::size_t area_digits) {
  const DigitPrefix& form = candidate.form();
  if (begins_with_country_code(candidate.digits())) return candidate.whole();
  if (candidate.in_pairs()) return true;
  if (!form.rest_of_three && !form.singles) return false;
  // Digits behind a hyphen are then an extension.
  return candidate.whole() || (form.first_size == area_digits && !candidate.hangs_on);
}

std::optional<NumberKind> taiwanese_phone(const DigitCandidate& candidate) {
  const std::string_view digits = candidate.digits();
  if (digits.front() != '0' && !digits.starts_with("886")) return std::nullopt;
  const DigitPrefix& form = candidate.form();
  // "(08)902-9481" says which area it means, though dialled it would be another's.
  if (form.written > 1 && is_area_code(digits.substr(0, form.first_size)) &&
      is_landline_of(digits.substr(0, form.first_size), digits.substr(form.first_size)) &&
      is_written_as_landline(candidate, form.first_size)) {
    return NumberKind::kLandline;
  }
  const std::string national = as_dialled_in_taiwan(digits);
  if (is_mobile_number(national) && is_written_as_mobile(candidate))
    return NumberKind::kMobilePhone;
  const bool landline = is_landline_number(national);
  if (!landline && !is_network_phone(national)) return std::nullopt;
  if (!is_written_as_landline(candidate, landline ? area_code_digits(national) : 3))
    return std::nullopt;
  return NumberKind::kLandline;
}

// "002-81-90-1234-5678": dialled out of Taiwan, the carrier's code apart.
bool is_dialled_abroad(const DigitCandidate& candidate) {
  const DigitPrefix& form = candidate.form();
  if (form.written < 2 || form.first_size > 3 || form.first_size < 2 || !candidate.whole())
    return false;
  const std::string_view code = candidate.digits().substr(0, form.first_size);
  const std::string_view rest = candidate.digits().substr(form.first_size);
  return code.starts_with("00") && rest.front() != '0' && rest.size() >= 9 && rest.size() <= 15;
}

// As the bill prints it, 2-2-4-2-1, whatever its check digit says; or in one piece or digit by
// digit, confirmed.
bool is_taipower_number(const DigitCandidate& candidate) {
  static constexpr std::array<std::size_t, 5> kPrinted{2, 2, 4, 2, 1};
  if (candidate.digits().size() != 11) return false;
  if (candidate.in_one_piece() || candidate.form().singles) {
    if (is_network_phone(candidate.digits())) return false;
    return taipower_check(candidate.digits()) == TaipowerCheck::kRight;
  }
  if (candidate.last + 1 != kPrinted.size() || candidate.form().written != kPrinted.size())
    return false;
  for (std::size_t g = 0; g < kPrinted.size(); ++g)
    if (candidate.run.group(g).digits != kPrinted[g]) return false;
  return true;
}

bool is_card(const DigitCandidate& candidate) {
  const std::string_view digits = candidate.digits();
  if (digits.size() < 13 || digits.size() > 19) return false;
  if (candidate.announced == Announced::kCard) return true;
  const DigitPrefix& form = candidate.form();
  if (!form.singles && !(form.fours && form.last_size >= 3)) return false;
  return has_card_form(digits) && is_card_number(digits);
}

// 20260302 or 1150302.
bool is_compact_date(std::string_view digits) {
  if (digits.size() != 7 && digits.size() != 8) return false;
  const std::string_view year = digits.substr(0, digits.size() - 4);
  const bool known =
      digits.size() == 7 ? year >= "080" && year <= "139" : year >= "1900" && year <= "2099";
  const std::string_view month = digits.substr(digits.size() - 4, 2);
  const std::string_view day = digits.substr(digits.size() - 2);
  return known && month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

// 0800-123-456, 0809-123-456: a company's. Others that begin alike are mistyped.
bool is_free_of_charge(std::string_view digits) {
  return digits.size() == 10 && (digits.starts_with("0800") || digits.starts_with("0809"));
}

// A word says that it is a telephone: without an area code, or mistyped. Only groups people write
// telephone numbers in, and not an amount or a date.
bool is_announced_phone(const DigitCandidate& candidate) {
  const std::string_view digits = candidate.digits();
  const DigitPrefix& form = candidate.form();
  const bool called = candidate.announced == Announced::kCall;
  if (candidate.announced != Announced::kPhone && !called) return false;
  if (candidate.letter_before || candidate.hangs_on || candidate.unit_follows) return false;
  // In one piece a number is as long as whoever typed it let the key repeat; in groups another may
  // follow.
  const bool abroad = digits.starts_with("00");
  const std::size_t most = !called && candidate.in_one_piece() ? DigitRun::kDigitsMax
                           : abroad                            ? 17
                                                               : 13;
  if (digits.size() < (called ? 7u : 6u) || digits.size() > most) return false;
  if (is_special_service(digits) || is_free_of_charge(digits)) return false;
  if (called && candidate.in_one_piece() && is_compact_date(digits)) return false;
  if (!form.one_script) return false;
  // "23456789三樓": the last is of what follows.
  const DigitGroup& last = candidate.run.group(candidate.last);
  if (candidate.last > 0 && last.gap == 0 && last.chinese && last.digits == 1) return false;
  if (candidate.in_one_piece() || form.singles || form.rest_of_three) return true;
  return digits.front() == '0' || (form.pairs && form.one_gap);
}

}  // namespace

std::optional<NumberKind> kind_with_plus(const DigitCandidate& candidate) {
  const std::string_view digits = candidate.digits();
  if (digits.starts_with("886")) {
    const std::string national = as_dialled_in_taiwan(digits);
    if (is_mobile_number(national)) return NumberKind::kMobilePhone;
    if (is_landline_number(national) || is_network_phone(national)) return NumberKind::kLandline;
  }
  // E.164: no country's code begins with 0, and fifteen digits are the most.
  if (digits.size() < 8 || digits.size() > 15 || digits.front() == '0') return std::nullopt;
  return NumberKind::kForeignPhone;
}

std::optional<NumberKind> kind_of_digits(const DigitCandidate& candidate) {
  const std::string_view digits = candidate.digits();
  const bool whole = candidate.whole();
  if (whole && is_taipower_number(candidate)) return NumberKind::kTaipowerNumber;
  if (whole && is_card(candidate)) return NumberKind::kCardNumber;
  // "TEL0912345678" is a telephone number, "AB0912345678" is not.
  if (candidate.letter_before && candidate.announced == Announced::kPhone) {
    DigitCandidate alone = candidate;
    alone.letter_before = alone.hangs_on = false;
    return kind_of_digits(alone);
  }
  if (!candidate.letter_before) {
    if (const auto kind = taiwanese_phone(candidate)) return kind;
    if (is_dialled_abroad(candidate)) return NumberKind::kForeignPhone;
  }
  if (is_announced_phone(candidate)) {
    return digits.front() == '0' || digits.front() == '9' ? NumberKind::kMobilePhone
                                                          : NumberKind::kLandline;
  }
  if (!whole) return std::nullopt;
  if (candidate.announced == Announced::kBusinessNumber && is_business_number(digits))
    return NumberKind::kBusinessNumber;
  // Short forms of 8 and 10 digits are in use too.
  if (candidate.announced == Announced::kTaipowerNumber &&
      (digits.size() == 11 || digits.size() == 10 || digits.size() == 8)) {
    return NumberKind::kTaipowerNumber;
  }
  if (candidate.announced == Announced::kCustomerNumber && digits.size() <= 16)
    return NumberKind::kCustomerNumber;
  // It is a passport, a health insurance card, or an ID without its letter.
  if (candidate.announced == Announced::kIdentity && digits.size() >= 8 && digits.size() <= 12)
    return NumberKind::kCustomerNumber;
  return std::nullopt;
}

}  // namespace casewheel::access
