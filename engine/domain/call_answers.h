// What counts as an answer of a call, and how much of who was rung and who answered a call keeps.
#pragma once

namespace casewheel::domain {

// The seat of an answer that names nobody: neither staff nor a telephone, or a machine (a queue, a
// menu). Whoever calls has then reached nobody yet: the call goes on waiting for an answer, and where none
// comes it is owed a call back. Who was reached by a call of ours need not be named.
inline constexpr const char* kNobody = "nobody";

// Beyond these a call is no call but a fault in a feed, as beyond kCallChangesMax: it is refused, so
// that each change of a call, and each look at it, takes as long as any other.
inline constexpr int kCallAnswersMax = 64;
inline constexpr int kCallRingingMax = 256;

}  // namespace casewheel::domain
