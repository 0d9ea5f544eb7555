#include "engine/access/context_words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace casewheel::access {
namespace {

// How far a word may stand from its number: "統一編號（公司或行號）：" and the like.
constexpr std::size_t kSignsBetweenMax = 12;

struct ContextWord {
  std::u32string_view word;  // letters in lower case
  Announced what;
};
// Of two that end in the same place the longer one speaks, so it comes first.
constexpr std::array kContextWords = {
    ContextWord{U"身分證統一編號", Announced::kIdentity},
    ContextWord{U"統一編號", Announced::kBusinessNumber},
    ContextWord{U"用戶編號", Announced::kCustomerNumber},
    ContextWord{U"客戶編號", Announced::kCustomerNumber},
    ContextWord{U"用水編號", Announced::kCustomerNumber},
    ContextWord{U"編號", Announced::kElse},
    ContextWord{U"電話費", Announced::kElse},
    ContextWord{U"統編", Announced::kBusinessNumber},
    ContextWord{U"公司", Announced::kBusinessNumber},
    ContextWord{U"行號", Announced::kBusinessNumber},
    ContextWord{U"商號", Announced::kBusinessNumber},
    ContextWord{U"營利事業", Announced::kBusinessNumber},
    ContextWord{U"買受人", Announced::kBusinessNumber},
    ContextWord{U"抬頭", Announced::kBusinessNumber},
    ContextWord{U"vat", Announced::kBusinessNumber},
    ContextWord{U"ubn", Announced::kBusinessNumber},
    ContextWord{U"tax id", Announced::kBusinessNumber},
    ContextWord{U"電話", Announced::kPhone},
    ContextWord{U"手機", Announced::kPhone},
    ContextWord{U"市話", Announced::kPhone},
    ContextWord{U"門號", Announced::kPhone},
    ContextWord{U"聯絡", Announced::kCall},
    ContextWord{U"連絡", Announced::kCall},
    ContextWord{U"電洽", Announced::kCall},
    ContextWord{U"來電", Announced::kCall},
    ContextWord{U"回電", Announced::kCall},
    ContextWord{U"致電", Announced::kCall},
    ContextWord{U"傳真", Announced::kPhone},
    ContextWord{U"line", Announced::kPhone},
    ContextWord{U"cellphone", Announced::kPhone},
    ContextWord{U"cell", Announced::kPhone},
    ContextWord{U"whatsapp", Announced::kPhone},
    ContextWord{U"telephone", Announced::kPhone},
    ContextWord{U"phone", Announced::kPhone},
    ContextWord{U"mobile", Announced::kPhone},
    ContextWord{U"tel", Announced::kPhone},
    ContextWord{U"fax", Announced::kPhone},
    ContextWord{U"call", Announced::kCall},
    ContextWord{U"身分證", Announced::kIdentity},
    ContextWord{U"身份證", Announced::kIdentity},
    ContextWord{U"居留證", Announced::kIdentity},
    ContextWord{U"證號", Announced::kIdentity},
    ContextWord{U"護照", Announced::kIdentity},
    ContextWord{U"健保卡", Announced::kIdentity},
    ContextWord{U"passport", Announced::kIdentity},
    ContextWord{U"id number", Announced::kIdentity},
    ContextWord{U"id no", Announced::kIdentity},
    ContextWord{U"idno", Announced::kIdentity},
    ContextWord{U"id", Announced::kIdentity},
    ContextWord{U"arc", Announced::kIdentity},
    ContextWord{U"電號", Announced::kTaipowerNumber},
    ContextWord{U"載具", Announced::kBarcode},
    ContextWord{U"條碼", Announced::kBarcode},
    ContextWord{U"信用卡", Announced::kCard},
    ContextWord{U"金融卡", Announced::kCard},
    ContextWord{U"卡號", Announced::kCard},
    ContextWord{U"案號", Announced::kElse},
    ContextWord{U"案件", Announced::kElse},
    ContextWord{U"單號", Announced::kElse},
    ContextWord{U"訂單", Announced::kElse},
    ContextWord{U"水號", Announced::kCustomerNumber},
    ContextWord{U"用戶號碼", Announced::kCustomerNumber},
    ContextWord{U"帳號", Announced::kCustomerNumber},
    ContextWord{U"帳戶", Announced::kCustomerNumber},
    ContextWord{U"客戶號碼", Announced::kCustomerNumber},
    ContextWord{U"customer number", Announced::kCustomerNumber},
    ContextWord{U"customer no", Announced::kCustomerNumber},
    ContextWord{U"地號", Announced::kElse},
    ContextWord{U"序號", Announced::kElse},
    ContextWord{U"批號", Announced::kElse},
    ContextWord{U"型號", Announced::kElse},
    ContextWord{U"發票", Announced::kElse},
    ContextWord{U"代碼", Announced::kElse},
    ContextWord{U"驗證碼", Announced::kElse},
    ContextWord{U"區號", Announced::kElse},
    ContextWord{U"金額", Announced::kElse},
    ContextWord{U"日期", Announced::kElse},
    ContextWord{U"時間", Announced::kElse},
    ContextWord{U"度數", Announced::kElse},
};

char32_t lower_case_code(const Sign& sign) {
  if (sign.ascii == 0) return static_cast<char32_t>(sign.code);
  const char c = sign.ascii;
  return static_cast<char32_t>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool ends_with(const std::vector<Sign>& signs, std::size_t end, std::u32string_view word) {
  if (end < word.size()) return false;
  const std::size_t begin = end - word.size();
  for (std::size_t i = word.size(); i-- > 0;)
    if (lower_case_code(signs[begin + i]) != word[i]) return false;
  // A Latin word stands alone: "hotel 23456789" announces no telephone.
  return word.front() >= 0x80 || begin == 0 || !is_ascii_letter(signs[begin - 1].ascii);
}

}  // namespace

Announced announced_before(const std::vector<Sign>& signs, std::size_t at) {
  std::size_t stars = 0;
  for (std::size_t end = at; end > 0 && at - end <= kSignsBetweenMax; --end) {
    const char last = signs[end - 1].ascii;
    stars = last == '*' ? stars + 1 : 0;
    if (is_ascii_digit(last) || stars == 3) return Announced::kNothing;
    // "telephone" and "tel": the word ends where no further letter follows, save for the number.
    if (is_ascii_letter(last) && end < at && is_ascii_letter(signs[end].ascii)) continue;
    const char32_t code = lower_case_code(signs[end - 1]);
    for (const ContextWord& context : kContextWords) {
      if (context.word.back() == code && ends_with(signs, end, context.word)) return context.what;
    }
  }
  return Announced::kNothing;
}

bool word_ends_at(const std::vector<Sign>& signs, std::size_t at, Announced what) {
  return std::any_of(kContextWords.begin(), kContextWords.end(), [&](const ContextWord& context) {
    return context.what == what && ends_with(signs, at, context.word);
  });
}

}  // namespace casewheel::access
