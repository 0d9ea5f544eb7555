// How a clock's date came about: the account of engine/sla, with what it was computed under, for
// people and programs. Reads the store on the readers' threads.
#pragma once

#include "casewheel/v1/cases.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class ExplainingApi {
 public:
  explicit ExplainingApi(Services services) : services_(services) {}

  void explain(const Call& call, const v1::ExplainClockRequest& request,
               Done<v1::ClockExplanation> done);

 private:
  Services services_;
};

// One clock of a case. A stopped one is explained by the date its action was compared with.
v1::ClockAccount to_account(const stored::ClockState& clock, const catalogue::TenantRules& rules);

}  // namespace casewheel::api
