// What the engine's English refusals say, in Chinese, for people: it speaks English so that every door
// may pass its words on. Pure.
#pragma once

#include <string>

namespace casewheel::cli {

// Of ErrorInfo.reason or a code of gRPC: "本案目前狀態不允許此動作". A reason newer than this build is told as it is.
std::string reason_words(const std::string& reason);

// Of a violation's description or a whole message: "必填". Empty where this build knows no words for it.
std::string description_words(const std::string& description);

}  // namespace casewheel::cli
