// The intake stream over gRPC: reads only while the session has room, so that a full engine slows
// the sender down instead of filling memory.
#pragma once

#include "casewheel/v1/intake.grpc.pb.h"
#include "engine/api/intake.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class IntakeService final : public Methods<v1::Intake> {
 public:
  IntakeService(Doorway& doorway, api::Services services);
};

}  // namespace casewheel::doors
