#include "engine/api/applicant_numbers.h"

#include <optional>

#include "engine/access/phone.h"

namespace casewheel::api {

std::string dialled_phone(const std::string& typed) {
  const std::optional<access::Phone> phone = access::parse_phone(typed);
  if (!phone || phone->kind == access::PhoneKind::kSpecialService) return {};
  return phone->extension.empty() ? phone->number : phone->number + "x" + phone->extension;
}

}  // namespace casewheel::api
