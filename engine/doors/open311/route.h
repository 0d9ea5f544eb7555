// Which resource of Open311 a path names: /open311/v2/requests/13….xml. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/doors/open311/document.h"

namespace casewheel::doors::open311 {

enum class Resource { kDiscovery, kServices, kService, kRequests, kRequest, kToken, kUpdates };

struct Route {
  Resource resource = Resource::kDiscovery;
  std::string id;  // of kService, kRequest and kToken
  Format format = Format::kXml;
};

// Nothing where there is no such resource, or not in that format.
std::optional<Route> route_of(std::string_view path);
// In which errors are told, whatever the path names.
Format format_of(std::string_view path);

}  // namespace casewheel::doors::open311
