// to_yaml of yaml.h and the written forms of written.h.
#include <algorithm>

#include "engine/catalogue/words.h"
#include "engine/catalogue/written.h"
#include "engine/catalogue/yaml.h"
#include "engine/sla/duration.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {
namespace {

// Null words and what has a meaning of its own in YAML must be quoted; so is all that is not
// plainly a word. Bytes of UTF-8 beyond ASCII are letters here.
bool is_plain(std::string_view text) {
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!letter(text.front()) && !digit(text.front())) return false;
  if (text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || digit(c) || c == '.' || c == '_' || c == '-' || c == '/' || c == ' ' ||
           c == '+';
  });
}

template <typename Values, typename Write>
std::string flow_list(const Values& values, Write write) {
  std::string text = "[";
  for (const auto& value : values) {
    if (text.size() > 1) text += ", ";
    text += write(value);
  }
  return text + "]";
}

// {a: 1, b: 2}
class FlowMap {
 public:
  FlowMap& add(std::string_view key, const std::string& value) {
    if (text_.size() > 1) text_ += ", ";
    text_ += key;
    text_ += ": ";
    text_ += value;
    return *this;
  }
  FlowMap& add_text(std::string_view key, const std::string& value) {
    return value.empty() ? *this : add(key, quoted(value));
  }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

std::string both(const std::string& zh, const std::string& en) {
  return FlowMap().add_text("zh", zh).add_text("en", en).text();
}

template <typename Named>
std::string names(const Named& named) {
  return both(named.name_zh(), named.name_en());
}

std::string written(const stored::AttributeValue& value) {
  return FlowMap().add_text("key", value.key()).add("name", names(value)).text();
}

std::string words_list(const google::protobuf::RepeatedField<int>& values, const Words& words) {
  return flow_list(values, [&](int value) { return std::string(word_of(words, value)); });
}

}  // namespace

std::string quoted(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result.push_back('\\');
      result.push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      constexpr char kHex[] = "0123456789abcdef";
      result += "\\x";
      result.push_back(kHex[byte >> 4]);
      result.push_back(kHex[byte & 15]);
    } else {
      result.push_back(c);
    }
  }
  return result + "\"";
}

std::string written(const stored::PolicyMatch& match) {
  FlowMap map;
  if (!match.kinds().empty()) map.add("kinds", words_list(match.kinds(), kind_words()));
  if (!match.services().empty()) map.add("services", flow_list(match.services(), quoted));
  if (!match.priorities().empty())
    map.add("priorities", words_list(match.priorities(), priority_words()));
  if (!match.channels().empty()) map.add("channels", words_list(match.channels(), channel_words()));
  return map.text();
}

std::string written(const stored::LadderStep& step) {
  std::string at = "due";
  if (const int days = step.offset_working_days(); days != 0)
    at += (days < 0 ? " - " : " + ") + std::to_string(std::abs(days)) + " working days";
  if (step.offset_ms() < 0) at += " - " + sla::format_duration(-step.offset_ms());
  if (step.offset_ms() > 0) at += " + " + sla::format_duration(step.offset_ms());
  FlowMap map;
  map.add("at", at);
  if (step.repeat_every_ms() > 0) {
    map.add("every", sla::format_duration(step.repeat_every_ms()));
    map.add("limit", std::to_string(step.repeat_limit()));
  }
  map.add("to", words_list(step.recipients(), recipient_words()));
  if (step.climb()) map.add("climb", "true");
  map.add("level", std::to_string(step.level()));
  if (step.in_working_time() && step.offset_working_days() == 0) map.add("working", "true");
  if (step.waits_for_opening()) map.add("waits_for_opening", "true");
  if (step.at_any_hour()) map.add("at_any_hour", "true");
  if (step.has_only_if()) {
    const stored::StepCondition& only_if = step.only_if();
    FlowMap condition;
    if (!only_if.kinds().empty()) condition.add("kinds", words_list(only_if.kinds(), kind_words()));
    if (!only_if.priorities().empty())
      condition.add("priorities", words_list(only_if.priorities(), priority_words()));
    if (only_if.late_by_ms() > 0)
      condition.add("late_by", sla::format_duration(only_if.late_by_ms()));
    map.add("only_if", condition.text());
  }
  return map.text();
}

