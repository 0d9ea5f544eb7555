// A method of the API as pages name it. Every one is known to the door before it serves: a name
// that is no method, or a method without a right, ends the process when it starts and never with a
// request.
#pragma once

#include <string_view>
#include <vector>

namespace casewheel::doors {

// What a page shows of its visitor instead of the Authorization field. What stood in a URL or a
// form counts as a key's alone, since sessions are for people; what a browser keeps of its sign-in,
// as that of a session for receipts alone.
enum class TokenOf { kKey, kReceipts };

class ApiMethod {
 public:
  // "/casewheel.v1.Cases/GetCase". Only for constants of namespace scope, which are all there is
  // when the door looks at all().
  explicit ApiMethod(std::string_view path) : path_(path) { list().push_back(path); }

  std::string_view path() const { return path_; }
  // Of every page the program holds.
  static const std::vector<std::string_view>& all() { return list(); }

 private:
  static std::vector<std::string_view>& list();

  const std::string_view path_;
};

}  // namespace casewheel::doors
