// What a service asks and takes, as the API tells it; and which services whom are told of. Any thread.
#pragma once

#include <string>

#include "casewheel/v1/counter.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

// A tenant as strangers may name it: where the installation has one alone, it need not be said. Unlike
// desk_of(), it asks nothing of the caller.
struct Counterside {
  std::shared_ptr<const catalogue::Registry> registry;  // keeps the rules alive
  const catalogue::TenantRules* rules = nullptr;
  bool at_home = false;  // the caller may see the tenant: all its services are hers to know
};
Result<Counterside> counterside_of(const Call& call, const Services& services,
                                   const std::string& tenant);

// Null where there is none, or none the caller is told of.
const stored::Service* find_service(const Counterside& side, const std::string& id);

// Without time limits.
v1::ServiceGuide to_guide(const stored::Service& service);
// What is promised to applicants for a case of ordinary priority that comes by the counter.
void add_time_limits(const stored::Service& service, const catalogue::TenantRules& rules,
                     v1::ServiceGuide* guide);

}  // namespace casewheel::api
