// How many agents a queue of callers takes: A. K. Erlang's delay formula ("Løsning af nogle Problemer fra
// Sandsynlighedsregningen …", 1917), for callers who wait and never give up. Pure, any thread.
#pragma once

#include <cstdint>

namespace casewheel::views {

// `erlangs`: calls an hour times the hours one takes; from 0 up.
// The chance that a call finds every agent busy where nobody waits (Erlang's B). By the recursion over
// agents, which stays within 0 and 1 where factorials would not.
double erlang_b(double erlangs, std::uint32_t agents);
// The chance that a caller has to wait (Erlang's C); 1 where the agents are too few for ever.
double erlang_c(double erlangs, std::uint32_t agents);

struct Staffing {
  std::uint32_t agents = 0;
  double service_level = 1;  // callers answered within the time promised
  double occupancy = 0;      // of the agents' time
  double wait_s = 0;         // on average over all callers
};

inline constexpr double kErlangsMax = 10'000;  // a call centre of ten thousand

// The fewest agents with at least that service level (below 1). `handling_s`: seconds a call takes, above 0.
Staffing staffing_for(double erlangs, double handling_s, double answer_within_s,
                      double service_level);

}  // namespace casewheel::views
