#include "engine/doors/http/page.h"

#include <algorithm>

#include "engine/doors/http/reception.h"

namespace casewheel::doors {
namespace {

std::string_view target_of(const Head& head) {
  return {head.target().data(), head.target().size()};
}

}  // namespace

std::string_view Visit::path() const {
  const std::string_view target = target_of(head());
  return target.substr(0, std::min(target.find('?'), target.size()));
}
std::string_view Visit::query() const {
  const std::string_view target = target_of(head());
  return target.substr(std::min(path().size() + 1, target.size()));
}

Awaitable<Result<api::Call>> Visit::admit(const ApiMethod& method,
                                          std::shared_ptr<const google::protobuf::Message> request,
                                          std::optional<std::string> token, TokenOf token_of) {
  const ConnectMethod* found = premises_.methods.find(method.path());  // known since the start
  Reception reception(premises_, *found, head(), peer_, Reception::Deadline::max());
  std::optional<Rejection> refusal =
      co_await reception.greet(std::move(token), request ? request->ByteSizeLong() : 0, token_of);
  if (refusal) co_return *std::move(refusal);
  co_return co_await reception.admit(request.get());
}

Awaitable<Result<AnyMessage>> Visit::ask(const ApiMethod& method,
                                         std::shared_ptr<const google::protobuf::Message> request,
                                         std::optional<std::string> token, TokenOf token_of) {
  const Result<api::Call> call = co_await admit(method, request, std::move(token), token_of);
  if (!call) co_return call.error();
  const ConnectMethod& found = *premises_.methods.find(method.path());
  std::optional<Result<AnyMessage>> answer =
      co_await answer_of(premises_, found, *call, peer_, std::move(request));
  if (!answer) {
    co_return Rejection::of(RejectionCode::kUnavailable, "there was no answer in time");
  }
  co_return *std::move(answer);
}

}  // namespace casewheel::doors
