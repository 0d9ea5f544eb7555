// Checking a single number: the half of personal_numbers.h that knows check digits. Any thread.
#include <algorithm>
#include <array>

#include "engine/access/personal_numbers.h"
#include "engine/base/half_width.h"

namespace casewheel::access {
namespace {

bool only_ascii_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

int digit_worth(char digit) { return digit - '0'; }
int added_digits(int product) { return product / 10 + product % 10; }

// 10 to 35 in the order the letters were given out, which is not the alphabet's at I, O, W and Z.
int letter_worth(char letter) {
  static constexpr std::string_view kOrder = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
  return 10 + static_cast<int>(kOrder.find(letter));
}

// The sum of an identity number of one letter and nine digits; `second` stands for the first digit.
bool identity_sum_holds(std::string_view value, int second) {
  static constexpr std::array kWeights{7, 6, 5, 4, 3, 2, 1, 1};
  const int letter = letter_worth(value[0]);
  int sum = letter / 10 + letter % 10 * 9 + second * 8;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += digit_worth(value[i + 2]) * kWeights[i];
  return sum % 10 == 0;
}

bool has_identity_form(std::string_view value) {
  return value.size() == 10 && value[0] >= 'A' && value[0] <= 'Z' &&
         only_ascii_digits(value.substr(2));
}

bool business_sum_divides_by(std::string_view value, int divisor) {
  static constexpr std::array kWeights{1, 2, 1, 2, 1, 2, 4, 1};
  if (value.size() != kWeights.size() || !only_ascii_digits(value)) return false;
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i)
    sum += added_digits(digit_worth(value[i]) * kWeights[i]);
  // 7 times 4 is 28, of digits 10: either of that sum's digits counts.
  return sum % divisor == 0 || (value[6] == '7' && (sum + 1) % divisor == 0);
}

}  // namespace

bool is_national_id(std::string_view value) {
  return has_identity_form(value) && (value[1] == '1' || value[1] == '2') &&
         identity_sum_holds(value, digit_worth(value[1]));
}

bool is_former_resident_id(std::string_view value) {
  return has_identity_form(value) && value[1] >= 'A' && value[1] <= 'D' &&
         identity_sum_holds(value, letter_worth(value[1]) % 10);
}

bool is_resident_id(std::string_view value) {
  if (is_former_resident_id(value)) return true;
  return has_identity_form(value) && (value[1] == '8' || value[1] == '9') &&
         identity_sum_holds(value, digit_worth(value[1]));
}

bool is_business_number(std::string_view value) { return business_sum_divides_by(value, 5); }

bool is_business_number_by_old_rule(std::string_view value) {
  return business_sum_divides_by(value, 10);
}

bool is_mobile_barcode(std::string_view value) {
  return value.size() == 8 && value[0] == '/' &&
         std::all_of(value.begin() + 1, value.end(), [](char c) {
           return is_ascii_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '+' || c == '-';
         });
}

bool is_card_number(std::string_view digits) {
  if (digits.size() < 13 || digits.size() > 19 || !only_ascii_digits(digits)) return false;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool doubled = (digits.size() - i) % 2 == 0;
    sum += doubled ? added_digits(2 * digit_worth(digits[i])) : digit_worth(digits[i]);
  }
  return sum % 10 == 0;
}

TaipowerCheck taipower_check(std::string_view value) {
  std::array<char, 11> digits{};
  std::size_t count = 0;
  bool after_digit = false;
  for (const char c : value) {
    if (is_ascii_digit(c) && count < digits.size()) {
      digits[count++] = c;
      after_digit = true;
    } else if (c == '-' && after_digit && count < digits.size()) {
      after_digit = false;
    } else {
      return TaipowerCheck::kMalformed;
    }
  }
  if (count != digits.size()) return TaipowerCheck::kMalformed;
  int sum = 0;
  for (std::size_t i = 0; i < 10; ++i)
    sum += added_digits(digit_worth(digits[i]) * (i % 2 == 0 ? 2 : 1));
  return sum % 10 == digit_worth(digits[10]) ? TaipowerCheck::kRight
                                             : TaipowerCheck::kCheckDigitDiffers;
}

}  // namespace casewheel::access
