#include "engine/doors/grpc/admin_service.h"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>

#include "engine/doors/grpc/stream.h"

namespace casewheel::doors {
namespace {

// Work that reports as it goes, on a thread that may block.
template <typename Request, typename Response>
class WorkStream final : public Stream<::grpc::ServerWriteReactor<Response>> {
 public:
  using Send = std::function<bool(const Response&)>;
  using Work = std::function<Result<bool>(const Request&, const Send&)>;

  WorkStream(Doorway& doorway, boost::asio::thread_pool& threads, Work work)
      : Stream<::grpc::ServerWriteReactor<Response>>(doorway),
        threads_(threads),
        work_(std::move(work)) {}

  void start(const api::Call&, const Request& request) {
    this->hold();
    boost::asio::post(threads_, [this, request] {
      const Result<bool> result =
          work_(request, [this](const Response& response) { return send(response); });
      wait_for_write();
      this->Finish(result ? ::grpc::Status::OK : to_status(result.error()));
      this->release();
    });
  }

  // What was begun is brought to its end.
  void cut(const Rejection&) override {}
  void OnWriteDone(bool ok) noexcept override {
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      gone_ |= !ok;
    }
    written_.notify_all();
  }

 private:
  void on_cancel() override {
    const std::scoped_lock lock(mutex_);
    gone_ = true;
  }
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

  boost::asio::thread_pool& threads_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable written_;
  Response response_;
  bool writing_ = false;
  bool gone_ = false;
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
  using Verify = WorkStream<v1::VerifyRequest, v1::VerifyResponse>;
  server_stream<v1::VerifyRequest, v1::VerifyResponse>("Verify", [&] {
    return new Verify(doorway, long_work, [&](const auto& request, const auto& send) {
      return administration.verify(request, send);
    });
  });
  using Backup = WorkStream<v1::CreateBackupRequest, v1::CreateBackupResponse>;
  server_stream<v1::CreateBackupRequest, v1::CreateBackupResponse>("CreateBackup", [&] {
    return new Backup(doorway, long_work, [&](const auto& request, const auto& send) {
      return administration.create_backup(request, send);
    });
  });
}

}  // namespace casewheel::doors
