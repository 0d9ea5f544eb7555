// parse_catalogue of yaml.h: the keys of the format, their limits, and what must hold between them.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/catalogue/limits.h"
#include "engine/catalogue/words.h"
#include "engine/catalogue/yaml.h"
#include "engine/catalogue/yaml_reader.h"
#include "engine/catalogue/zone.h"
#include "engine/sla/duration.h"

namespace casewheel::catalogue {
namespace {

using NodeId = YamlTree::NodeId;
using Fields = YamlReader::Fields;
using Need = YamlReader::Need;
constexpr NodeId kNone = YamlTree::kNone;

// The ids of one kind of thing, and the places that speak of them before all are known.
class Ids {
 public:
  Ids(YamlReader& reader, std::string_view what) : reader_(reader), what_(what) {}

  void define(const std::string& id, NodeId where) {
    if (id.empty()) return;
    const auto [first, is_new] = defined_.emplace(id, where);
    if (!is_new) {
      reader_.problem(where, std::string(what_) + " " + id + " is already defined in line " +
                                 reader_.line_of(first->second));
    }
  }
  void refer(const std::string& id, NodeId where) {
    if (!id.empty()) references_.emplace_back(id, where);
  }
  void resolve() {
    for (const auto& [id, where] : references_) {
      if (!defined_.contains(id)) {
        reader_.problem(where, "there is no " + std::string(what_) + " " + id + " in this tenant");
      }
    }
  }

 private:
  YamlReader& reader_;
  std::string_view what_;
  std::unordered_map<std::string, NodeId> defined_;
  std::vector<std::pair<std::string, NodeId>> references_;
};

class TenantParser {
 public:
  explicit TenantParser(YamlReader& reader)
      : reader_(reader),
        units_(reader, "unit"),
        staff_(reader, "person"),
        services_(reader, "service"),
        policies_(reader, "policy") {}

  stored::Catalogue parse(NodeId node) {
    const Fields fields = reader_.fields(
        node, {"id", "number", "name", "time_zone", "units", "staff", "services", "policies"});
    catalogue_.set_tenant(reader_.id(fields, "id", Need::kRequired));
    const auto number = reader_.number(fields, "number", 1, kTenantsMax, Need::kRequired);
    catalogue_.set_tenant_number(static_cast<std::uint32_t>(number.value_or(0)));
    name(fields, catalogue_);
    time_zone(fields);
    std::vector<NodeId> unit_nodes = reader_.list(fields, "units", kUnitsMax, Need::kRequired);
    for (const NodeId entry : unit_nodes) unit(entry);
    for (const NodeId entry : reader_.list(fields, "staff", kStaffMax, Need::kOptional))
      person(entry);
    for (const NodeId entry : reader_.list(fields, "services", kServicesMax, Need::kOptional))
      service(entry);
    for (const NodeId entry : reader_.list(fields, "policies", kPoliciesMax, Need::kOptional))
      policy(entry);
    units_.resolve();
    staff_.resolve();
    services_.resolve();
    check_tree(unit_nodes);
    return std::move(catalogue_);
  }

 private:
  // name: {zh: 大安, en: Daan}, or name: 大安
  template <typename Named>
  void name(const Fields& fields, Named& named) {
    const NodeId node = reader_.required(fields, "name");
    if (node == kNone) return;
    if (reader_.tree()[node].shape == YamlTree::Shape::kScalar) {
      named.set_name_zh(reader_.text(node));
      return;
    }
    const Fields names = reader_.fields(node, {"zh", "en"});
    named.set_name_zh(reader_.text(names, "zh", Need::kRequired));
    named.set_name_en(reader_.text(names, "en", Need::kOptional));
  }

  void time_zone(const Fields& fields) {
    const std::string* zone_name = reader_.scalar(reader_.required(fields, "time_zone"));
    if (zone_name == nullptr) return;
    auto zone = Zone::load(*zone_name);
    if (!zone) {
      reader_.problem(fields["time_zone"],
                      shown(*zone_name) + " is no IANA time zone; write one like Asia/Taipei");
      return;
    }
    zone_ = std::move(*zone);
    catalogue_.set_time_zone(*zone_name);
  }

  std::string reference(const Fields& fields, std::string_view key, Ids& ids, Need need) {
    std::string id = reader_.id(fields, key, need);
    ids.refer(id, fields[key]);
    return id;
  }

  void unit(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "name", "parent", "head"});
    stored::Unit& unit = *catalogue_.add_units();
    unit.set_id(reader_.id(fields, "id", Need::kRequired));
    units_.define(unit.id(), fields["id"]);
    name(fields, unit);
    unit.set_parent(reference(fields, "parent", units_, Need::kOptional));
    unit.set_head(reference(fields, "head", staff_, Need::kOptional));
  }

