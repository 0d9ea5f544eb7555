// One connection of the HTTP door: its requests in order. Those of Connect are admitted, decoded and
// answered by the handlers of all doors here; others by their pages. Owned by the coroutine that runs it,
// on the door's own thread.
#pragma once

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/api/work.h"
#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/envelope.h"
#include "engine/doors/http/gzip.h"
#include "engine/doors/http/limits.h"
#include "engine/doors/http/listener.h"
#include "engine/doors/http/page.h"
#include "engine/doors/http/page_visit.h"
#include "engine/doors/http/premises.h"
#include "engine/doors/http/reception.h"
#include "engine/doors/http/stream_answer.h"
#include "engine/doors/http/unary_answer.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {

template <typename Stream>
class Conversation final : public Guest {
 public:
  Conversation(Premises& premises, Stream& stream, Peer peer)
      : premises_(premises), stream_(stream), peer_(std::move(peer)) {
    caller_.place = peer_.place;
    caller_.is_there = [this] { return is_connected(socket()); };
    premises_.guests.insert(this);
  }
  ~Conversation() { premises_.guests.erase(this); }

  boost::asio::awaitable<void> hold() {
    bool goes_on = true;
    while (goes_on && !premises_.closing) {
      goes_on = co_await next_begins();
      if (goes_on) goes_on = co_await serve();
    }
  }

  void ask_to_leave() override {
    if (idle_) cut();
  }
  void cut() override { socket().close(); }

 private:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;
  using Parser = RequestParser;
  using Admitted = boost::system::result<api::Call, google::rpc::Status>;
  using Deadline = std::chrono::steady_clock::time_point;
  using Stage = Connections::Place::Stage;

  static constexpr std::size_t kReadBytes = 64 * 1024;
  // Of what a client sends beside a refusal it has not read yet: looked at no further.
  static constexpr std::size_t kUnreadBytes = 1024 * 1024;
  static constexpr std::chrono::seconds kUnreadPatience{2};

  boost::beast::tcp_stream& socket() { return boost::beast::get_lowest_layer(stream_); }
  void stage(Stage stage) {
    if (peer_.place != nullptr) peer_.place->enter(stage);
  }
  void give_ms(DurationMs ms) { socket().expires_after(std::chrono::milliseconds(ms)); }

