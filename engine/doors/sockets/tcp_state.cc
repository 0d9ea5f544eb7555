#include "engine/doors/sockets/tcp_state.h"

#include <linux/sockios.h>
#include <linux/tcp.h>  // glibc's tcp_info ends before the bytes
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace casewheel::doors {
namespace {

// RFC 9293, section 3.3.2, by Linux's numbers, which no header of user space has beside tcp_info.
constexpr int kEstablished = 1;
constexpr int kSynReceived = 3;
constexpr int kCloseWait = 8;

}  // namespace

std::optional<TcpState> tcp_state_of(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  TcpState state;
  state.open = info.tcpi_state == kEstablished || info.tcpi_state == kSynReceived ||
               info.tcpi_state == kCloseWait;
  state.bytes_received = info.tcpi_bytes_received;
  state.silent_ms = info.tcpi_last_data_recv;
  int unread = 0;
  if (::ioctl(descriptor, SIOCINQ, &unread) == 0 && unread > 0)
    state.bytes_unread = static_cast<std::uint64_t>(unread);
  return state;
}

}  // namespace casewheel::doors
