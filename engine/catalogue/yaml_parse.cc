// parse_catalogue of yaml.h: the keys of the format, their limits, and what must hold between them.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/catalogue/clock_parser.h"
#include "engine/catalogue/limits.h"
#include "engine/catalogue/service_parser.h"
#include "engine/catalogue/words.h"
#include "engine/catalogue/yaml.h"
#include "engine/catalogue/yaml_reader.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {
namespace {

using NodeId = YamlTree::NodeId;
using Fields = YamlReader::Fields;
using Need = YamlReader::Need;

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
        policies_(reader, "policy"),
        extensions_(reader, "extension") {}

  stored::Catalogue parse(NodeId node) {
    const Fields fields = reader_.fields(
        node, {"id", "number", "name", "time_zone", "calendar", "quiet_hours", "customer_numbers",
               "retention", "hotline", "contact", "units", "staff", "services", "policies"});
    catalogue_.set_tenant(reader_.id(fields, "id", Need::kRequired));
    const auto number = reader_.number(fields, "number", 1, kTenantsMax, Need::kRequired);
    catalogue_.set_tenant_number(static_cast<std::uint32_t>(number.value_or(0)));
    name(fields, catalogue_);
    time_zone(fields);
    catalogue_.set_calendar(reader_.id(fields, "calendar", Need::kOptional));
    if (fields["quiet_hours"] != YamlTree::kNone) quiet_hours(fields["quiet_hours"]);
    if (fields["customer_numbers"] != YamlTree::kNone)
      catalogue_.set_customer_numbers(static_cast<stored::CustomerNumberForm>(
          reader_.word(fields["customer_numbers"], customer_number_words()).value_or(0)));
    catalogue_.set_contact(reader_.text(fields, "contact", Need::kOptional));
    for (const NodeId entry :
         reader_.list(fields, "retention", kRetentionRulesMax, Need::kOptional))
      retention(entry);
    if (fields["hotline"] != YamlTree::kNone) hotline(fields["hotline"]);
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
    check_callback(fields["hotline"]);
    return std::move(catalogue_);
  }

 private:
  template <typename Named>
  void name(const Fields& fields, Named& named) {
    YamlReader::Names names = reader_.names(reader_.required(fields, "name"));
    named.set_name_zh(std::move(names.zh));
    named.set_name_en(std::move(names.en));
  }

  void time_zone(const Fields& fields) {
    const std::string* zone_name = reader_.scalar(reader_.required(fields, "time_zone"));
    if (zone_name == nullptr) return;
    auto zone = sla::Zone::load(*zone_name);
    if (!zone) {
      reader_.problem(fields["time_zone"],
                      shown(*zone_name) + " is no IANA time zone; write one like Asia/Taipei");
      return;
    }
    zone_ = std::move(*zone);
    catalogue_.set_time_zone(*zone_name);
  }

  // quiet_hours: 22:00-08:00
  void quiet_hours(NodeId node) {
    const std::string* value = reader_.scalar(node);
    if (value == nullptr) return;
    const std::size_t dash = value->find('-');
    const auto from = time_of_day(std::string_view(*value).substr(0, dash));
    const auto to = dash == std::string::npos
                        ? std::nullopt
                        : time_of_day(std::string_view(*value).substr(dash + 1));
    if (!from || !to || *from == *to) {
      reader_.problem(node,
                      shown(*value) + " is no stretch of the day; write one like 22:00-08:00");
      return;
    }
    catalogue_.mutable_quiet_hours()->set_from_s(*from);
    catalogue_.mutable_quiet_hours()->set_to_s(*to);
  }

  void retention(NodeId node) {
    const Fields fields = reader_.fields(node, {"kinds", "days"});
    stored::RetentionRule& rule = *catalogue_.add_retention();
    for (const int kind : reader_.words(fields, "kinds", kind_words(), Need::kOptional))
      rule.add_kinds(static_cast<stored::Kind>(kind));
    rule.set_days(static_cast<std::uint32_t>(
        reader_.number(fields, "days", 1, kRetentionDaysMax, Need::kRequired).value_or(1)));
  }

  void hotline(NodeId node) {
    const Fields fields =
        reader_.fields(node, {"answer_within", "callback_service", "lines", "queues", "keep_days"});
    stored::Hotline& hotline = *catalogue_.mutable_hotline();
    if (const auto within = reader_.duration(fields, "answer_within", Need::kOptional)) {
      if (*within < kSecondMs || *within > kAnswerWithinMsMax)
        reader_.problem(fields["answer_within"], "must be from 1s to 1h");
      hotline.set_answer_within_ms(static_cast<std::uint32_t>(*within));
    }
    hotline.set_callback_service(reference(fields, "callback_service", services_, Need::kOptional));
    for (const NodeId entry : reader_.list(fields, "lines", kHotlineLinesMax, Need::kOptional))
      hotline.add_lines(reader_.text(entry));
    for (const NodeId entry : reader_.list(fields, "queues", kHotlineLinesMax, Need::kOptional))
      hotline.add_queues(reader_.text(entry));
    hotline.set_keep_days(static_cast<std::uint32_t>(
        reader_.number(fields, "keep_days", 1, kRetentionDaysMax, Need::kOptional).value_or(0)));
  }

