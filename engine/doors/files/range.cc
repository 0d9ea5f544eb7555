#include "engine/doors/files/range.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "engine/doors/http/field_words.h"

namespace casewheel::doors {
namespace {

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  // More than fits lies behind the end of every file.
  return error == std::errc::result_out_of_range ? UINT64_MAX : number;
}

}  // namespace

ByteRange range_of(std::string_view range, std::string_view if_range, std::string_view etag,
                   std::uint64_t bytes) {
  const ByteRange whole{ByteRange::Kind::kWhole, 0, bytes};
  if (!range.starts_with("bytes=") || (!if_range.empty() && trimmed(if_range) != etag))
    return whole;
  range = trimmed(range.substr(6));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return whole;
  const std::string_view first = range.substr(0, dash);
  const std::string_view last = range.substr(dash + 1);
  if (first.empty()) {
    const std::optional<std::uint64_t> tail = number_of(last);
    if (!tail) return whole;
    if (*tail == 0 || bytes == 0) return {ByteRange::Kind::kNone};
    const std::uint64_t length = std::min(*tail, bytes);
    return {ByteRange::Kind::kPart, bytes - length, length};
  }
  const std::optional<std::uint64_t> begin = number_of(first);
  const std::optional<std::uint64_t> end =
      last.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : number_of(last);
  if (!begin || !end || *end < *begin) return whole;
  if (*begin >= bytes) return {ByteRange::Kind::kNone};
  return {ByteRange::Kind::kPart, *begin, std::min(*end, bytes - 1) - *begin + 1};
}

std::string content_range(const ByteRange& range, std::uint64_t bytes) {
  const std::string of = "/" + std::to_string(bytes);
  if (range.kind == ByteRange::Kind::kNone) return "bytes *" + of;
  return "bytes " + std::to_string(range.begin) + "-" +
         std::to_string(range.begin + range.length - 1) + of;
}

bool names_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view one = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || (one == etag && !one.empty())) return true;
  }
  return false;
}

std::string disposition_of(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' || c == ' ') {
      plain.push_back(c);
    } else if (byte >= 0xc0 || byte < 0x80) {
      plain.push_back('_');  // one a character
    }
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + percent_escaped(name);
}

}  // namespace casewheel::doors
