// The intake stream over gRPC: reads only while the session has room, so that a full engine slows
// the sender down instead of filling memory.
#pragma once

#include "casewheel/v1/intake.grpc.pb.h"
#include "engine/api/intake.h"
#include "engine/doors/grpc/reply.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class IntakeService final : public v1::Intake::CallbackService {
 public:
  explicit IntakeService(api::Services services) : services_(services) {}

  ::grpc::ServerBidiReactor<v1::IngestRequest, v1::IngestResponse>* Ingest(
      ::grpc::CallbackServerContext* c) override;

 private:
  api::Services services_;
};

}  // namespace casewheel::doors
