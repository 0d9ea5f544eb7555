// Applicants follow their case, staff give them codes for it. Whoever shows the wrong thing learns
// nothing, not even from how long it took, and has to wait longer each time. Thread-safe.
#pragma once

#include <string>

#include "casewheel/v1/tracking.pb.h"
#include "engine/access/rate.h"
#include "engine/access/throttle.h"
#include "engine/api/audit.h"
#include "engine/api/call.h"

namespace casewheel::api {

// How many cases one ListToldUpdates names at most.
inline constexpr std::size_t kToldCasesMax = 50;

class TrackingApi {
 public:
  explicit TrackingApi(Services services);

  void track(const Call& call, const v1::TrackCaseRequest& request, Done<v1::TrackedCase> done);
  void issue_code(const Call& call, const v1::IssueTrackingCodeRequest& request,
                  Done<v1::IssueTrackingCodeResponse> done);
  // In told_updates.cc.
  void list_told(const Call& call, const v1::ListToldUpdatesRequest& request,
                 Done<v1::ListToldUpdatesResponse> done);

 private:
  // One look at a case: what was shown for it, and where the answer goes.
  struct Look {
    Call call;
    CaseAddress address;
    bool by_code = false;
    std::string shown;
    Done<v1::TrackedCase> done;
    std::string number() const { return format_case_number(address.partition, address.id); }
    std::string network() const { return access::network_of(call.from); }
  };

  // The case, or one nobody has, so that there is as much work for either.
  Status find(CaseAddress address, partition::CaseRecord* record, std::string* phone,
              bool* known) const;
  void compare(const Look& look);
  void spend(const Look& look);
  void answer(const Look& look);
  void refuse(const Look& look);
  // Not the caller's fault: the attempt does not count.
  void fail(const Look& look, const Rejection& why);
  void put_on_trail(const Look& look, stored::AuditOutcome outcome) const;
  TimeMs now() const { return services_.engine.clock().system_ms(); }

  Services services_;
  AuditTrail trail_;
  access::Throttle cases_;
  access::Throttle addresses_;
  std::string decoy_;  // a case row
};

}  // namespace casewheel::api
