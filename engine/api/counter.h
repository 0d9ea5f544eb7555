// The counter: what services ask and take, what an application lacks, receipts. Fees are acts on a case
// (cases.h). Thread-safe.
#pragma once

#include "casewheel/v1/counter.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class CounterApi {
 public:
  explicit CounterApi(Services services) : services_(std::move(services)) {}

  void list_services(const Call& call, const v1::ListServicesRequest& request,
                     Done<v1::ListServicesResponse> done);
  void guide(const Call& call, const v1::GetServiceGuideRequest& request,
             Done<v1::ServiceGuide> done);
  void check(const Call& call, const v1::CheckApplicationRequest& request,
             Done<v1::CheckApplicationResponse> done);
  void receipt(const Call& call, const v1::GetReceiptRequest& request, Done<v1::Receipt> done);

 private:
  Services services_;
};

}  // namespace casewheel::api
