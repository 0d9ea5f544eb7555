// A service as a table: each method of its .proto file by name, and what answers it. The table is
// used in place of the callbacks protoc generates because those see only what gRPC could decode
// (decoded.h), and because gRPC turns what they throw into a silent UNKNOWN: here it ends the
// process, as every bug does. Filled in before the server starts; handlers run on gRPC's threads.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "engine/api/call.h"
#include "engine/base/result.h"
#include "engine/doors/grpc/answer_stream.h"
#include "engine/doors/grpc/decoded.h"
#include "engine/doors/grpc/doorway.h"
#include "engine/doors/grpc/gathering_stream.h"
#include "engine/doors/grpc/reply.h"

namespace casewheel::doors {

// gRPC asks it for the memory of each call and gives that back when the last byte is sent: the one
// place that sees a unary call's end without a reactor of its own, which would cost a thread switch.
template <typename Request, typename Response>
class CountedMessages final : public ::grpc::MessageAllocator<Request, Response> {
 public:
  CountedMessages(Doorway& doorway, const api::Method& method)
      : doorway_(doorway), method_(method) {}
  ::grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    return new Holder(doorway_, method_);
  }

 private:
  class Holder final : public ::grpc::MessageHolder<Request, Response> {
   public:
    Holder(Doorway& doorway, const api::Method& method)
        : running_(doorway.calls()), slow_(doorway.slow()), method_(method) {
      if (slow_ != nullptr) began_ = std::chrono::steady_clock::now();
      this->set_request(&request_);
      this->set_response(&response_);
    }
    void Release() override {
      if (slow_ != nullptr) slow_->look_at(method_, began_);
      delete this;
    }

   private:
    RunningCalls::Running running_;
    api::SlowRequests* const slow_;
    const api::Method& method_;
    api::SlowRequests::Instant began_;
    Request request_;
    Response response_;
  };

  Doorway& doorway_;
  const api::Method& method_;
};

template <typename Request, typename Response>
class UnaryHandler final : public ::grpc::internal::CallbackUnaryHandler<Request, Response> {
 public:
  template <typename Run>
  UnaryHandler(Doorway& doorway, const api::Method& method, Run run)
      : ::grpc::internal::CallbackUnaryHandler<Request, Response>(run), messages_(doorway, method) {
    this->SetMessageAllocator(&messages_);
  }

 private:
  CountedMessages<Request, Response> messages_;
};

// `Proto` is the service's class as protoc names it, e.g. v1::Cases.
template <typename Proto>
class Methods : public Proto::Service {
 public:
  using Context = ::grpc::CallbackServerContext;

  // Streams are counted by their reactors.
  explicit Methods(Doorway& doorway) : doorway_(doorway) {}

  template <typename Handlers, typename Request, typename Response>
  void unary(const char* name, Handlers& handlers,
             void (Handlers::*handler)(const api::Call&, const Request&, api::Done<Response>)) {
    const api::Method& method = method_named(name);
    const auto run = [this, &method, &handlers, handler](Context* context,
                                                         const Decoded<Request>* request,
                                                         Response* response) noexcept {
      ::grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
      doorway_.admit(
          *context, method, request,
          [&handlers, handler, reactor, request, response](Result<api::Call> call) noexcept {
            if (!call) return reactor->Finish(to_status(call.error()));
            (handlers.*handler)(*call, request->message,
                                api::on_record<Response>(
                                    *call, [reactor, response](Result<Response> result) noexcept {
                                      if (!result)
                                        return reactor->Finish(to_status(result.error()));
                                      *response = std::move(*result);
                                      reactor->Finish(::grpc::Status::OK);
                                    }));
          });
      return reactor;
    };
    set(name, Request::descriptor(), Response::descriptor(),
        new UnaryHandler<Decoded<Request>, Response>(doorway_, method, run));
  }

  // `make()` gives a new Feed.
  template <typename Request, typename Response, typename Make>
  void server_stream(const char* name, Make make) {
    const auto run =
        [this, &method = method_named(name), make](
            Context* context,
            const Decoded<Request>* request) noexcept -> ::grpc::ServerWriteReactor<Response>* {
      auto* stream = new AnswerStream<Request, Response>(doorway_, make());
      doorway_.admit(*context, method, request,
                     [stream, request](const Result<api::Call>& call) noexcept {
                       if (!call) return stream->refuse(to_status(call.error()));
                       stream->begin(*call, [&] { stream->start(*call, request->message); });
                     });
      return stream;
    };
    set(name, Request::descriptor(), Response::descriptor(),
        new ::grpc::internal::CallbackServerStreamingHandler<Decoded<Request>, Response>(run));
  }

  // `make()` gives a new Gathering.
  template <typename Request, typename Response, typename Make>
  void client_stream(const char* name, Make make) {
    const auto run =
        [this, &method = method_named(name), make](
            Context* context,
            Response* response) noexcept -> ::grpc::ServerReadReactor<Decoded<Request>>* {
      auto* stream = new GatheringStream<Request, Response>(doorway_, response, make());
      doorway_.template admit<Request>(*context, method, nullptr,
                                       [stream](Result<api::Call> call) noexcept {
                                         if (!call) return stream->refuse(to_status(call.error()));
                                         stream->begin(*call, [&] { stream->start(*call); });
                                       });
      return stream;
    };
    set(name, Request::descriptor(), Response::descriptor(),
        new ::grpc::internal::CallbackClientStreamingHandler<Decoded<Request>, Response>(run));
  }

  // `make()` gives the Stream, which decodes each request it reads; its start(call) begins.
  template <typename Request, typename Response, typename Make>
  void both_stream(const char* name, Make make) {
    const auto run =
        [this, &method = method_named(name), make](
            Context* context) noexcept -> ::grpc::ServerBidiReactor<Decoded<Request>, Response>* {
      auto* stream = make();
      doorway_.template admit<Request>(*context, method, nullptr,
                                       [stream](Result<api::Call> call) noexcept {
                                         if (!call) return stream->refuse(to_status(call.error()));
                                         stream->begin(*call, [&] { stream->start(*call); });
                                       });
      return stream;
    };
    set(name, Request::descriptor(), Response::descriptor(),
        new ::grpc::internal::CallbackBidiHandler<Decoded<Request>, Response>(run));
  }

 private:
  static const google::protobuf::MethodDescriptor* descriptor_of(const std::string& name) {
    return google::protobuf::DescriptorPool::generated_pool()
        ->FindServiceByName(Proto::service_full_name())
        ->FindMethodByName(name);
  }
  const api::Method& method_named(const std::string& name) {
    const google::protobuf::MethodDescriptor* method = descriptor_of(name);
    CASEWHEEL_CHECK(method != nullptr,
                    std::string(Proto::service_full_name()) + " has no such method " + name);
    return methods_.emplace_back(api::method_of(*method));
  }

  void set(const std::string& name, const google::protobuf::Descriptor* request,
           const google::protobuf::Descriptor* response, ::grpc::internal::MethodHandler* handler) {
    const google::protobuf::MethodDescriptor* method = descriptor_of(name);
    CASEWHEEL_CHECK(method->input_type() == request && method->output_type() == response,
                    name + " has other messages");
    this->MarkMethodCallback(method->index(), handler);
  }

  Doorway& doorway_;
  std::deque<api::Method> methods_;  // handlers point into it
};

}  // namespace casewheel::doors
