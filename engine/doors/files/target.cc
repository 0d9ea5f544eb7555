#include "engine/doors/files/target.h"

#include <algorithm>
#include <charconv>

#include "engine/doors/http/form.h"

namespace casewheel::doors {

std::optional<FileTarget> file_target(std::string_view path) {
  constexpr std::string_view kCases = "/v1/cases/";
  constexpr std::string_view kAttachments = "attachments";
  if (!path.starts_with(kCases)) return std::nullopt;
  path.remove_prefix(kCases.size());
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
  std::optional<std::string> number = unescaped(path.substr(0, slash));
  path.remove_prefix(slash + 1);
  if (!number || !path.starts_with(kAttachments)) return std::nullopt;
  path.remove_prefix(kAttachments.size());
  FileTarget target{std::move(*number)};
  if (path.empty()) return target;
  if (path.front() != '/') return std::nullopt;
  path.remove_prefix(1);
  const auto [end, error] =
      std::from_chars(path.data(), path.data() + path.size(), target.attachment);
  if (error != std::errc{} || end != path.data() + path.size() || target.attachment == 0)
    return std::nullopt;
  return target;
}

std::optional<std::map<std::string, std::string>> query_values(std::string_view query) {
  std::map<std::string, std::string> values;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::optional<std::string> name = unescaped(one.substr(0, equals));
    const std::optional<std::string> value =
        unescaped(one.substr(std::min(equals + 1, one.size())));
    if (!name || !value || !values.emplace(*name, *value).second) return std::nullopt;
  }
  return values;
}

}  // namespace casewheel::doors
