// The part of the catalogue's YAML that says what a service asks for and promises. What the keys mean is
// in yaml.h.
#pragma once

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/catalogue/yaml_reader.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

class ServiceParser {
 public:
  explicit ServiceParser(YamlReader& reader) : reader_(reader) {}

  static YamlReader::Fields fields(YamlReader& reader, YamlTree::NodeId node);
  // All but its id, name and unit, which stand among those of the tenant.
  void parse(const YamlReader::Fields& fields, stored::Service& service);

 private:
  using NodeId = YamlTree::NodeId;
  using Fields = YamlReader::Fields;

  void attribute(NodeId node, stored::Service& service);
  void values(const Fields& fields, stored::Attribute& attribute);
  void fee(NodeId node, stored::Service& service);

  YamlReader& reader_;
};

}  // namespace casewheel::catalogue
