#include "engine/doors/open311/route.h"

#include <array>

#include "engine/doors/http/form.h"

namespace casewheel::doors::open311 {
namespace {

struct Named {
  std::string_view path;
  Resource resource;
  bool has_id;
};
constexpr std::array kResources = {
    Named{"/open311/discovery", Resource::kDiscovery, false},
    Named{"/open311/v2/discovery", Resource::kDiscovery, false},
    Named{"/open311/v2/services", Resource::kServices, false},
    Named{"/open311/v2/services/", Resource::kService, true},
    Named{"/open311/v2/requests", Resource::kRequests, false},
    Named{"/open311/v2/requests/", Resource::kRequest, true},
    Named{"/open311/v2/tokens/", Resource::kToken, true},
    Named{"/open311/v2/servicerequestupdates", Resource::kUpdates, false},
};

}  // namespace

Format format_of(std::string_view path) {
  return path.ends_with(".json") ? Format::kJson : Format::kXml;
}

std::optional<Route> route_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view extension = path.substr(dot);
  if (extension != ".xml" && extension != ".json") return std::nullopt;
  Route route;
  route.format = format_of(path);
  path = path.substr(0, dot);
  for (const Named& named : kResources) {
    if (named.has_id ? !path.starts_with(named.path) : path != named.path) continue;
    route.resource = named.resource;
    if (!named.has_id) return route;
    const std::optional<std::string> id = unescaped(path.substr(named.path.size()));
    if (!id || id->empty() || id->size() > 100 || id->find('/') != std::string::npos)
      return std::nullopt;
    route.id = *id;
    return route;
  }
  return std::nullopt;
}

}  // namespace casewheel::doors::open311
