// A call in a URL: https://connectrpc.com/docs/protocol#unary-get-request. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/doors/http/codec.h"

namespace casewheel::doors {

struct Query {
  Codec codec = Codec::kJson;
  bool gzip = false;
  bool versioned = false;  // connect=v1 was said
  std::string message;     // as sent: packed where it is gzip
};

// Of what follows the "?" of the target.
Result<Query> read_query(std::string_view text);

}  // namespace casewheel::doors