std::string written(const stored::Allowance& allowance) {
  const bool extra =
      allowance.outside_hours_extra_ms() > 0 || allowance.outside_hours_extra_days() > 0;
  if (allowance.has_wall_ms() && !extra && allowance.count_from() == stored::FROM_RECEIVED)
    return sla::format_duration(allowance.wall_ms());
  FlowMap map;
  switch (allowance.amount_case()) {
    case stored::Allowance::kWallMs:
      map.add("wall", sla::format_duration(allowance.wall_ms()));
      break;
    case stored::Allowance::kWorkingMs:
      map.add("working", sla::format_duration(allowance.working_ms()));
      break;
    case stored::Allowance::kWorkingDays:
      map.add("working_days", std::to_string(allowance.working_days()));
      map.add("rule", std::string(word_of(day_rule_words(), allowance.day_rule())));
      break;
    case stored::Allowance::kCalendarDays:
      map.add("calendar_days", std::to_string(allowance.calendar_days()));
      if (allowance.day_rule() == stored::KEEP_WALL_TIME) map.add("rule", "keep_wall_time");
      break;
    case stored::Allowance::AMOUNT_NOT_SET:
      return "agreed";
  }
  if (allowance.count_from() == stored::FROM_OPENING) map.add("from", "opening");
  if (allowance.outside_hours_extra_ms() > 0)
    map.add("outside_hours_extra", sla::format_duration(allowance.outside_hours_extra_ms()));
  if (allowance.outside_hours_extra_days() > 0)
    map.add("outside_hours_extra", std::to_string(allowance.outside_hours_extra_days()));
  return map.text();
}

std::string written_pauses(const stored::ClockRule& rule) {
  google::protobuf::RepeatedField<int> reasons;
  if (rule.pauses_awaiting_documents()) reasons.Add(stored::AWAITING_APPLICANT_DOCUMENTS);
  reasons.MergeFrom(rule.pauses());
  return reasons.empty() ? "" : words_list(reasons, pause_words());
}

std::string written_met_by(const stored::ClockRule& rule) {
  return rule.met_by().empty() ? "" : words_list(rule.met_by(), clock_signal_words());
}

std::string written_on_change(const stored::Policy& policy) {
  if (policy.on_change() == stored::COUNT_FROM_START) return {};
  return std::string(word_of(on_change_words(), policy.on_change()));
}

std::string written_on_reopening(const stored::ClockRule& rule) {
  return rule.starts_on_reopening() ? "start" : "";
}

std::string written_means(const stored::ClockRule& rule) {
  return rule.met_by_means().empty() ? "" : words_list(rule.met_by_means(), reply_means_words());
}

std::string written_quiet_hours(const stored::Catalogue& catalogue) {
  if (!catalogue.has_quiet_hours()) return "";
  const auto time = [](std::uint32_t seconds) {
    const std::string hours = std::to_string(seconds / 3600);
    const std::string minutes = std::to_string(seconds / 60 % 60);
    return std::string(2 - hours.size(), '0') + hours + ":" + std::string(2 - minutes.size(), '0') +
           minutes;
  };
  return time(catalogue.quiet_hours().from_s()) + "-" + time(catalogue.quiet_hours().to_s());
}

std::string written_customer_numbers(const stored::Catalogue& catalogue) {
  if (catalogue.customer_numbers() == stored::CUSTOMER_NUMBER_FORM_UNSPECIFIED) return "";
  return std::string(word_of(customer_number_words(), catalogue.customer_numbers()));
}

std::string written(const stored::RetentionRule& rule) {
  FlowMap map;
  if (!rule.kinds().empty()) map.add("kinds", words_list(rule.kinds(), kind_words()));
  return map.add("days", std::to_string(rule.days())).text();
}

