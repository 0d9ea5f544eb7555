// The audit trail: who asked for what, from where, and with what outcome. Lines are events of partition
// 0, so they are chained like every other, and rows to search them by. No personal data of applicants.
// Thread-safe.
#pragma once

#include <memory>

#include "casewheel/v1/access.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class AuditTrail {
 public:
  explicit AuditTrail(Services services);

  // Who calls, from where, for what.
  static stored::AuditRecord record_of(const Call& call);
  stored::Event event_of(stored::AuditRecord record) const;
  // Not waited for; what cannot be stored goes to the log. In the queue of its partition the line stands
  // before everything that is submitted after it, so that a change is never durable without it there.
  void write(stored::AuditRecord record) const;

  // Calls back when the line is durable, or why it cannot be.
  void write_first(stored::AuditRecord record,
                   std::function<void(std::optional<Rejection>)> done) const;

  void search(const Call& call, const v1::SearchAuditRequest& request,
              Done<v1::SearchAuditResponse> done);

 private:
  class Lines;

  Services services_;
  std::shared_ptr<Lines> lines_;
};

}  // namespace casewheel::api
