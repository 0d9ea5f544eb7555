// The words of the API in Traditional Chinese and English, as the glossary of engine/README.md gives
// them, and back: what a person types for a kind, a channel or a status. Pure.
#pragma once

#include <google/protobuf/generated_enum_reflection.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/v1/cases.pb.h"
#include "engine/cli/matching.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

struct Word {
  const char* chinese = "";
  const char* english = "";
};

// Both strings are empty for the unspecified value and for a number newer than this build: `both`
// tells them apart.
Word word(v1::Kind kind);
Word word(v1::Channel channel);
Word word(v1::Priority priority);
Word word(v1::CaseStatus status);
Word word(v1::ClockKind kind);
Word word(v1::ClockStatus status);
Word word(v1::ReplyMeans means);
Word word(v1::Outcome outcome);
Word word(v1::LatenessCause cause);
Word word(v1::PauseReason reason);

// "陳情 complaint"; "-" for the unspecified value; "#42" for one that is newer than this build.
template <typename Enum>
std::string both(Enum value) {
  const Word w = word(value);
  if (w.english[0] != '\0') return std::string(w.chinese) + " " + w.english;
  return value == 0 ? "-" : "#" + std::to_string(static_cast<int>(value));
}

// The number of an enum value named by its full name ("KIND_FAULT_REPORT"), its short name in any
// case, with '-', '_' or ' ' between words ("fault-report"), or its Chinese word. Never the
// unspecified value. Where two values share a Chinese word, the one with the higher number is meant:
// 普通件 is normal, not low.
std::optional<int> parse_enum(const google::protobuf::EnumDescriptor& type, std::string_view text);

// "complaint, application, ...": what parse_enum takes, for messages.
std::string enum_choices(const google::protobuf::EnumDescriptor& type);

template <typename Enum>
std::optional<Enum> parse_word(std::string_view text) {
  const auto number = parse_enum(*google::protobuf::GetEnumDescriptor<Enum>(), text);
  if (!number) return std::nullopt;
  return static_cast<Enum>(*number);
}

// The values somebody may choose from, all but the unspecified one.
template <typename Enum>
std::vector<Entry> word_entries() {
  std::vector<Entry> entries;
  const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
  for (int i = 1; i < type.value_count(); ++i) {
    const Word one = word(static_cast<Enum>(type.value(i)->number()));
    entries.push_back({one.english, one.chinese, one.english, "", ""});
  }
  return entries;
}

}  // namespace casewheel::cli
