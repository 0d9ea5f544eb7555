#include "engine/api/applicant_numbers.h"

#include <optional>

#include "engine/access/personal_numbers.h"
#include "engine/access/phone.h"

namespace casewheel::api {
namespace {

namespace stored = ::casewheel::journal::v1;

void warn(const char* field, const char* zh, const char* en, v1::LodgeCaseResponse* response) {
  v1::Warning* warning = response->add_warnings();
  warning->set_field(field);
  warning->set_text_zh(zh);
  warning->set_text_en(en);
}

}  // namespace

std::string dialled_phone(const std::string& typed) {
  const std::optional<access::Phone> phone = access::parse_phone(typed);
  if (!phone || phone->kind == access::PhoneKind::kSpecialService) return {};
  return phone->extension.empty() ? phone->number : phone->number + "x" + phone->extension;
}

void add_warnings(const v1::LodgeCaseRequest& request, const catalogue::TenantRules& rules,
                  v1::LodgeCaseResponse* response) {
  const v1::Applicant& applicant = request.applicant();
  if (!applicant.phone().empty() && !access::parse_phone(applicant.phone()))
    warn("applicant.phone", "電話號碼無法撥打，請再確認", "is no number that can be dialled",
         response);
  if (applicant.customer_number().empty() ||
      rules.catalogue().customer_numbers() != stored::TAIPOWER)
    return;
  switch (access::taipower_check(applicant.customer_number())) {
    case access::TaipowerCheck::kMalformed:
      warn("applicant.customer_number", "電號應為 11 碼，請再確認",
           "a Taipower number has 11 digits", response);
      break;
    case access::TaipowerCheck::kCheckDigitDiffers:
      warn("applicant.customer_number", "電號檢算碼不符，請再確認",
           "the check digit of the Taipower number differs", response);
      break;
    case access::TaipowerCheck::kRight:
      break;
  }
}

}  // namespace casewheel::api
