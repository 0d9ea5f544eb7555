#include "engine/cli/grants.h"

namespace casewheel::cli {

using Grants = google::protobuf::RepeatedPtrField<casewheel::v1::Grant>;

Grants read_grants(const std::vector<std::string>& typed) {
  Grants grants;
  for (const std::string& text : typed) {
    casewheel::v1::Grant* grant = grants.Add();
    const std::size_t at = text.find('@');
    grant->set_role(text.substr(0, at));
    if (at == std::string::npos) continue;
    const std::size_t slash = text.find('/', at);
    grant->set_tenant(text.substr(at + 1, slash == std::string::npos ? slash : slash - at - 1));
    if (slash != std::string::npos) grant->set_unit(text.substr(slash + 1));
  }
  return grants;
}

std::string written_grants(const Grants& grants) {
  std::string text;
  for (const casewheel::v1::Grant& grant : grants) {
    if (!text.empty()) text += " ";
    text += grant.role();
    if (!grant.tenant().empty()) text += "@" + grant.tenant();
    if (!grant.unit().empty()) text += "/" + grant.unit();
  }
  return text;
}

}  // namespace casewheel::cli
