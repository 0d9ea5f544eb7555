// The names of events and of their fields in Chinese. Pure.
#pragma once

#include <string>

#include "engine/cli/words.h"

namespace casewheel::cli {

// "回復" of "case_replied"; an event newer than this build keeps its name.
std::string event_words(const std::string& event);

// "承辦人" of "handler"; by the event, since "kind" is the case's in one and the clock's in another. Empty for
// the engine's own keeping; a field newer than this build keeps its name: nothing is left out unseen.
std::string field_words(const std::string& event, const std::string& field);

// "已結案" of "closed" in "status"; what is no word stays as it is.
std::string value_words(const std::string& field, const std::string& value);

// Of somebody who is no staff: "系統" of "engine".
std::string actor_words(const std::string& actor);

}  // namespace casewheel::cli
