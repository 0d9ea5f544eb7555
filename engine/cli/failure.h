// Why a call did not give what was asked, told so that a person or a script can act on it: the
// details of google.rpc.Status, a hint when to try again, and the exit code. Pure.
#pragma once

#include <grpcpp/support/status.h>

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace casewheel::cli {

// What the process ends with. Scripts rely on the numbers.
enum ExitCode : int {
  kExitOk = 0,
  kExitRefused = 1,      // the engine was asked and said no
  kExitUsage = 2,        // the command line, or a file it names, is wrong: nothing was sent
  kExitUnreachable = 3,  // no answer, or the engine cannot tell: it may or may not have happened
  kExitDisagreed = 4,    // verify found problems, or a comparison disagreed
};

struct Failure {
  std::string code;    // of gRPC, e.g. "FAILED_PRECONDITION"
  std::string reason;  // ErrorInfo.reason, e.g. "WRONG_STATE"; empty when the engine gave none
  std::string message;
  std::vector<FieldViolation> fields;
  DurationMs retry_after_ms = 0;  // > 0: trying again then can help
  bool answered = false;          // the engine itself said so, not the network in between
};

// `status` is not OK. Details that cannot be read are left out, never an error of their own.
Failure decode_failure(const grpc::Status& status);

// kExitRefused or kExitUnreachable.
ExitCode exit_code(const Failure& failure);

// What stood around the call, for people.
struct FailureContext {
  std::function<std::string(const std::string& field)>
      option_of;  // "--to" of due_time; may be unset
  std::function<std::string(const std::string& field)>
      field_told;                  // in Chinese, where more is known
  std::vector<std::string> lines;  // who has the case, what to do next
};

// Several lines, the last one ended. `request_id`, where not empty, is what makes a retry safe; it is offered
// where a retry can help.
std::string failure_text(const Failure& failure, const std::string& address,
                         const std::string& request_id, const FailureContext& context = {});
// "  如需重送，請加上 --request-id KEY（不會重複辦理）…"
std::string retry_line(const std::string& request_id);
boost::json::object failure_json(const Failure& failure, const std::string& request_id);

}  // namespace casewheel::cli
