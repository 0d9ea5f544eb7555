#include "engine/daemon/scrape_listener.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <thread>

namespace casewheel::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds kPatience{10};  // for one handshake or answer
constexpr std::chrono::seconds kBetween{
    90};  // two scrapes on one connection: one a minute is usual
constexpr std::chrono::milliseconds kAfterError{100};
constexpr std::size_t kConnectionsMax = 64;  // scrapers and a few people
constexpr std::size_t kRequestBytes = 8192;

constexpr auto kTold = asio::as_tuple(asio::use_awaitable);

}  // namespace

class ScrapeListener::Server {
 public:
  Server(std::function<std::string()> text, const doors::Certificates* certificates)
      : text_(std::move(text)), certificates_(certificates) {}
  ~Server() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  boost::system::error_code listen(const std::string& address, int* port) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return asio::error::invalid_argument;
    std::string host = address.substr(0, colon);
    const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (v6) host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    tcp::resolver resolver(io_);
    const auto found =
        resolver.resolve(v6 ? tcp::v6() : tcp::v4(), host, address.substr(colon + 1),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return error;
    const tcp::endpoint endpoint = *found.begin();
    if (acceptor_.open(endpoint.protocol(), error)) return error;
    if (acceptor_.set_option(tcp::acceptor::reuse_address(true), error)) return error;
    if (acceptor_.bind(endpoint, error)) return error;
    if (acceptor_.listen(tcp::acceptor::max_listen_connections, error)) return error;
    *port = acceptor_.local_endpoint(error).port();
    if (error) return error;
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kTold);
      if (error) {  // no more file descriptors, say
        asio::steady_timer pause(io_, kAfterError);
        co_await pause.async_wait(kTold);
      } else if (connections_ < kConnectionsMax) {  // else the socket's end closes it
        asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
      }
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    const Counted counted(connections_);
    beast::tcp_stream plain(std::move(socket));
    if (certificates_ == nullptr) {
      co_await converse(plain);
      co_return;
    }
    const std::shared_ptr<const doors::Certificate> certificate = certificates_->current();
    SSL* session = SSL_new(certificate->context.get());
    if (session == nullptr) co_return;
    asio::ssl::stream<beast::tcp_stream> secure(std::move(plain), session);
    secure.next_layer().expires_after(kPatience);
    const auto [unsafe] = co_await secure.async_handshake(asio::ssl::stream_base::server, kTold);
    if (unsafe) co_return;
    co_await converse(secure);
    secure.next_layer().expires_after(kPatience);
    co_await secure.async_shutdown(kTold);
  }

  template <typename Stream>
  asio::awaitable<void> converse(Stream& stream) {
    beast::flat_buffer buffer(kRequestBytes);
    for (;;) {
      http::request_parser<http::empty_body> parser;
      beast::get_lowest_layer(stream).expires_after(kBetween);
      const auto [unread, read] = co_await http::async_read(stream, buffer, parser, kTold);
      if (unread) co_return;
      const http::response<http::string_body> response = answer(parser.get());
      beast::get_lowest_layer(stream).expires_after(kPatience);
      const auto [unsent, sent] = co_await http::async_write(stream, response, kTold);
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
    } else if (request.target() != "/metrics") {
      response.result(http::status::not_found);
    } else {
      response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      response.body() = text_();
    }
    response.prepare_payload();
    return response;
  }

  struct Counted {
    explicit Counted(std::size_t& count) : count(count) { ++count; }
    ~Counted() { --count; }
    std::size_t& count;
  };

  const std::function<std::string()> text_;
  const doors::Certificates* const certificates_;
  std::size_t connections_ = 0;
  asio::io_context io_{1};  // ends before what its connections use
  tcp::acceptor acceptor_{io_};
  std::thread thread_;
};

ScrapeListener::ScrapeListener(std::function<std::string()> text,
                               const doors::Certificates* certificates)
    : server_(std::make_unique<Server>(std::move(text), certificates)) {}
ScrapeListener::~ScrapeListener() = default;

Status ScrapeListener::start(const std::string& address) {
  if (const boost::system::error_code error = server_->listen(address, &port_); error)
    return {Status::Code::kBusy, "cannot serve metrics on " + address + ": " + error.message()};
  return {};
}

}  // namespace casewheel::daemon
