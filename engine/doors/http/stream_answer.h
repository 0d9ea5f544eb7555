// How a stream of answers is written over HTTP/1.1, in Connect's envelopes or as Server-Sent Events: chunk by
// chunk as the client reads, the end and its reason as the last message, and the connection with it. Runs within one conversation.
#pragma once

#include <array>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/connect_stream.h"
#include "engine/doors/http/envelope.h"
#include "engine/doors/http/events.h"
#include "engine/doors/http/gzip.h"
#include "engine/doors/http/limits.h"
#include "engine/doors/http/listener.h"
#include "engine/doors/http/premises.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {

template <typename Stream>
class StreamAnswer {
 public:
  StreamAnswer(Premises& premises, Stream& stream, const Head& head, const Ask& ask)
      : premises_(premises), stream_(stream), head_(head), ask_(ask) {}

  // In place of run(). Both give the code of google.rpc.Code the stream ended with.
  boost::asio::awaitable<int> refuse(google::rpc::Status refusal) {
    const bool begun = co_await begin();
    if (begun) co_await end(refusal);
    co_return refusal.code();
  }

  boost::asio::awaitable<int> run(const api::Call& call, const google::protobuf::Message& request) {
    auto* answers = new ConnectStream(premises_.io.get_executor(), premises_.handlers.admission,
                                      premises_.calls, ask_.method->open());
    const bool begun = co_await begin();
    bool gone = !begun;
    bool reading = !gone;
    bool sending = reading;
    if (reading) {
      boost::asio::co_spawn(premises_.io, notice_end(*answers, sending, &gone, &reading),
                            boost::asio::detached);
    }
    answers->start(call, request);
    premises_.streams.add(*answers);
    bool late = false;
    for (;;) {
      if (answers->message() != nullptr) {
        bool sent = false;
        if (!answers->left()) {
          std::string bytes =
              ask_.events ? event_of(*answers->message()) : enveloped(*answers->message());
          sent = co_await send(std::move(bytes));
        }
        answers->sent(sent);
        if (!sent) gone = true;
      } else if (answers->ended()) {
        break;
      } else if (gone || late) {
        answers->leave();
        if (!answers->ended()) co_await answers->change(Deadline::max());
      } else if (std::chrono::steady_clock::now() >= ask_.give_up) {
        late = true;
      } else if (ask_.events) {
        const bool stays = co_await beat(*answers);
        if (!stays) gone = true;
      } else {
        co_await answers->change(ask_.give_up);
      }
    }
    premises_.streams.remove(*answers);
    std::optional<google::rpc::Status> refusal;
    if (late) {
      refusal = refusal_of(RpcCode::kDeadlineExceeded, "connect-timeout-ms is over");
    } else if (answers->reason()) {
      refusal = refusal_of(*answers->reason());
    }
    if (!gone) co_await end(refusal);
    sending = false;
    boost::beast::get_lowest_layer(stream_).cancel();
    while (reading) co_await answers->change(Deadline::max());
    answers->let_go();
    constexpr int kCancelled = 1;
    co_return refusal ? refusal->code() : gone ? kCancelled : 0;
  }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  boost::asio::awaitable<bool> begin() {
    namespace http = boost::beast::http;
    http::response<http::empty_body> response{http::status::ok, 11};
    response.set(http::field::content_type, ask_.answer_type());
    if (ask_.gzip_out) response.set("Connect-Content-Encoding", "gzip");
    response.set(http::field::cache_control, "no-store");
    if constexpr (std::is_same_v<Stream, SecureStream>)
      response.set(http::field::strict_transport_security, kOnlyTls);
    premises_.origins.tell(head_, &response);
    response.chunked(true);
    response.keep_alive(false);
    http::response_serializer<http::empty_body> serializer(response);
    give();
    const auto [error, bytes] = co_await http::async_write_header(stream_, serializer, kTold);
    co_return !error;
  }
  boost::asio::awaitable<void> end(std::optional<google::rpc::Status> refusal) {
    std::string bytes =
        ask_.events ? last_event(refusal) : envelope(kEnvelopeEnd, end_json(refusal));
    const bool sent = co_await send(std::move(bytes));
    if (!sent) co_return;
    give();
    (void)co_await boost::asio::async_write(stream_, boost::beast::http::make_chunk_last(), kTold);
  }

  // Waits for the next message; a comment now and then tells proxies and the client that both are there.
  boost::asio::awaitable<bool> beat(ConnectStream& answers) {
    const Deadline silent_until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::kHttpBeatMs);
    co_await answers.change(std::min(silent_until, ask_.give_up));
    const bool nothing = answers.message() == nullptr && !answers.ended();
    if (!nothing || std::chrono::steady_clock::now() < silent_until) co_return true;
    std::string comment = ":\n\n";
    co_return co_await send(std::move(comment));
  }

  std::string enveloped(const google::protobuf::Message& message) const {
    const std::string bytes = encode(ask_.codec, message);
    if (!ask_.gzip_out || bytes.size() < limits::kHttpGzipFromBytes) return envelope(0, bytes);
    return envelope(kEnvelopeGzip, gzip(bytes));
  }
  boost::asio::awaitable<bool> send(std::string bytes) {
    give();
    const auto [error, written] = co_await boost::asio::async_write(
        stream_, boost::beast::http::make_chunk(boost::asio::buffer(bytes)), kTold);
    co_return !error;
  }
  void give() {
    boost::beast::get_lowest_layer(stream_).expires_after(
        std::chrono::milliseconds(limits::kHttpAnswerMs));
  }

  // A client has nothing more to say, and what it says all the same is passed over: when its side ends, so
  // does the stream.
  boost::asio::awaitable<void> notice_end(ConnectStream& answers, const bool& sending, bool* gone,
                                          bool* reading) {
    boost::beast::get_lowest_layer(stream_).expires_never();
    std::array<char, 512> passed_over;
    while (sending && !*gone) {
      const auto [error, bytes] =
          co_await stream_.async_read_some(boost::asio::buffer(passed_over), kTold);
      if (error && sending) *gone = true;
    }
    *reading = false;
    answers.wake();
  }

  Premises& premises_;
  Stream& stream_;
  const Head& head_;
  const Ask& ask_;
};

}  // namespace casewheel::doors
