// One file out of a form: RFC 7578, as browsers send it, piece by piece as it comes. Of fields without a
// file nothing is kept. Bytes of strangers: heads and fields are bounded. One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::doors {

class FormFile {
 public:
  explicit FormFile(std::string_view boundary) : line_("\r\n--" + std::string(boundary)) {}

  // The next of the body. Gives what it holds of the file, which may be nothing yet. Refused where it is
  // no form, or holds a second file.
  Result<std::string> take(std::string_view bytes);
  // Whether the form has come to its end.
  bool whole() const { return state_ == State::kEnd; }
  // Of the file, once its head has come.
  const std::optional<std::string>& name() const { return name_; }

 private:
  enum class State : std::uint8_t { kBefore, kAfterLine, kHead, kField, kFile, kEnd };

  // False: more is needed before the next step.
  Result<bool> step(std::string* file);
  Result<bool> read_head(std::string_view head);
  // Bytes up to the next line of the boundary, or those that cannot be part of one.
  std::size_t before_line(bool* found) const;

  const std::string line_;  // as it stands before each part
  // The line that begins the first part has nothing before it.
  std::string buffer_ = "\r\n";
  State state_ = State::kBefore;
  std::size_t passed_ = 0;  // bytes of what is not the file
  std::optional<std::string> name_;
};

}  // namespace casewheel::doors
