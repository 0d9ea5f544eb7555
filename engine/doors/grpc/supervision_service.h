// The supervision service over gRPC; the watch is a stream written at the client's own pace.
#pragma once

#include "casewheel/v1/supervision.grpc.pb.h"
#include "engine/api/cases.h"
#include "engine/api/supervision.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class SupervisionService final : public Methods<v1::Supervision> {
 public:
  SupervisionService(Doorway& doorway, api::CasesApi& cases, api::SupervisionApi& supervision);
};

}  // namespace casewheel::doors
