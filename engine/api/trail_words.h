// What a request is about, as the trail tells it: by the names the API gives such fields everywhere, read
// the way the handlers read them. Whatever cannot be read that way is not repeated: the trail is never
// erased, and a caller may have written anything. Any thread.
#pragma once

#include <google/protobuf/message.h>

#include "casewheel/journal/v1/access.pb.h"
#include "engine/api/call.h"

namespace casewheel::api {

// Fills tenant, subject and detail; adds to a detail that is there.
void describe(const Services& services, const google::protobuf::Message& request,
              stored::AuditRecord* record);

}  // namespace casewheel::api
