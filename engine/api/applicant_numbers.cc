#include "engine/api/applicant_numbers.h"

#include <algorithm>
#include <optional>

#include "engine/access/personal_numbers.h"
#include "engine/access/phone.h"

namespace casewheel::api {
namespace {

namespace stored = ::casewheel::journal::v1;

using Warnings = google::protobuf::RepeatedPtrField<v1::Warning>;

constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kTelephoneDigits = 9;  // without the 0: 912345678, 225551234

void warn(std::string_view field, const char* zh, const char* en, Warnings* warnings) {
  v1::Warning* warning = warnings->Add();
  warning->set_field(std::string(field));
  warning->set_text_zh(zh);
  warning->set_text_en(en);
}

// Takes the digits at the front off; how many there were.
std::size_t take_digits(std::string_view* text) {
  const std::size_t count = std::min(text->find_first_not_of(kDigits), text->size());
  text->remove_prefix(count);
  return count;
}

// True when something was said.
bool warn_of_spoiled(std::string_view field, std::string_view text, bool telephone,
                     Warnings* warnings) {
  switch (spoiled_number(text, telephone)) {
    case SpoiledNumber::kShortened:
      warn(field, "號碼疑遭試算表改為科學記號，後面的數字已遺失，請查對原始資料",
           "looks as if a spreadsheet had shortened it: the digits behind are lost, look it up",
           warnings);
      return true;
    case SpoiledNumber::kDecimal:
      warn(field, "號碼疑遭試算表改為小數，開頭的 0 可能已遺失，請查對原始資料",
           "looks as if a spreadsheet had made it a decimal number: a leading 0 may be lost",
           warnings);
      return true;
    case SpoiledNumber::kNoZero:
      warn(field, "電話號碼開頭的 0 疑遭試算表刪除，請查對",
           "looks as if a spreadsheet had taken off the 0 it begins with", warnings);
      return true;
    case SpoiledNumber::kNone:
      break;
  }
  return false;
}

void warn_of_customer_number(const std::string& number, const catalogue::TenantRules& rules,
                             Warnings* warnings) {
  if (number.empty() || rules.catalogue().customer_numbers() != stored::TAIPOWER) return;
  switch (access::taipower_check(number)) {
    case access::TaipowerCheck::kMalformed:
      warn("applicant.customer_number", "電號應為 11 碼，請再確認",
           "a Taipower number has 11 digits", warnings);
      break;
    case access::TaipowerCheck::kCheckDigitDiffers:
      warn("applicant.customer_number", "電號檢算碼不符，請再確認",
           "the check digit of the Taipower number differs", warnings);
      break;
    case access::TaipowerCheck::kRight:
      break;
  }
}

}  // namespace

std::string dialled_phone(const std::string& typed) {
  const std::optional<access::Phone> phone = access::find_phone(typed);
  if (!phone || phone->kind == access::PhoneKind::kSpecialService) return {};
  // Behind a mobile telephone there is nobody else, whatever the exchange writes.
  const bool alone = phone->extension.empty() || phone->kind == access::PhoneKind::kMobile;
  return alone ? phone->number : phone->number + "x" + phone->extension;
}

SpoiledNumber spoiled_number(std::string_view text, bool telephone) {
  const char first = text.empty() ? '\0' : text.front();
  const std::size_t whole = take_digits(&text);
  if (whole == 0) return SpoiledNumber::kNone;
  if (text.empty()) {
    // Nine digits are a whole number of Taiwan without its 0, behind which area codes, and the 9 of
    // mobile phones, begin with 2 to 9.
    return telephone && whole == kTelephoneDigits && first >= '2' ? SpoiledNumber::kNoZero
                                                                  : SpoiledNumber::kNone;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t zeros = std::min(text.find_first_not_of('0'), text.size());
    if (take_digits(&text) == 0) return SpoiledNumber::kNone;
    if (text.empty())
      return zeros > 0 && whole > 4 ? SpoiledNumber::kDecimal : SpoiledNumber::kNone;
  }
  // As spreadsheets write it: one digit in front, and the exponent with its sign and two digits.
  if (whole != 1 || !(text.starts_with("E+") || text.starts_with("e+")))
    return SpoiledNumber::kNone;
  text.remove_prefix(2);
  return take_digits(&text) >= 2 && text.empty() ? SpoiledNumber::kShortened : SpoiledNumber::kNone;
}

void add_warnings(const v1::LodgeCaseRequest& request, const catalogue::TenantRules& rules,
                  bool dialled, Warnings* warnings) {
  warn_of_spoiled("request_id", request.request_id(), false, warnings);
  warn_of_spoiled("external_reference", request.external_reference(), false, warnings);
  add_number_warnings(request.applicant(), rules, dialled, warnings);
  for (int i = 0; i < request.attributes_size(); ++i) {
    for (const std::string& value : request.attributes(i).values())
      warn_of_spoiled("attributes[" + std::to_string(i) + "].values", value, false, warnings);
  }
}

void add_number_warnings(const v1::Applicant& applicant, const catalogue::TenantRules& rules,
                         bool dialled, Warnings* warnings) {
  if (!applicant.phone().empty() &&
      !warn_of_spoiled("applicant.phone", applicant.phone(), true, warnings) && !dialled &&
      !access::find_phone(applicant.phone()))
    warn("applicant.phone", "電話號碼無法撥打，請再確認", "is no number that can be dialled",
         warnings);
  if (!warn_of_spoiled("applicant.customer_number", applicant.customer_number(), false, warnings))
    warn_of_customer_number(applicant.customer_number(), rules, warnings);
}

}  // namespace casewheel::api
