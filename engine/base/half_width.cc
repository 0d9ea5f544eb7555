#include "engine/base/half_width.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace casewheel {
namespace {

struct ChineseDigit {
  char32_t code;
  char digit;
};
// In order of their code points. Not 十 and 百: no number is dictated by them digit by digit.
constexpr std::array kChineseDigits = {
    ChineseDigit{U'〇', '0'}, ChineseDigit{U'〡', '1'}, ChineseDigit{U'〢', '2'},
    ChineseDigit{U'〣', '3'}, ChineseDigit{U'〤', '4'}, ChineseDigit{U'〥', '5'},
    ChineseDigit{U'〦', '6'}, ChineseDigit{U'〧', '7'}, ChineseDigit{U'〨', '8'},
    ChineseDigit{U'〩', '9'}, ChineseDigit{U'一', '1'}, ChineseDigit{U'七', '7'},
    ChineseDigit{U'三', '3'}, ChineseDigit{U'两', '2'}, ChineseDigit{U'么', '1'},
    ChineseDigit{U'九', '9'}, ChineseDigit{U'二', '2'}, ChineseDigit{U'五', '5'},
    ChineseDigit{U'伍', '5'}, ChineseDigit{U'兩', '2'}, ChineseDigit{U'八', '8'},
    ChineseDigit{U'六', '6'}, ChineseDigit{U'勾', '9'}, ChineseDigit{U'叁', '3'},
    ChineseDigit{U'參', '3'}, ChineseDigit{U'叄', '3'}, ChineseDigit{U'四', '4'},
    ChineseDigit{U'壱', '1'}, ChineseDigit{U'壹', '1'}, ChineseDigit{U'幺', '1'},
    ChineseDigit{U'弌', '1'}, ChineseDigit{U'弍', '2'}, ChineseDigit{U'弎', '3'},
    ChineseDigit{U'弐', '2'}, ChineseDigit{U'拐', '7'}, ChineseDigit{U'捌', '8'},
    ChineseDigit{U'柒', '7'}, ChineseDigit{U'洞', '0'}, ChineseDigit{U'漆', '7'},
    ChineseDigit{U'玖', '9'}, ChineseDigit{U'肆', '4'}, ChineseDigit{U'貮', '2'},
    ChineseDigit{U'貳', '2'}, ChineseDigit{U'贰', '2'}, ChineseDigit{U'陆', '6'},
    ChineseDigit{U'陸', '6'}, ChineseDigit{U'零', '0'},
};
static_assert(std::is_sorted(kChineseDigits.begin(), kChineseDigits.end(),
                             [](const auto& a, const auto& b) { return a.code < b.code; }));

char chinese_digit(std::int32_t code) {
  const auto found = std::lower_bound(
      kChineseDigits.begin(), kChineseDigits.end(), static_cast<char32_t>(code),
      [](const ChineseDigit& known, char32_t wanted) { return known.code < wanted; });
  return found != kChineseDigits.end() && found->code == static_cast<char32_t>(code) ? found->digit
                                                                                     : '\0';
}

// Circled digits that Unicode does not trace back to plain ones.
char circled_digit(std::int32_t code) {
  struct Row {
    std::int32_t first;
    char digit;
    int count;
  };
  static constexpr std::array kRows = {
      Row{0x24f5, '1', 9}, Row{0x24ff, '0', 1},  Row{0x2776, '1', 9},  Row{0x2780, '1', 9},
      Row{0x278a, '1', 9}, Row{0x1f10b, '0', 1}, Row{0x1f10c, '0', 1},
  };
  for (const Row& row : kRows) {
    if (code >= row.first && code < row.first + row.count)
      return static_cast<char>(row.digit + (code - row.first));
  }
  return 0;
}

// Decimal digits of a script stand in rows of ten, 0 first.
char script_digit(std::int32_t code) {
  if (utf8proc_category(code) != UTF8PROC_CATEGORY_ND) return 0;
  std::int32_t first = code;
  while (utf8proc_category(first - 1) == UTF8PROC_CATEGORY_ND) --first;
  return static_cast<char>('0' + (code - first) % 10);
}

// The ASCII sign or Chinese digit a compatibility form stands for, brackets, full stop and comma
// about it left out: ① and ⑴ and ⒈ are 1, ㈠ is 一. 0 where it stands for none, or for several.
std::int32_t plain_form(std::int32_t code) {
  constexpr int kSignsMax = 18;  // the longest there is, an Arabic ligature
  std::array<utf8proc_int32_t, kSignsMax> parts{};
  int boundary = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      code, parts.data(), kSignsMax,
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT), &boundary);
  std::int32_t plain = 0;
  for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, kSignsMax); ++i) {
    const std::int32_t part = parts[static_cast<std::size_t>(i)];
    if (count > 1 && (part == '(' || part == ')' || part == '.' || part == ',')) continue;
    if (plain != 0) return 0;
    plain = part;
  }
  return plain;
}

