// What changes from one version of a tenant's catalogue to the next, in lines a supervisor reads
// before she applies it. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// Lines like "+ unit north", "- staff s01", "~ unit south: head s02 -> s03" and
// "~ policy p: clock reply 72h -> 48h"; every change has its line. Empty when nothing changed: the
// version does not count, nor does the order of units, staff and services, which has no meaning. An
// empty `before` (no tenant) stands for a tenant that is new.
std::vector<std::string> diff(const stored::Catalogue& before, const stored::Catalogue& after);

}  // namespace casewheel::catalogue
