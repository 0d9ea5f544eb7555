#include "engine/access/masking.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/access/numbering_plan.h"
#include "engine/base/half_width.h"

namespace casewheel::access {
namespace {

constexpr std::string_view kMasked = "***";
constexpr std::string_view kMaskedCharacter = "○";

// Empty when the value is no UTF-8, so that nothing of it is shown.
std::vector<Sign> well_formed_signs(std::string_view value) {
  std::vector<Sign> signs = half_width(value);
  signs.pop_back();
  for (const Sign& sign : signs)
    if (sign.code < 0) return {};
  return signs;
}

// Without spaces and without marks that only go with the letter before them.
std::vector<Sign> visible_signs(std::string_view value) {
  std::vector<Sign> signs = well_formed_signs(value);
  std::erase_if(signs, [](const Sign& sign) {
    if (sign.ascii == ' ') return true;
    if (sign.code < 0x300) return false;
    const utf8proc_category_t category = utf8proc_category(sign.code);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_CF;
  });
  return signs;
}

void append_sign(std::string* out, const Sign& sign) {
  if (sign.ascii != 0) {
    *out += sign.ascii;
    return;
  }
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(sign.code, bytes.data());
  out->append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

void append_digit_or_sign(std::string* out, const Sign& sign) {
  sign.digit != 0 ? out->push_back(sign.digit) : append_sign(out, sign);
}

// The digits of a value, and the stars that stand for digits where it is masked already.
std::string digits_and_stars(const std::vector<Sign>& signs) {
  std::string out;
  for (const Sign& sign : signs)
    if (sign.digit != 0 || sign.ascii == '*') out += sign.digit != 0 ? sign.digit : '*';
  return out;
}

std::string last_of(const std::string& text, std::size_t count) {
  return text.substr(text.size() - count);
}

bool is_latin_letter(const Sign& sign) {
  return is_ascii_letter(sign.ascii) || (sign.code >= 0xc0 && sign.code <= 0x24f) ||
         (sign.code >= 0x1e00 && sign.code <= 0x1eff);
}

bool signs_spell(const std::vector<Sign>& signs, std::size_t at, std::u32string_view word) {
  if (at > signs.size() || signs.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (static_cast<char32_t>(signs[at + i].code) != word[i]) return false;
  return true;
}

bool signs_end_with(const std::vector<Sign>& signs, std::u32string_view word) {
  return signs.size() >= word.size() && signs_spell(signs, signs.size() - word.size(), word);
}

bool is_han(const Sign& sign) { return sign.code >= 0x4e00 && sign.code <= 0x9fff; }

// Today's counties and cities, and those merged since 2010 that old addresses still name.
constexpr std::array<std::u32string_view, 27> kCounties = {
    U"臺北市", U"新北市", U"桃園市", U"臺中市", U"臺南市", U"高雄市", U"基隆市",
    U"新竹市", U"嘉義市", U"新竹縣", U"苗栗縣", U"彰化縣", U"南投縣", U"雲林縣",
    U"嘉義縣", U"屏東縣", U"宜蘭縣", U"花蓮縣", U"臺東縣", U"澎湖縣", U"金門縣",
    U"連江縣", U"臺北縣", U"桃園縣", U"臺中縣", U"臺南縣", U"高雄縣",
};

bool county_at(const std::vector<Sign>& signs, std::size_t at) {
  for (const std::u32string_view county : kCounties) {
    if (signs_spell(signs, at, county)) return true;
    if (county[0] == U'臺' && signs_spell(signs, at, U"台") &&
        signs_spell(signs, at + 1, county.substr(1))) {
      return true;
    }
  }
  return false;
}

// Where the county's district ends that begins at `at`; `at` when none does.
std::size_t end_of_district(const std::vector<Sign>& signs, std::size_t at, bool of_city) {
  constexpr std::size_t kSignsMax = 4;  // 那瑪夏區, 三地門鄉
  for (std::size_t i = at; i < std::min(signs.size(), at + kSignsMax); ++i) {
    if (!is_han(signs[i])) return at;
    const std::int32_t code = signs[i].code;
    const bool ends = of_city ? code == U'區' : code == U'鄉' || code == U'鎮' || code == U'市';
    if (!ends || i == at) continue;
    // 社區, 園區, 校區 and 工業區 are no districts and tell more than one would.
    const std::int32_t last = signs[i - 1].code;
    return last == U'社' || last == U'園' || last == U'校' || last == U'業' ? at : i + 1;
  }
  return at;
}

// Past what may stand before a county: a postal code, the country, the province.
std::size_t start_of_county(const std::vector<Sign>& signs) {
  std::size_t at = 0;
  const auto past_postal_code = [&] {
    while (at < signs.size() && (is_ascii_digit(signs[at].ascii) || signs[at].ascii == '-' ||
                                 signs[at].ascii == '(' || signs[at].ascii == ')')) {
      ++at;
    }
  };
  past_postal_code();
  for (const std::u32string_view word : {U"中華民國", U"臺灣", U"台灣", U"福建", U"省"})
    if (signs_spell(signs, at, word)) at += word.size();
  past_postal_code();
  return at;
}

}  // namespace

std::string mask_phone(std::string_view phone) {
  if (phone.empty()) return {};
  std::vector<Sign> signs = visible_signs(phone);
  const auto extension = std::find_if(signs.begin(), signs.end(), [](const Sign& sign) {
    return sign.ascii == '#' || sign.code == U'轉' || sign.code == U'分' ||
           ascii_upper(sign.ascii) == 'X';
  });
  signs.erase(extension, signs.end());
  std::size_t first = 0;
  while (first < signs.size() && signs[first].ascii == '(') ++first;
  const bool plus = first < signs.size() && signs[first].ascii == '+';

  const std::string dialled = digits_and_stars(signs);
  const std::string national = as_dialled_in_taiwan(dialled);
  if (!plus || national != dialled) {
    if (is_mobile_number(national))
      return national.substr(0, 4) + "-" + std::string(kMasked) + "-" + last_of(national, 3);
    const std::size_t area = area_code_digits(national);
    const std::size_t subscriber = national.size() - area;
    if (area != 0 && subscriber >= 5 && subscriber <= 8) {
      const std::size_t shown = subscriber == 5 ? 2 : 3;
      return national.substr(0, area) + "-" + std::string(subscriber - shown, '*') +
             last_of(national, shown);
    }
  }
  if (dialled.size() < 6) return std::string(kMasked);
  return (plus ? "+" : "") + std::string(kMasked) + last_of(dialled, 3);
}

std::string mask_email(std::string_view email) {
  if (email.empty()) return {};
  std::vector<Sign> signs = well_formed_signs(email);
  signs.erase(signs.begin(), std::find_if(signs.begin(), signs.end(),
                                          [](const Sign& sign) { return sign.ascii != ' '; }));
  const auto at = std::find_if(signs.rbegin(), signs.rend(),
                               [](const Sign& sign) { return sign.ascii == '@'; });
  if (at == signs.rend()) return std::string(kMasked);
  const auto mailbox_size = static_cast<std::size_t>(signs.rend() - at) - 1;
  std::string out;
  // The only letter of a mailbox is the whole of it.
  if (mailbox_size > 1 && signs.front().ascii != '*') append_sign(&out, signs.front());
  out += kMasked;
  out += '@';
  for (std::size_t i = mailbox_size + 1; i < signs.size(); ++i) {
    const char c = signs[i].ascii;
    if (c != 0 && !is_ascii_digit(c) && !is_ascii_letter(c) && c != '.' && c != '-') break;
    append_sign(&out, signs[i]);
  }
  return out;
}

std::string mask_name(std::string_view name) {
  if (name.empty()) return {};
  std::vector<Sign> signs = visible_signs(name);
  if (signs.empty()) return std::string(kMasked);
  if (signs_end_with(signs, U"公司")) return std::string(name);
  std::string title;
  for (const std::u32string_view word : {U"先生", U"小姐", U"女士", U"太太"}) {
    if (signs.size() <= word.size() || !signs_end_with(signs, word)) continue;
    for (std::size_t i = signs.size() - word.size(); i < signs.size(); ++i)
      append_sign(&title, signs[i]);
    signs.resize(signs.size() - word.size());
    break;
  }
  std::string out;
  if (is_latin_letter(signs.front())) {
    append_sign(&out, signs.front());
    out += kMasked;
  } else if (signs.front().ascii != 0) {
    out += kMasked;
  } else if (signs.size() == 1 && title.empty()) {
    out += kMaskedCharacter;
  } else {
    append_sign(&out, signs.front());
    for (std::size_t i = 1; i < signs.size(); ++i) {
      if (i + 1 == signs.size() && i > 1)
        append_sign(&out, signs[i]);
      else
        out += kMaskedCharacter;
    }
  }
  return out + title;
}

std::string mask_address(std::string_view address) {
  if (address.empty()) return {};
  const std::vector<Sign> signs = visible_signs(address);
  const std::size_t county = start_of_county(signs);
  std::string out;
  if (county_at(signs, county)) {
    const std::size_t district = county + 3;
    const bool of_city = signs[district - 1].code == U'市';
    const std::size_t end = end_of_district(signs, district, of_city);
    for (std::size_t i = county; i < end; ++i) append_sign(&out, signs[i]);
  }
  out += kMasked;
  return out;
}

std::string mask_customer_number(std::string_view number) {
  if (number.empty()) return {};
  std::vector<Sign> signs = visible_signs(number);
  std::erase_if(signs, [](const Sign& sign) { return sign.gap != Gap::kNone; });
  if (signs.size() < 7) return std::string(kMasked);
  std::string out;
  append_digit_or_sign(&out, signs[0]);
  append_digit_or_sign(&out, signs[1]);
  out += kMasked;
  append_digit_or_sign(&out, signs[signs.size() - 2]);
  append_digit_or_sign(&out, signs[signs.size() - 1]);
  return out;
}

std::string mask_identity(std::string_view id) {
  std::string value;
  for (const Sign& sign : visible_signs(id))
    if (sign.gap == Gap::kNone) append_digit_or_sign(&value, sign);
  if (is_business_number(value)) return value;
  const auto digit_or_star = [](char c) { return is_ascii_digit(c) || c == '*'; };
  if (value.size() != 10 || !is_ascii_letter(value[0]) ||
      !(is_ascii_letter(value[1]) || is_ascii_digit(value[1])) || !is_ascii_digit(value[2]) ||
      !std::all_of(value.begin() + 3, value.end(), digit_or_star)) {
    return mask_customer_number(id);
  }
  std::string out;
  for (std::size_t i = 0; i < 3; ++i) out += ascii_upper(value[i]);
  return out + "****" + last_of(value, 3);
}

std::string mask_card_number(std::string_view number) {
  if (number.empty()) return {};
  const std::string digits = digits_and_stars(visible_signs(number));
  if (digits.size() < 12) return std::string(kMasked);
  return "****-****-****-" + last_of(digits, 4);
}

std::string mask_number(NumberKind kind, std::string_view number) {
  switch (kind) {
    case NumberKind::kMobilePhone:
    case NumberKind::kLandline:
    case NumberKind::kForeignPhone:
      return mask_phone(number);
    case NumberKind::kNationalId:
    case NumberKind::kResidentId:
      return mask_identity(number);
    case NumberKind::kBusinessNumber:
      return std::string(number);
    case NumberKind::kTaipowerNumber:
    case NumberKind::kCustomerNumber:
      return mask_customer_number(number);
    case NumberKind::kMobileBarcode:
      return number.empty() ? std::string() : "/*******";
    case NumberKind::kEmail:
      return mask_email(number);
    case NumberKind::kCardNumber:
      return mask_card_number(number);
  }
  return std::string(kMasked);
}

std::string mask_text(std::string_view text) {
  std::string out;
  std::size_t copied = 0;
  for (const Found& found : find_personal(text)) {
    out += text.substr(copied, found.from - copied);
    out += mask_number(found.kind, text.substr(found.from, found.to - found.from));
    copied = found.to;
  }
  out += text.substr(copied);
  return out;
}

}  // namespace casewheel::access
