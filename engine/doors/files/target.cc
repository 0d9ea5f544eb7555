#include "engine/doors/files/target.h"

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

}  // namespace casewheel::doors
