#include "engine/doors/grpc/supervision_service.h"

#include <deque>
#include <mutex>
#include <optional>

#include "engine/doors/grpc/stream.h"

namespace casewheel::doors {
namespace {

// Rows asked of the board at once.
constexpr std::size_t kRowsPerTake = 256;

// One watcher's stream. It takes from the board only when the last message is on the wire, so a
// client that does not read costs one message here, and the board ends the watch when too much has
// gathered there.
class WatchStream final : public Stream<::grpc::ServerWriteReactor<v1::WatchDueResponse>> {
 public:
  WatchStream(Doorway& doorway, api::SupervisionApi& supervision)
      : Stream(doorway), supervision_(supervision), watcher_(std::make_shared<Bridge>(this)) {}

  void start(const api::Call& call, const v1::WatchDueRequest& request) {
    Result<std::shared_ptr<views::Watch>> watch = supervision_.watch(call, request, watcher_);
    if (!watch) {
      const std::scoped_lock lock(mutex_);
      return finish(to_status(watch.error()));
    }
    {
      const std::scoped_lock lock(mutex_);
      watch_ = std::move(*watch);
    }
    pump();
  }

  void OnWriteDone(bool ok) noexcept override {
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      if (!ok) finish(::grpc::Status::CANCELLED);
    }
    pump();
  }
  void cut(const Rejection& reason) override {
    const std::scoped_lock lock(mutex_);
    finish(to_status(reason));
  }

 private:
  ~WatchStream() override {
    watcher_->detach();
    if (watch_) watch_->cancel();
  }

  void on_cancel() override {
    const std::scoped_lock lock(mutex_);
    finish(::grpc::Status::CANCELLED);
  }

  // Outlives the stream for as long as the board may still call.
  class Bridge final : public views::Watcher {
   public:
    explicit Bridge(WatchStream* stream) : stream_(stream) {}
    void on_available() override {
      const std::scoped_lock lock(mutex_);
      if (stream_ != nullptr) stream_->pump();
    }
    void on_end(const Rejection& reason) override {
      const std::scoped_lock lock(mutex_);
      if (stream_ != nullptr) stream_->cut(reason);
    }
    void detach() {
      const std::scoped_lock lock(mutex_);
      stream_ = nullptr;
    }

   private:
    std::mutex mutex_;
    WatchStream* stream_;
  };

  // Finish may be called once, and not while a write is under way.
  void finish(const ::grpc::Status& status) {
    if (!ending_) ending_ = status;
    if (writing_ || finished_) return;
    finished_ = true;
    Finish(*ending_);
  }

  void pump() {
    const std::scoped_lock lock(mutex_);
    if (writing_ || finished_) return;
    if (ending_) return finish(*ending_);
    if (!watch_) return;
    if (waiting_.empty()) {
      for (views::WatchMessage& message : watch_->take(kRowsPerTake))
        waiting_.push_back(std::move(message));
    }
    if (waiting_.empty()) return;
    if (const std::optional<Rejection> reason = over(false)) return finish(to_status(*reason));
    response_ = supervision_.to_response(waiting_.front());
    waiting_.pop_front();
    writing_ = true;
    StartWrite(&response_);
  }

  api::SupervisionApi& supervision_;
  std::shared_ptr<Bridge> watcher_;
  std::mutex mutex_;
  std::shared_ptr<views::Watch> watch_;
  std::deque<views::WatchMessage> waiting_;
  v1::WatchDueResponse response_;
  std::optional<::grpc::Status> ending_;
  bool writing_ = false;
  bool finished_ = false;
};

}  // namespace

SupervisionService::SupervisionService(Doorway& doorway, api::CasesApi& cases,
                                       api::SupervisionApi& supervision)
    : Methods(doorway) {
  using api::CasesApi;
  unary("ListDue", supervision, &api::SupervisionApi::list_due);
  unary("AcknowledgeEscalation", cases, &CasesApi::act<v1::AcknowledgeEscalationRequest>);
  unary("ExtendClock", cases, &CasesApi::act<v1::ExtendClockRequest>);
  unary("DecideExtension", cases, &api::CasesApi::act<v1::DecideExtensionRequest>);
  unary("ListNotices", supervision, &api::SupervisionApi::list_notices);
  server_stream<v1::WatchDueRequest, v1::WatchDueResponse>(
      "WatchDue", [&] { return new WatchStream(doorway, supervision); });
}

}  // namespace casewheel::doors
