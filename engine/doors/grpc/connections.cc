#include "engine/doors/grpc/connections.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "engine/access/rate.h"
#include "engine/base/clock.h"
#include "engine/doors/grpc/limits.h"
#include "engine/doors/sockets/tcp_state.h"

namespace casewheel::doors {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kTold = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAfterError{100};
constexpr std::int64_t kTellMs = 10 * kSecondMs;  // a line of the log for one reason

std::int64_t now_ms() { return machine_clock().steady_ms(); }

std::size_t connections_max() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return limits::kGrpcConnectionsMax;
  return std::clamp<std::size_t>(files.rlim_cur / limits::kGrpcFilesPerConnection, 2,
                                 limits::kGrpcConnectionsMax);
}

std::uint64_t memory_limit(std::uint64_t memory_mib) {
  const std::uint64_t machine = memory_of_machine();
  return memory_mib == 0 ? machine : std::min(machine, memory_mib << 20);
}

// At once, whatever was sent and not read: shutdown() would leave megabytes for gRPC to work
// through.
void disconnect(int descriptor) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  if (::connect(descriptor, &nowhere, sizeof nowhere) != 0) ::shutdown(descriptor, SHUT_RDWR);
}

}  // namespace

GrpcConnections::GrpcConnections(GrpcRules rules, GrpcMetrics& metrics)
    : rules_(std::move(rules)),
      metrics_(metrics),
      connections_max_(connections_max()),
      memory_(memory_limit(rules_.memory_mib)) {}

GrpcConnections::~GrpcConnections() { end(); }

void GrpcConnections::end() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  for (auto connection = connections_.begin(); connection != connections_.end();) {
    disconnect(connection->descriptor);
    connection = drop(connection);
  }
  open_.thread.join();
  certified_.thread.join();
}

Status GrpcConnections::listen(const std::string& address, int* port) {
  if (const auto error = listen_on(address, &acceptor_, port))
    return {Status::Code::kBusy, "cannot serve gRPC on " + address + ": " + sentence_of(error)};
  return {};
}

