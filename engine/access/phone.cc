#include "engine/access/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include "engine/access/half_width.h"
#include "engine/access/numbering_plan.h"

namespace casewheel::access {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// More than any number with its extension; keeps libphonenumber's patterns from long texts.
constexpr std::size_t kTypedBytesMax = 120;
constexpr int kTaiwan = 886;

// Whether the Latin letters at `at` say that an extension follows; moves `at` to the last of them.
bool extension_word(const std::vector<Sign>& signs, std::size_t* at) {
  std::string word;
  std::size_t end = *at;
  for (; is_ascii_letter(signs[end].ascii); ++end) word += ascii_upper(signs[end].ascii);
  if (word != "X" && word != "EXT" && word != "EXTENSION") return false;
  if (signs[end].ascii == '.') ++end;
  *at = end - 1;
  return true;
}

// Half width, with the extension marked the way libphonenumber reads it in every language. Empty when
// there are other letters: it would dial them by their keys, which nobody in Taiwan means.
std::string as_libphonenumber_reads(std::string_view typed) {
  const std::vector<Sign> signs = half_width(typed);
  std::string out;
  for (std::size_t i = 0; i + 1 < signs.size(); ++i) {
    const std::int32_t code = signs[i].code;
    if (code == U'分' && signs[i + 1].code == U'機') {
      out += '#';
      ++i;
    } else if (code == U'轉' || code == U'转') {
      out += '#';
    } else if (is_ascii_letter(signs[i].ascii)) {
      if (!extension_word(signs, &i)) return {};
      out += '#';
    } else if (signs[i].ascii != 0) {
      out += signs[i].ascii;
    } else {
      out += typed.substr(signs[i].from, signs[i + 1].from - signs[i].from);
    }
  }
  return out;
}

// The digits of a number written without an extension; empty when there is anything else.
std::string digits_alone(std::string_view read) {
  std::string digits;
  for (const char c : read) {
    if (is_ascii_digit(c)) {
      digits += c;
    } else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '.') {
      return {};
    }
  }
  return digits;
}

PhoneKind kind_of_phone(const PhoneNumberUtil& known, const PhoneNumber& number) {
  if (number.country_code() != kTaiwan) return PhoneKind::kForeign;
  switch (known.GetNumberType(number)) {
    case PhoneNumberUtil::MOBILE:
      return PhoneKind::kMobile;
    case PhoneNumberUtil::FIXED_LINE:
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
      return PhoneKind::kLandline;
    default:
      return PhoneKind::kOther;
  }
}

}  // namespace

std::optional<Phone> parse_phone(std::string_view typed) {
  if (typed.size() > kTypedBytesMax) return std::nullopt;
  std::string read = as_libphonenumber_reads(typed);
  const std::string digits = digits_alone(read);
  if (is_special_service(digits)) return Phone{PhoneKind::kSpecialService, digits, {}};
  // As most are typed, and as the library would say, in a hundredth of its time.
  if (is_mobile_number(digits)) return Phone{PhoneKind::kMobile, "+886" + digits.substr(1), {}};
  // libphonenumber takes 00 for the start of a carrier's code and wants its digit; people leave it out.
  if (digits.starts_with("00886")) read = "+" + digits.substr(2);

  const PhoneNumberUtil& known = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (known.Parse(read, "TW", &number) != PhoneNumberUtil::NO_PARSING_ERROR) return std::nullopt;
  Phone phone{kind_of_phone(known, number), {}, number.extension()};
  if (number.country_code() == kTaiwan &&
      is_mobile_number("0" + std::to_string(number.national_number()))) {
    // All of 09 is for mobile phones, whichever blocks its metadata has seen opened.
    phone.kind = PhoneKind::kMobile;
  } else if (!known.IsValidNumber(number)) {
    return std::nullopt;
  }
  known.Format(number, PhoneNumberUtil::E164, &phone.number);
  return phone;
}

}  // namespace casewheel::access
