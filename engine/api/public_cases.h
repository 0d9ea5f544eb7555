// What strangers may see of cases, by the publicity of their services: lists, and one by its number.
// Works on what is committed, on the readers' threads.
#pragma once

#include "casewheel/v1/public_cases.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class PublicCasesApi {
 public:
  explicit PublicCasesApi(Services services) : services_(services) {}

  void list(const Call& call, const v1::ListPublicCasesRequest& request,
            Done<v1::ListPublicCasesResponse> done);
  void get(const Call& call, const v1::GetPublicCaseRequest& request, Done<v1::PublicCase> done);

 private:
  Services services_;
};

}  // namespace casewheel::api
