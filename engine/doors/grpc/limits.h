// What the gRPC door takes of one connection, and of all. gRPC 1.51 bounds neither its connections,
// nor what a peer may open and reset, nor how long a header may be, so that these are watched from
// outside.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/limits.h"

namespace casewheel::limits {

// Connections open at once: a share of the files the process may open (each takes two), and
// bounded; of one address, or network of IPv6, a share of these. A gateway holds thousands of calls
// on one.
inline constexpr std::size_t kGrpcConnectionsMax = 1024;
inline constexpr std::size_t kGrpcFilesPerConnection = 8;
inline constexpr std::size_t kGrpcShareOfAddress = 2;

// A refusal's details: they travel in base64 beside the message, which is written as %XX at worst,
// and clients take 8 KiB
// of such fields in all.
inline constexpr std::size_t kGrpcRefusalBytes = 3600;

// Calls open at once on one connection. A gateway may hold every watcher there can be on one
// connection, and calls beside them.
inline constexpr int kGrpcStreamsMax = 4096;
// A peer that has not yet acknowledged the bound, or resets its streams sooner than their calls
// end, may be above it for a moment.
inline constexpr std::uint64_t kGrpcStreamsHeldMax = kGrpcStreamsMax + 512;
// Streams a second that end because the client resets them, twice as many at once: more than one
// identity may call.
inline constexpr std::int64_t kGrpcResetsPerSecond = kCallsOfIdentity;
inline constexpr std::int64_t kGrpcResetsAtOnce = 2 * kGrpcResetsPerSecond;
// Bytes that come while no call begins or ends and no message is whole: one message for each open
// call, for as many as a client sends beside one another, and their frames.
inline constexpr std::uint64_t kGrpcBytesOfCall = std::uint64_t{kMessageBytes} + 64 * 1024;
inline constexpr std::uint64_t kGrpcCallsSending = 16;
// What a client that only reads sends for each answer, WINDOW_UPDATE and PING, with room.
inline constexpr std::uint64_t kGrpcBytesOfAnswer = 1024;

// How long bytes may wait on a connection at each look, where more come than calls account for: each of those
// begins, ends and brings its message. And how many may come in all without gRPC being seen to have read
// them, whatever they are.
inline constexpr DurationMs kGrpcUnreadMs = 1000;
inline constexpr std::uint64_t kGrpcBytesOfProgress = 64 * 1024;
inline constexpr std::uint64_t kGrpcUnreadBytesMax = 256ULL * 1024 * 1024;

// Connections that wait to be given to gRPC.
inline constexpr std::size_t kGrpcWaitingMax = 64;

// How often connections and memory are looked at. In that time four connections can make gRPC take
// some 300 MiB.
inline constexpr DurationMs kGrpcLookMs = 100;
// A connection that received fewer bytes in this time is not looked at more closely.
inline constexpr std::uint64_t kGrpcQuietBytes = 8 * 1024;
// A connection that never sent more than this has not asked anything: the first to go where room is
// needed.
inline constexpr std::uint64_t kGrpcPrefaceBytes = 256;

// How much the process may grow within a minute or so, at most: beyond it gRPC is taken for the
// cause.
inline constexpr std::uint64_t kGrpcGrowthBytes = 1024ULL * 1024 * 1024;
inline constexpr double kGrpcCalmMs = 60.0 * kSecondMs;
inline constexpr DurationMs kGrpcUnrestMs = 60 * kSecondMs;
// How long no connection is taken once memory was short: streams let go of what they hold
// meanwhile.
inline constexpr DurationMs kGrpcPauseMs = 5 * kSecondMs;

}  // namespace casewheel::limits
