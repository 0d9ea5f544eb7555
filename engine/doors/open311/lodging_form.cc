#include "engine/doors/open311/lodging_form.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/base/limits.h"

namespace casewheel::doors::open311 {
namespace {

// The code of "attribute[CODE]" or "attribute[CODE][]"; nothing where it is another field.
std::optional<std::string_view> attribute_code(std::string_view name) {
  constexpr std::string_view kBegin = "attribute[";
  if (!name.starts_with(kBegin)) return std::nullopt;
  name.remove_prefix(kBegin.size());
  if (name.ends_with("[]")) name.remove_suffix(2);
  if (name.size() < 2 || !name.ends_with(']')) return std::nullopt;
  name.remove_suffix(1);
  return name.find_first_of("[]") == std::string_view::npos ? std::optional(name) : std::nullopt;
}

void add_attribute(v1::LodgeCaseRequest* request, std::string_view code, const std::string& value) {
  if (value.empty()) return;
  auto& attributes = *request->mutable_attributes();
  const auto known = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const auto& other) { return other.code() == code; });
  v1::Attribute& attribute = known == attributes.end() ? *attributes.Add() : *known;
  attribute.set_code(std::string(code));
  attribute.add_values(value);
}

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

void read_place(const Form& form, LodgingForm* out) {
  const std::string& lat = form["lat"];
  const std::string& lon = form["long"];
  const bool positioned = !lat.empty() || !lon.empty();
  if (!positioned && form["address_string"].empty() && form["address_id"].empty()) {
    out->errors.push_back({400, "lat and long, address_string or address_id is required"});
    return;
  }
  v1::Place& place = *out->request.mutable_place();
  place.set_address(form["address_string"]);
  place.set_address_id(form["address_id"]);
  if (!positioned) return;
  const std::optional<double> latitude = number_of(lat);
  const std::optional<double> longitude = number_of(lon);
  if (!latitude) out->errors.push_back({400, "lat: is no number of degrees"});
  if (!longitude) out->errors.push_back({400, "long: is no number of degrees"});
  place.mutable_position()->set_latitude(latitude.value_or(0));
  place.mutable_position()->set_longitude(longitude.value_or(0));
}

// At most so many characters of UTF-8.
std::string_view front_of(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && characters-- == 0) break;
  }
  return text.substr(0, at);
}

}  // namespace

std::string name_of(const std::string& first, const std::string& last) {
  const auto is_ascii = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
  };
  if (first.empty() || last.empty()) return first + last;
  return is_ascii(first + last) ? first + " " + last : last + first;
}

std::string media_lines(const Form& form, std::size_t skip) {
  std::string lines;
  for (const auto& [name, value] : form.fields()) {
    if (value.empty() || (name != "media_url" && name != "media_url[]")) continue;
    if (skip > 0) {
      --skip;
    } else {
      lines += "\n" + value;
    }
  }
  return lines;
}

LodgingForm lodging_of(const Form& form) {
  LodgingForm out;
  v1::LodgeCaseRequest& request = out.request;
  request.set_service(form["service_code"]);
  if (request.service().empty()) out.errors.push_back({400, "service_code: is required"});
  request.set_channel(form["device_id"].empty() ? v1::CHANNEL_WEB : v1::CHANNEL_APP);
  read_place(form, &out);
  std::string description = form["description"];
  std::erase(description, '\r');
  request.set_subject(std::string(front_of(
      std::string_view(description).substr(0, description.find('\n')), limits::kSubjectChars)));
  request.set_description(description + media_lines(form, 1));
  v1::Applicant applicant;
  applicant.set_name(name_of(form["first_name"], form["last_name"]));
  applicant.set_phone(form["phone"]);
  applicant.set_email(form["email"]);
  if (applicant.ByteSizeLong() > 0) *request.mutable_applicant() = std::move(applicant);
  request.set_external_reference(form["account_id"]);
  request.set_media_url(form[form.says("media_url") ? "media_url" : "media_url[]"]);
  for (const auto& [name, value] : form.fields()) {
    if (const std::optional<std::string_view> code = attribute_code(name))
      add_attribute(&request, *code, value);
  }
  return out;
}

void complete_subject(const std::string& service_name, v1::LodgeCaseRequest* request) {
  const std::string& subject = request->subject();
  if (subject.find_first_not_of(" \t") == std::string::npos) request->set_subject(service_name);
}

}  // namespace casewheel::doors::open311
