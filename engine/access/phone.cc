#include "engine/access/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>

#include "engine/access/numbering_plan.h"
#include "engine/access/personal_numbers.h"
#include "engine/base/half_width.h"

namespace casewheel::access {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// More than any number with its extension, each digit a key cap of seven bytes; keeps
// libphonenumber's patterns from long texts.
constexpr std::size_t kTypedBytesMax = 240;
// More than any address of an exchange with its display name and parameters.
constexpr std::size_t kAddressBytesMax = 4096;
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

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) + 1 - first);
}

// Gives the text between the brackets of `"Ann" <…>` and `<…>;tag=1`, or all of a text without brackets.
std::string_view in_brackets(std::string_view text) {
  text = trimmed(text);
  const std::size_t begin = text.rfind('<');
  const std::size_t end = begin == text.npos ? text.npos : text.find('>', begin);
  if (end == text.npos) return text;
  const std::string_view behind = text.substr(end + 1);
  if (!behind.empty() && behind.front() != ';') return text;
  return trimmed(text.substr(begin + 1, end - begin - 1));
}

// Takes the scheme of an address of a telephone off; whether there was one.
bool take_scheme(std::string_view* uri) {
  constexpr std::array<std::string_view, 5> kSchemes = {"sip", "sips", "tel", "callto", "p"};
  const std::size_t colon = uri->find(':');
  if (colon == uri->npos) return false;
  std::string scheme(uri->substr(0, colon));
  for (char& c : scheme) c = static_cast<char>(c | 0x20);
  if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end()) return false;
  uri->remove_prefix(colon + 1);
  if (uri->starts_with("//")) uri->remove_prefix(2);
  return true;
}

// Gives the value of the parameter `name` of an address; it is empty where the address has no such parameter.
std::string_view parameter(std::string_view parameters, std::string_view name) {
  const std::size_t at = parameters.find(name);
  if (at == parameters.npos) return {};
  parameters.remove_prefix(at + name.size());
  return parameters.substr(0, parameters.find_first_of(";?@"));
}

// In an address '+' may be written %2B.
std::string with_plus(std::string_view user) {
  std::string out;
  for (std::size_t i = 0; i < user.size(); ++i) {
    const bool is_plus = user.substr(i).starts_with("%2B") || user.substr(i).starts_with("%2b");
    out += is_plus ? '+' : user[i];
    if (is_plus) i += 2;
  }
  return out;
}

// "10.0.0.1": of a caller without a number exchanges name the machine the call came through.
bool is_dotted_quad(std::string_view host) {
  host = host.substr(0, host.find(':'));
  return std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == host.npos;
}

bool is_telephone(NumberKind kind) {
  return kind == NumberKind::kMobilePhone || kind == NumberKind::kLandline ||
         kind == NumberKind::kForeignPhone;
}

}  // namespace

std::string without_uri(std::string_view text) {
  if (text.size() > kAddressBytesMax) return std::string(text);
  std::string_view uri = in_brackets(text);
  const bool is_uri = take_scheme(&uri);
  std::string_view parameters = uri.substr(std::min(uri.find(';'), uri.size()));
  std::string number = with_plus(trimmed(uri.substr(0, uri.find_first_of("@;?"))));
  if (!is_uri && !is_number_text(number)) return std::string(text);
  // RFC 3966: a local number is one of the country whose code its context names.
  const std::string_view context = parameter(parameters, ";phone-context=");
  if (context.starts_with('+') && !context.starts_with("+886") && !number.starts_with('+'))
    number.insert(0, context);
  const std::string_view extension = parameter(parameters, ";ext=");
  if (!extension.empty()) number += "#" + std::string(extension);
  return number;
}

bool is_withheld(std::string_view text) {
  constexpr std::array<std::string_view, 9> kWords = {
      "",        "anonymous",   "unknown", "withheld", "restricted",
      "private", "unavailable", "invalid", "blocked"};
  if (text.size() > kAddressBytesMax) return false;
  std::string_view bare = in_brackets(text);
  const bool may_name_host = bare.starts_with('s') || bare.starts_with('S');
  if (take_scheme(&bare) && may_name_host && is_dotted_quad(bare)) return true;
  bare = bare.substr(0, bare.find_first_of("@;?"));
  std::string word;
  for (const char c : bare) {
    if (c != '"' && c != '\'' && c != '<' && c != '>' && c != ' ')
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  const std::vector<Sign> signs = half_width(word);
  return is_number_text(word) && std::all_of(signs.begin(), signs.end(), [](const Sign& sign) {
           return sign.digit == 0 || sign.digit == '0';
         });
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

std::optional<Phone> find_phone(std::string_view line) {
  if (line.size() > kTypedBytesMax) return std::nullopt;
  if (std::optional<Phone> whole = parse_phone(line)) return whole;
  std::optional<Phone> only;
  for (const Found& found : find_personal(line)) {
    if (!is_telephone(found.kind)) continue;
    const std::string_view number = line.substr(found.from, found.to - found.from);
    std::optional<Phone> phone = parse_phone(number);
    // Behind a word that announces it, more than the telephone may have been taken for it.
    if (!phone && number.size() < line.size()) phone = find_phone(number);
    if (!phone || (only && only->number != phone->number)) return std::nullopt;
    only = std::move(phone);
  }
  return only;
}

}  // namespace casewheel::access
