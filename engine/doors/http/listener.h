// One address on which HTTP or HTTPS is spoken: takes connections, as many as connections.h has room for, and
// shakes hands. The one thread of its io_context does everything.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/digest.h"
#include "engine/doors/http/connections.h"
#include "engine/doors/http/proxies.h"
#include "engine/doors/sockets/listening.h"
#include "engine/doors/tls/certificates.h"

namespace casewheel::doors {

// Awaited operations give their error instead of throwing it.
inline constexpr auto kTold = boost::asio::as_tuple(boost::asio::use_awaitable);

using PlainStream = boost::beast::tcp_stream;
using SecureStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

// Of every answer over TLS: for a year browsers come to this host by TLS alone (RFC 6797).
inline constexpr const char* kOnlyTls = "max-age=31536000";
// Whether the client's side is still open. One that has closed it, or its half, waits for no answer.
bool is_connected(const PlainStream& stream);

// Who is at the other end.
struct Peer {
  std::string address;                  // without the port
  std::optional<Sha256> certificate;    // which TLS has checked
  Connections::Place* place = nullptr;  // of the connection, which it outlives
  std::function<bool()> is_there = {};  // whether the client still is; of the door's own thread
};

class Listener {
 public:
  struct Limits {
    std::size_t connections;
    const Proxies* proxies = nullptr;  // whose address stands for many
  };

  // Without `certificates` it speaks plaintext; with them, which outlive it, TLS alone.
  Listener(boost::asio::io_context& io, const Certificates* certificates, Limits limits)
      : io_(io),
        acceptor_(io),
        certificates_(certificates),
        proxies_(limits.proxies),
        connections_(std::make_shared<Connections>(limits.connections)) {}

  // `address` as host:port; port 0 takes a free one.
  boost::system::error_code open(const std::string& address, int* port);
  void close();

  // Calls `serve(stream, peer)`, an awaitable, for each connection, with a PlainStream or SecureStream
  // that lasts until it ends.
  template <typename Serve>
  void run(Serve serve) {
    boost::asio::co_spawn(io_, accept(std::move(serve)), boost::asio::detached);
  }

 private:
  static constexpr std::chrono::seconds kHandshake{10};
  static constexpr std::chrono::milliseconds kAfterError{100};

  template <typename Serve>
  boost::asio::awaitable<void> accept(Serve serve) {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(kTold);
      if (error) {
        connections_->make_room();
        if (lacks_descriptors(error)) spare_.refuse_one(acceptor_);
        boost::asio::steady_timer pause(io_, kAfterError);
        co_await pause.async_wait(kTold);
        continue;
      }
      std::string address = address_of(socket);
      std::unique_ptr<Connections::Place> place = place_for(address);
      if (place == nullptr) continue;  // the socket's end closes it
      set_up_connection(socket);
      boost::asio::co_spawn(io_,
                            hold(std::move(socket), std::move(place), std::move(address), serve),
                            boost::asio::detached);
    }
  }

  template <typename Serve>
  boost::asio::awaitable<void> hold(boost::asio::ip::tcp::socket socket,
                                    std::unique_ptr<Connections::Place> place, std::string address,
                                    Serve serve) {
    PlainStream plain(std::move(socket));
    if (certificates_ == nullptr) {
      place->end_by([&plain] { plain.close(); });
      Peer peer{std::move(address), std::nullopt, place.get()};
      co_await serve(plain, std::move(peer));
      co_return;
    }
    const std::shared_ptr<const Certificate> certificate = certificates_->current();
    SSL* session = SSL_new(certificate->context.get());
    if (session == nullptr) co_return;
    SecureStream secure(std::move(plain), session);
    place->end_by([&secure] { secure.next_layer().close(); });
    secure.next_layer().expires_after(kHandshake);
    const auto [unsafe] =
        co_await secure.async_handshake(boost::asio::ssl::stream_base::server, kTold);
    if (unsafe) co_return;
    Peer peer{std::move(address), certificate_of(session), place.get()};
    co_await serve(secure, std::move(peer));
    if (!secure.next_layer().socket().is_open()) co_return;
    secure.next_layer().expires_after(kHandshake);
    co_await secure.async_shutdown(kTold);
  }

  static std::optional<Sha256> certificate_of(SSL* session);
  // Null: there is no room.
  std::unique_ptr<Connections::Place> place_for(const std::string& address) const;

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const Certificates* const certificates_;
  const Proxies* const proxies_;
  const std::shared_ptr<Connections> connections_;
  SpareDescriptor spare_;
};

}  // namespace casewheel::doors
