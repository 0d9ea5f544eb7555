// Why bytes are no message of their type. Any thread.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

#include "engine/base/result.h"

namespace casewheel::doors {

// What the sender hears of bytes that do not parse: the fields whose text is not UTF-8, or that the
// whole is no such message.
Rejection undecodable(const google::protobuf::Descriptor& type, const std::string& bytes);

}  // namespace casewheel::doors
