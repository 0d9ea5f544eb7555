// How single values of the catalogue are written, for canonical YAML and for diffs alike, so that a
// diff shows what the file would. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/sla/zone.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

std::string quoted(std::string_view text);  // a YAML scalar, in quotes where it needs them
std::string written(const stored::PolicyMatch& match);
std::string written(const stored::LadderStep& step);
// "72h" or "{working_days: 6, rule: end_of_working_day}"; "agreed" when there is none
std::string written(const stored::Allowance& allowance);
// These three are empty where the rule says nothing.
std::string written_pauses(const stored::ClockRule& rule);
std::string written_met_by(const stored::ClockRule& rule);
std::string written_means(const stored::ClockRule& rule);
std::string written_on_reopening(const stored::ClockRule& rule);           // or empty
std::string written_on_change(const stored::Policy& policy);               // or empty
std::string written_quiet_hours(const stored::Catalogue& catalogue);       // "22:00-08:00" or empty
std::string written_customer_numbers(const stored::Catalogue& catalogue);  // or empty
std::string written(const stored::RetentionRule& rule);
std::string written_retention(const stored::Catalogue& catalogue);  // all of them, in order
std::string written_hotline(const stored::Catalogue& catalogue);    // or empty
std::string written_extensions(const stored::Staff& person);
std::string written_roles(const stored::Staff& person);
std::string written_documents(const stored::Service& service);
std::string written_description(const stored::Service& service);  // or empty
std::string written_keywords(const stored::Service& service);
std::string written_publicity(const stored::Service& service);  // or empty
std::string written_steps(const stored::Service& service);
std::string written(const stored::Attribute& attribute);
std::string written(const stored::Fee& fee);
std::string written_absences(const stored::Staff& person, const sla::Zone& zone);

}  // namespace casewheel::catalogue