  void person(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "name", "unit", "deputy", "roles", "away"});
    stored::Staff& person = *catalogue_.add_staff();
    person.set_id(reader_.id(fields, "id", Need::kRequired));
    staff_.define(person.id(), fields["id"]);
    person.set_name(reader_.text(fields, "name", Need::kRequired));
    person.set_unit(reference(fields, "unit", units_, Need::kRequired));
    person.set_deputy(reference(fields, "deputy", staff_, Need::kOptional));
    if (!person.deputy().empty() && person.deputy() == person.id()) {
      reader_.problem(fields["deputy"],
                      "nobody is her own deputy; name another person or leave it out");
    }
    for (const int role : reader_.words(fields, "roles", role_words(), Need::kRequired)) {
      person.add_roles(static_cast<stored::Role>(role));
    }
    for (const NodeId entry : reader_.list(fields, "away", kAbsencesMax, Need::kOptional))
      absence(entry, person);
  }

  void absence(NodeId node, stored::Staff& person) {
    const Fields fields = reader_.fields(node, {"from", "to"});
    const auto from = instant(fields, "from", false);
    const auto to = instant(fields, "to", true);
    if (!from || !to) return;
    if (*to <= *from) {
      reader_.problem(node,
                      "ends before it begins; a day off is {from: 2026-01-01, to: 2026-01-01}");
      return;
    }
    stored::Absence& absence = *person.add_absences();
    absence.set_from_ms(*from);
    absence.set_to_ms(*to);
  }

  std::optional<TimeMs> instant(const Fields& fields, std::string_view key, bool end_of_day) {
    const NodeId node = reader_.required(fields, key);
    const std::string* value = reader_.scalar(node);
    if (value == nullptr) return std::nullopt;
    const auto instant = zone_.parse(*value, end_of_day);
    if (!instant) {
      reader_.problem(node, shown(*value) +
                                " is no date or time; write 2026-01-05, 2026-01-05T09:00 or "
                                "2026-01-05T09:00:00+08:00");
    }
    return instant;
  }

  void service(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "name", "kind", "unit", "documents"});
    stored::Service& service = *catalogue_.add_services();
    service.set_id(reader_.id(fields, "id", Need::kRequired));
    services_.define(service.id(), fields["id"]);
    name(fields, service);
    if (const NodeId kind = reader_.required(fields, "kind"); kind != kNone) {
      service.set_kind(static_cast<stored::Kind>(reader_.word(kind, kind_words()).value_or(0)));
    }
    service.set_unit(reference(fields, "unit", units_, Need::kRequired));
    for (const NodeId entry : reader_.list(fields, "documents", kDocumentsMax, Need::kOptional)) {
      service.add_documents(reader_.text(entry));
    }
  }

  void policy(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "match", "clocks"});
    stored::Policy& policy = *catalogue_.add_policies();
    policy.set_id(reader_.id(fields, "id", Need::kRequired));
    policies_.define(policy.id(), fields["id"]);
    if (!matches_all_.empty()) {
      reader_.problem(node, "never applies: policy " + matches_all_ +
                                " before it matches every case; put that last");
    }
    if (fields["match"] != kNone) match(fields["match"], *policy.mutable_match());
    const stored::PolicyMatch& m = policy.match();
    if (m.kinds().empty() && m.services().empty() && m.priorities().empty() &&
        m.channels().empty() && matches_all_.empty()) {
      matches_all_ = policy.id();
    }
    const NodeId clocks_node = reader_.required(fields, "clocks");
    const Fields clocks = reader_.fields(clocks_node, clock_kind_words());
    for (const auto& [kind, clock_node] : clocks.values) {
      clock(clock_node, static_cast<stored::ClockKind>(*value_of(clock_kind_words(), kind)),
            *policy.add_clocks());
    }
    if (clocks_node != kNone && clocks.values.empty()) {
      reader_.problem(clocks_node, "gives no clock; known: " + listed(clock_kind_words()));
    }
  }

  void match(NodeId node, stored::PolicyMatch& match) {
    const Fields fields = reader_.fields(node, {"kinds", "services", "priorities", "channels"});
    for (const int v : reader_.words(fields, "kinds", kind_words(), Need::kOptional)) {
      match.add_kinds(static_cast<stored::Kind>(v));
    }
    for (const NodeId entry : reader_.list(fields, "services", kMatchValuesMax, Need::kOptional)) {
      match.add_services(reader_.id(entry));
      services_.refer(match.services(match.services_size() - 1), entry);
    }
    for (const int v : reader_.words(fields, "priorities", priority_words(), Need::kOptional)) {
      match.add_priorities(static_cast<stored::Priority>(v));
    }
    for (const int v : reader_.words(fields, "channels", channel_words(), Need::kOptional)) {
      match.add_channels(static_cast<stored::Channel>(v));
    }
  }

  void clock(NodeId node, stored::ClockKind kind, stored::ClockRule& rule) {
    const Fields fields = reader_.fields(node, {"within", "pauses", "ladder"});
    rule.set_kind(kind);
    const bool agreed = kind == stored::AGREED_DATE;
    if (agreed && fields["within"] != kNone) {
      reader_.problem(fields["within"],
                      "an agreed date has no allowance: the date is agreed case by case");
    }
    if (agreed && fields["pauses"] != kNone)
      reader_.problem(fields["pauses"], "an agreed date does not pause");
    if (!agreed) {
      const auto within = reader_.duration(fields, "within", Need::kRequired);
      if (within && *within <= 0) reader_.problem(fields["within"], "must be longer than 0");
      rule.mutable_allowance()->set_wall_ms(within.value_or(0));
    }
    static const Words kPauseReasons{{"awaiting_documents", 1}};
    rule.set_pauses_awaiting_documents(
        !reader_.words(fields, "pauses", kPauseReasons, Need::kOptional).empty());
    ladder(fields, rule);
  }

  void ladder(const Fields& fields, stored::ClockRule& rule) {
    const std::vector<NodeId> steps =
        reader_.list(fields, "ladder", kLadderStepsMax, Need::kOptional);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const stored::LadderStep* before =
          rule.ladder_size() == 0 ? nullptr : &rule.ladder(rule.ladder_size() - 1);
      stored::LadderStep step;
      if (!ladder_step(steps[i], step)) continue;
      if (before != nullptr && step.offset_ms() <= before->offset_ms()) {
        reader_.problem(steps[i],
                        "does not come after the step before it; put steps in order of time");
      }
      if (step.repeat_every_ms() > 0 && i + 1 < steps.size()) {
        reader_.problem(steps[i], "repeats, so it must be the last step of its ladder");
      }
      *rule.add_ladder() = std::move(step);
    }
  }

  bool ladder_step(NodeId node, stored::LadderStep& step) {
    const Fields fields = reader_.fields(node, {"at", "every", "limit", "to", "climb", "level"});
    const auto offset = ladder_offset(reader_.required(fields, "at"));
    step.set_offset_ms(offset.value_or(0));
    if (const auto every = reader_.duration(fields, "every", Need::kOptional)) {
      if (*every < kRepeatEveryMsMin) reader_.problem(fields["every"], "must be at least 1s");
      step.set_repeat_every_ms(*every);
    }
    const auto limit = reader_.number(fields, "limit", 1, kRepeatLimitMax, Need::kOptional);
    step.set_climb(reader_.flag(fields, "climb"));
    if (fields["every"] != kNone) {
      step.set_repeat_limit(static_cast<std::uint32_t>(limit.value_or(kRepeatLimitDefault)));
    } else {
      constexpr const char* kOnlyRepeating = "is for repeating steps; give every, or leave it out";
      if (fields["limit"] != kNone) reader_.problem(fields["limit"], kOnlyRepeating);
      if (step.climb()) reader_.problem(fields["climb"], kOnlyRepeating);
    }
    for (const int v : reader_.words(fields, "to", recipient_words(), Need::kRequired)) {
      step.add_recipients(static_cast<stored::Recipient>(v));
    }
    const std::uint32_t usual = step.offset_ms() < 0 ? 0 : step.offset_ms() == 0 ? 1 : 2;
    const auto level = reader_.number(fields, "level", 0, kLevelMax, Need::kOptional);
    step.set_level(static_cast<std::uint32_t>(level.value_or(usual)));
    return offset.has_value();
  }

  // "due", "due - 12h", "due + 24h"
  std::optional<DurationMs> ladder_offset(NodeId node) {
    const std::string* value = reader_.scalar(node);
    if (value == nullptr) return std::nullopt;
    std::string_view rest = *value;
    const auto skip_blanks = [&rest] {
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    };
    if (rest.starts_with("due")) {
      rest.remove_prefix(3);
      skip_blanks();
      if (rest.empty()) return 0;
      const char sign = rest.front();
      rest.remove_prefix(1);
      skip_blanks();
      auto length = sla::parse_duration(rest);
      if ((sign == '-' || sign == '+') && length && *length >= 0)
        return sign == '-' ? -*length : *length;
    }
    reader_.problem(node, shown(*value) + " is no step; write due, due - 12h or due + 24h");
    return std::nullopt;
  }

  // Exactly one headquarters, everything else below it.
  void check_tree(const std::vector<NodeId>& nodes) {
    std::unordered_map<std::string_view, int> index;
    int headquarters = -1;
    for (int i = 0; i < catalogue_.units_size(); ++i) {
      const stored::Unit& unit = catalogue_.units(i);
      index.emplace(unit.id(), i);
      if (!unit.parent().empty()) continue;
      if (headquarters < 0) {
        headquarters = i;
      } else {
        reader_.problem(nodes[static_cast<std::size_t>(i)],
                        "has no parent, but unit " + catalogue_.units(headquarters).id() +
                            " is headquarters already; exactly one unit has none");
      }
    }
    if (headquarters < 0 && !nodes.empty()) {
      reader_.problem(nodes[0], "no unit is headquarters; leave out the parent of exactly one");
    }
    // Depth below headquarters, or -1 while unknown; found upwards, each unit once.
    std::vector<int> depth(nodes.size(), -1);
    std::vector<int> way;
    std::vector<bool> on_way(nodes.size(), false);
    for (int start = 0; start < catalogue_.units_size(); ++start) {
      way.clear();
      int unit = start;
      while (unit >= 0 && depth[static_cast<std::size_t>(unit)] < 0 &&
             !on_way[static_cast<std::size_t>(unit)]) {
        on_way[static_cast<std::size_t>(unit)] = true;
        way.push_back(unit);
        const auto parent = index.find(catalogue_.units(unit).parent());
        unit = parent == index.end() ? -1 : parent->second;
      }
      int below = unit < 0 ? 0 : depth[static_cast<std::size_t>(unit)] + 1;
      if (unit >= 0 && on_way[static_cast<std::size_t>(unit)]) {
        reader_.problem(nodes[static_cast<std::size_t>(unit)],
                        "unit " + catalogue_.units(unit).id() +
                            " stands above itself; the parents form a circle");
        below = 0;
      }
      for (auto member = way.rbegin(); member != way.rend(); ++member, ++below) {
        depth[static_cast<std::size_t>(*member)] = below;
        on_way[static_cast<std::size_t>(*member)] = false;
        if (below == static_cast<int>(kUnitDepthMax)) {
          reader_.problem(nodes[static_cast<std::size_t>(*member)],
                          "lies more than " + std::to_string(kUnitDepthMax) + " units deep");
        }
      }
    }
  }

  YamlReader& reader_;
  Zone zone_ = Zone::utc();  // until time_zone is read, and when it is wrong
  Ids units_;
  Ids staff_;
  Ids services_;
  Ids policies_;
  std::string matches_all_;  // the policy with an empty match
  stored::Catalogue catalogue_;
};

}  // namespace

