#include "engine/base/strict_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>  // Debian's headers bring no library with them
#include <boost/json/value_stack.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace casewheel {
namespace {

namespace json = boost::json;

// Builds the value as Boost.JSON's own parser does, which lets the last of several equal keys win
// without a word; here the keys of every open object are remembered, as they read unescaped.
class UniqueKeys {
 public:
  // The size of the whole document bounds all four.
  static constexpr std::size_t max_object_size = 1 << 20;
  static constexpr std::size_t max_array_size = 1 << 20;
  static constexpr std::size_t max_key_size = 1 << 20;
  static constexpr std::size_t max_string_size = 1 << 20;

  bool on_document_begin(json::error_code&) {
    values_.reset();
    return true;
  }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    open_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t members, json::error_code&) {
    open_.pop_back();
    values_.push_object(members);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t elements, json::error_code&) {
    values_.push_array(elements);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    if (!open_.back().insert(std::exchange(key_, {})).second) {
      twice_ = true;
      error = json::error::syntax;
      return false;
    }
    values_.push_key(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    values_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    values_.push_string(part);
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    number_.clear();
    values_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    number_.clear();
    values_.push_uint64(value);
    return true;
  }
  bool on_double(double value, json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    const std::string text = std::exchange(number_, {});
    // An integer that no number here holds is a name of something, and kept as it is written.
    if (text.find_first_not_of("0123456789-") == std::string::npos) {
      values_.push_string(text);
    } else {
      values_.push_double(value);
    }
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    values_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    values_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  bool twice() const { return twice_; }
  json::value release() { return values_.release(); }

 private:
  json::value_stack values_;
  std::vector<std::set<std::string>> open_;
  std::string key_;
  std::string number_;  // as far as it has come
  bool twice_ = false;
};

}  // namespace

Result<json::object> parse_json_object(std::string_view field, std::string_view text,
                                       JsonLimits limits) {
  const auto refuse = [field](std::string why) {
    return Rejection::invalid(std::string(field), std::move(why));
  };
  if (text.size() > limits.bytes_max)
    return refuse("longer than " + std::to_string(limits.bytes_max) + " bytes");
  json::parse_options options;
  options.max_depth = limits.depth_max;
  json::basic_parser<UniqueKeys> parser(options);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (parser.handler().twice()) return refuse("an object has the same key twice");
  if (error == json::error::too_deep)
    return refuse("nested deeper than " + std::to_string(limits.depth_max) + " levels");
  if (error.failed() || read != text.size() || !parser.done()) return refuse("not JSON");
  json::value value = parser.handler().release();
  if (!value.is_object()) return refuse("not a JSON object");
  return std::move(value.get_object());
}

std::optional<std::string_view> string_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string().data(), value->get_string().size());
}

}  // namespace casewheel
