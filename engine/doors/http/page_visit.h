// One request of a page, read from its connection. Runs within one conversation.
#pragma once

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>
#include <utility>

#include "engine/doors/http/gzip.h"
#include "engine/doors/http/limits.h"
#include "engine/doors/http/listener.h"
#include "engine/doors/http/page.h"
#include "engine/doors/http/reception.h"

namespace casewheel::doors {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// Tells a client that waits to be told to go on.
template <typename Stream>
boost::asio::awaitable<void> say_go_on(Stream& stream, const Head& head) {
  const std::string_view expect = field_of(head, "expect");
  if (!boost::beast::iequals({expect.data(), expect.size()}, "100-continue")) co_return;
  constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
  (void)co_await boost::asio::async_write(stream, boost::asio::buffer(kGoOn), kTold);
}

template <typename Stream>
class PageVisit final : public Visit {
 public:
  PageVisit(Premises& premises, const Peer& peer, Stream& stream, boost::beast::flat_buffer& buffer,
            RequestParser& parser)
      : Visit(premises, peer), stream_(stream), buffer_(buffer), parser_(parser) {}

  const Head& head() const override {
    return flowing_ ? flowing_->get().base() : parser_.get().base();
  }
  std::optional<std::uint64_t> declared_bytes() const override { return declared_; }
  bool keep_alive() const { return flowing_ ? flowing_->keep_alive() : parser_.keep_alive(); }
  // The request was read to its end, so that another can follow.
  bool whole() const { return flowing_ ? flowing_->is_done() : parser_.is_done(); }
  // The connection ended before the request did.
  bool broken() const { return broken_; }

  Awaitable<Result<std::string>> body(std::size_t bytes_max) override {
    if (declared_ && *declared_ > bytes_max) co_return too_long(bytes_max);
    if (!parser_.is_done()) {
      give();
      co_await say_go_on(stream_, head());
      parser_.body_limit(bytes_max);
      stage(Connections::Place::Stage::kBeginning);
      const auto [error, bytes] =
          co_await boost::beast::http::async_read(stream_, buffer_, parser_, kTold);
      stage(Connections::Place::Stage::kAnswered);
      if (error == boost::beast::http::error::body_limit) co_return too_long(bytes_max);
      if (error) co_return lost();
    }
    const std::string_view encoding = field_of(head(), "content-encoding");
    if (encoding.empty() || encoding == "identity") co_return parser_.get().body();
    if (encoding != "gzip")
      co_return Rejection::invalid("content-encoding", "must be gzip or identity");
    // Who sends it may not be known yet: her network pays.
    struct Unpacked {
      std::string bytes;
      std::optional<Rejection> refusal;
    };
    auto work = [packed = std::move(parser_.get().body()), bytes_max] {
      Result<std::string> bytes = gunzip(packed, bytes_max);
      return bytes ? Unpacked{*std::move(bytes), std::nullopt} : Unpacked{{}, bytes.error()};
    };
    const std::string payer = access::network_of(peer().address);
    Result<Unpacked> unpacked = co_await done_apart(premises(), payer, std::move(work));
    if (!unpacked) co_return unpacked.error();
    if (unpacked->refusal) co_return *std::move(unpacked->refusal);
    co_return std::move(unpacked->bytes);
  }

  Awaitable<Result<std::string>> piece() override {
    if (!flowing_) {
      give();
      co_await say_go_on(stream_, head());
      flowing_.emplace(std::move(parser_));
      flowing_->body_limit(boost::none);
    }
    std::string piece;
    while (piece.empty() && !flowing_->is_done()) {
      piece.resize(kPieceBytes);
      flowing_->get().body().data = piece.data();
      flowing_->get().body().size = piece.size();
      give();
      auto [error, bytes] =
          co_await boost::beast::http::async_read(stream_, buffer_, *flowing_, kTold);
      if (error == boost::beast::http::error::need_buffer) error = {};
      if (error) co_return lost();
      piece.resize(piece.size() - flowing_->get().body().size);
    }
    co_return piece;
  }

 private:
  static constexpr std::size_t kPieceBytes = 64 * 1024;

  void stage(Connections::Place::Stage stage) {
    if (peer().place != nullptr) peer().place->enter(stage);
  }
  Rejection lost() {
    broken_ = true;
    return Rejection::of(RejectionCode::kUnavailable, "the request ends before its end");
  }
  // Of every piece, and of a whole body.
  void give() {
    boost::beast::get_lowest_layer(stream_).expires_after(
        std::chrono::milliseconds(limits::kHttpBodyMs));
  }
  static std::optional<std::uint64_t> declared_of(const RequestParser& parser) {
    const auto declared = parser.content_length();
    if (!declared) return std::nullopt;
    return *declared;
  }

  Stream& stream_;
  boost::beast::flat_buffer& buffer_;
  RequestParser& parser_;
  const std::optional<std::uint64_t> declared_ = declared_of(parser_);
  std::optional<boost::beast::http::request_parser<boost::beast::http::buffer_body>> flowing_;
  bool broken_ = false;
};

}  // namespace casewheel::doors
