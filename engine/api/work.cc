#include "engine/api/work.h"

#include "engine/access/rate.h"
#include "engine/base/clock.h"

namespace casewheel::api {

std::string payer_of(const access::Caller* caller, const Call& call) {
  if (caller == nullptr) return call.actor;
  if (caller->kind == access::Caller::Kind::kNobody) return access::network_of(call.from);
  return caller->id;
}

std::string payer_of(const Call& call) { return payer_of(call.caller.get(), call); }

void charge(const Call& call, std::size_t rows) {
  if (call.rate == nullptr || rows == 0) return;
  call.rate->charge(payer_of(call), rows, machine_clock().steady_ms());
}

Rejection not_awaited() {
  return Rejection::of(RejectionCode::kUnavailable, "the caller waits no longer");
}

}  // namespace casewheel::api
