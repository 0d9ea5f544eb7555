#include "engine/doors/http/reception.h"

#include <algorithm>
#include <utility>

#include "engine/access/secrets.h"
#include "engine/api/slow_requests.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/doors/http/awaited.h"
#include "engine/doors/http/limits.h"
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
                                                                  std::size_t bytes,
                                                                  TokenOf token_of) {
  const api::Admission& admission = premises_.handlers.admission;
  const std::string_view authorization = field_of(head_, "authorization");
  api::Credentials shown;
  if (token) {
    const bool is_key = access::parse_key_token(*token).has_value();
    if (is_key == (token_of == TokenOf::kKey)) shown.token = *token;
    if (token_of == TokenOf::kReceipts) shown.purpose = api::stored::RECEIPTS;
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

std::string Reception::payer() const {
  const bool asked = premises_.handlers.services.book != nullptr;
  return api::payer_of(asked ? who_.caller.get() : nullptr, call_);
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
    Premises& premises, const ConnectMethod& method, const api::Call& call, const Peer& peer,
    std::shared_ptr<const google::protobuf::Message> request) {
  const auto answered =
      std::make_shared<Awaited<Result<AnyMessage>>>(premises.io.get_executor(), premises.calls);
  api::Call asked = call;
  asked.gone = [answered] { return answered->is_abandoned(); };
  const auto began = std::chrono::steady_clock::now();
  method.answer(asked, *request, [answered, request](Result<AnyMessage> answer) {
    answered->give(std::move(answer));
  });
  constexpr std::chrono::milliseconds kLook{limits::kHttpLookForClientMs};
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    std::optional<Result<AnyMessage>> answer =
        co_await answered->wait(std::min(call.give_up, now + kLook));
    if (answer) {
      api::SlowRequests* const slow = premises.handlers.services.slow;
      if (slow != nullptr) slow->look_at(method.method, began);
      co_return answer;
    }
    if (std::chrono::steady_clock::now() >= call.give_up || (peer.is_there && !peer.is_there()))
      break;
  }
  answered->abandon();
  co_return std::nullopt;
}

}  // namespace casewheel::doors
