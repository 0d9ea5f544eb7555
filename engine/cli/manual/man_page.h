// Man pages in roff's man macros: one of casewheel, one of each command with those below it. Pure.
#pragma once

#include <string>

#include "engine/cli/manual/description.h"

namespace casewheel::cli {

// "casewheel" or "casewheel-calls": the page's name, and its file's with ".1" behind.
std::string man_page_name(const DescribedCommand& command);

// Of casewheel itself or of a command of its.
std::string man_page(const DescribedCommand& whole, const DescribedCommand& command);

}  // namespace casewheel::cli
