// Reading an import map: every key known, every word of the domain a word of the domain, every
// template well formed, before a single row is looked at. yaml-cpp throws; nothing of it leaves
// this file.
#include <yaml-cpp/yaml.h>

#include <set>

#include "engine/base/limits.h"
#include "engine/cli/import/map.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

constexpr std::size_t kSourceCharactersMax =
    limits::kIdChars - 13;  // "-" and twelve digits of the fingerprint follow

// What is wrong and where; caught at the door of this file.
struct Mistake {
  std::string text;
};

[[noreturn]] void wrong(const std::string& key, const std::string& what) {
  throw Mistake{key + ": " + what};
}

void check_keys(const YAML::Node& node, const std::set<std::string>& known,
                const std::string& where) {
  if (!node.IsMap()) wrong(where, "must be a mapping");
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (known.count(key) == 0) wrong(where, "unknown key \"" + key + "\"");
  }
}

std::string scalar(const YAML::Node& node, const std::string& key) {
  if (!node || !node.IsScalar()) wrong(key, "must be a text");
  return node.as<std::string>();
}

Template read_template(const std::string& text, const std::string& key) {
  Template parsed;
  const std::string mistake = Template::parse(text, &parsed);
  if (!mistake.empty()) wrong(key, mistake);
  return parsed;
}

// "text", or {column: X | template: "...", values: {...}, default: ...} and what `also` allows.
ValueRule read_value(const YAML::Node& node, const std::string& key,
                     const std::set<std::string>& also = {}) {
  ValueRule rule;
  rule.name = key;
  if (node.IsScalar()) {
    rule.text = read_template(node.as<std::string>(), key);
    return rule;
  }
  std::set<std::string> known = {"column", "template", "values", "default"};
  known.insert(also.begin(), also.end());
  check_keys(node, known, key);
  if (node["column"].IsDefined() == node["template"].IsDefined())
    wrong(key, "needs either column or template");
  rule.text = node["column"] ? read_template("{" + scalar(node["column"], key) + "}", key)
                             : read_template(scalar(node["template"], key), key);
  if (const YAML::Node values = node["values"]) {
    if (!values.IsMap() || values.size() == 0) wrong(key, "values must be a mapping with entries");
    for (const auto& entry : values) {
      rule.values[scalar(entry.first, key)] = scalar(entry.second, key);
    }
  }
  if (const YAML::Node fallback = node["default"]) rule.fallback = scalar(fallback, key);
  return rule;
}

std::optional<ValueRule> read_optional(const YAML::Node& root, const char* key,
                                       const std::string& shown = "") {
  const YAML::Node node = root[key];
  if (!node) return std::nullopt;
  return read_value(node, shown.empty() ? key : shown);
}

ValueRule read_required(const YAML::Node& root, const char* key) {
  auto rule = read_optional(root, key);
  if (!rule) wrong(key, "is required");
  return *std::move(rule);
}

bool read_flag(const YAML::Node& node, const char* name, const std::string& key) {
  const YAML::Node flag = node[name];
  if (!flag) return false;
  const std::string text = scalar(flag, key);
  if (text != "true" && text != "false") wrong(key, std::string(name) + " must be true or false");
  return text == "true";
}

std::optional<TimeRule> read_time_rule(const YAML::Node& root, const char* key,
                                       const std::string& usual_format) {
  const YAML::Node node = root[key];
  if (!node) return std::nullopt;
  TimeRule rule;
  rule.rule = read_value(node, key, {"format", "whole_day", "before_received"});
  rule.format = usual_format;
  if (node.IsMap()) {
    if (node["format"]) rule.format = scalar(node["format"], key);
    rule.whole_day = read_flag(node, "whole_day", key);
    if (const YAML::Node early = node["before_received"]) {
      const std::string text = scalar(early, key);
      if (text != "keep" && text != "drop") wrong(key, "before_received must be keep or drop");
      rule.drop_before_received = text == "drop";
    }
  }
  if (rule.format.empty()) wrong(key, "needs a time_format");
  return rule;
}

// Words the map itself names must be words; what rows say is their own matter.
template <typename Enum>
void check_words(const std::optional<ValueRule>& rule) {
  if (!rule) return;
  for (const std::string& name : rule->named()) {
    if (!parse_word<Enum>(name)) {
      wrong(rule->name, "\"" + name + "\" is none of " +
                            enum_choices(*google::protobuf::GetEnumDescriptor<Enum>()));
    }
  }
}

