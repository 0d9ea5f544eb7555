// The administration service over gRPC. Verify and backup are long: each runs on a thread of its
// own and waits for its client.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "casewheel/v1/admin.grpc.pb.h"
#include "engine/api/administration.h"
#include "engine/doors/grpc/reply.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class AdminService final : public v1::Admin::CallbackService {
 public:
  // `long_work` runs verify and backup, one at a time.
  AdminService(api::AdministrationApi& administration, boost::asio::thread_pool& long_work)
      : administration_(administration), long_work_(long_work) {}

  using Context = ::grpc::CallbackServerContext;
  using Reactor = ::grpc::ServerUnaryReactor;

  Reactor* GetClock(Context* c, const v1::GetClockRequest* q, v1::ClockInfo* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      administration_.get_clock(call, *q, std::move(done));
    });
  }
  Reactor* AdvanceClock(Context* c, const v1::AdvanceClockRequest* q, v1::ClockInfo* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      administration_.advance_clock(call, *q, std::move(done));
    });
  }
  Reactor* ConfirmClock(Context* c, const v1::ConfirmClockRequest* q, v1::ClockInfo* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      administration_.confirm_clock(call, *q, std::move(done));
    });
  }
  Reactor* GetStatistics(Context* c, const v1::GetStatisticsRequest* q,
                         v1::Statistics* a) override {
    return unary(c, a, [&](const api::Call& call, auto done) {
      administration_.get_statistics(call, *q, std::move(done));
    });
  }
  ::grpc::ServerWriteReactor<v1::VerifyResponse>* Verify(Context* c,
                                                         const v1::VerifyRequest* q) override;
  ::grpc::ServerWriteReactor<v1::CreateBackupResponse>* CreateBackup(
      Context* c, const v1::CreateBackupRequest* q) override;

 private:
  api::AdministrationApi& administration_;
  boost::asio::thread_pool& long_work_;
};

}  // namespace casewheel::doors
