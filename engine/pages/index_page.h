// The page at "/": what this is, and where to go from here. Pure, any thread.
#pragma once

#include <string>

#include "engine/pages/html.h"

namespace casewheel::pages {

std::string index_page(Language language);

}  // namespace casewheel::pages
