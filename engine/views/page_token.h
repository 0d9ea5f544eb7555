// Page tokens of the due list: a place in its order, opaque to callers. They hold nothing but the
// place, so they survive changes, restarts and a changed tree of units. Pure; any thread.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/views/due_key.h"

namespace casewheel::views {

// For the page that begins behind `last`.
std::string format_page_token(DueKey last);

// The place to begin behind; an empty token is the tenant's beginning. Rejected (field
// "page_token") when we cannot have made it for this tenant.
Result<DueKey> parse_page_token(const std::string& token, std::uint8_t tenant_number);

}  // namespace casewheel::views
