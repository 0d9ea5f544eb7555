// A call in a URL: https://connectrpc.com/docs/protocol#unary-get-request. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::doors {

struct Query {
  std::string encoding;     // the codec, which may be one nobody here knows
  std::string compression;  // of the message, likewise; empty: none
  std::string message;      // as sent
};

// Of what follows the "?" of the target.
Result<Query> read_query(std::string_view text);

}  // namespace casewheel::doors
