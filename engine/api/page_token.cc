#include "engine/api/page_token.h"

#include <charconv>

namespace casewheel::api {

std::string make_token(const std::vector<std::uint64_t>& numbers) {
  std::string token;
  for (const std::uint64_t number : numbers) {
    char buffer[20];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number, 16);
    if (!token.empty()) token.push_back('-');
    token.append(buffer, end);
  }
  return token;
}

bool parse_token(std::string_view token, std::size_t count, std::vector<std::uint64_t>* numbers) {
  while (numbers->size() < count) {
    const std::size_t dash = token.find('-');
    const std::string_view part = token.substr(0, dash);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number, 16);
    if (part.empty() || error != std::errc{} || end != part.data() + part.size()) return false;
    numbers->push_back(number);
    if (dash == std::string_view::npos) return numbers->size() == count;
    token.remove_prefix(dash + 1);
  }
  return false;  // more numbers than were given out
}

Rejection bad_token() {
  return Rejection::invalid("page_token", "is not one that was given out for this list");
}

Result<int> page_size_of(int asked, int preset, int most) {
  if (asked < 0 || asked > most)
    return Rejection::invalid("page_size", "must lie between 0 and " + std::to_string(most));
  return asked == 0 ? preset : asked;
}

}  // namespace casewheel::api