  // "08:30" in seconds since midnight.
  static std::optional<std::uint32_t> time_of_day(std::string_view text) {
    const auto digits = [&](std::size_t at) -> std::optional<std::uint32_t> {
      if (text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9')
        return std::nullopt;
      return static_cast<std::uint32_t>((text[at] - '0') * 10 + (text[at + 1] - '0'));
    };
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hours = digits(0);
    const auto minutes = digits(3);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return *hours * 3600 + *minutes * 60;
  }

  std::string reference(const Fields& fields, std::string_view key, Ids& ids, Need need) {
    std::string id = reader_.id(fields, key, need);
    ids.refer(id, fields[key]);
    return id;
  }

  void unit(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "name", "parent", "head", "calendar"});
    stored::Unit& unit = *catalogue_.add_units();
    unit.set_id(reader_.id(fields, "id", Need::kRequired));
    units_.define(unit.id(), fields["id"]);
    name(fields, unit);
    unit.set_parent(reference(fields, "parent", units_, Need::kOptional));
    unit.set_head(reference(fields, "head", staff_, Need::kOptional));
    unit.set_calendar(reader_.id(fields, "calendar", Need::kOptional));
  }

  void person(NodeId node) {
    const Fields fields =
        reader_.fields(node, {"id", "name", "unit", "deputy", "roles", "extensions", "away"});
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
    for (const NodeId entry : reader_.list(fields, "extensions", kExtensionsMax, Need::kOptional)) {
      person.add_extensions(reader_.text(entry));
      extensions_.define(*person.extensions().rbegin(), entry);
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
    const Fields fields = ServiceParser::fields(reader_, node);
    stored::Service& service = *catalogue_.add_services();
    service.set_id(reader_.id(fields, "id", Need::kRequired));
    services_.define(service.id(), fields["id"]);
    name(fields, service);
    service.set_unit(reference(fields, "unit", units_, Need::kRequired));
    ServiceParser(reader_).parse(fields, service);
  }

  void policy(NodeId node) {
    const Fields fields = reader_.fields(node, {"id", "match", "on_change", "clocks"});
    stored::Policy& policy = *catalogue_.add_policies();
    policy.set_id(reader_.id(fields, "id", Need::kRequired));
    policies_.define(policy.id(), fields["id"]);
    if (!matches_all_.empty()) {
      reader_.problem(node, "never applies: policy " + matches_all_ +
                                " before it matches every case; put that last");
    }
    if (fields["match"] != YamlTree::kNone) match(fields["match"], *policy.mutable_match());
    const stored::PolicyMatch& m = policy.match();
    if (m.kinds().empty() && m.services().empty() && m.priorities().empty() &&
        m.channels().empty() && matches_all_.empty()) {
      matches_all_ = policy.id();
    }
    if (fields["on_change"] != YamlTree::kNone) {
      const auto from = reader_.word(fields["on_change"], on_change_words());
      policy.set_on_change(static_cast<stored::OnChange>(from.value_or(0)));
    }
    const NodeId clocks_node = reader_.required(fields, "clocks");
    const Fields clocks = reader_.fields(clocks_node, clock_kind_words());
    for (const auto& [kind, clock_node] : clocks.values) {
      clock(clock_node, static_cast<stored::ClockKind>(*value_of(clock_kind_words(), kind)),
            *policy.add_clocks());
    }
    if (clocks_node != YamlTree::kNone && clocks.values.empty()) {
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
    ClockParser(reader_, catalogue_.calendar().empty()).parse(node, kind, rule);
  }

  // Nobody is there to answer what the service of a call-back asks.
  void check_callback(NodeId node) {
    for (const stored::Service& service : catalogue_.services()) {
      const bool asks = std::any_of(service.attributes().begin(), service.attributes().end(),
                                    [](const auto& asked) { return asked.required(); });
      if (asks && service.id() == catalogue_.hotline().callback_service())
        reader_.problem(node, "calls back with service " + service.id() +
                                  ", which requires an attribute nobody can answer then");
    }
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
  sla::Zone zone_ = sla::Zone::utc();  // until time_zone is read, and when it is wrong
  Ids units_;
  Ids staff_;
  Ids services_;
  Ids policies_;
  Ids extensions_;           // the exchange puts each through to one person
  std::string matches_all_;  // the policy with an empty match
  stored::Catalogue catalogue_;
};

}  // namespace

Result<std::vector<stored::Catalogue>> parse_catalogue(std::string_view yaml,
                                                       std::string_view file_name) {
  auto tree = YamlTree::parse(yaml, file_name);
  if (!tree) return tree.error();
  Problems problems(*tree, file_name, "the catalogue");
  YamlReader reader(*tree, problems);
  std::vector<stored::Catalogue> catalogues;
  if (tree->root() == YamlTree::kNone || (*tree)[tree->root()].shape == YamlTree::Shape::kNull) {
    problems.add(YamlTree::kNone, "is empty; it begins with tenants:");
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
