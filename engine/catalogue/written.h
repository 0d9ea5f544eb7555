// How single values of the catalogue are written, for canonical YAML and for diffs alike, so that a
// diff shows what the file would. Pure, any thread.
#pragma once

#include <string>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/catalogue/zone.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

std::string written(const stored::PolicyMatch& match);
std::string written(const stored::LadderStep& step);
std::string written(const stored::Allowance& allowance);  // "72h"; "agreed" when there is none
std::string written_roles(const stored::Staff& person);
std::string written_documents(const stored::Service& service);
std::string written_absences(const stored::Staff& person, const Zone& zone);

}  // namespace casewheel::catalogue
