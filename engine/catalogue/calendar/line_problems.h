// What is wrong with a file that is read line by line, as a person corrects it: every problem with
// file and line. The counterpart of Problems, which knows a YAML tree. Lives for one call of a reader.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace casewheel::catalogue {

// Some programs begin a UTF-8 file with it.
inline constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

class LineProblems {
 public:
  // `what` begins the message: "the calendar feed".
  LineProblems(std::string_view file_name, std::string_view what);

  void add(std::size_t line, std::string description);  // lines from 1
  bool none() const { return count_ == 0; }
  Rejection rejection() const;

 private:
  std::string file_name_;
  std::string what_;
  std::size_t count_ = 0;  // all of them; the first kProblemsMax are named
  std::vector<FieldViolation> fields_;
};

}  // namespace casewheel::catalogue