void GrpcConnections::serve(std::unique_ptr<Acceptor> open, std::unique_ptr<Acceptor> certified) {
  open_.acceptor = std::move(open);
  certified_.acceptor = std::move(certified);
  asio::co_spawn(io_, accept(), asio::detached);
  asio::co_spawn(io_, watch(), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

void GrpcConnections::set_memory_limit(std::uint64_t memory_mib) {
  asio::post(io_, [this, memory_mib] { memory_.set_limit(memory_limit(memory_mib)); });
}

void GrpcConnections::close() {
  if (!thread_.joinable()) return;
  std::promise<void> closed;
  asio::post(io_, [&] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
}

void GrpcConnections::cut_all() {
  asio::post(io_, [this] {
    for (Connection& connection : connections_) disconnect(connection.descriptor);
  });
}

asio::awaitable<void> GrpcConnections::accept() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(kTold);
    if (!error) {
      take(std::move(socket));
      continue;
    }
    if (lacks_descriptors(error)) spare_.refuse_one(acceptor_);
    asio::steady_timer pause(io_, kAfterError);
    co_await pause.async_wait(kTold);
  }
}

GrpcConnections::Gate* GrpcConnections::gate_for(const std::string& address) {
  const auto parsed = parsed_address(address);
  if (parsed && (parsed->is_loopback() || rules_.networks.contain(*parsed))) return &open_;
  return certified_.acceptor == nullptr ? nullptr : &certified_;
}

void GrpcConnections::take(tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  if (error) return;  // it has gone; the socket's end closes it
  const std::string address = endpoint.address().to_string();
  Gate* const gate = gate_for(address);
  if (gate == nullptr) return tell(CutReason::kNetwork, address);
  if (memory_.pausing(now_ms())) return tell(CutReason::kMemory, address);
  if (gate->waiting >= limits::kGrpcWaitingMax || !make_room(address))
    return tell(CutReason::kNoRoom, address);
  set_up_connection(socket);
  socket.native_non_blocking(true, error);
  if (error) return;
  Connection connection;
  connection.address = address;
  connection.peer = peer_of(address, endpoint.port());
  connection.descriptor = ::fcntl(socket.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (connection.descriptor < 0) return tell(CutReason::kNoRoom, address);
  Acceptor::NewConnectionParameters parameters;
  parameters.listener_fd = acceptor_.native_handle();
  parameters.fd = socket.release(error);
  connections_.push_back(std::move(connection));
  counts_.add(address);
  metrics_.connections = counts_.all();
  ++gate->waiting;
  asio::post(gate->thread, [gate, parameters]() mutable {
    gate->acceptor->HandleNewConnection(&parameters);
    --gate->waiting;
  });
}

// Whether one more connection from there may be taken. Where there is none, room is made: of the
// network, or of all where all are too many, the one goes that has been silent longest of those
// that never asked anything; else the one of those without an open call.
bool GrpcConnections::make_room(const std::string& address) {
  const std::size_t share =
      std::max<std::size_t>(1, connections_max_ / limits::kGrpcShareOfAddress);
  const auto full = [&] {
    return counts_.all() >= connections_max_ || counts_.from_network_of(address) >= share;
  };
  if (!full()) return true;
  for (auto at = connections_.begin(); at != connections_.end();)
    at = read_state(*at) ? std::next(at) : drop(at);
  if (!full()) return true;
  const bool in_all = counts_.all() >= connections_max_;
  const std::string network = access::network_of(address);
  auto silent = connections_.end();
  const auto goes_before = [](const Connection& a, const Connection& b) {
    const bool a_asked = a.bytes > limits::kGrpcPrefaceBytes;
    const bool b_asked = b.bytes > limits::kGrpcPrefaceBytes;
    return a_asked != b_asked ? b_asked : a.silent_ms > b.silent_ms;
  };
  for (auto at = connections_.begin(); at != connections_.end(); ++at) {
    if (!in_all && access::network_of(at->address) != network) continue;
    if (at->bytes > limits::kGrpcPrefaceBytes) {
      const std::optional<ChannelFigures> figures = reader_.figures_of(at->peer);
      if (!figures || figures->streams_held() > 0) continue;
    }
    if (silent == connections_.end() || goes_before(*at, *silent)) silent = at;
  }
  if (silent == connections_.end()) return false;
  cut(*silent, CutReason::kIdle);
  drop(silent);
  return true;
}

asio::awaitable<void> GrpcConnections::watch() {
  asio::steady_timer timer(io_);
  for (;;) {
    timer.expires_after(std::chrono::milliseconds(limits::kGrpcLookMs));
    co_await timer.async_wait(kTold);
    look();
  }
}

void GrpcConnections::look() {
  const std::int64_t now = now_ms();
  const std::uint64_t resident = resident_bytes();
  if (resident != 0 && memory_.look(resident, now)) {
    spdlog::error(
        "grpc: the process has {} MiB, {} are its bound: {} connections are cut, and none taken "
        "for {} s",
        resident >> 20, memory_.bound_bytes() >> 20, connections_.size(),
        limits::kGrpcPauseMs / kSecondMs);
    cut_every_one(CutReason::kMemory);
  }
  if (std::exchange(pausing_, memory_.pausing(now)) && !pausing_) {
    give_back_memory();
    spdlog::info("grpc: connections are taken again; the process has {} MiB",
                 resident_bytes() >> 20);
  }
  metrics_.resident_bytes = resident;
  metrics_.memory_bound_bytes = memory_.bound_bytes();
  for (auto at = connections_.begin(); at != connections_.end();) {
    if (!read_state(*at)) {
      at = drop(at);
      continue;
    }
    look_at(*at, now);
    ++at;
  }
}

void GrpcConnections::look_at(Connection& connection, std::int64_t now) {
  if (connection.bytes - connection.bytes_looked_at < limits::kGrpcQuietBytes &&
      connection.unread == 0)
    return;
  connection.bytes_looked_at = connection.bytes;
  const std::optional<ChannelFigures> figures = reader_.figures_of(connection.peer);
  const std::optional<CutReason> reason = connection.conduct.look(
      connection.bytes, figures ? &*figures : nullptr, now, connection.unread);
  if (reason) cut(connection, *reason);
}

// False: the connection has ended, at either side.
bool GrpcConnections::read_state(Connection& connection) const {
  const std::optional<TcpState> state = tcp_state_of(connection.descriptor);
  if (!state || !state->open) return false;
  connection.bytes = state->bytes_received;
  connection.silent_ms = state->silent_ms;
  connection.unread = state->bytes_unread;
  return true;
}

void GrpcConnections::cut(Connection& connection, CutReason reason) {
  disconnect(connection.descriptor);
  tell(reason, connection.address);
}

void GrpcConnections::cut_every_one(CutReason reason) {
  for (auto at = connections_.begin(); at != connections_.end(); at = drop(at)) {
    disconnect(at->descriptor);
    ++metrics_.cut[static_cast<std::size_t>(reason)];
  }
}

GrpcConnections::List::iterator GrpcConnections::drop(List::iterator connection) {
  ::close(connection->descriptor);
  reader_.forget(connection->peer);
  counts_.remove(connection->address);
  metrics_.connections = counts_.all();
  return connections_.erase(connection);
}

// A flood fills no log.
void GrpcConnections::tell(CutReason reason, const std::string& address) {
  const auto which = static_cast<std::size_t>(reason);
  ++metrics_.cut[which];
  ++untold_[which];
  const std::int64_t now = now_ms();
  if (told_ms_[which] != 0 && now - told_ms_[which] < kTellMs) return;
  told_ms_[which] = now;
  spdlog::warn("grpc: {} connections cut or refused ({}), the last from {}",
               std::exchange(untold_[which], 0), name_of(reason), address);
}

}  // namespace casewheel::doors
