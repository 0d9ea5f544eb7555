// The part of the catalogue's YAML that says when: one clock of a policy, its allowance and its
// ladder. What the keys mean is in yaml.h.
#pragma once

#include <optional>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/catalogue/yaml_reader.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

class ClockParser {
 public:
  // `no_calendar`: the tenant names none, so that nothing can count by one.
  ClockParser(YamlReader& reader, bool no_calendar) : reader_(reader), no_calendar_(no_calendar) {}

  void parse(YamlTree::NodeId node, stored::ClockKind kind, stored::ClockRule& rule);

 private:
  using NodeId = YamlTree::NodeId;
  using Fields = YamlReader::Fields;

  void allowance(NodeId node, stored::Allowance& allowance);
  void ladder(const Fields& fields, stored::ClockRule& rule);
  bool ladder_step(NodeId node, stored::LadderStep& step);
  bool ladder_offset(NodeId node, stored::LadderStep& step);
  void condition(NodeId node, stored::StepCondition& condition);
  void wants_calendar(NodeId node);

  YamlReader& reader_;
  bool no_calendar_;
};

}  // namespace casewheel::catalogue