void read_applicant(const YAML::Node& root, ImportMap* map) {
  const YAML::Node node = root["applicant"];
  if (!node) return;
  check_keys(node, {"name", "phone", "email", "address", "customer_number"}, "applicant");
  map->applicant_name = read_optional(node, "name", "applicant.name");
  map->applicant_phone = read_optional(node, "phone", "applicant.phone");
  map->applicant_email = read_optional(node, "email", "applicant.email");
  map->applicant_address = read_optional(node, "address", "applicant.address");
  map->applicant_customer_number =
      read_optional(node, "customer_number", "applicant.customer_number");
}

void read_compare(const YAML::Node& root, ImportMap* map) {
  const YAML::Node node = root["compare"];
  if (!node) return;
  check_keys(node, {"column", "met", "broken"}, "compare");
  CompareRule rule;
  rule.verdict.name = "compare";
  rule.verdict.text =
      read_template("{" + scalar(node["column"], "compare.column") + "}", "compare.column");
  rule.met = scalar(node["met"], "compare.met");
  rule.broken = scalar(node["broken"], "compare.broken");
  map->compare = std::move(rule);
}

void read_map(const YAML::Node& root, ImportMap* map) {
  check_keys(root, {"tenant",      "source",      "time_zone",
                    "time_format", "request_id",  "kind",
                    "service",     "unit",        "handler",
                    "channel",     "priority",    "subject",
                    "description", "language",    "received_time",
                    "agreed_time", "closed_time", "outcome",
                    "close_text",  "applicant",   "external_reference",
                    "county",      "compare",     "replied_time",
                    "reply_means", "reply_text"},
             "map");
  map->tenant = scalar(root["tenant"], "tenant");
  map->source = scalar(root["source"], "source");
  if (map->source.empty() || map->source.size() > kSourceCharactersMax) {
    wrong("source", "must have 1 to " + std::to_string(kSourceCharactersMax) + " characters");
  }
  const std::string zone_name = scalar(root["time_zone"], "time_zone");
  const auto zone = load_zone(zone_name);
  if (!zone) wrong("time_zone", "no such time zone: " + zone_name);
  map->zone = *zone;
  const std::string format = root["time_format"] ? scalar(root["time_format"], "time_format") : "";

  map->request_id = read_required(root, "request_id");
  map->service = read_required(root, "service");
  map->channel = read_required(root, "channel");
  map->subject = read_required(root, "subject");
  auto received = read_time_rule(root, "received_time", format);
  if (!received) wrong("received_time", "is required");
  map->received = *std::move(received);
  map->agreed = read_time_rule(root, "agreed_time", format);
  map->closed = read_time_rule(root, "closed_time", format);
  map->replied = read_time_rule(root, "replied_time", format);
  map->reply_means = read_optional(root, "reply_means");
  map->reply_text = read_optional(root, "reply_text");
  if (map->replied.has_value() != map->reply_means.has_value())
    wrong("replied_time", "replied_time and reply_means go together");
  if (map->reply_text && !map->replied) wrong("reply_text", "needs replied_time");
  map->outcome = read_optional(root, "outcome");
  if (map->closed.has_value() != map->outcome.has_value())
    wrong("closed_time", "closed_time and outcome go together");
  map->kind = read_optional(root, "kind");
  map->priority = read_optional(root, "priority");
  map->unit = read_optional(root, "unit");
  map->handler = read_optional(root, "handler");
  map->description = read_optional(root, "description");
  map->language = read_optional(root, "language");
  map->external_reference = read_optional(root, "external_reference");
  map->county = read_optional(root, "county");
  map->close_text = read_optional(root, "close_text");
  read_applicant(root, map);
  read_compare(root, map);

  check_words<v1::Kind>(map->kind);
  check_words<v1::Priority>(map->priority);
  check_words<v1::Channel>(map->channel);
  check_words<v1::ReplyMeans>(map->reply_means);
  check_words<v1::Outcome>(map->outcome);
}

}  // namespace

std::string parse_import_map(const std::string& yaml, ImportMap* map) {
  *map = ImportMap();
  try {
    read_map(YAML::Load(yaml), map);
    return "";
  } catch (const Mistake& mistake) {
    return mistake.text;
  } catch (const YAML::Exception& error) {
    return std::string("not YAML: ") + error.what();
  }
}

}  // namespace casewheel::cli
