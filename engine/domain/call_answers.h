// How much of who was rung and who answered a call takes.
#pragma once

namespace casewheel::domain {

// Beyond these a call is no call but a fault in a feed, as beyond kCallChangesMax: it is refused, so
// that each change of a call, and each look at it, takes as long as any other.
inline constexpr int kCallAnswersMax = 64;
inline constexpr int kCallRingingMax = 256;

}  // namespace casewheel::domain
