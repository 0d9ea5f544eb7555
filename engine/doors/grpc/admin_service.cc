#include "engine/doors/grpc/admin_service.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>

namespace casewheel::doors {
namespace {

// Work that reports as it goes, on a thread that may block. Deleted when both gRPC and the work are
// done with it.
template <typename Response>
class WorkStream final : public ::grpc::ServerWriteReactor<Response> {
 public:
  using Work = std::function<Result<bool>(const std::function<bool(const Response&)>& send)>;

  explicit WorkStream(RunningCalls& calls) : running_(calls) {}

  void start(boost::asio::thread_pool& threads, Work work) {
    boost::asio::post(threads, [this, work = std::move(work)] {
      const Result<bool> result = work([this](const Response& response) { return send(response); });
      wait_for_write();
      this->Finish(result ? ::grpc::Status::OK : to_status(result.error()));
      release();
    });
  }

  void OnWriteDone(bool ok) noexcept override {
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      gone_ |= !ok;
    }
    written_.notify_all();
  }
  void OnCancel() noexcept override {
    const std::scoped_lock lock(mutex_);
    gone_ = true;
  }
  void OnDone() noexcept override { release(); }

 private:
  bool send(const Response& response) {
    wait_for_write();
    {
      const std::scoped_lock lock(mutex_);
      if (gone_) return false;
      writing_ = true;
      response_ = response;
    }
    this->StartWrite(&response_);
    return true;
  }
  void wait_for_write() {
    std::unique_lock lock(mutex_);
    written_.wait(lock, [&] { return !writing_; });
  }
  void release() {
    bool last = false;
    {
      const std::scoped_lock lock(mutex_);
      last = --users_ == 0;
    }
    if (last) delete this;
  }

  RunningCalls::Running running_;
  std::mutex mutex_;
  std::condition_variable written_;
  Response response_;
  bool writing_ = false;
  bool gone_ = false;
  int users_ = 2;  // gRPC and the work
};

}  // namespace

AdminService::AdminService(Doorway& doorway, api::AdministrationApi& administration,
                           boost::asio::thread_pool& long_work)
    : Methods(doorway) {
  using api::AdministrationApi;
  unary("GetClock", administration, &AdministrationApi::get_clock);
  unary("AdvanceClock", administration, &AdministrationApi::advance_clock);
  unary("ConfirmClock", administration, &AdministrationApi::confirm_clock);
  unary("GetStatistics", administration, &AdministrationApi::get_statistics);
  server_stream<v1::VerifyRequest, v1::VerifyResponse>(
      "Verify", [&](const api::Call&, const v1::VerifyRequest& q) {
        auto* stream = new WorkStream<v1::VerifyResponse>(doorway.calls());
        stream->start(long_work, [&administration, request = q](const auto& send) {
          return administration.verify(request, send);
        });
        return stream;
      });
  server_stream<v1::CreateBackupRequest, v1::CreateBackupResponse>(
      "CreateBackup", [&](const api::Call&, const v1::CreateBackupRequest& q) {
        auto* stream = new WorkStream<v1::CreateBackupResponse>(doorway.calls());
        stream->start(long_work, [&administration, request = q](const auto& send) {
          return administration.create_backup(request, send);
        });
        return stream;
      });
}

}  // namespace casewheel::doors
