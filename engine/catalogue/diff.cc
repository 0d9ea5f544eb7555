#include "engine/catalogue/diff.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "engine/catalogue/words.h"
#include "engine/catalogue/written.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {
namespace {

class Lines {
 public:
  void added(std::string_view what, const std::string& id) { add("+ ", what, id); }
  void removed(std::string_view what, const std::string& id) { add("- ", what, id); }
  void changed(const std::string& subject, std::string_view field, const std::string& before,
               const std::string& after) {
    if (before == after) return;
    const auto value = [](const std::string& text) {
      return text.empty() ? std::string("none") : text;
    };
    lines_.push_back("~ " + subject + ": " + std::string(field) + " " + value(before) + " -> " +
                     value(after));
  }
  void note(std::string line) { lines_.push_back(std::move(line)); }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  void add(std::string_view sign, std::string_view what, const std::string& id) {
    lines_.push_back(std::string(sign) + std::string(what) + " " + id);
  }
  std::vector<std::string> lines_;
};

// Calls `compare(before, after)` for what both sides have, and reports what only one side has.
template <typename Messages, typename Compare>
void each(Lines& lines, std::string_view what, const Messages& before, const Messages& after,
          Compare compare) {
  std::unordered_map<std::string_view, int> old_index;
  std::unordered_map<std::string_view, int> new_index;
  for (int i = 0; i < before.size(); ++i) old_index.emplace(before.Get(i).id(), i);
  for (int i = 0; i < after.size(); ++i) new_index.emplace(after.Get(i).id(), i);
  for (const auto& message : before) {
    if (!new_index.contains(message.id())) lines.removed(what, message.id());
  }
  for (const auto& message : after) {
    const auto found = old_index.find(message.id());
    if (found == old_index.end()) {
      lines.added(what, message.id());
    } else {
      compare(std::string(what) + " " + message.id(), before.Get(found->second), message);
    }
  }
}

template <typename Named>
void compare_names(Lines& lines, const std::string& subject, const Named& before,
                   const Named& after) {
  lines.changed(subject, "name", before.name_zh(), after.name_zh());
  lines.changed(subject, "English name", before.name_en(), after.name_en());
}

// What a service asks for, entry by entry.
template <typename Entries, typename IdOf>
void compare_entries(Lines& lines, const std::string& subject, const std::string& what,
                     const Entries& before, const Entries& after, IdOf id_of) {
  const auto form = [&](const Entries& entries, const std::string& id) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& entry) { return id_of(entry) == id; });
    return found == entries.end() ? std::string() : written(*found);
  };
  for (const auto& entry : before)
    lines.changed(subject, what + " " + id_of(entry), written(entry), form(after, id_of(entry)));
  for (const auto& entry : after) {
    if (form(before, id_of(entry)).empty())
      lines.changed(subject, what + " " + id_of(entry), "", written(entry));
  }
}

void compare_service(Lines& lines, const std::string& subject, const stored::Service& before,
                     const stored::Service& after) {
  compare_names(lines, subject, before, after);
  lines.changed(subject, "kind", std::string(word_of(kind_words(), before.kind())),
                std::string(word_of(kind_words(), after.kind())));
  lines.changed(subject, "unit", before.unit(), after.unit());
  lines.changed(subject, "documents", written_documents(before), written_documents(after));
  lines.changed(subject, "description", written_description(before), written_description(after));
  lines.changed(subject, "group", before.group(), after.group());
  lines.changed(subject, "keywords", written_keywords(before), written_keywords(after));
  lines.changed(subject, "publicity", written_publicity(before), written_publicity(after));
  compare_entries(lines, subject, "attribute", before.attributes(), after.attributes(),
                  [](const auto& attribute) { return attribute.code(); });
  compare_entries(lines, subject, "fee", before.fees(), after.fees(),
                  [](const auto& fee) { return fee.id(); });
  lines.changed(subject, "steps", written_steps(before), written_steps(after));
}

void compare_clock(Lines& lines, const std::string& policy, const stored::ClockRule& before,
                   const stored::ClockRule& after) {
  const std::string clock = "clock " + std::string(word_of(clock_kind_words(), after.kind()));
  lines.changed(policy, clock, written(before.allowance()), written(after.allowance()));
  lines.changed(policy, clock + " pauses", written_pauses(before), written_pauses(after));
  lines.changed(policy, clock + " met by", written_met_by(before), written_met_by(after));
  lines.changed(policy, clock + " met by means", written_means(before), written_means(after));
  lines.changed(policy, clock + " on reopening", written_on_reopening(before),
                written_on_reopening(after));
  for (int i = 0; i < std::max(before.ladder_size(), after.ladder_size()); ++i) {
    lines.changed(policy, clock + " step " + std::to_string(i + 1),
                  i < before.ladder_size() ? written(before.ladder(i)) : "",
                  i < after.ladder_size() ? written(after.ladder(i)) : "");
  }
}

