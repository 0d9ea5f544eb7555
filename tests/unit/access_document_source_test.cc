// Fetching a provider's documents from a small web server on loopback that behaves well and badly.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "engine/access/document_source.h"

namespace casewheel::access {
namespace {

std::string reply(const std::string& status, const std::string& more, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more +
         "\r\n" + body;
}

// Answers one request after the other with what `answer` makes of its path; nothing for an answer of
// no bytes, until the client has gone.
class WebServer {
 public:
  explicit WebServer(std::function<std::string(const std::string&)> answer)
      : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~WebServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int requests() const { return requests_.load(); }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      std::string request;
      char bytes[1024];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t size = ::recv(client, bytes, sizeof bytes, 0);
        if (size <= 0) break;
        request.append(bytes, static_cast<std::size_t>(size));
      }
      ++requests_;
      const std::size_t from = request.find(' ') + 1;
      const std::string out = answer_(request.substr(from, request.find(' ', from) - from));
      if (out.empty())
        while (::recv(client, bytes, sizeof bytes, 0) > 0) {
        }
      for (std::size_t sent = 0; sent < out.size();) {
        const ssize_t size = ::send(client, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) break;
        sent += static_cast<std::size_t>(size);
      }
      ::close(client);
    }
  }

  const std::function<std::string(const std::string&)> answer_;
  const int socket_;
  std::uint16_t port_ = 0;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

std::string failure_of(DocumentSource& source, const std::string& url) {
  const boost::system::result<std::string, Status> body = source.get(url);
  return body ? "" : body.error().message();
}

TEST(DocumentSource, FetchesAndFollowsAtHome) {
  const WebServer server([](const std::string& path) {
    if (path == "/moved") return reply("302 Found", "Location: /keys\r\n", "");
    return reply("200 OK", "", "document " + path);
  });
  const std::unique_ptr<DocumentSource> source = make_https_source({});
  EXPECT_EQ(*source->get(server.url("/keys?a=1")), "document /keys?a=1");
  EXPECT_EQ(*source->get(server.url("/moved")), "document /keys");
}

TEST(DocumentSource, RedirectsDoNotLeaveTheHost) {
  const WebServer other([](const std::string&) { return reply("200 OK", "", "forged"); });
  const std::string elsewhere = other.url("/keys");
  const WebServer server([&elsewhere](const std::string& path) {
    std::string to = elsewhere;
    if (path == "/file") to = "file:///dev/null";
    if (path == "/name") to = "http://id.example.tw/";
    if (path == "/round") to = "/round";
    return reply("307 Temporary Redirect", "Location: " + to + "\r\n", "");
  });
  const std::unique_ptr<DocumentSource> source = make_https_source({});
  for (const std::string path : {"/port", "/file", "/name", "/round"})
    EXPECT_NE(failure_of(*source, server.url(path)), "") << path;
  EXPECT_EQ(other.requests(), 0);
  EXPECT_EQ(server.requests(), 3 + 4);  // round and round, three redirects
}

TEST(DocumentSource, Failures) {
  const WebServer server([](const std::string& path) {
    if (path == "/long") return reply("200 OK", "", std::string(1001, 'x'));
    if (path == "/endless")  // of unknown length
      return "HTTP/1.0 200 OK\r\n\r\n" + std::string(100'000, 'x');
    if (path == "/fits") return reply("200 OK", "", std::string(1000, 'x'));
    if (path == "/short") return std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    return reply("404 Not Found", "", "none");
  });
  DocumentLimits limits;
  limits.bytes_max = 1000;
  const std::unique_ptr<DocumentSource> source = make_https_source(limits);
  EXPECT_EQ(failure_of(*source, server.url("/fits")), "");
  EXPECT_NE(failure_of(*source, server.url("/long")).find("too long"), std::string::npos);
  EXPECT_NE(failure_of(*source, server.url("/endless")).find("too long"), std::string::npos);
  EXPECT_NE(failure_of(*source, server.url("/short")), "");
  EXPECT_NE(failure_of(*source, server.url("/none")).find("404"), std::string::npos);
  EXPECT_NE(failure_of(*source, "http://id.example.tw/keys"), "");
  EXPECT_NE(failure_of(*source, "file:///dev/null"), "");
}

TEST(DocumentSource, ASilentServerIsLeft) {
  const WebServer server([](const std::string&) { return std::string(); });
  DocumentLimits limits;
  limits.total_ms_max = 100;
  EXPECT_NE(failure_of(*make_https_source(limits), server.url("/")), "");
  // And sooner, when the engine stops.
  const std::unique_ptr<DocumentSource> source = make_https_source({});
  std::thread stopper([&] {
    while (server.requests() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    source->stop();
  });
  const auto from = std::chrono::steady_clock::now();
  EXPECT_NE(failure_of(*source, server.url("/")), "");
  EXPECT_LT(std::chrono::steady_clock::now() - from, std::chrono::seconds(8));
  stopper.join();
  EXPECT_NE(failure_of(*source, server.url("/")), "");
}

TEST(ProviderUrls, OnlyTlsOrLoopback) {
  for (const char* good :
       {"https://id.example.tw", "https://id.example.tw:8443/realms/a", "http://127.0.0.1:9000/",
        "http://[::1]:9000/", "http://localhost/", "HTTPS://ID.EXAMPLE.TW/"})
    EXPECT_TRUE(check_provider_url(good).is_ok()) << good;
  for (const std::string& bad :
       {std::string(), std::string("id.example.tw"), std::string("http://id.example.tw"),
        std::string("http://127.0.0.1.example.tw/"), std::string("http://localhost.example.tw/"),
        std::string("http://10.0.0.1/"), std::string("http://0.0.0.0/"),
        std::string("ftp://127.0.0.1/"), std::string("file:///dev/null"),
        std::string("https://a:b@id.example.tw/"), std::string("http://127.0.0.1@id.example.tw/"),
        std::string("https://id.example.tw/#keys"), std::string("https://id.example.tw/a b"),
        std::string("https://id.example.tw/\r\nX: y"), "https://" + std::string(3000, 'a')})
    EXPECT_FALSE(check_provider_url(bad).is_ok()) << bad;
}

}  // namespace
}  // namespace casewheel::access
