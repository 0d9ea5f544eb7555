#include "engine/access/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include "engine/access/numbering_plan.h"
#include "engine/base/half_width.h"

namespace casewheel::access {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// More than any number with its extension, each digit a key cap of seven bytes; keeps
// libphonenumber's patterns from long texts.
constexpr std::size_t kTypedBytesMax = 240;
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

// Half width, with '#' before the extension. Empty when
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
    } else if (signs[i].digit != 0) {
      out += signs[i].digit;
    } else if (signs[i].gap == Gap::kNothing) {
      continue;
    } else if (signs[i].gap == Gap::kSpace) {
      out += ' ';
    } else if (signs[i].ascii == '(' || signs[i].ascii == ')') {
      out += signs[i].ascii;
    } else if (signs[i].gap == Gap::kMark) {
      out += '-';
    } else if (signs[i].ascii != 0) {
      out += signs[i].ascii;
    } else {
      out += typed.substr(signs[i].from, signs[i + 1].from - signs[i].from);
    }
  }
  return out;
}

struct Dialled {
  bool plus = false;
  std::string digits;
  std::string extension;
};

// Nothing where there is anything but digits, what stands between them, a '+' in front and an
// extension.
std::optional<Dialled> dialled_by(std::string_view read) {
  Dialled out;
  std::string* part = &out.digits;
  for (const char c : read) {
    if (is_ascii_digit(c)) {
      *part += c;
    } else if (c == '+' && out.digits.empty() && !out.plus) {
      out.plus = true;
    } else if (c == '#' && part == &out.digits) {
      part = &out.extension;
    } else if (c != ' ' && c != '-' && c != '(' && c != ')') {
      return std::nullopt;
    }
  }
  return out;
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

std::string without_uri(std::string_view text) {
  std::string_view uri = text;
  if (const std::size_t begin = uri.rfind('<');
      begin != std::string_view::npos && uri.ends_with('>'))
    uri = uri.substr(begin + 1, uri.size() - begin - 2);
  const std::size_t colon = std::min(uri.find(':'), uri.size());
  std::string scheme(uri.substr(0, colon));
  for (char& c : scheme) c = static_cast<char>(c | 0x20);
  if (scheme != "sip" && scheme != "sips" && scheme != "tel" && scheme != "callto")
    return std::string(text);
  uri.remove_prefix(colon + 1);
  if (uri.starts_with("//")) uri.remove_prefix(2);
  std::string_view parameters = uri.substr(std::min(uri.find(';'), uri.size()));
  uri = uri.substr(0, uri.find_first_of("@;?"));
  std::string user;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const bool is_plus = uri.substr(i).starts_with("%2B") || uri.substr(i).starts_with("%2b");
    user += is_plus ? '+' : uri[i];
    if (is_plus) i += 2;
  }
  constexpr std::string_view kExtension = ";ext=";
  if (const std::size_t at = parameters.find(kExtension); at != std::string_view::npos) {
    parameters.remove_prefix(at + kExtension.size());
    const std::string_view extension = parameters.substr(0, parameters.find_first_of(";?@"));
    if (!extension.empty()) user += "#" + std::string(extension);
  }
  return user;
}

std::optional<Phone> parse_phone(std::string_view typed) {
  if (typed.size() > kTypedBytesMax) return std::nullopt;
  const std::optional<Dialled> dialled = dialled_by(as_libphonenumber_reads(without_uri(typed)));
  if (!dialled) return std::nullopt;
  const std::string& digits = dialled->digits;
  if (!dialled->plus && is_special_service(digits))
    return Phone{PhoneKind::kSpecialService, digits, {}};
  // It knows carriers' codes by their digit alone (002 886), people leave that out (00886), or have
  // another. Most are typed as mobile phones, and it would say the same in a hundred times that
  // time.
  const std::string national = as_dialled_in_taiwan(digits);
  const bool abroad = dialled->plus && !digits.starts_with("886");
  if (!abroad && is_mobile_number(national))
    return Phone{PhoneKind::kMobile, "+886" + national.substr(1), dialled->extension};
  std::string read = dialled->plus && national == digits ? "+" + digits : national;
  if (!dialled->extension.empty()) read += "#" + dialled->extension;

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
