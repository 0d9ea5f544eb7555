#include "engine/doors/http/reception.h"

#include <utility>

#include "engine/access/secrets.h"
#include "engine/base/limits.h"
#include "engine/doors/http/awaited.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {

Reception::Reception(Premises& premises, const ConnectMethod& method, const Head& head,
                     const Peer& peer, Deadline give_up)
    : premises_(premises), head_(head), peer_(peer) {
  call_.actor = field_of(head, "casewheel-actor");
  call_.from = peer.address;
  call_.give_up = give_up;
  call_.method = &method.method;
}

boost::asio::awaitable<std::optional<Rejection>> Reception::greet(std::optional<std::string> token,
                                                                  std::size_t bytes) {
  const api::Admission& admission = premises_.handlers.admission;
  const std::string_view authorization = field_of(head_, "authorization");
  api::Credentials shown;
  if (token) {
    if (access::parse_key_token(*token)) shown.token = *token;
  } else if (!authorization.empty()) {
    shown.token = bearer_token(authorization);
  } else {
    shown.certificate = peer_.certificate;
  }
  const auto identified =
      std::make_shared<Awaited<api::Identified>>(premises_.io.get_executor(), premises_.calls);
  admission.identify(shown, peer_.address,
                     [identified](api::Identified who) { identified->give(std::move(who)); });
  std::optional<api::Identified> answer = co_await identified->wait();
  who_ = *std::move(answer);
  co_return admission.turn_away(call_, who_, bytes);
}

std::size_t Reception::bytes_max() const {
  const bool asked = premises_.handlers.services.book != nullptr;
  return asked && who_.caller->kind == access::Caller::Kind::kNobody ? limits::kUnauthenticatedBytes
                                                                     : limits::kMessageBytes;
}

boost::asio::awaitable<Result<api::Call>> Reception::admit(
    const google::protobuf::Message* request) {
  const api::Admission& admission = premises_.handlers.admission;
  std::optional<Rejection> refusal = admission.admit(&call_, who_, request);
  if (refusal) co_return *std::move(refusal);
  const auto settled =
      std::make_shared<Awaited<Result<api::Call>>>(premises_.io.get_executor(), premises_.calls);
  admission.settle(std::move(call_),
                   [settled](Result<api::Call> result) { settled->give(std::move(result)); });
  std::optional<Result<api::Call>> admitted = co_await settled->wait();
  co_return *std::move(admitted);
}

boost::asio::awaitable<std::optional<Result<AnyMessage>>> answer_of(
    Premises& premises, const ConnectMethod& method, const api::Call& call,
    std::shared_ptr<const google::protobuf::Message> request) {
  const auto answered =
      std::make_shared<Awaited<Result<AnyMessage>>>(premises.io.get_executor(), premises.calls);
  method.answer(call, *request, [answered, request](Result<AnyMessage> answer) {
    answered->give(std::move(answer));
  });
  std::optional<Result<AnyMessage>> answer = co_await answered->wait(call.give_up);
  co_return answer;
}

}  // namespace casewheel::doors
