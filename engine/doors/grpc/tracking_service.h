// The tracking service over gRPC: every method to its handler.
#pragma once

#include "casewheel/v1/tracking.grpc.pb.h"
#include "engine/api/tracking.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class TrackingService final : public Methods<v1::Tracking> {
 public:
  TrackingService(Doorway& doorway, api::TrackingApi& tracking) : Methods(doorway) {
    unary("TrackCase", tracking, &api::TrackingApi::track);
    unary("IssueTrackingCode", tracking, &api::TrackingApi::issue_code);
  }
};

}  // namespace casewheel::doors
