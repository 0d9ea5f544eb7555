// What the HTTP door takes of one client, and of all.
#pragma once

#include <cstddef>

#include "engine/base/limits.h"

namespace casewheel::limits {

// One request's head: a token of the provider is 8 KiB at most, a request in a URL some more.
inline constexpr std::size_t kHttpHeadBytes = 16 * 1024;
// Browsers behind two proxies send some thirty.
inline constexpr std::size_t kHttpHeadFields = 64;
// Connections open at once: a share of the files the process may open, so that the store always can, and
// bounded. Of one network a share of these, see connections.h.
inline constexpr std::size_t kHttpConnectionsMax = 4096;
inline constexpr std::size_t kHttpFilesPerConnection = 4;
// Messages up to this are read and written on the door's own thread, in a fraction of a millisecond; longer
// ones, and what is packed, among the scans.
inline constexpr std::size_t kHttpHereBytes = 32 * 1024;
// Of a message as JSON, what takes as long as a row of the store.
inline constexpr std::size_t kHttpBytesPerRow = 128;
// How often a client that waits for an answer is looked after.
inline constexpr DurationMs kHttpLookForClientMs = 250;
// How long a connection may be silent between requests; and take for a head, for a body of kMessageBytes
// over a slow line, and to read an answer.
inline constexpr DurationMs kHttpIdleMs = 90 * kSecondMs;
inline constexpr DurationMs kHttpHeadMs = 10 * kSecondMs;
inline constexpr DurationMs kHttpBodyMs = 60 * kSecondMs;
inline constexpr DurationMs kHttpAnswerMs = 60 * kSecondMs;
// How long a stream of events is silent before a comment is sent: proxies cut what is silent for a minute.
inline constexpr DurationMs kHttpBeatMs = 15 * kSecondMs;
// Answers shorter than a packet or so gain nothing by compression.
inline constexpr std::size_t kHttpGzipFromBytes = 1024;

}  // namespace casewheel::limits
