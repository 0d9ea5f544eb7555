#include "engine/views/erlang_c.h"

#include <cmath>

namespace casewheel::views {
namespace {

double c_of(double b, double erlangs, std::uint32_t agents) {
  return b * agents / (agents - erlangs * (1 - b));
}

Staffing staffing_by(double b, double erlangs, double handling_s, double answer_within_s,
                     std::uint32_t agents) {
  const double c = c_of(b, erlangs, agents);
  const double spare = agents - erlangs;
  return {agents, 1 - c * std::exp(-spare * answer_within_s / handling_s), erlangs / agents,
          c * handling_s / spare};
}

}  // namespace

double erlang_b(double erlangs, std::uint32_t agents) {
  double b = 1;
  for (std::uint32_t n = 1; n <= agents; ++n) b = erlangs * b / (n + erlangs * b);
  return b;
}

double erlang_c(double erlangs, std::uint32_t agents) {
  if (erlangs <= 0) return 0;
  if (agents <= erlangs) return 1;
  return c_of(erlang_b(erlangs, agents), erlangs, agents);
}

Staffing staffing_for(double erlangs, double handling_s, double answer_within_s,
                      double service_level) {
  if (erlangs <= 0) return {};
  double b = 1;
  for (std::uint32_t agents = 1;; ++agents) {
    b = erlangs * b / (agents + erlangs * b);
    if (agents <= erlangs) continue;
    const Staffing staffing = staffing_by(b, erlangs, handling_s, answer_within_s, agents);
    if (staffing.service_level >= service_level) return staffing;
  }
}

}  // namespace casewheel::views
