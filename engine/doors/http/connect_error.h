// Refusals as Connect writes them: https://connectrpc.com/docs/protocol#error-codes. Any thread.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "google/rpc/status.pb.h"

namespace casewheel::doors {

inline constexpr int kRpcCodes = 17;  // of google.rpc.Code, 0 is OK

// What is refused by the protocol itself, of which google.rpc.Code has more than the rules know.
enum class RpcCode {
  kOk = 0,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kUnimplemented = 12,
  kInternal = 13,
};
google::rpc::Status refusal_of(RpcCode code, std::string message);

// What was read of a request, or why the protocol refuses it.
template <typename T>
using Heard = boost::system::result<T, google::rpc::Status>;

// "invalid_argument"; "ok" for 0.
const char* connect_code(int rpc_code);
unsigned http_status(int rpc_code);
// The code that says as much, for figures.
int rpc_code(unsigned http_status);

// {"code": …, "message": …, "details": …}
std::string error_json(const google::rpc::Status& refusal);
// The last message of a stream; no refusal where all is well.
std::string end_json(const std::optional<google::rpc::Status>& refusal);

}  // namespace casewheel::doors
