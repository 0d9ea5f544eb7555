// Live streams, many at once, and how late what comes on them is: what the programs have in common that open
// them, keep the engine busy at a fixed rate and say how far behind they were.
#pragma once

#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <CLI/App.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bench/histogram.h"
#include "bench/lodge_load.h"
#include "bench/process_cost.h"

namespace casewheel::bench {

struct LiveOptions {
  std::string address = "127.0.0.1:7400";
  std::string token;
  int channels = 16;
  double rate = 1000;  // a second, of what keeps the engine busy
  double seconds = 10;
  long pid = 0;  // of the engine

  // `rated`: of what --rate is.
  void add_to(CLI::App& app, const std::string& rated);
};

// What has come on all streams of a run. Any thread.
class Arrivals {
 public:
  void begin() { ++open_; }
  // Something the engine has heard of at that instant.
  void add(const google::protobuf::Timestamp& heard);
  void end(const grpc::Status& status);
  void wait_for_ends() const;

  std::uint64_t count() const { return lag_us_.count(); }
  // Members of a JSON object: streams that ended by themselves, lags, and what the engine took.
  std::string to_json(const Cost& before, const Cost& after, double seconds) const;

 private:
  std::atomic<int> open_{0};
  std::mutex mutex_;  // guards what follows while streams are open
  Histogram lag_us_;
  std::uint64_t ended_ = 0;
};

template <typename Request, typename Response>
class LiveStreams {
 public:
  // Told of each message, on a library's thread.
  using Take = std::function<void(const Response&, Arrivals&)>;

  LiveStreams(std::string token, Take take) : token_(std::move(token)), take_(std::move(take)) {}

  // `call(context, request, reactor)` is the method of a stub.
  template <typename Call>
  void open(Request request, Call call) {
    streams_.push_back(std::make_unique<Stream>(*this, std::move(request), call));
  }
  void leave() {
    for (const auto& stream : streams_) stream->leave();
    arrivals_.wait_for_ends();
  }
  const Arrivals& arrivals() const { return arrivals_; }

 private:
  class Stream final : public grpc::ClientReadReactor<Response> {
   public:
    template <typename Call>
    Stream(LiveStreams& all, Request request, Call call) : all_(all), request_(std::move(request)) {
      show_token(context_, all_.token_);
      all_.arrivals_.begin();
      call(&context_, &request_, this);
      this->StartRead(&response_);
      this->StartCall();
    }
    void leave() { context_.TryCancel(); }

   private:
    void OnReadDone(bool ok) override {
      if (!ok) return;
      all_.take_(response_, all_.arrivals_);
      this->StartRead(&response_);
    }
    void OnDone(const grpc::Status& status) override { all_.arrivals_.end(status); }

    LiveStreams& all_;
    grpc::ClientContext context_;
    const Request request_;
    Response response_;
  };

  const std::string token_;
  const Take take_;
  Arrivals arrivals_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace casewheel::bench
