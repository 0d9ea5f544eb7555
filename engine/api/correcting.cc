#include "engine/api/correcting.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/api/carried_back.h"
#include "engine/api/cases.h"
#include "engine/api/cleaner.h"
#include "engine/api/lodging.h"
#include "engine/api/lodging_warnings.h"
#include "engine/api/plain_text.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

struct Correctable {
  std::string_view path;  // in update_mask
  stored::CorrectedField field;
};
constexpr std::array kCorrectable = {
    Correctable{"applicant.name", stored::CORRECTED_NAME},
    Correctable{"applicant.phone", stored::CORRECTED_PHONE},
    Correctable{"applicant.email", stored::CORRECTED_EMAIL},
    Correctable{"applicant.address", stored::CORRECTED_ADDRESS},
    Correctable{"applicant.customer_number", stored::CORRECTED_CUSTOMER_NUMBER},
    Correctable{"subject", stored::CORRECTED_SUBJECT},
    Correctable{"description", stored::CORRECTED_DESCRIPTION},
    Correctable{"place", stored::CORRECTED_PLACE},
    Correctable{"attributes", stored::CORRECTED_ATTRIBUTES},
    Correctable{"media_url", stored::CORRECTED_MEDIA_URL},
    Correctable{"county", stored::CORRECTED_COUNTY},
    Correctable{"language", stored::CORRECTED_LANGUAGE},
    Correctable{"external_reference", stored::CORRECTED_EXTERNAL_REFERENCE}};

constexpr int kPathsMax = 64;

bool is_given(const v1::CorrectCaseRequest& request, stored::CorrectedField field) {
  const v1::Applicant& applicant = request.applicant();
  switch (field) {
    case stored::CORRECTED_NAME:
      return !applicant.name().empty();
    case stored::CORRECTED_PHONE:
      return !applicant.phone().empty();
    case stored::CORRECTED_EMAIL:
      return !applicant.email().empty();
    case stored::CORRECTED_ADDRESS:
      return !applicant.address().empty();
    case stored::CORRECTED_CUSTOMER_NUMBER:
      return !applicant.customer_number().empty();
    case stored::CORRECTED_SUBJECT:
      return !request.subject().empty();
    case stored::CORRECTED_DESCRIPTION:
      return !request.description().empty();
    case stored::CORRECTED_PLACE:
      return request.has_place();
    case stored::CORRECTED_ATTRIBUTES:
      return !request.attributes().empty();
    case stored::CORRECTED_MEDIA_URL:
      return !request.media_url().empty();
    case stored::CORRECTED_COUNTY:
      return !request.county().empty();
    case stored::CORRECTED_LANGUAGE:
      return !request.language().empty();
    case stored::CORRECTED_EXTERNAL_REFERENCE:
      return !request.external_reference().empty();
    default:
      return false;
  }
}

// In the order of kCorrectable, each once. A field that is given and not named would be dropped: refused.
std::vector<stored::CorrectedField> fields_of(Cleaner& c, const v1::CorrectCaseRequest& request) {
  std::vector<stored::CorrectedField> fields;
  const auto& paths = request.update_mask().paths();
  if (paths.size() > kPathsMax) {
    c.refuse("update_mask", "names more than 64 fields");
    return fields;
  }
  const auto names = [&](std::string_view path) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& named) {
      return named == path || (named == "applicant" && path.starts_with("applicant."));
    });
  };
  for (const std::string& named : paths) {
    const bool known = named == "applicant" ||
                       std::any_of(kCorrectable.begin(), kCorrectable.end(),
                                   [&](const Correctable& one) { return one.path == named; });
    if (!known) c.refuse("update_mask", "names a field that a correction does not have");
  }
  for (const Correctable& one : kCorrectable) {
    const bool given = is_given(request, one.field);
    if (paths.empty() ? given : names(one.path)) {
      fields.push_back(one.field);
    } else if (given) {
      c.refuse(std::string(one.path), "is given, and update_mask does not name it");
    }
  }
  if (fields.empty()) c.refuse("update_mask", "is required, or a field to correct");
  return fields;
}

}  // namespace

std::string_view path_of(stored::CorrectedField field) {
  const auto found = std::find_if(kCorrectable.begin(), kCorrectable.end(),
                                  [&](const Correctable& one) { return one.field == field; });
  return found == kCorrectable.end() ? "unknown" : found->path;
}

