#include "engine/doors/open311/service_documents.h"

namespace casewheel::doors::open311 {
namespace {

// When what is told here last changed its form.
constexpr const char* kChangeset = "2026-11-24T00:00:00+08:00";
constexpr const char* kSpecification = "http://wiki.open311.org/GeoReport_v2";

const char* datatype(v1::AttributeType type) {
  switch (type) {
    case v1::ATTRIBUTE_TYPE_TEXT:
      return "text";
    case v1::ATTRIBUTE_TYPE_NUMBER:
      return "number";
    case v1::ATTRIBUTE_TYPE_DATETIME:
      return "datetime";
    case v1::ATTRIBUTE_TYPE_SINGLE_VALUE:
      return "singlevaluelist";
    case v1::ATTRIBUTE_TYPE_MULTI_VALUE:
      return "multivaluelist";
    default:
      return "string";
  }
}

std::string joined(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

}  // namespace

const std::string& in(Tongue tongue, const std::string& zh, const std::string& en) {
  return tongue == Tongue::kEnglish && !en.empty() ? en : zh;
}

Element discovery_document(const Discovery& discovery, Tongue tongue) {
  Element formats = Element::list(
      "formats", {Element::of("format", "text/xml"), Element::of("format", "application/json")});
  Element endpoint = Element::members(
      "endpoint", {Element::of("specification", kSpecification), Element::of("url", discovery.url),
                   Element::of("changeset", kChangeset),
                   Element::of("type", discovery.trial ? "test" : "production"), formats});
  return Element::members(
      "discovery",
      {Element::of("changeset", kChangeset), Element::of("contact", discovery.contact),
       Element::of("key_service",
                   tongue == Tongue::kEnglish
                       ? "Ask the enterprise for an API key (see contact); send it as api_key."
                       : "請向各事業申請 API 金鑰（見 contact），以 api_key 傳送。"),
       Element::list("endpoints", {endpoint})});
}

Element services_document(const v1::ListServicesResponse& services, Tongue tongue) {
  Element list = Element::list("services");
  for (const v1::ServiceGuide& service : services.services()) {
    const std::string& description = in(tongue, service.description_zh(), service.description_en());
    const std::string& name = in(tongue, service.name_zh(), service.name_en());
    list.add(Element::members(
        "service",
        {Element::of("service_code", service.id()), Element::of("service_name", name),
         Element::of("description", description.empty() ? name : description),
         Element::flag("metadata", !service.attributes().empty()), Element::of("type", "realtime"),
         Element::of("keywords", joined(service.keywords())),
         Element::of("group", service.group())}));
  }
  return list;
}

Element definition_document(const v1::ServiceGuide& service, Tongue tongue) {
  Element attributes = Element::list("attributes");
  int order = 0;
  for (const v1::AskedAttribute& asked : service.attributes()) {
    Element attribute = Element::members(
        "attribute",
        {Element::flag("variable", true), Element::of("code", asked.code()),
         Element::of("datatype", datatype(asked.type())),
         Element::flag("required", asked.required()),
         Element::of("datatype_description", in(tongue, asked.hint_zh(), asked.hint_en())),
         Element::verbatim("order", std::to_string(++order)),
         Element::of("description", in(tongue, asked.name_zh(), asked.name_en()))});
    if (!asked.values().empty()) {
      Element values = Element::list("values");
      for (const v1::AskedAttribute::Value& value : asked.values()) {
        values.add(Element::members(
            "value", {Element::of("key", value.key()),
                      Element::of("name", in(tongue, value.name_zh(), value.name_en()))}));
      }
      attribute.add(std::move(values));
    }
    attributes.add(std::move(attribute));
  }
  return Element::members("service_definition",
                          {Element::of("service_code", service.id()), std::move(attributes)});
}

}  // namespace casewheel::doors::open311
