// What the engine's English refusals say, in Chinese, for people: it speaks English so that every door
// may pass its words on. Pure.
#pragma once

#include <string>

namespace casewheel::cli {

// Of ErrorInfo.reason or a code of gRPC: "目前狀態不允許此動作". A reason newer than this build is told as it is.
// What a message says of its cause goes before it: one code has many.
std::string reason_words(const std::string& reason);

// Of a violation's description or a whole message: "必填". Empty where this build knows no words for it.
std::string description_words(const std::string& description);

// A text that the engine says in both languages at once, Chinese first; of any other `chinese` is empty.
struct Told {
  std::string chinese, english;
};
Told parted(const std::string& text);

}  // namespace casewheel::cli
