// How Connect frames the messages of a stream: a byte of flags, the length in four bytes, the message.
// https://connectrpc.com/docs/protocol#streaming-rpcs. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/doors/http/connect_error.h"

namespace casewheel::doors {

inline constexpr std::uint8_t kEnvelopeGzip = 1;
inline constexpr std::uint8_t kEnvelopeEnd = 2;
inline constexpr std::size_t kEnvelopePrefix = 5;

struct Envelope {
  std::uint8_t flags = 0;
  std::string_view message;  // within the bytes it was read from
};

std::string envelope(std::uint8_t flags, std::string_view message);

// The only one of a request: what it asks.
Heard<Envelope> read_envelope(std::string_view bytes);

}  // namespace casewheel::doors
