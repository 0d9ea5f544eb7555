// What is spoken on the HTTP door beside Connect: each convention is a Page, reached by the path it
// begins with. A page holds no rule: it translates, and asks the API's own methods as whoever calls. All of
// it runs on the door's one thread, which never waits: what takes long goes through done_apart (reception.h).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/verb.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/doors/http/api_method.h"
#include "engine/doors/http/awaited.h"
#include "engine/doors/http/origins.h"
#include "engine/doors/http/premises.h"

namespace casewheel::doors {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

// One request. Lasts until its answer is written.
class Visit {
 public:
  Visit(Premises& premises, const Peer& peer) : premises_(premises), peer_(peer) {}
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  virtual ~Visit() = default;

  virtual const Head& head() const = 0;
  boost::beast::http::verb verb() const { return head().method(); }
  std::string_view path() const;   // before "?", as sent
  std::string_view query() const;  // behind it
  const Peer& peer() const { return peer_; }
  Premises& premises() { return premises_; }

  // The whole body, unpacked where it is gzip. Refused where it is longer or does not come; then the
  // connection ends with the answer. Either this or piece().
  virtual Awaitable<Result<std::string>> body(std::size_t bytes_max) = 0;
  // The next of the body as it comes, as sent; empty: it was all. Refused where it does not come.
  virtual Awaitable<Result<std::string>> piece() = 0;
  // By the head; nothing where it is not said.
  virtual std::optional<std::uint64_t> declared_bytes() const = 0;

  // What a unary method of the API answers to whoever shows `token`; without one, to whoever the
  // Authorization field or the certificate says.
  Awaitable<Result<AnyMessage>> ask(const ApiMethod& method,
                                    std::shared_ptr<const google::protobuf::Message> request,
                                    std::optional<std::string> token = std::nullopt,
                                    TokenOf token_of = TokenOf::kKey);
  // Whether she may ask that method, of any kind, for pages that then use the API's objects themselves. Without
  // a request where what she asks comes later.
  Awaitable<Result<api::Call>> admit(const ApiMethod& method,
                                     std::shared_ptr<const google::protobuf::Message> request,
                                     std::optional<std::string> token = std::nullopt,
                                     TokenOf token_of = TokenOf::kKey);

  // What `work()` gives, a bounded piece of work that may read the disk: on the threads of the reads.
  template <typename Work>
  auto away(Work work) -> Awaitable<std::invoke_result_t<Work>> {
    using T = std::invoke_result_t<Work>;
    const auto done = std::make_shared<Awaited<T>>(premises_.io.get_executor(), premises_.calls);
    boost::asio::post(premises_.handlers.services.pools.reads(),
                      [done, work = std::move(work)]() mutable { done->give(work()); });
    std::optional<T> answer = co_await done->wait();
    co_return *std::move(answer);
  }

 private:
  Premises& premises_;
  const Peer& peer_;
};

// What follows the head of an answer, as the client reads it. Ends with its visit.
class Pieces {
 public:
  virtual ~Pieces() = default;
  // The next; empty: it was all. Refused: the connection is cut, so that nobody takes it for all.
  virtual Awaitable<Result<std::string>> next() = 0;
};

struct PageAnswer {
  Reply reply = {};  // with the body; of a HEAD without, and Content-Length set
  // Instead of a body. Where the reply has no Content-Length it is sent in chunks.
  std::unique_ptr<Pieces> rest = nullptr;
};

class Page {
 public:
  virtual ~Page() = default;
  // "/track", and "/" as well: this path alone; "/open311/": every path that begins so. The longest that fits is taken.
  virtual std::string_view path() const = 0;
  // What pages of web sites that are not named by --http-origin may do with this request. They may read
  // only what is for everybody and depends on nothing but the request.
  enum class OtherSites { kRefused, kMaySend, kMayRead };
  virtual OtherSites other_sites(const Head&) const { return OtherSites::kRefused; }
  virtual Awaitable<PageAnswer> answer(Visit& visit) = 0;
};

}  // namespace casewheel::doors
