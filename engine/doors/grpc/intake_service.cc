#include "engine/doors/grpc/intake_service.h"

#include <deque>
#include <mutex>
#include <optional>

#include "engine/base/limits.h"
#include "engine/doors/grpc/stream.h"

namespace casewheel::doors {
namespace {

class IngestStream final
    : public Stream<::grpc::ServerBidiReactor<Decoded<v1::IngestRequest>, v1::IngestResponse>> {
 public:
  IngestStream(Doorway& doorway, api::Services services) : Stream(doorway), services_(services) {}

  void start(api::Call call) {
    auto bridge = bridge_;
    session_ = std::make_shared<api::IngestSession>(
        services_, std::move(call),
        api::IngestSession::Door{[bridge](v1::IngestResponse&& response) {
                                   bridge->with(
                                       [&](IngestStream& s) { s.send(std::move(response)); });
                                 },
                                 [bridge](std::optional<Rejection> reason) {
                                   bridge->with([&](IngestStream& s) { s.end(reason); });
                                 },
                                 [bridge] { bridge->with([](IngestStream& s) { s.read_on(); }); }});
    bridge_->stream = this;
    StartRead(&request_);
  }

  void OnReadDone(bool ok) noexcept override {
    if (!ok) return session_->finish();
    if (std::optional<Rejection> reason = over(true)) return session_->fail(std::move(*reason));
    if (!request_.decode()) return session_->fail(*request_.fault);
    if (session_->receive(request_.message)) read_on();
  }
  void OnWriteDone(bool ok) noexcept override {
    const std::scoped_lock lock(mutex_);
    writing_ = false;
    if (!ok) answers_.clear();
    write_next();
  }
  void cut(const Rejection& reason) override { session_->fail(reason); }

 private:
  ~IngestStream() override {
    if (session_) session_->abandon();
    bridge_->detach();
  }

  void on_cancel() override {
    session_->abandon();
    const std::scoped_lock lock(mutex_);
    answers_.clear();
    if (!ending_) ending_ = ::grpc::Status::CANCELLED;
    write_next();
  }

  // The session outlives the stream while answers are on their way.
  struct Bridge {
    std::recursive_mutex mutex;
    IngestStream* stream = nullptr;
    template <typename Use>
    void with(Use use) {
      const std::scoped_lock lock(mutex);
      if (stream != nullptr) use(*stream);
    }
    void detach() {
      const std::scoped_lock lock(mutex);
      stream = nullptr;
    }
  };

  void send(v1::IngestResponse&& response) {
    const std::scoped_lock lock(mutex_);
    if (ending_) return;
    answers_.push_back(std::move(response));
    write_next();
  }
  void end(const std::optional<Rejection>& reason) {
    const std::scoped_lock lock(mutex_);
    if (!ending_) ending_ = reason ? to_status(*reason) : ::grpc::Status::OK;
    write_next();
  }
  // A client that sends without reading its answers is not read either.
  void read_on() {
    {
      const std::scoped_lock lock(mutex_);
      held_ = answers_.size() >= limits::kIngestWindow;
      if (held_ || ending_) return;
    }
    StartRead(&request_);
  }
  void write_next() {
    if (held_ && !ending_ && answers_.size() < limits::kIngestWindow / 2) {
      held_ = false;
      StartRead(&request_);
    }
    if (writing_ || finished_) return;
    if (!answers_.empty()) {
      response_ = std::move(answers_.front());
      answers_.pop_front();
      writing_ = true;
      // Answers that follow at once share a packet.
      ::grpc::WriteOptions options;
      if (!answers_.empty()) options.set_buffer_hint();
      StartWrite(&response_, options);
      return;
    }
    if (ending_) {
      finished_ = true;
      Finish(*ending_);
    }
  }

  api::Services services_;
  std::shared_ptr<Bridge> bridge_ = std::make_shared<Bridge>();
  std::shared_ptr<api::IngestSession> session_;
  Decoded<v1::IngestRequest> request_;
  v1::IngestResponse response_;
  std::mutex mutex_;
  std::deque<v1::IngestResponse>
      answers_;  // at most two windows' worth: on their way, and not yet read
  std::optional<::grpc::Status> ending_;
  bool held_ = false;  // no read is under way: the client has answers to read first
  bool writing_ = false;
  bool finished_ = false;
};

}  // namespace

IntakeService::IntakeService(Doorway& doorway, api::Services services) : Methods(doorway) {
  both_stream<v1::IngestRequest, v1::IngestResponse>(
      "Ingest", [&doorway, services] { return new IngestStream(doorway, services); });
}

}  // namespace casewheel::doors
