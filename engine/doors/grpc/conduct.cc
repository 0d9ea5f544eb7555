#include "engine/doors/grpc/conduct.h"

#include <algorithm>

#include "engine/doors/grpc/limits.h"

namespace casewheel::doors {

const char* name_of(CutReason reason) {
  switch (reason) {
    case CutReason::kStreams:
      return "streams";
    case CutReason::kResets:
      return "resets";
    case CutReason::kSilence:
      return "silence";
    case CutReason::kUnread:
      return "unread";
    case CutReason::kMemory:
      return "memory";
    case CutReason::kIdle:
      return "idle";
    case CutReason::kNoRoom:
      return "no_room";
    case CutReason::kNetwork:
      return "network";
  }
  return "?";
}

// gRPC reads a connection for as long as there is something to read, on a thread that others wait for, and
// ends the process where that comes to two GiB.
bool Conduct::is_unread(std::uint64_t bytes, const ChannelFigures& now, std::int64_t steady_ms,
                        std::uint64_t unread) {
  const std::uint64_t progress = now.streams_started + now.streams_ended + now.messages;
  if (unread == 0 || read_ms_ == 0) {
    bytes_at_read_ = bytes;
    progress_at_read_ = progress;
    read_ms_ = steady_ms;
    return false;
  }
  const std::uint64_t came = bytes - bytes_at_read_;
  const std::uint64_t accounted = (1 + progress - progress_at_read_) * limits::kGrpcBytesOfProgress;
  return came > limits::kGrpcUnreadBytesMax ||
         (steady_ms - read_ms_ >= limits::kGrpcUnreadMs && came > accounted);
}

std::optional<CutReason> Conduct::look(std::uint64_t bytes, const ChannelFigures* figures,
                                       std::int64_t steady_ms, std::uint64_t unread) {
  const ChannelFigures now = figures == nullptr ? last_ : *figures;
  constexpr auto kAtOnce = static_cast<double>(limits::kGrpcResetsAtOnce);
  const auto passed = static_cast<double>(last_ms_ == 0 ? 0 : steady_ms - last_ms_);
  resets_allowed_ =
      resets_allowed_ < 0
          ? kAtOnce
          : std::min(kAtOnce, resets_allowed_ + passed * limits::kGrpcResetsPerSecond / kSecondMs);
  resets_allowed_ -= static_cast<double>(now.streams_reset - last_.streams_reset);
  if (now.streams_started != last_.streams_started || now.streams_ended != last_.streams_ended ||
      now.messages != last_.messages) {
    bytes_at_progress_ = bytes;
  } else {
    const std::uint64_t taken = (now.answers - last_.answers) * limits::kGrpcBytesOfAnswer;
    bytes_at_progress_ = std::min(bytes, bytes_at_progress_ + taken);
  }
  last_ = now;
  last_ms_ = steady_ms;
  if (now.streams_held() > limits::kGrpcStreamsHeldMax) return CutReason::kStreams;
  if (resets_allowed_ < 0) return CutReason::kResets;
  if (is_unread(bytes, now, steady_ms, unread)) return CutReason::kUnread;
  const std::uint64_t calls = 1 + std::min(now.streams_held(), limits::kGrpcCallsSending);
  if (bytes - bytes_at_progress_ > calls * limits::kGrpcBytesOfCall) return CutReason::kSilence;
  return std::nullopt;
}

}  // namespace casewheel::doors
