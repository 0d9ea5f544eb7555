#include "engine/catalogue/service_parser.h"

#include <algorithm>

namespace casewheel::catalogue {
namespace {

using Need = YamlReader::Need;

// Whether an entry before the last one has the same id.
template <typename Entries, typename IdOf>
bool repeats(const Entries& entries, IdOf id_of) {
  const auto& last = id_of(*entries.rbegin());
  return !last.empty() && std::count_if(entries.begin(), entries.end(), [&](const auto& entry) {
                            return id_of(entry) == last;
                          }) > 1;
}

constexpr std::string_view kSecondTime = "stands here a second time";

}  // namespace

YamlReader::Fields ServiceParser::fields(YamlReader& reader, NodeId node) {
  return reader.fields(node, {"id", "name", "kind", "unit", "documents", "description", "group",
                              "keywords", "publicity", "attributes", "fees", "steps"});
}

void ServiceParser::parse(const Fields& fields, stored::Service& service) {
  if (const NodeId kind = reader_.required(fields, "kind"); kind != YamlTree::kNone)
    service.set_kind(static_cast<stored::Kind>(reader_.word(kind, kind_words()).value_or(0)));
  for (const NodeId entry : reader_.list(fields, "documents", kDocumentsMax, Need::kOptional))
    service.add_documents(reader_.text(entry));
  YamlReader::Names description = reader_.names(fields["description"], kDescriptionBytesMax);
  service.set_description_zh(std::move(description.zh));
  service.set_description_en(std::move(description.en));
  service.set_group(reader_.text(fields, "group", Need::kOptional));
  for (const NodeId entry : reader_.list(fields, "keywords", kKeywordsMax, Need::kOptional)) {
    service.add_keywords(reader_.text(entry));
    // They are given out as a list with commas.
    if (service.keywords().rbegin()->find(',') != std::string::npos)
      reader_.problem(entry, "holds a comma; write two keywords");
  }
  if (fields["publicity"] != YamlTree::kNone)
    service.set_publicity(static_cast<stored::Publicity>(
        reader_.word(fields["publicity"], publicity_words()).value_or(0)));
  for (const NodeId entry : reader_.list(fields, "attributes", kAttributesMax, Need::kOptional))
    attribute(entry, service);
  for (const NodeId entry : reader_.list(fields, "fees", kFeesMax, Need::kOptional))
    fee(entry, service);
  for (const NodeId entry : reader_.list(fields, "steps", kStepsMax, Need::kOptional)) {
    YamlReader::Names step = reader_.names(entry);
    service.add_steps_zh(std::move(step.zh));
    service.add_steps_en(std::move(step.en));
  }
}

void ServiceParser::attribute(NodeId node, stored::Service& service) {
  const Fields fields =
      reader_.fields(node, {"code", "name", "type", "required", "hint", "values"});
  stored::Attribute& attribute = *service.add_attributes();
  attribute.set_code(reader_.id(fields, "code", Need::kRequired));
  if (repeats(
          service.attributes(), [](const auto& a) -> const auto& { return a.code(); }))
    reader_.problem(fields["code"], std::string(kSecondTime));
  YamlReader::Names name = reader_.names(reader_.required(fields, "name"));
  attribute.set_name_zh(std::move(name.zh));
  attribute.set_name_en(std::move(name.en));
  if (const NodeId type = reader_.required(fields, "type"); type != YamlTree::kNone)
    attribute.set_type(
        static_cast<stored::AttributeType>(reader_.word(type, attribute_type_words()).value_or(0)));
  attribute.set_required(reader_.flag(fields, "required"));
  YamlReader::Names hint = reader_.names(fields["hint"]);
  attribute.set_hint_zh(std::move(hint.zh));
  attribute.set_hint_en(std::move(hint.en));
  values(fields, attribute);
}

void ServiceParser::values(const Fields& fields, stored::Attribute& attribute) {
  const bool of_list = attribute.type() == stored::ATTRIBUTE_SINGLE_VALUE ||
                       attribute.type() == stored::ATTRIBUTE_MULTI_VALUE;
  if (!of_list) {
    if (fields["values"] != YamlTree::kNone &&
        attribute.type() != stored::ATTRIBUTE_TYPE_UNSPECIFIED)
      reader_.problem(fields["values"], "are for the types single_value and multi_value");
    return;
  }
  for (const NodeId entry : reader_.list(fields, "values", kAttributeValuesMax, Need::kRequired)) {
    const Fields value_fields = reader_.fields(entry, {"key", "name"});
    stored::AttributeValue& value = *attribute.add_values();
    value.set_key(reader_.id(value_fields, "key", Need::kRequired));
    if (repeats(
            attribute.values(), [](const auto& v) -> const auto& { return v.key(); }))
      reader_.problem(value_fields["key"], std::string(kSecondTime));
    YamlReader::Names name = reader_.names(reader_.required(value_fields, "name"));
    value.set_name_zh(std::move(name.zh));
    value.set_name_en(std::move(name.en));
  }
}

void ServiceParser::fee(NodeId node, stored::Service& service) {
  const Fields fields = reader_.fields(node, {"id", "name", "amount"});
  stored::Fee& fee = *service.add_fees();
  fee.set_id(reader_.id(fields, "id", Need::kRequired));
  if (repeats(
          service.fees(), [](const auto& f) -> const auto& { return f.id(); }))
    reader_.problem(fields["id"], std::string(kSecondTime));
  YamlReader::Names name = reader_.names(reader_.required(fields, "name"));
  fee.set_name_zh(std::move(name.zh));
  fee.set_name_en(std::move(name.en));
  fee.set_amount(static_cast<std::uint32_t>(
      reader_.number(fields, "amount", 0, kFeeAmountMax, Need::kOptional).value_or(0)));
}

}  // namespace casewheel::catalogue