std::string written_retention(const stored::Catalogue& catalogue) {
  return flow_list(catalogue.retention(),
                   [](const stored::RetentionRule& rule) { return written(rule); });
}

std::string written_hotline(const stored::Catalogue& catalogue) {
  if (!catalogue.has_hotline()) return "";
  const stored::Hotline& hotline = catalogue.hotline();
  FlowMap map;
  if (hotline.answer_within_ms() != 0)
    map.add("answer_within", sla::format_duration(hotline.answer_within_ms()));
  map.add_text("callback_service", hotline.callback_service());
  if (!hotline.lines().empty()) map.add("lines", flow_list(hotline.lines(), quoted));
  if (!hotline.queues().empty()) map.add("queues", flow_list(hotline.queues(), quoted));
  if (hotline.keep_days() != 0) map.add("keep_days", std::to_string(hotline.keep_days()));
  return map.text();
}

std::string written_extensions(const stored::Staff& person) {
  return flow_list(person.extensions(), quoted);
}

std::string written_roles(const stored::Staff& person) {
  return words_list(person.roles(), role_words());
}

std::string written_documents(const stored::Service& service) {
  return flow_list(service.documents(), quoted);
}

std::string written_description(const stored::Service& service) {
  return service.description_zh().empty()
             ? ""
             : both(service.description_zh(), service.description_en());
}

std::string written_keywords(const stored::Service& service) {
  return flow_list(service.keywords(), quoted);
}

std::string written_publicity(const stored::Service& service) {
  if (service.publicity() == stored::PUBLICITY_UNSPECIFIED) return "";
  return std::string(word_of(publicity_words(), service.publicity()));
}

std::string written_steps(const stored::Service& service) {
  int at = 0;
  return flow_list(service.steps_zh(), [&](const std::string& zh) {
    return both(zh, at < service.steps_en_size() ? service.steps_en(at++) : "");
  });
}

std::string written(const stored::Attribute& attribute) {
  FlowMap map;
  map.add_text("code", attribute.code()).add("name", names(attribute));
  map.add("type", std::string(word_of(attribute_type_words(), attribute.type())));
  if (attribute.required()) map.add("required", "true");
  if (!attribute.hint_zh().empty()) map.add("hint", both(attribute.hint_zh(), attribute.hint_en()));
  if (!attribute.values().empty())
    map.add("values", flow_list(attribute.values(), [](const auto& v) { return written(v); }));
  return map.text();
}

std::string written(const stored::Fee& fee) {
  FlowMap map;
  map.add_text("id", fee.id()).add("name", names(fee));
  if (fee.amount() != 0) map.add("amount", std::to_string(fee.amount()));
  return map.text();
}

std::string written_absences(const stored::Staff& person, const sla::Zone& zone) {
  return flow_list(person.absences(), [&](const stored::Absence& absence) {
    return FlowMap()
        .add_text("from", zone.format(absence.from_ms(), false))
        .add_text("to", zone.format(absence.to_ms(), true))
        .text();
  });
}

