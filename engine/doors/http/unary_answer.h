// Replies as HTTP writes them. Any thread.
#pragma once

#include "engine/doors/http/origins.h"

namespace casewheel::doors {

Reply reply_of(const TurnedAway& away);
Reply reply_of(const google::rpc::Status& refusal);
// What the method answered, packed where the client takes that and it is worth it.
Reply reply_of(const Ask& ask, const google::protobuf::Message& answer);

}  // namespace casewheel::doors
