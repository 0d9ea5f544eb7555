#include "engine/catalogue/calendar/line_problems.h"

#include "engine/catalogue/yaml_tree.h"

namespace casewheel::catalogue {

LineProblems::LineProblems(std::string_view file_name, std::string_view what) : what_(what) {
  const std::string quoted = shown(file_name);  // no control characters into messages
  file_name_ = file_name.empty() ? "calendar" : quoted.substr(1, quoted.size() - 2);
}

void LineProblems::add(std::size_t line, std::string description) {
  ++count_;
  if (fields_.size() >= kProblemsMax) return;
  fields_.push_back({file_name_ + ":" + std::to_string(line), std::move(description)});
}

Rejection LineProblems::rejection() const {
  Rejection rejection;
  rejection.code = RejectionCode::kInvalidArgument;
  rejection.fields = fields_;
  rejection.message =
      what_ + " has " + std::to_string(count_) + (count_ == 1 ? " problem" : " problems");
  if (count_ > fields_.size())
    rejection.message += ", the first " + std::to_string(fields_.size()) + " are named";
  if (!fields_.empty())
    rejection.message += "; " + fields_[0].field + ": " + fields_[0].description;
  return rejection;
}

}  // namespace casewheel::catalogue
