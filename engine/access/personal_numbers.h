// The numbers Taiwanese people and companies go by: checking a single one, and finding them in free
// text, so that it can be masked. Rules by the forms and check digits in public use (內政部's for
// identity cards, 財政部's for 統一編號 since 2023-04, 台電's 檢算碼). Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace casewheel::access {

// Single values: half width, upper case, nothing before or after.

bool is_national_id(std::string_view value);  // 國民身分證統一編號
bool is_resident_id(std::string_view value);  // 外來人口統一證號, of 2021 or the former form
bool is_former_resident_id(std::string_view value);
bool is_business_number(std::string_view value);  // 統一編號; every one of the old rule passes too
bool is_business_number_by_old_rule(std::string_view value);
bool is_mobile_barcode(std::string_view value);  // 手機條碼 of the e-invoice; has no check digit
// 13 to 19 digits with a Luhn check digit.
bool is_card_number(std::string_view digits);

// 電號, 11 digits with or without hyphens. No published number confirms the rule, so a check digit
// that differs is worth a warning and never a refusal.
enum class TaipowerCheck : std::uint8_t { kMalformed, kCheckDigitDiffers, kRight };
TaipowerCheck taipower_check(std::string_view value);

enum class NumberKind : std::uint8_t {
  kMobilePhone,
  kLandline,      // also 070
  kForeignPhone,  // with + and another country's code, or none of Taiwan's forms
  kNationalId,
  kResidentId,
  kBusinessNumber,
  kTaipowerNumber,
  kCustomerNumber,  // of another enterprise or an authority: 水號, 客戶編號, 帳號, 護照號碼
  kMobileBarcode,
  kEmail,
  kCardNumber,
};

struct Found {
  NumberKind kind;
  std::size_t from, to;  // bytes of the text, on boundaries of characters
};

// What is found in free text, in every writing of engine/base/half_width.h and in either case.
// Confirmed by the check digit where there is one. What has only its length to show (統一編號, local
// telephone numbers, short 電號, 水號) needs a word before it that says so (統編, 電話, 電號, ...), and such
// a word makes up for a check digit that fails or a digit too many or too few: a number mistyped is
// still somebody's. In order, never overlapping; in time linear in the text. Special services
// (1911, 0800...) and our own case numbers are nobody's and not found; nor is what masking has left
// of a number.
std::vector<Found> find_personal(std::string_view text);

}  // namespace casewheel::access
