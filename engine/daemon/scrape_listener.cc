#include "engine/daemon/scrape_listener.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/doors/http/listener.h"

namespace casewheel::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::chrono::seconds kPatience{10};  // for one answer
// Two scrapes on one connection: one a minute is usual.
constexpr std::chrono::seconds kBetween{90};
constexpr std::size_t kConnectionsMax = 64;  // scrapers and a few people
constexpr std::size_t kRequestBytes = 8192;

}  // namespace

class ScrapeListener::Server {
 public:
  Server(std::function<std::string()> text, std::function<std::string()> why_not,
         const doors::Certificates* certificates)
      : text_(std::move(text)),
        why_not_(std::move(why_not)),
        listener_(io_, certificates, doors::Listener::Limits{kConnectionsMax}) {}
  ~Server() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  boost::system::error_code listen(const std::string& address, int* port) {
    if (const auto error = listener_.open(address, port)) return error;
    listener_.run([this](auto& stream, const doors::Peer&) { return converse(stream); });
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

 private:
  template <typename Stream>
  asio::awaitable<void> converse(Stream& stream) {
    beast::flat_buffer buffer(kRequestBytes);
    for (;;) {
      http::request_parser<http::empty_body> parser;
      beast::get_lowest_layer(stream).expires_after(kBetween);
      const auto [unread, read] = co_await http::async_read(stream, buffer, parser, doors::kTold);
      if (unread) co_return;
      const http::response<http::string_body> response = answer(parser.get());
      beast::get_lowest_layer(stream).expires_after(kPatience);
      const auto [unsent, sent] = co_await http::async_write(stream, response, doors::kTold);
      if (unsent || !response.keep_alive()) co_return;
    }
  }

  http::response<http::string_body> answer(const http::request<http::empty_body>& request) const {
    http::response<http::string_body> response;
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    if (request.method() != http::verb::get) {
      response.result(http::status::method_not_allowed);
      response.set(http::field::allow, "GET");
    } else if (request.target() == "/metrics") {
      response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      response.body() = text_();
    } else if (request.target() == "/healthz") {
      say("ok", &response);
    } else if (request.target() == "/readyz") {
      const std::string reason = why_not_();
      if (!reason.empty()) response.result(http::status::service_unavailable);
      say(reason.empty() ? "ok" : "not ready: " + reason, &response);
    } else {
      response.result(http::status::not_found);
    }
    response.prepare_payload();
    return response;
  }

  static void say(const std::string& text, http::response<http::string_body>* response) {
    response->set(http::field::content_type, "text/plain; charset=utf-8");
    response->set(http::field::cache_control, "no-store");
    response->body() = text + "\n";
  }

  const std::function<std::string()> text_;
  const std::function<std::string()> why_not_;
  asio::io_context io_{1};  // ends before what its connections use
  doors::Listener listener_;
  std::thread thread_;
};

ScrapeListener::ScrapeListener(std::function<std::string()> text,
                               std::function<std::string()> why_not,
                               const doors::Certificates* certificates)
    : server_(std::make_unique<Server>(std::move(text), std::move(why_not), certificates)) {}
ScrapeListener::~ScrapeListener() = default;

Status ScrapeListener::start(const std::string& address) {
  if (const boost::system::error_code error = server_->listen(address, &port_); error)
    return {Status::Code::kBusy,
            "cannot serve metrics on " + address + ": " + doors::sentence_of(error)};
  return {};
}

}  // namespace casewheel::daemon
