// Where a case stands, for somebody whose command was refused: who has it, what can be done. Pure.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/cli/directory.h"

namespace casewheel::cli {

// "土地課（tainan.land）／顏佳玲（ts031）"; ids alone where the names are not known.
std::string holder_told(const std::string& unit, const std::string& handler, const Places& places);

// "本案現況 it stands：已結案 closed，承辦 held by …"
std::string standing_line(const ::casewheel::v1::Case& view, const Places& places);

// What to do next; `code` is gRPC's of the refusal. Empty where nothing can be said.
std::string next_step_line(const ::casewheel::v1::Case& view, const std::string& code);

// The same for who may not do it, by the cause that the refusal's message tells; `holds`: it is the case's own
// handler, who is not sent to herself.
std::string next_step_when_denied(const ::casewheel::v1::Case& view, const std::string& message,
                                  bool holds);

// "本案沒有第 9 個時限，現有：1 接案、2 回復"
std::string clocks_told(const ::casewheel::v1::Case& view, const std::string& typed);

}  // namespace casewheel::cli
