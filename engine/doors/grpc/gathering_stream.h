// A stream of requests with one answer over gRPC: the next message is read when the last was taken.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "engine/doors/grpc/decoded.h"
#include "engine/doors/grpc/stream.h"
#include "engine/doors/services/gathering.h"

namespace casewheel::doors {

template <typename Request, typename Response>
class GatheringStream final : public Stream<::grpc::ServerReadReactor<Decoded<Request>>> {
  using Base = Stream<::grpc::ServerReadReactor<Decoded<Request>>>;

 public:
  GatheringStream(Doorway& doorway, Response* response,
                  std::unique_ptr<Gathering<Request, Response>> gathering)
      : Base(doorway), response_(response), gathering_(std::move(gathering)) {}

  void start(api::Call call) {
    call_ = std::move(call);
    this->StartRead(&request_);
  }

  void OnReadDone(bool ok) noexcept override {
    {
      const std::scoped_lock lock(mutex_);
      if (ended_) return;
      // All has come, or the client has gone in the middle: who is gone cannot be written to.
      if (!ok) return this->StartSendInitialMetadata();
    }
    if (std::optional<Rejection> reason = Base::over(true)) return end(to_status(*reason));
    if (!request_.decode()) return end(to_status(*request_.fault));
    this->hold();
    gathering_->take(call_, request_.message, [this](const Result<bool>& taken) {
      if (!taken) end(to_status(taken.error()));
      if (taken) read_on();
      this->release();
    });
  }
  void OnSendInitialMetadataDone(bool ok) noexcept override {
    if (!ok) return end(::grpc::Status::CANCELLED);
    this->hold();
    gathering_->finish([this](Result<Response> answer) {
      if (answer) end(::grpc::Status::OK, &*answer);
      if (!answer) end(to_status(answer.error()));
      this->release();
    });
  }
  void cut(const Rejection& reason) override { end(to_status(reason)); }

 private:
  void on_cancel() override { end(::grpc::Status::CANCELLED); }

  void read_on() {
    const std::scoped_lock lock(mutex_);
    if (!ended_) this->StartRead(&request_);
  }
  // Once. What was begun is brought to its end beside it.
  void end(const ::grpc::Status& status, Response* answer = nullptr) {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    ended_ = true;
    if (answer != nullptr) *response_ = std::move(*answer);
    this->Finish(status);
  }

  Response* response_;  // gRPC's; there until the end
  const std::unique_ptr<Gathering<Request, Response>> gathering_;
  api::Call call_;
  Decoded<Request> request_;
  std::mutex mutex_;
  bool ended_ = false;
};

}  // namespace casewheel::doors
