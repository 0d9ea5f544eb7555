// Streams as Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html. Any thread.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>

#include "google/rpc/status.pb.h"

namespace casewheel::doors {

// A message as one event; where it says a `position`, that is the event's id.
std::string event_of(const google::protobuf::Message& message);
// The event "end", with the error as Connect writes it; no refusal where all is well. A browser's
// EventSource comes again after it unless it is closed.
std::string last_event(const std::optional<google::rpc::Status>& refusal);

// Sets `position` of the request to the id of the last event the client has, where it has one.
void go_on_after(const std::string& last_event, google::protobuf::Message* request);

}  // namespace casewheel::doors
