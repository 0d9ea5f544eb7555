// Messages as Connect carries them: protobuf's own bytes, or its JSON. Any thread but a partition's:
// JSON is slow.
#pragma once

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::doors {

enum class Codec { kJson, kProto };

// Why the bytes are no such message; what a message does not know is refused in JSON, where it is most
// likely a name mistyped, and passed over in protobuf's bytes, which newer clients send.
std::optional<Rejection> decode(Codec codec, const std::string& bytes,
                                google::protobuf::Message* message);

std::string encode(Codec codec, const google::protobuf::Message& message);

}  // namespace casewheel::doors
