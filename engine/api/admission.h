// The one place every door asks before a handler runs: who calls, whether she may, and the line on the
// audit trail. Thread-safe; never blocks.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string_view>

#include "engine/api/audit.h"
#include "engine/api/call.h"

namespace casewheel::api {

// From the method's own descriptor. A method that names no right, or one that is in no table, ends the
// process when it starts.
Method method_of(const google::protobuf::MethodDescriptor& descriptor);

class Admission {
 public:
  explicit Admission(Services services) : services_(services), trail_(services) {}

  // Completes `call` (whose method and from are set) by who holds the token, or says why not. Calls
  // that need a right are put on the trail, with what `request` is about where there is one message.
  std::optional<Rejection> admit(Call* call, std::string_view token,
                                 const google::protobuf::Message* request) const;

 private:
  Services services_;
  AuditTrail trail_;
};

}  // namespace casewheel::api
