// A feed over gRPC.
#pragma once

#include <memory>
#include <utility>

#include "engine/doors/grpc/stream.h"
#include "engine/doors/services/feed.h"

namespace casewheel::doors {

template <typename Request, typename Response>
class AnswerStream final : public Stream<::grpc::ServerWriteReactor<Response>>, private Answers {
  using Base = Stream<::grpc::ServerWriteReactor<Response>>;

 public:
  AnswerStream(Doorway& doorway, std::unique_ptr<Feed> feed)
      : Base(doorway), feed_(std::move(feed)) {}

  void start(const api::Call& call, const Request& request) { feed_->start(*this, call, request); }

  void cut(const Rejection& reason) override { feed_->cut(reason); }
  void OnWriteDone(bool ok) noexcept override { feed_->on_written(ok); }

 private:
  void on_cancel() override { feed_->on_gone(); }

  void write(const google::protobuf::Message& message) override {
    this->StartWrite(static_cast<const Response*>(&message));
  }
  void finish(const std::optional<Rejection>& reason) override {
    this->Finish(reason ? to_status(*reason) : ::grpc::Status::OK);
  }
  void abandon() override { this->Finish(::grpc::Status::CANCELLED); }
  std::optional<Rejection> over() const override { return Base::over(false); }
  void hold() override { Base::hold(); }
  void release() override { Base::release(); }

  const std::unique_ptr<Feed> feed_;
};

}  // namespace casewheel::doors
