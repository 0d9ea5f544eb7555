// JSON from outside, read strictly: UTF-8, no comments, no trailing commas, nothing after the document,
// no key twice in an object (readers differ in which one counts, and what one checks another would
// obey), and limits on size and depth. An integer of more than 64 bits is a string of its digits. The one place that compiles Boost.JSON. Any thread.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel {

struct JsonLimits {
  std::size_t bytes_max = 0;
  std::size_t depth_max = 8;  // the outermost object is the first level
};

// The document, which has to be an object, or why it is refused; the reason names `field` and holds
// nothing of the document.
Result<boost::json::object> parse_json_object(std::string_view field, std::string_view text,
                                              JsonLimits limits);

// A member that is a string; nothing when it is absent or something else. Lives as long as the object.
std::optional<std::string_view> string_member(const boost::json::object& object,
                                              std::string_view name);

}  // namespace casewheel
