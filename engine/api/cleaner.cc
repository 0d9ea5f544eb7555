#include "engine/api/cleaner.h"

#include "engine/api/applicant_numbers.h"
#include "engine/api/plain_text.h"
#include "engine/base/limits.h"

namespace casewheel::api {
namespace {

constexpr int kAttributesMax = 64;  // twice what a service may ask
constexpr int kAttributeValuesMax = 256;
constexpr std::size_t kAttributeBytesMax = 16'000;  // 4,000 characters of Chinese
constexpr std::size_t kUrlChars = 2'000;

}  // namespace

std::string Cleaner::plain(const std::string& field, const std::string& text, std::size_t limit) {
  return take(plain_line(field, text, limit));
}

void clean_applicant(Cleaner& c, const v1::Applicant& sent, stored::Applicant* out) {
  out->set_name(c.line("applicant.name", sent.name(), limits::kNameChars));
  out->set_phone(c.line("applicant.phone", sent.phone(), limits::kPhoneChars));
  out->set_dialled_phone(dialled_phone(out->phone()));
  out->set_email(c.line("applicant.email", sent.email(), limits::kEmailChars));
  out->set_address(c.line("applicant.address", sent.address(), limits::kAddressChars));
  out->set_customer_number(
      c.line("applicant.customer_number", sent.customer_number(), limits::kCustomerNumberChars));
}

void clean_place(Cleaner& c, const v1::Place& place, stored::Place* out) {
  out->set_address(c.line("place.address", place.address(), limits::kAddressChars));
  out->set_address_id(c.line("place.address_id", place.address_id(), limits::kIdChars));
  if (!place.has_position()) return;
  const double latitude = place.position().latitude();
  const double longitude = place.position().longitude();
  // Written so that what is no number is refused too.
  if (!(latitude >= -90 && latitude <= 90))
    c.refuse("place.position.latitude", "lies outside -90 to 90");
  if (!(longitude >= -180 && longitude <= 180))
    c.refuse("place.position.longitude", "lies outside -180 to 180");
  out->set_has_position(true);
  out->set_latitude(latitude);
  out->set_longitude(longitude);
}

void clean_attributes(Cleaner& c, const SentAttributes& sent, domain::Answers* out) {
  if (sent.size() > kAttributesMax) return c.refuse("attributes", "lists more than 64");
  for (int i = 0; i < sent.size(); ++i) {
    const v1::Attribute& attribute = sent[i];
    const std::string field = "attributes[" + std::to_string(i) + "]";
    if (attribute.values_size() > kAttributeValuesMax) {
      c.refuse(field, "has more than 256 values");
      continue;
    }
    stored::AnsweredAttribute& answer = *out->Add();
    answer.set_code(c.line(field + ".code", attribute.code(), limits::kIdChars));
    std::size_t bytes = 0;
    for (const std::string& value : attribute.values()) {
      std::string clean = c.free(field + ".values", value, limits::kTextChars);
      bytes += clean.size();
      if (!clean.empty()) answer.add_values(std::move(clean));
    }
    if (bytes > kAttributeBytesMax)
      c.refuse(field + ".values", "are longer than 16,000 bytes together");
  }
}

std::string clean_url(Cleaner& c, const std::string& url) {
  if (url.empty()) return {};
  std::string clean = c.line("media_url", url, kUrlChars);
  const bool known = clean.starts_with("https://") || clean.starts_with("http://");
  if (!clean.empty() && (!known || clean.find_first_of(" \"<>\\") != std::string::npos))
    c.refuse("media_url", "is no https: or http: address");
  return clean;
}

}  // namespace casewheel::api