Result<std::vector<stored::Catalogue>> parse_catalogue(std::string_view yaml,
                                                       std::string_view file_name) {
  auto tree = YamlTree::parse(yaml, file_name);
  if (!tree) return tree.error();
  Problems problems(*tree, file_name);
  YamlReader reader(*tree, problems);
  std::vector<stored::Catalogue> catalogues;
  if (tree->root() == kNone || (*tree)[tree->root()].shape == YamlTree::Shape::kNull) {
    problems.add(kNone, "is empty; it begins with tenants:");
    return problems.rejection();
  }
  const Fields fields = reader.fields(tree->root(), {"tenants"});
  std::unordered_map<std::string, NodeId> ids;
  std::map<std::uint32_t, NodeId> numbers;
  for (const NodeId node : reader.list(fields, "tenants", kTenantsMax, Need::kRequired)) {
    stored::Catalogue catalogue = TenantParser(reader).parse(node);
    const auto [same_id, new_id] = ids.emplace(catalogue.tenant(), node);
    if (!new_id && !catalogue.tenant().empty()) {
      reader.problem(node, "tenant " + catalogue.tenant() + " is already defined in line " +
                               reader.line_of(same_id->second));
    }
    const auto [same_number, new_number] = numbers.emplace(catalogue.tenant_number(), node);
    if (!new_number && catalogue.tenant_number() != 0) {
      reader.problem(node, "number " + std::to_string(catalogue.tenant_number()) +
                               " is taken by the tenant in line " +
                               reader.line_of(same_number->second));
    }
    catalogues.push_back(std::move(catalogue));
  }
  if (!problems.none()) return problems.rejection();
  return catalogues;
}

}  // namespace casewheel::catalogue