std::string to_yaml(const stored::Catalogue& catalogue) {
  const sla::Zone zone = sla::Zone::load(catalogue.time_zone()).value_or(sla::Zone::utc());
  std::string yaml = "tenants:\n";
  yaml += "  - id: " + quoted(catalogue.tenant()) + "\n";
  yaml += "    number: " + std::to_string(catalogue.tenant_number()) + "\n";
  yaml += "    name: " + names(catalogue) + "\n";
  yaml += "    time_zone: " + quoted(catalogue.time_zone()) + "\n";
  if (!catalogue.calendar().empty()) yaml += "    calendar: " + quoted(catalogue.calendar()) + "\n";
  if (catalogue.has_quiet_hours())
    yaml += "    quiet_hours: " + quoted(written_quiet_hours(catalogue)) + "\n";
  if (const std::string form = written_customer_numbers(catalogue); !form.empty())
    yaml += "    customer_numbers: " + form + "\n";
  if (!catalogue.contact().empty()) yaml += "    contact: " + quoted(catalogue.contact()) + "\n";
  if (!catalogue.retention().empty()) yaml += "    retention:\n";
  for (const stored::RetentionRule& rule : catalogue.retention())
    yaml += "      - " + written(rule) + "\n";
  if (catalogue.has_hotline()) yaml += "    hotline: " + written_hotline(catalogue) + "\n";
  yaml += "    units:\n";
  for (const stored::Unit& unit : catalogue.units()) {
    FlowMap map;
    map.add_text("id", unit.id()).add("name", names(unit));
    map.add_text("parent", unit.parent()).add_text("head", unit.head());
    map.add_text("calendar", unit.calendar());
    yaml += "      - " + map.text() + "\n";
  }
  if (!catalogue.staff().empty()) yaml += "    staff:\n";
  for (const stored::Staff& person : catalogue.staff()) {
    FlowMap map;
    map.add_text("id", person.id()).add_text("name", person.name()).add_text("unit", person.unit());
    map.add_text("deputy", person.deputy()).add("roles", written_roles(person));
    if (!person.extensions().empty()) map.add("extensions", written_extensions(person));
    if (!person.absences().empty()) map.add("away", written_absences(person, zone));
    yaml += "      - " + map.text() + "\n";
  }
  if (!catalogue.services().empty()) yaml += "    services:\n";
  for (const stored::Service& service : catalogue.services()) {
    FlowMap map;
    map.add_text("id", service.id()).add("name", names(service));
    map.add("kind", std::string(word_of(kind_words(), service.kind())))
        .add_text("unit", service.unit());
    if (!service.documents().empty()) map.add("documents", written_documents(service));
    if (const std::string text = written_description(service); !text.empty())
      map.add("description", text);
    map.add_text("group", service.group());
    if (!service.keywords().empty()) map.add("keywords", written_keywords(service));
    if (const std::string word = written_publicity(service); !word.empty())
      map.add("publicity", word);
    if (!service.attributes().empty())
      map.add("attributes",
              flow_list(service.attributes(), [](const auto& a) { return written(a); }));
    if (!service.fees().empty())
      map.add("fees", flow_list(service.fees(), [](const auto& f) { return written(f); }));
    if (!service.steps_zh().empty()) map.add("steps", written_steps(service));
    yaml += "      - " + map.text() + "\n";
  }
  if (!catalogue.policies().empty()) yaml += "    policies:\n";
  for (const stored::Policy& policy : catalogue.policies()) {
    yaml += "      - id: " + quoted(policy.id()) + "\n";
    if (policy.has_match()) yaml += "        match: " + written(policy.match()) + "\n";
    if (const std::string word = written_on_change(policy); !word.empty())
      yaml += "        on_change: " + word + "\n";
    yaml += "        clocks:\n";
    for (const stored::ClockRule& rule : policy.clocks()) {
      yaml += "          " + std::string(word_of(clock_kind_words(), rule.kind())) + ":\n";
      if (rule.has_allowance()) yaml += "            within: " + written(rule.allowance()) + "\n";
      if (rule.pauses_awaiting_documents() || !rule.pauses().empty())
        yaml += "            pauses: " + written_pauses(rule) + "\n";
      if (!rule.met_by().empty()) yaml += "            met_by: " + written_met_by(rule) + "\n";
      if (!rule.met_by_means().empty())
        yaml += "            met_by_means: " + written_means(rule) + "\n";
      if (const std::string word = written_on_reopening(rule); !word.empty())
        yaml += "            on_reopening: " + word + "\n";
      yaml += rule.ladder().empty() ? "            ladder: []\n" : "            ladder:\n";
      for (const stored::LadderStep& step : rule.ladder())
        yaml += "              - " + written(step) + "\n";
    }
  }
  return yaml;
}

}  // namespace casewheel::catalogue
