#include "engine/api/carried_back.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/access/masking.h"
#include "engine/access/personal_numbers.h"
#include "engine/api/convert.h"
#include "engine/api/correcting.h"

namespace casewheel::api {
namespace {

constexpr const char* kWhy =
    "carries the masked text back that was shown: give the whole right value, or leave it out";

using Mask = std::string (*)(std::string_view);

// Every mask leaves one of these; what has none needs no comparison.
bool bears_a_mask(std::string_view text) {
  return text.find('*') != text.npos || text.find("○") != text.npos;
}

// Masking what is masked leaves it as it is, so that spaces and signs in between make no difference.
bool is_mask_of(const std::string& given, const std::string& present, Mask mask) {
  if (given == present || present.empty() || !bears_a_mask(given)) return false;
  const std::string shown = mask(present);
  return given == shown || mask(given) == shown;
}

// Also where the rest of the text was changed: one number of it is enough.
bool holds_mask_of(const std::string& given, const std::string& present) {
  if (given == present || !bears_a_mask(given)) return false;
  for (const access::Found& found : access::find_personal(present)) {
    const std::string number = present.substr(found.from, found.to - found.from);
    const std::string masked = access::mask_number(found.kind, number);
    if (masked != number && given.find(masked) != given.npos &&
        present.find(masked) == present.npos)
      return true;
  }
  return false;
}

bool is_shown_place(const stored::Place& given, const stored::Place& present) {
  const bool address = is_mask_of(given.address(), present.address(), access::mask_address) ||
                       holds_mask_of(given.address(), present.address());
  const bool id =
      is_mask_of(given.address_id(), present.address_id(), access::mask_customer_number) ||
      holds_mask_of(given.address_id(), present.address_id());
  // Of a place that is a position alone nothing is shown at all.
  const bool empty = given.address().empty() && given.address_id().empty() &&
                     !given.has_position() && present.has_position();
  return address || id || empty;
}

bool is_shown_answer(const stored::AnsweredAttribute& given, const stored::PersonalData& before) {
  for (const stored::AnsweredAttribute& present : before.attributes()) {
    if (present.code() != given.code()) continue;
    for (const std::string& value : given.values()) {
      if (std::any_of(present.values().begin(), present.values().end(),
                      [&](const std::string& was) { return holds_mask_of(value, was); }))
        return true;
    }
  }
  return false;
}

bool is_shown(stored::CorrectedField field, const stored::PersonalData& given,
              const stored::PersonalData& before) {
  const stored::Applicant& her = given.applicant();
  const stored::Applicant& was = before.applicant();
  switch (field) {
    case stored::CORRECTED_NAME:
      return is_mask_of(her.name(), was.name(), access::mask_name);
    case stored::CORRECTED_PHONE:
      return is_mask_of(her.phone(), was.phone(), access::mask_phone);
    case stored::CORRECTED_EMAIL:
      return is_mask_of(her.email(), was.email(), access::mask_email);
    case stored::CORRECTED_ADDRESS:
      return is_mask_of(her.address(), was.address(), access::mask_address);
    case stored::CORRECTED_CUSTOMER_NUMBER:
      return is_mask_of(her.customer_number(), was.customer_number(), access::mask_customer_number);
    case stored::CORRECTED_SUBJECT:
      return holds_mask_of(given.subject(), before.subject());
    case stored::CORRECTED_DESCRIPTION:
      return holds_mask_of(given.description(), before.description());
    case stored::CORRECTED_PLACE:
      return given.has_place() && is_shown_place(given.place(), before.place());
    case stored::CORRECTED_MEDIA_URL:
      return given.media_url() != before.media_url() && bears_a_mask(given.media_url()) &&
             given.media_url() == masked_url(before.media_url());
    default:
      return false;
  }
}

}  // namespace

std::vector<FieldViolation> carried_back(const domain::Correct& correct) {
  std::vector<FieldViolation> wrong;
  for (const stored::CorrectedField field : correct.fields) {
    if (is_shown(field, correct.personal, correct.before))
      wrong.push_back({std::string(path_of(field)), kWhy});
    if (field != stored::CORRECTED_ATTRIBUTES) continue;
    for (const stored::AnsweredAttribute& given : correct.personal.attributes()) {
      if (is_shown_answer(given, correct.before))
        wrong.push_back({"attributes[" + given.code() + "]", kWhy});
    }
  }
  return wrong;
}

}  // namespace casewheel::api
