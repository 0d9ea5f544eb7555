// One call on its way in: who calls, whether she may, and the handler that answers; awaited on the door's
// own thread. See api::Admission.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/doors/http/api_method.h"
#include "engine/doors/http/ask.h"
#include "engine/doors/http/awaited.h"
#include "engine/doors/http/listener.h"
#include "engine/doors/http/premises.h"

namespace casewheel::doors {

class Reception {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  Reception(Premises& premises, const ConnectMethod& method, const Head& head, const Peer& peer,
            Deadline give_up);

  // First: by the token; where there is none, by the Authorization field or the certificate. What is refused is so
  // without a look at the request, of which `bytes` have come or are to come.
  Awaitable<std::optional<Rejection>> greet(std::optional<std::string> token, std::size_t bytes,
                                            TokenOf token_of = TokenOf::kKey);
  // Of callers nobody knows little is read, where callers are asked who they are.
  std::size_t bytes_max() const;
  // Whose work it is to read the request.
  std::string payer() const;
  // Then, once: null where the request cannot be read or comes later. A line that has to be on the trail
  // first is durable when this is over.
  Awaitable<Result<api::Call>> admit(const google::protobuf::Message* request);

 private:
  Premises& premises_;
  const Head& head_;
  const Peer& peer_;
  api::Call call_;
  api::Identified who_;
};

// What the method answers; nothing where no answer came by then, or the client has gone: the handler is told
// that nobody waits. The method is unary.
boost::asio::awaitable<std::optional<Result<AnyMessage>>> answer_of(
    Premises& premises, const ConnectMethod& method, const api::Call& call, const Peer& peer,
    std::shared_ptr<const google::protobuf::Message> request);

// What `work()` gives, done among the scans in the payer's turn; refused where her line is full.
template <typename Work>
boost::asio::awaitable<Result<std::invoke_result_t<Work>>> done_apart(Premises& premises,
                                                                      const std::string& payer,
                                                                      Work work) {
  using T = std::invoke_result_t<Work>;
  const auto done = std::make_shared<Awaited<T>>(premises.io.get_executor(), premises.calls);
  std::optional<Rejection> refusal = premises.handlers.services.pools.scans().post(
      payer, [done, work = std::move(work)]() mutable { done->give(work()); });
  if (refusal) co_return *std::move(refusal);
  std::optional<T> value = co_await done->wait();
  co_return *std::move(value);
}

}  // namespace casewheel::doors
