// What one connection of the gRPC door may do, judged by figures from outside. Pure: figures and
// time come in. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/time.h"
#include "engine/doors/grpc/channel_figures.h"

namespace casewheel::doors {

// Why a connection is cut, or refused.
enum class CutReason : std::uint8_t {
  kStreams,  // more calls open than allowed
  kResets,   // calls are begun and reset, faster than anybody means it (CVE-2023-44487)
  kSilence,  // bytes come that are no call and no message: a header without an end (CVE-2023-33953)
  kUnread,  // bytes come faster than gRPC reads them, and few of them are calls: while it reads it does nothing else
  kMemory,  // the process has grown too much: all are cut
  kIdle,    // room was needed, and it asked nothing
  kNoRoom,  // refused: too many connections, in all or from one network
  kNetwork,  // refused: from a network that is not served without a client certificate
};
inline constexpr std::size_t kCutReasons = 8;
// "streams", "resets", ...: as metrics and logs have them.
const char* name_of(CutReason reason);

class Conduct {
 public:
  // `bytes`: received since the connection began; `unread`: of those, what gRPC has not read yet.
  // `figures`: as gRPC counts; null before its handshake has ended.
  std::optional<CutReason> look(std::uint64_t bytes, const ChannelFigures* figures,
                                std::int64_t steady_ms, std::uint64_t unread = 0);

 private:
  bool is_unread(std::uint64_t bytes, const ChannelFigures& now, std::int64_t steady_ms,
                 std::uint64_t unread);

  ChannelFigures last_;
  // Those that were accounted for: when a call last began or ended or a message was whole, and what
  // clients say of the answers they have read.
  std::uint64_t bytes_at_progress_ = 0;
  double resets_allowed_ = -1;  // -1: all that are at once
  // When gRPC was last seen to have read everything.
  std::uint64_t bytes_at_read_ = 0;
  std::uint64_t progress_at_read_ = 0;
  std::int64_t read_ms_ = 0;
  std::int64_t last_ms_ = 0;
};

}  // namespace casewheel::doors
