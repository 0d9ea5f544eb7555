#include "engine/doors/open311/errors.h"

#include <algorithm>
#include <array>

namespace casewheel::doors::open311 {
namespace {

struct Renamed {
  std::string_view api;
  std::string_view open311;
};
constexpr std::array kFields = {
    Renamed{"tenant", "jurisdiction_id"},
    Renamed{"service", "service_code"},
    Renamed{"request_id", "Idempotency-Key"},
    Renamed{"place.position.latitude", "lat"},
    Renamed{"place.position.longitude", "long"},
    Renamed{"place.address_id", "address_id"},
    Renamed{"place.address", "address_string"},
    Renamed{"applicant.name", "first_name, last_name"},
    Renamed{"applicant.phone", "phone"},
    Renamed{"applicant.email", "email"},
    Renamed{"subject", "description"},
    Renamed{"text", "description"},
    Renamed{"replied_time", "updated_datetime"},
    Renamed{"closed_time", "updated_datetime"},
    Renamed{"case_number", "service_request_id"},
};

std::string field_of(std::string_view api) {
  constexpr std::string_view kAttributes = "attributes[";
  if (api.starts_with(kAttributes))
    return "attribute[" + std::string(api.substr(kAttributes.size()));
  const auto found = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const Renamed& field) { return field.api == api; });
  return std::string(found == kFields.end() ? api : found->open311);
}

unsigned http_code(RejectionCode code) {
  switch (code) {
    case RejectionCode::kNotFound:
      return 404;
    case RejectionCode::kUnauthenticated:
    case RejectionCode::kNotPermitted:
      return 403;
    case RejectionCode::kConflict:
    case RejectionCode::kStaleEtag:
      return 409;
    case RejectionCode::kOverloaded:
      return 429;
    case RejectionCode::kDiskFull:
    case RejectionCode::kUnavailable:
      return 503;
    case RejectionCode::kDataLoss:
      return 500;
    default:
      return 400;
  }
}

}  // namespace

Errors errors_of(const Rejection& rejection) {
  Errors errors;
  for (const FieldViolation& violation : rejection.fields) {
    // The standard: what names something that is not there is "not found".
    const bool unknown = violation.description.starts_with("no such ");
    errors.push_back(
        {unknown ? 404U : 400U, field_of(violation.field) + ": " + violation.description});
  }
  const bool key = rejection.code == RejectionCode::kUnauthenticated ||
                   rejection.code == RejectionCode::kNotPermitted;
  if (errors.empty())
    errors.push_back({http_code(rejection.code),
                      (key ? "api_key missing or invalid: " : "") + rejection.message});
  return errors;
}

unsigned status_of(const Errors& errors) {
  const unsigned first = errors.front().code;
  const bool shared = std::all_of(errors.begin(), errors.end(),
                                  [&](const Error& error) { return error.code == first; });
  return shared ? first : 400;
}

Element to_document(const Errors& errors) {
  Element list = Element::list("errors");
  for (const Error& error : errors) {
    list.add(Element::members("error", {Element::verbatim("code", std::to_string(error.code)),
                                        Element::of("description", error.description)}));
  }
  return list;
}

}  // namespace casewheel::doors::open311