  // Waits for the first byte of a request.
  Awaitable<bool> next_begins() {
    if (buffer_.size() > 0) co_return true;
    idle_ = true;
    stage(Stage::kIdle);
    give_ms(limits::kHttpIdleMs);
    const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(4096), kTold);
    idle_ = false;
    if (error) co_return false;
    buffer_.commit(bytes);
    co_return true;
  }

  // One request; false: the connection is at its end.
  Awaitable<bool> serve() {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits::kHttpHeadBytes));
    parser.body_limit(boost::none);  // until it is known who calls: see read_body
    give_ms(limits::kHttpHeadMs);
    stage(Stage::kBeginning);
    const auto [error, bytes] =
        co_await boost::beast::http::async_read_header(stream_, buffer_, parser, kTold);
    if (error) {
      if (!is_of_http(error)) co_return false;
      TurnedAway away = unreadable_head(error);
      co_return co_await send_last(std::move(away));
    }
    stage(Stage::kAnswered);
    const Head& head = parser.get().base();
    caller_.address = premises_.proxies.client_of(peer_.address, head);
    if (ends_unknown(head)) {
      TurnedAway away{501,
                      refusal_of(RpcCode::kUnimplemented, "transfer-encoding: must be chunked")};
      co_return co_await send_last(std::move(away));
    }
    Page* const page = premises_.pages.find({head.target().data(), head.target().size()});
    const Page::OtherSites others =
        page == nullptr ? Page::OtherSites::kRefused : page->other_sites(head);
    const bool open = others == Page::OtherSites::kMayRead;
    if (others == Page::OtherSites::kRefused && !premises_.origins.allows(head)) {
      TurnedAway away{
          403, refusal_of(RpcCode::kPermissionDenied, "origin: pages of this site may not call")};
      co_return co_await turn_away(parser, std::move(away));
    }
    if (Origins::asks_first(head)) {
      Reply reply;
      reply.result(boost::beast::http::status::no_content);
      if (open) Origins::tell_everybody(&reply);
      co_return co_await send(parser, std::move(reply));
    }
    if (page != nullptr) co_return co_await serve_page(parser, *page, open);
    auto ask = read_ask(head, premises_.methods, std::chrono::steady_clock::now());
    if (!ask) co_return co_await turn_away(parser, std::move(ask.error()));
    if (ask->streams()) co_return co_await serve_stream(parser, *ask);
    const auto answer = co_await ask_unary(parser, *ask);
    if (broken_) co_return false;
    if (!answer) {
      TurnedAway away{http_status(answer.error().code()), answer.error()};
      co_return co_await turn_away(parser, std::move(away));
    }
    Result<Reply> reply = co_await encoded(*ask, *answer);
    if (!reply) {
      const google::rpc::Status refusal = refusal_of(reply.error());
      TurnedAway away{http_status(refusal.code()), refusal};
      co_return co_await turn_away(parser, std::move(away));
    }
    count(0);
    co_return co_await send(parser, *std::move(reply));
  }

  Awaitable<bool> serve_page(Parser& parser, Page& page, bool open) {
    std::optional<TurnedAway> away = ill_formed(parser.get().base());
    if (away) co_return co_await turn_away(parser, *std::move(away));
    PageVisit<Stream> visit(premises_, caller_, stream_, buffer_, parser);
    // A page that throws ends the process, logged, as a handler over gRPC does: it is a bug, and what
    // it left half done is not known.
    PageAnswer answer = co_await page.answer(visit);
    if (visit.broken()) co_return false;
    Reply& reply = answer.reply;
    count(rpc_code(reply.result_int()));
    if (open) Origins::tell_everybody(&reply);
    const bool head_only = visit.verb() == boost::beast::http::verb::head;
    const bool in_chunks = answer.rest != nullptr && !reply.has_content_length();
    if (head_only) drop_body(&reply);
    if (in_chunks && visit.head().version() > 10) reply.chunked(true);
    const bool keeps = visit.whole() && visit.keep_alive() && !premises_.closing &&
                       (!in_chunks || reply.chunked());
    reply.keep_alive(keeps);
    reply.version(visit.head().version());
    premises_.origins.tell(visit.head(), &reply);
    bool written = false;
    if (head_only) {
      written = co_await write_head(reply);
    } else if (answer.rest) {
      written = co_await write_pieces(reply, *answer.rest);
    } else {
      written = co_await write(std::move(reply));
    }
    if (written && !keeps) co_await pass_over();
    co_return written&& keeps;
  }

  Awaitable<bool> serve_stream(Parser& parser, const Ask& ask) {
    const std::shared_ptr<google::protobuf::Message> request(ask.method->request->New());
    const Admitted call = co_await admit(parser, ask, request);
    if (broken_) co_return false;
    if (!call && ask.events) {
      TurnedAway away{http_status(call.error().code()), call.error()};
      co_return co_await turn_away(parser, std::move(away));
    }
    StreamAnswer<Stream> answer(premises_, stream_, parser.get().base(), ask);
    if (call) {
      count(co_await answer.run(*call, *request));
    } else {
      google::rpc::Status refusal = call.error();
      count(co_await answer.refuse(std::move(refusal)));
    }
    if (!parser.is_done()) co_await pass_over();
    co_return false;
  }

  // What the client sent is at fault, and not the connection at its end.
  static bool is_of_http(const boost::system::error_code& error) {
    using Fault = boost::beast::http::error;
    return error.category() == make_error_code(Fault::bad_method).category() &&
           error != Fault::end_of_stream && error != Fault::partial_message;
  }
  static TurnedAway unreadable_head(const boost::system::error_code& error) {
    if (error == boost::beast::http::error::header_limit ||
        error == boost::beast::http::error::buffer_overflow) {
      return {431, refusal_of(RpcCode::kResourceExhausted,
                              "the head of the request is longer than " +
                                  std::to_string(limits::kHttpHeadBytes) + " bytes")};
    }
    return {400, refusal_of(RpcCode::kInvalidArgument, "this is no request of HTTP/1.1")};
  }

  // Who calls, whether she may, and what she asks.
  Awaitable<Admitted> admit(Parser& parser, const Ask& ask,
                            std::shared_ptr<google::protobuf::Message> request) {
    Reception reception(premises_, *ask.method, parser.get().base(), caller_, ask.give_up);
    const auto declared = parser.content_length();
    const std::size_t bytes = ask.message ? ask.message->size() : declared ? *declared : 0;
    std::optional<Rejection> refusal = co_await reception.greet(std::nullopt, bytes);
    if (refusal) co_return refusal_of(*refusal);
    payer_ = reception.payer();
    request_bytes_ = 0;
    std::optional<google::rpc::Status> fault = ask.fault;
    if (!fault) {
      Heard<Packed> message = co_await read_message(parser, ask, reception.bytes_max());
      if (message) {
        fault = co_await decode_message(ask, *std::move(message), request);
      } else {
        fault = message.error();
      }
      go_on_after(ask.last_event, request.get());
    }
    Result<api::Call> call = co_await reception.admit(fault ? nullptr : request.get());
    if (!call) co_return refusal_of(call.error());
    if (request_bytes_ > limits::kHttpHereBytes)
      api::charge(*call, request_bytes_ / limits::kHttpBytesPerRow);
    if (fault) {
      if (call->line != nullptr)
        call->line->conclude(Rejection::of(RejectionCode::kInvalidArgument, fault->message()));
      co_return *std::move(fault);
    }
    co_return *std::move(call);
  }

  // A message as it came, and whether it is gzip.
  struct Packed {
    std::string bytes;
    bool packed;
    std::size_t bytes_max;  // unpacked
  };
  // Here where it is short, else apart: a few bytes of gzip may unpack to megabytes.
  Awaitable<std::optional<google::rpc::Status>> decode_message(
      const Ask& ask, Packed message, std::shared_ptr<google::protobuf::Message> request) {
    request_bytes_ = message.bytes.size();
    const auto decode = [](Codec codec, const std::string& bytes,
                           google::protobuf::Message* out) -> std::optional<google::rpc::Status> {
      if (const auto refusal = doors::decode(codec, bytes, out)) return refusal_of(*refusal);
      return std::nullopt;
    };
    if (!message.packed && message.bytes.size() <= limits::kHttpHereBytes)
      co_return decode(ask.codec, message.bytes, request.get());
    struct Read {
      std::size_t bytes;
      std::optional<google::rpc::Status> refusal;
    };
    auto work = [codec = ask.codec, message = std::move(message), request, decode] {
      if (!message.packed)
        return Read{message.bytes.size(), decode(codec, message.bytes, request.get())};
      bool longer = false;
      const Result<std::string> bytes = gunzip(message.bytes, message.bytes_max, &longer);
      if (longer) return Read{message.bytes_max, beyond(message.bytes_max)};
      if (!bytes) return Read{message.bytes_max, refusal_of(bytes.error())};
      return Read{bytes->size(), decode(codec, *bytes, request.get())};
    };
    Result<Read> read = co_await done_apart(premises_, payer_, std::move(work));
    if (!read) co_return refusal_of(read.error());
    request_bytes_ = read->bytes;
    co_return std::move(read->refusal);
  }

  static google::rpc::Status beyond(std::size_t bytes_max) {
    google::rpc::Status refusal = refusal_of(too_long(bytes_max));
    refusal.set_code(static_cast<int>(RpcCode::kResourceExhausted));
    return refusal;
  }

  // The message's own bytes, out of URL or body and envelope.
  Awaitable<Heard<Packed>> read_message(Parser& parser, const Ask& ask, std::size_t bytes_max) {
    std::string bytes;
    if (ask.message) {
      bytes = *ask.message;
    } else {
      const std::size_t prefix = ask.streams() ? kEnvelopePrefix : 0;  // never of a GET
      const auto declared = parser.content_length();
      if (declared && *declared > bytes_max + prefix) co_return beyond(bytes_max);
      co_await read_body(parser, bytes_max + prefix);
      if (too_long_) co_return beyond(bytes_max);
      if (broken_)
        co_return refusal_of(
            Rejection::of(RejectionCode::kUnavailable, "the request ends before its end"));
      bytes = std::move(parser.get().body());
    }
    bool packed = ask.gzip_in;  // of events: the request in the URL
    if (ask.streams() && !ask.events) {
      const Heard<Envelope> enveloped = read_envelope(bytes);
      if (!enveloped) co_return enveloped.error();
      if (enveloped->flags != 0 && !ask.gzip_in) {
        co_return refusal_of(
            RpcCode::kInternal,
            "the message is packed, and connect-content-encoding says nothing of it");
      }
      packed = enveloped->flags != 0;
      bytes.erase(0, kEnvelopePrefix);
    }
    const bool unpacks = packed && !bytes.empty();
    co_return Packed{std::move(bytes), unpacks, bytes_max};
  }

  // All of it, unless it is longer or does not come: then the connection is of no more use.
  Awaitable<void> read_body(Parser& parser, std::size_t bytes_max) {
    if (parser.is_done()) co_return;
    give_ms(limits::kHttpBodyMs);
    co_await say_go_on(stream_, parser.get().base());
    parser.body_limit(bytes_max);
    stage(Stage::kBeginning);
    const auto [error, bytes] =
        co_await boost::beast::http::async_read(stream_, buffer_, parser, kTold);
    stage(Stage::kAnswered);
    too_long_ = error == boost::beast::http::error::body_limit;
    broken_ = error && !too_long_;
  }

  // The answer as it is sent: a long one is written apart.
  Awaitable<Result<Reply>> encoded(const Ask& ask,
                                   std::shared_ptr<const google::protobuf::Message> answer) {
    if (answer->ByteSizeLong() <= limits::kHttpHereBytes) co_return reply_of(ask, *answer);
    auto work = [&ask, answer] { return reply_of(ask, *answer); };
    co_return co_await done_apart(premises_, payer_, std::move(work));
  }

  Awaitable<
      boost::system::result<std::shared_ptr<const google::protobuf::Message>, google::rpc::Status>>
  ask_unary(Parser& parser, const Ask& ask) {
    const std::shared_ptr<google::protobuf::Message> request(ask.method->request->New());
    const Admitted call = co_await admit(parser, ask, request);
    if (!call) co_return call.error();
    if (std::chrono::steady_clock::now() >= ask.give_up) {
      if (call->line != nullptr)
        call->line->conclude(Rejection::of(RejectionCode::kUnavailable, late().message()));
      co_return late();
    }
    std::optional<Result<AnyMessage>> answer =
        co_await answer_of(premises_, *ask.method, *call, caller_, request);
    if (!answer) co_return late();
    if (!*answer) co_return refusal_of(answer->error());
    co_return std::shared_ptr<const google::protobuf::Message>(std::move(**answer));
  }
  static google::rpc::Status late() {
    return refusal_of(RpcCode::kDeadlineExceeded, "there was no answer within connect-timeout-ms");
  }

  // A refusal, of which the client hears although it may still be sending.
  Awaitable<bool> turn_away(Parser& parser, TurnedAway away) {
    count(away.refusal.code());
    const auto declared = parser.content_length();
    if (!parser.is_done() && !too_long_ && declared && *declared <= limits::kUnauthenticatedBytes &&
        field_of(parser.get().base(), "expect").empty())
      co_await read_body(parser, limits::kUnauthenticatedBytes);
    if (broken_) co_return false;
    co_return co_await send(parser, reply_of(away));
  }
  Awaitable<bool> send_last(TurnedAway away) {
    count(away.refusal.code());
    Reply reply = reply_of(away);
    reply.keep_alive(false);
    co_await write(std::move(reply));
    co_await pass_over();
    co_return false;
  }

  Awaitable<bool> send(Parser& parser, Reply reply) {
    const bool whole = parser.is_done();
    reply.version(parser.get().version());
    reply.keep_alive(whole && parser.get().keep_alive() && !premises_.closing);
    premises_.origins.tell(parser.get().base(), &reply);
    const bool stays = reply.keep_alive();
    bool written = false;
    if (parser.get().method() == boost::beast::http::verb::head) {
      drop_body(&reply);
      written = co_await write_head(reply);
    } else {
      written = co_await write(std::move(reply));
    }
    if (written && !stays) co_await pass_over();
    co_return written&& stays;
  }
  Awaitable<bool> write(Reply reply) {
    set_habits(&reply);
    reply.prepare_payload();
    if (never_has_body(reply)) reply.erase(boost::beast::http::field::content_length);
    give_ms(limits::kHttpAnswerMs);
    const auto [error, bytes] = co_await boost::beast::http::async_write(stream_, reply, kTold);
    co_return !error;
  }
  // So that HEAD is answered with the head alone of what GET would be.
  static void drop_body(Reply* reply) {
    if (!reply->has_content_length() && !never_has_body(*reply))
      reply->content_length(reply->body().size());
    reply->body().clear();
  }
  // Such an answer has no length either (RFC 9110, 8.6).
  static bool never_has_body(const Reply& reply) {
    return reply.result() == boost::beast::http::status::no_content ||
           reply.result() == boost::beast::http::status::not_modified;
  }
  static void set_habits(Reply* reply) {
    if constexpr (std::is_same_v<Stream, SecureStream>)
      reply->set(boost::beast::http::field::strict_transport_security, kOnlyTls);
    if (reply->find(boost::beast::http::field::cache_control) == reply->end())
      reply->set(boost::beast::http::field::cache_control, "no-store");
    reply->set("X-Content-Type-Options", "nosniff");
  }
  Awaitable<bool> write_head(Reply& reply) {
    set_habits(&reply);
    boost::beast::http::response_serializer<boost::beast::http::string_body> serializer(reply);
    give_ms(limits::kHttpAnswerMs);
    const auto [error, bytes] =
        co_await boost::beast::http::async_write_header(stream_, serializer, kTold);
    co_return !error;
  }
  // The head, then what follows it as the client reads.
  Awaitable<bool> write_pieces(Reply& reply, Pieces& rest) {
    const bool begun = co_await write_head(reply);
    if (!begun) co_return false;
    for (;;) {
      const Result<std::string> piece = co_await rest.next();
      if (!piece) co_return false;
      if (piece->empty()) break;
      const bool sent = co_await write_piece(*piece, reply.chunked());
      if (!sent) co_return false;
    }
    if (!reply.chunked()) co_return true;
    give_ms(limits::kHttpAnswerMs);
    const auto [error, bytes] =
        co_await boost::asio::async_write(stream_, boost::beast::http::make_chunk_last(), kTold);
    co_return !error;
  }
  Awaitable<bool> write_piece(const std::string& piece, bool chunked) {
    give_ms(limits::kHttpAnswerMs);
    if (chunked) {
      const auto [error, bytes] = co_await boost::asio::async_write(
          stream_, boost::beast::http::make_chunk(boost::asio::buffer(piece)), kTold);
      co_return !error;
    }
    const auto [error, bytes] =
        co_await boost::asio::async_write(stream_, boost::asio::buffer(piece), kTold);
    co_return !error;
  }
  // Were the socket closed with bytes unread, the client's machine would throw the answer away.
  Awaitable<void> pass_over() {
    if constexpr (std::is_same_v<Stream, PlainStream>) {
      boost::system::error_code ignored;
      socket().socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    }
    socket().expires_after(kUnreadPatience);
    for (std::size_t seen = 0; seen < kUnreadBytes;) {
      buffer_.consume(buffer_.size());
      const auto [error, bytes] =
          co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kTold);
      if (error) break;
      seen += bytes;
    }
  }

  void count(int rpc_code) {
    const bool known = rpc_code >= 0 && rpc_code < kRpcCodes;
    ++premises_.metrics.by_code[known ? static_cast<std::size_t>(rpc_code) : 2];
  }

  Premises& premises_;
  Stream& stream_;
  const Peer peer_;
  Peer caller_ = peer_;  // of the request at hand: who is behind a proxy
  boost::beast::flat_buffer buffer_{kReadBytes + limits::kHttpHeadBytes};
  std::string payer_;              // of the request at hand: see Reception::payer
  std::size_t request_bytes_ = 0;  // of its message, unpacked
  bool idle_ = false;
  bool broken_ = false;    // the connection
  bool too_long_ = false;  // what it sent
};

}  // namespace casewheel::doors
