// What the kernel knows of a TCP connection. Any thread.
#pragma once

#include <cstdint>
#include <optional>

namespace casewheel::doors {

struct TcpState {
  bool open = false;  // at this side; the other one may have ended its half
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_unread = 0;  // of those, by whom the socket is
  std::int64_t silent_ms = 0;      // since the last byte came
};

// Nothing where the descriptor is no TCP connection.
std::optional<TcpState> tcp_state_of(int descriptor);

}  // namespace casewheel::doors