Result<domain::Action> action_of(const v1::CorrectCaseRequest& request) {
  Cleaner c;
  domain::Correct out;
  out.fields = fields_of(c, request);
  stored::PersonalData& personal = out.personal;
  clean_applicant(c, request.applicant(), personal.mutable_applicant());
  personal.set_subject(c.line("subject", request.subject(), limits::kSubjectChars));
  if (std::find(out.fields.begin(), out.fields.end(), stored::CORRECTED_SUBJECT) !=
      out.fields.end())
    c.require("subject", !is_blank(personal.subject()));
  personal.set_description(c.free("description", request.description(), limits::kTextChars));
  if (request.has_place()) clean_place(c, request.place(), personal.mutable_place());
  clean_attributes(c, request.attributes(), personal.mutable_attributes());
  personal.set_media_url(clean_url(c, request.media_url()));
  out.county = county_as_meant(c.plain("county", request.county(), limits::kIdChars));
  out.language = c.take(language_of(request.language()));
  out.external_reference =
      c.plain("external_reference", request.external_reference(), limits::kIdChars);
  out.reason = c.free("reason", request.reason(), limits::kReasonChars);
  c.require("reason", !is_blank(out.reason));
  if (!c.ok()) return c.rejection();
  out.carried_back = carried_back;
  return out;
}

void CasesApi::correct(const Call& call, const v1::CorrectCaseRequest& request,
                       Done<v1::CorrectCaseResponse> done) {
  act(call, request,
      [services = services_, given = request, done = std::move(done)](Result<v1::Case> corrected) {
        if (!corrected) return done(corrected.error());
        v1::CorrectCaseResponse out;
        const auto registry = services.engine.catalogue().get();
        if (const catalogue::TenantRules* rules = registry->find(corrected->tenant()))
          add_correction_warnings(given, *corrected, *rules, out.mutable_warnings());
        *out.mutable_case_() = *std::move(corrected);
        done(std::move(out));
      });
}

namespace {

std::string written(const v1::Place& place) {
  std::string text = place.address();
  if (!place.address_id().empty()) text += (text.empty() ? "" : " ") + place.address_id();
  if (place.has_position()) {
    text += (text.empty() ? "" : " ") + std::to_string(place.position().latitude()) + ", " +
            std::to_string(place.position().longitude());
  }
  return text;
}

std::string written(const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes) {
  std::string text;
  for (const v1::Attribute& attribute : attributes) {
    text += (text.empty() ? "" : "; ") + attribute.code() + ":";
    for (const std::string& value : attribute.values()) text += " " + value;
  }
  return text;
}

std::string value_of(stored::CorrectedField field, const v1::Case& shown) {
  switch (field) {
    case stored::CORRECTED_NAME:
      return shown.applicant().name();
    case stored::CORRECTED_PHONE:
      return shown.applicant().phone();
    case stored::CORRECTED_EMAIL:
      return shown.applicant().email();
    case stored::CORRECTED_ADDRESS:
      return shown.applicant().address();
    case stored::CORRECTED_CUSTOMER_NUMBER:
      return shown.applicant().customer_number();
    case stored::CORRECTED_SUBJECT:
      return shown.subject();
    case stored::CORRECTED_DESCRIPTION:
      return shown.description();
    case stored::CORRECTED_PLACE:
      return written(shown.place());
    case stored::CORRECTED_ATTRIBUTES:
      return written(shown.attributes());
    case stored::CORRECTED_MEDIA_URL:
      return shown.media_url();
    default:
      return {};
  }
}

// Drops the attributes that the correction did not replace.
void keep_corrected(const stored::PersonalData& before, v1::Case* shown) {
  auto* attributes = shown->mutable_attributes();
  for (int i = attributes->size() - 1; i >= 0; --i) {
    const bool replaced = std::any_of(before.attributes().begin(), before.attributes().end(),
                                      [&](const stored::AnsweredAttribute& answer) {
                                        return answer.code() == attributes->Get(i).code();
                                      });
    if (!replaced) attributes->DeleteSubrange(i, 1);
  }
}

}  // namespace

void add_correction(const stored::CaseCorrected& correction, const stored::PersonalData* personal,
                    Shown shown, v1::HistoryEntry* out) {
  v1::Case was;
  v1::Case is;
  if (personal != nullptr) {
    set_personal(&was, personal->before(), nullptr, shown);
    set_personal(&is, *personal, nullptr, shown);
    keep_corrected(personal->before(), &is);
  }
  for (const int number : correction.fields()) {
    const auto field = static_cast<stored::CorrectedField>(number);
    v1::Change* change = out->add_changes();
    change->set_field(std::string(path_of(field)));
    if (field == stored::CORRECTED_COUNTY) {
      change->set_value(correction.county());
    } else if (field == stored::CORRECTED_LANGUAGE) {
      change->set_value(correction.language());
    } else if (field == stored::CORRECTED_EXTERNAL_REFERENCE) {
      change->set_value(correction.external_reference());
    } else if (personal != nullptr) {
      change->set_value(shown == Shown::kWithheld
                            ? "(不予提供 withheld)"
                            : value_of(field, was) + " -> " + value_of(field, is));
    }
  }
}

}  // namespace casewheel::api
