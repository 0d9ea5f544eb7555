#include "engine/doors/http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "engine/doors/http/conversation.h"

namespace casewheel::doors {
namespace {

constexpr std::chrono::milliseconds kLookForCalls{20};

std::size_t connections_max() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return limits::kHttpConnectionsMax;
  return std::min<std::size_t>(files.rlim_cur / limits::kHttpFilesPerConnection,
                               limits::kHttpConnectionsMax);
}

}  // namespace

class HttpServer::House {
 public:
  House(Handlers& handlers, Setting setting, Pages pages, HttpMetrics& metrics)
      : methods_(handlers),
        origins_(std::move(setting.origins)),
        pages_(std::move(pages)),
        proxies_(setting.proxies),
        premises_{io_, handlers, methods_, origins_, pages_, proxies_, metrics} {}
  ~House() { stop(0); }

  boost::system::error_code listen(const std::string& address, const Certificates* certificates,
                                   int* port) {
    const std::size_t connections = connections_max();
    listener_.emplace(io_, certificates, Listener::Limits{connections, &proxies_});
    if (const auto error = listener_->open(address, port)) return error;
    listener_->run([this](auto& stream, Peer peer) { return converse(stream, std::move(peer)); });
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  void cut_streams() {
    premises_.streams.cut_where([this](const access::Caller* caller) {
      return premises_.handlers.admission.over(caller, false);
    });
  }

  void stop(DurationMs grace_ms) {
    if (!thread_.joinable()) return;
    boost::asio::post(io_, [this] {
      premises_.closing = true;
      listener_->close();
      each_guest([](Guest& guest) { guest.ask_to_leave(); });
    });
    const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
    while (!empty() && std::chrono::steady_clock::now() < patience)
      std::this_thread::sleep_for(kLookForCalls);
    boost::asio::post(io_, [this] { each_guest([](Guest& guest) { guest.cut(); }); });
    // What the engine has not answered yet is waited for: who asks is held by the answer.
    while (!empty()) std::this_thread::sleep_for(kLookForCalls);
    io_.stop();
    thread_.join();
  }

 private:
  template <typename Stream>
  boost::asio::awaitable<void> converse(Stream& stream, Peer peer) {
    Conversation<Stream> conversation(premises_, stream, std::move(peer));
    co_await conversation.hold();
  }

  template <typename Use>
  void each_guest(Use use) {
    const std::vector<Guest*> guests(premises_.guests.begin(), premises_.guests.end());
    for (Guest* guest : guests) use(*guest);
  }
  // No conversation and no call is left.
  bool empty() {
    std::promise<bool> told;
    boost::asio::post(io_,
                      [&] { told.set_value(premises_.guests.empty() && premises_.calls.none()); });
    return told.get_future().get();
  }

  const ConnectMethods methods_;
  const Origins origins_;
  const PageTable pages_;
  const Proxies proxies_;
  Premises premises_;
  boost::asio::io_context io_{1};  // ends before what its conversations use
  // Its thread goes on when the last connection has ended: stop() still asks it things.
  const boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::optional<Listener> listener_;
  std::thread thread_;
};

HttpServer::HttpServer(Handlers& handlers, Setting setting, Pages pages, HttpMetrics& metrics)
    : house_(std::make_unique<House>(handlers, std::move(setting), std::move(pages), metrics)) {}
HttpServer::~HttpServer() = default;

Status HttpServer::start(const std::string& address, const Certificates* certificates) {
  if (const auto error = house_->listen(address, certificates, &port_))
    return {Status::Code::kBusy, "cannot serve HTTP on " + address + ": " + sentence_of(error)};
  return {};
}

void HttpServer::cut_streams() { house_->cut_streams(); }
void HttpServer::stop(DurationMs grace_ms) { house_->stop(grace_ms); }

}  // namespace casewheel::doors
