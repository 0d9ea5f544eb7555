// Typed words into the API's types: case numbers, times, lengths, words of the domain. Collects the
// first mistake instead of throwing, so that a command checks once, before it sends anything.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {

class Arguments {
 public:
  explicit Arguments(const absl::TimeZone& zone) : zone_(zone) {}

  // Empty while everything read so far was right.
  const std::string& mistake() const { return mistake_; }

  // Grouped or not, in one word or several: "01 1150723 00042 073". Digits only come back; a wrong
  // check digit is a mistake.
  std::string case_number(const std::vector<std::string>& typed);
  std::string case_number(const std::string& typed) {
    return case_number(std::vector<std::string>{typed});
  }

  // A date that is promised, and where a stretch of time ends: as time(), but a day alone is the end of that day,
  // so that a month is its first and its last day.
  void deadline(const std::string& option, const std::string& text,
                google::protobuf::Timestamp* time);
  // A day as the API has it, "2026-07-24".
  std::string day(const std::string& option, const std::string& text);
  // Sets nothing for an empty text.
  void time(const std::string& option, const std::string& text, google::protobuf::Timestamp* time);
  void length(const std::string& option, const std::string& text,
              google::protobuf::Duration* length);

  // The unspecified value for an empty text.
  template <typename Enum>
  Enum word(const std::string& option, const std::string& text) {
    if (text.empty()) return static_cast<Enum>(0);
    const auto value = parse_word<Enum>(text);
    if (!value) {
      note(option + "：沒有「" + text +
           "」，可用 is none of: " + enum_choices(*google::protobuf::GetEnumDescriptor<Enum>()));
    }
    return value.value_or(static_cast<Enum>(0));
  }

  void note(std::string mistake) {
    if (mistake_.empty()) mistake_ = std::move(mistake);
  }

 private:
  absl::TimeZone zone_;
  std::string mistake_;
};

}  // namespace casewheel::cli
