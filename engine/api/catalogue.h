// Loading and showing the catalogue. Parsing YAML is done among the scans.
#pragma once

#include <memory>
#include <optional>

#include "casewheel/v1/catalogue.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class CatalogueApi {
 public:
  explicit CatalogueApi(Services services) : services_(services) {}

  void apply(const Call& call, const v1::ApplyCatalogueRequest& request,
             Done<v1::ApplyCatalogueResponse> done);
  void get(const Call& call, const v1::GetCatalogueRequest& request,
           Done<v1::GetCatalogueResponse> done);
  void list_tenants(const Call& call, const v1::ListTenantsRequest& request,
                    Done<v1::ListTenantsResponse> done);

 private:
  struct Applying;
  // Parses it and says what it changes; what refuses it, whatever is asked.
  std::optional<Rejection> compare(Applying& applying) const;
  // Answers what was only tried, else puts it in force, unless it takes away unasked.
  void decide(const std::shared_ptr<Applying>& applying);

  Services services_;
};

}  // namespace casewheel::api
