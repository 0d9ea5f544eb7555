#include "engine/api/plain_text.h"

#include "engine/access/personal_numbers.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

bool is_somebodys_for_certain(access::NumberKind kind) {
  switch (kind) {
    case access::NumberKind::kMobilePhone:
    case access::NumberKind::kNationalId:
    case access::NumberKind::kResidentId:
    case access::NumberKind::kEmail:
    case access::NumberKind::kCardNumber:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<std::string> plain_line(const std::string& field, const std::string& text,
                               std::size_t limit) {
  Result<std::string> clean = clean_text(field, text, limit, TextKind::kLine);
  if (!clean) return clean;
  for (const access::Found& found : access::find_personal(*clean)) {
    if (is_somebodys_for_certain(found.kind)) {
      return Rejection::invalid(field,
                                "holds a personal number: this field is not sealed, put it into "
                                "the text or the applicant");
    }
  }
  return clean;
}

}  // namespace casewheel::api