void compare_policy(Lines& lines, const std::string& subject, const stored::Policy& before,
                    const stored::Policy& after) {
  lines.changed(subject, "match", written(before.match()), written(after.match()));
  lines.changed(subject, "on change", written_on_change(before), written_on_change(after));
  const auto clock_of = [](const stored::Policy& policy, stored::ClockKind kind) {
    const auto found = std::find_if(policy.clocks().begin(), policy.clocks().end(),
                                    [kind](const auto& rule) { return rule.kind() == kind; });
    return found == policy.clocks().end() ? nullptr : &*found;
  };
  const auto summary = [](const stored::ClockRule& rule) {
    return "clock " + std::string(word_of(clock_kind_words(), rule.kind()));
  };
  for (const stored::ClockRule& rule : before.clocks()) {
    if (clock_of(after, rule.kind()) == nullptr) {
      lines.changed(subject, summary(rule), written(rule.allowance()), "");
    }
  }
  for (const stored::ClockRule& rule : after.clocks()) {
    const stored::ClockRule* old = clock_of(before, rule.kind());
    if (old == nullptr) {
      lines.changed(subject, summary(rule), "", written(rule.allowance()));
    } else {
      compare_clock(lines, subject, *old, rule);
    }
  }
}

// The first policy that matches decides, so the order of those on both sides is a rule of its own.
void compare_order(Lines& lines, const stored::Catalogue& before, const stored::Catalogue& after) {
  const auto order = [](const stored::Catalogue& of, const stored::Catalogue& other) {
    std::unordered_map<std::string_view, int> known;
    for (const stored::Policy& policy : other.policies()) known.emplace(policy.id(), 0);
    std::vector<std::string_view> ids;
    for (const stored::Policy& policy : of.policies()) {
      if (known.contains(policy.id())) ids.push_back(policy.id());
    }
    return ids;
  };
  if (order(before, after) == order(after, before)) return;
  std::string line = "~ order of policies:";
  for (const stored::Policy& policy : after.policies()) line += " " + policy.id();
  lines.note(std::move(line));
}

}  // namespace

std::vector<std::string> diff(const stored::Catalogue& before, const stored::Catalogue& after) {
  Lines lines;
  const std::string tenant = "tenant " + after.tenant();
  if (before.tenant().empty()) {
    lines.note("+ " + tenant);
  } else {
    lines.changed(tenant, "number", std::to_string(before.tenant_number()),
                  std::to_string(after.tenant_number()));
    compare_names(lines, tenant, before, after);
    lines.changed(tenant, "time_zone", before.time_zone(), after.time_zone());
    lines.changed(tenant, "calendar", before.calendar(), after.calendar());
    lines.changed(tenant, "quiet_hours", written_quiet_hours(before), written_quiet_hours(after));
    lines.changed(tenant, "customer_numbers", written_customer_numbers(before),
                  written_customer_numbers(after));
    lines.changed(tenant, "contact", before.contact(), after.contact());
    lines.changed(tenant, "retention", written_retention(before), written_retention(after));
    lines.changed(tenant, "hotline", written_hotline(before), written_hotline(after));
  }
  each(lines, "unit", before.units(), after.units(),
       [&](const std::string& subject, const auto& a, const auto& b) {
         compare_names(lines, subject, a, b);
         lines.changed(subject, "parent", a.parent(), b.parent());
         lines.changed(subject, "head", a.head(), b.head());
         lines.changed(subject, "calendar", a.calendar(), b.calendar());
       });
  const sla::Zone zone = sla::Zone::load(after.time_zone()).value_or(sla::Zone::utc());
  each(lines, "staff", before.staff(), after.staff(),
       [&](const std::string& subject, const auto& a, const auto& b) {
         lines.changed(subject, "name", a.name(), b.name());
         lines.changed(subject, "unit", a.unit(), b.unit());
         lines.changed(subject, "deputy", a.deputy(), b.deputy());
         lines.changed(subject, "roles", written_roles(a), written_roles(b));
         lines.changed(subject, "extensions", written_extensions(a), written_extensions(b));
         lines.changed(subject, "away", written_absences(a, zone), written_absences(b, zone));
       });
  each(lines, "service", before.services(), after.services(),
       [&](const std::string& subject, const auto& a, const auto& b) {
         compare_service(lines, subject, a, b);
       });
  each(lines, "policy", before.policies(), after.policies(),
       [&](const std::string& subject, const auto& a, const auto& b) {
         compare_policy(lines, subject, a, b);
       });
  compare_order(lines, before, after);
  return lines.take();
}

}  // namespace casewheel::catalogue
