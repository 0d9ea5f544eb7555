// The supervision service over gRPC; the watch is a stream written at the client's own pace.
#pragma once

#include "casewheel/v1/supervision.grpc.pb.h"
#include "engine/api/cases.h"
#include "engine/api/supervision.h"
#include "engine/doors/grpc/reply.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class SupervisionService final : public v1::Supervision::CallbackService {
 public:
  SupervisionService(api::CasesApi& cases, api::SupervisionApi& supervision)
      : cases_(cases), supervision_(supervision) {}

  using Context = ::grpc::CallbackServerContext;
  using Reactor = ::grpc::ServerUnaryReactor;

  Reactor* ListDue(Context* c, const v1::ListDueRequest* q, v1::ListDueResponse* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      supervision_.list_due(call, *q, std::move(done));
    });
  }
  Reactor* AcknowledgeEscalation(Context* c, const v1::AcknowledgeEscalationRequest* q,
                                 v1::Case* a) override {
    return unary(c, a,
                 [&](const api::Call& call, auto done) { cases_.act(call, *q, std::move(done)); });
  }
  Reactor* ExtendClock(Context* c, const v1::ExtendClockRequest* q, v1::Case* a) override {
    return unary(c, a,
                 [&](const api::Call& call, auto done) { cases_.act(call, *q, std::move(done)); });
  }
  ::grpc::ServerWriteReactor<v1::WatchDueResponse>* WatchDue(Context* c,
                                                             const v1::WatchDueRequest* q) override;

 private:
  api::CasesApi& cases_;
  api::SupervisionApi& supervision_;
};

}  // namespace casewheel::doors
