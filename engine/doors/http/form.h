// What a form or the query of a URL says: application/x-www-form-urlencoded, in UTF-8. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace casewheel::doors {

// Percent-decoded, "+" as a space; nothing where an escape is broken.
std::optional<std::string> unescaped(std::string_view text);

class Form {
 public:
  using Field = std::pair<std::string, std::string>;

  // Refused where it says more than `fields_max` things, an escape is broken or it is no UTF-8.
  static Result<Form> parse(std::string_view text, std::size_t fields_max);

  // The first of that name; empty where it is not said.
  const std::string& operator[](std::string_view name) const;
  bool says(std::string_view name) const;
  const std::vector<Field>& fields() const { return fields_; }
  void add(std::string name, std::string value);

 private:
  std::vector<Field> fields_;
};

}  // namespace casewheel::doors