char dash_or_space(std::int32_t code) {
  switch (code) {
    case 0x30fc:  // the long vowel mark input methods give for a dash
    case 0x2043:  // hyphen bullet
    case 0x2212:  // minus
    case 0x2500:  // drawn lines
    case 0x2501:
    case 0x4e28:  // 丨
      return '-';
    case 0x115f:  // letters of Hangul that show nothing
    case 0x1160:
    case 0x2800:  // an empty pattern of Braille
    case 0x3164:
    case 0xffa0:
      return ' ';
    default:
      break;
  }
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_PD:
      return '-';
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CF:
      return ' ';
    default:
      return 0;
  }
}

bool takes_no_room(std::int32_t code) {
  switch (code) {
    case 0x115f:
    case 0x1160:
    case 0x2800:
    case 0x3164:
    case 0xffa0:
      return true;
    default:
      break;
  }
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
      return true;
    default:
      return false;
  }
}

// Of signs that take room and are not spaces, by their ASCII form where they have one.
bool is_mark(std::int32_t code, char ascii) {
  constexpr std::string_view kOfOtherMeaning = "*@#+:;%&?!";
  if (ascii != 0) {
    return !is_ascii_digit(ascii) && !is_ascii_letter(ascii) && ascii > ' ' && ascii != 0x7f &&
           kOfOtherMeaning.find(ascii) == std::string_view::npos;
  }
  switch (code) {
    case U'○':  // what masking leaves of a name, and its like
    case U'●':
    case U'◯':
    case U'■':
    case U'□':
    case U'※':
      return false;
    default:
      break;
  }
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SO:
      return true;
    default:
      return false;
  }
}

Gap gap_of(std::int32_t code, char ascii) {
  if (code < 0x80) {
    if (code == ' ' || (code >= '\t' && code <= '\r')) return Gap::kSpace;
    return is_mark(code, ascii) ? Gap::kMark : Gap::kNone;
  }
  if (code == 0x85) return Gap::kSpace;  // next line
  if (takes_no_room(code)) return Gap::kNothing;
  if (ascii == ' ') return Gap::kSpace;
  return is_mark(code, ascii) ? Gap::kMark : Gap::kNone;
}

Sign sign_of(std::int32_t code) {
  Sign sign{0, code, 0, 0, Gap::kNone};
  if (code < 0) return sign;
  if (code < 0x80) {
    sign.ascii = static_cast<char>(code);
    if (is_ascii_digit(sign.ascii)) sign.digit = sign.ascii;
    sign.gap = gap_of(code, sign.ascii);
    return sign;
  }
  if (code >= 0x4e00 && code <= 0x9fff && code != 0x4e28) {
    sign.digit = chinese_digit(code);
    return sign;
  }
  sign.ascii = dash_or_space(code);
  if (sign.ascii == 0) {
    sign.ascii = script_digit(code);
    if (sign.ascii == 0) sign.ascii = circled_digit(code);
  }
  if (sign.ascii == 0) {
    const std::int32_t plain = plain_form(code);
    if (plain > 0 && plain < 0x80) sign.ascii = static_cast<char>(plain);
    sign.digit = chinese_digit(plain);
  }
  if (is_ascii_digit(sign.ascii)) sign.digit = sign.ascii;
  if (sign.digit == 0) sign.gap = gap_of(code, sign.ascii);
  return sign;
}

}  // namespace

std::vector<Sign> half_width(std::string_view text) {
  std::vector<Sign> signs;
  signs.reserve(text.size() + 1);
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = -1;
    const utf8proc_ssize_t length = utf8proc_iterate(
        reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
        static_cast<utf8proc_ssize_t>(std::min<std::size_t>(text.size() - at, 4)), &code);
    if (length <= 0) code = -1;
    signs.push_back(sign_of(code));
    signs.back().from = at;
    at += length > 0 ? static_cast<std::size_t>(length) : 1;
  }
  signs.push_back({text.size(), 0, 0, 0, Gap::kNone});
  return signs;
}

std::string with_ascii_digits(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const std::vector<Sign> signs = half_width(text);
  for (std::size_t i = 0; i + 1 < signs.size(); ++i) {
    if (signs[i].digit != 0) {
      out += signs[i].digit;
    } else if (signs[i].gap != Gap::kNothing) {
      out += text.substr(signs[i].from, signs[i + 1].from - signs[i].from);
    }
  }
  return out;
}

bool is_number_text(std::string_view text) {
  constexpr std::string_view kDialled = "+#()";
  bool any = false;
  for (const Sign& sign : half_width(text)) {
    if (sign.from == text.size()) break;
    any = any || sign.digit != 0;
    const bool dialled = sign.ascii != 0 && kDialled.find(sign.ascii) != kDialled.npos;
    if (sign.digit == 0 && sign.gap == Gap::kNone && !dialled) return false;
  }
  return any;
}

}  // namespace casewheel
