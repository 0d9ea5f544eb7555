// What every call over gRPC passes: it is counted while it runs, and admitted before its handler does.
// Thread-safe.
#pragma once

#include <utility>

#include "engine/api/admission.h"
#include "engine/api/slow_requests.h"
#include "engine/doors/grpc/decoded.h"
#include "engine/doors/grpc/reply.h"
#include "engine/doors/services/open_streams.h"
#include "engine/doors/services/running_calls.h"

namespace casewheel::doors {

class Doorway {
 public:
  using Context = ::grpc::CallbackServerContext;

  // Both outlive it. `admission` null: everybody is admitted, as whoever the caller says. `slow` null: how
  // long a call takes is not looked at.
  explicit Doorway(const api::Admission* admission, api::SlowRequests* slow = nullptr)
      : admission_(admission), slow_(slow) {}

  RunningCalls& calls() { return calls_; }
  OpenStreams& streams() { return streams_; }
  api::SlowRequests* slow() const { return slow_; }

  // Why a caller who was admitted may call no more, if so; see api::Admission::over.
  std::optional<Rejection> over(const access::Caller* caller, bool used) const {
    return admission_ == nullptr ? std::nullopt : admission_->over(caller, used);
  }
  // Ends the streams of such callers: to be called every second or so.
  void cut_streams() {
    streams_.cut_where([this](const access::Caller* caller) { return over(caller, false); });
  }

  // Calls `done(Result<api::Call>)` once, with the call as its handler gets it or why there is none: on
  // this thread and at once, unless the caller's token is signed with a key that has to be fetched; then
  // later, on the thread that fetched. Context and request last until the call is finished. `request`
  // is null of a stream of them, and else decoded once the caller is known; who may not call is not
  // told what is wrong with it.
  template <typename Message, typename Done>
  void admit(const Context& context, const api::Method& method, const Decoded<Message>* request,
             Done done) const {
    api::Call call = call_of(context);
    call.method = &method;
    if (admission_ == nullptr) {
      if (request != nullptr && !request->decode()) return done(*request->fault);
      return done(std::move(call));
    }
    const std::string from = call.from;
    admission_->identify(
        credentials_of(context), from,
        [this, &context, request, call = std::move(call),
         done = std::move(done)](const api::Identified& who) mutable {
          if (who.waited && context.IsCancelled())
            return done(Rejection::of(RejectionCode::kUnavailable, "the caller has gone"));
          const std::size_t bytes = request == nullptr ? 0 : request->bytes.Length();
          std::optional<Rejection> refusal = admission_->turn_away(call, who, bytes);
          if (refusal) return done(std::move(*refusal));
          const bool decoded = request == nullptr || request->decode();
          refusal = admission_->admit(&call, who,
                                      decoded && request != nullptr ? &request->message : nullptr);
          if (refusal) return done(std::move(*refusal));
          const std::shared_ptr<api::TrailLine> line = call.line;
          admission_->settle(std::move(call), [decoded, request, line, done = std::move(done)](
                                                  Result<api::Call> settled) mutable {
            if (settled && !decoded) {
              if (line != nullptr) line->conclude(*request->fault);
              return done(*request->fault);
            }
            done(std::move(settled));
          });
        });
  }

 private:
  RunningCalls calls_;
  OpenStreams streams_;
  const api::Admission* admission_;
  api::SlowRequests* slow_;
};

}  // namespace casewheel::doors
