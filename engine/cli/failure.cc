#include "engine/cli/failure.h"

#include <boost/json/array.hpp>

#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace casewheel::cli {
namespace {

const char* code_name(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
      return "OK";
    case grpc::StatusCode::CANCELLED:
      return "CANCELLED";
    case grpc::StatusCode::UNKNOWN:
      return "UNKNOWN";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "DEADLINE_EXCEEDED";
    case grpc::StatusCode::NOT_FOUND:
      return "NOT_FOUND";
    case grpc::StatusCode::ALREADY_EXISTS:
      return "ALREADY_EXISTS";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "PERMISSION_DENIED";
    case grpc::StatusCode::UNAUTHENTICATED:
      return "UNAUTHENTICATED";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "RESOURCE_EXHAUSTED";
    case grpc::StatusCode::FAILED_PRECONDITION:
      return "FAILED_PRECONDITION";
    case grpc::StatusCode::ABORTED:
      return "ABORTED";
    case grpc::StatusCode::OUT_OF_RANGE:
      return "OUT_OF_RANGE";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "UNIMPLEMENTED";
    case grpc::StatusCode::INTERNAL:
      return "INTERNAL";
    case grpc::StatusCode::UNAVAILABLE:
      return "UNAVAILABLE";
    case grpc::StatusCode::DATA_LOSS:
      return "DATA_LOSS";
    default:
      return "UNKNOWN";
  }
}

void read_detail(const google::protobuf::Any& detail, Failure& failure) {
  google::rpc::BadRequest bad_request;
  google::rpc::ErrorInfo info;
  google::rpc::RetryInfo retry;
  if (detail.UnpackTo(&bad_request)) {
    for (const auto& violation : bad_request.field_violations()) {
      failure.fields.push_back({violation.field(), violation.description()});
    }
  } else if (detail.UnpackTo(&info)) {
    failure.reason = info.reason();
  } else if (detail.UnpackTo(&retry)) {
    failure.retry_after_ms =
        retry.retry_delay().seconds() * 1000 + retry.retry_delay().nanos() / 1'000'000;
  }
}

}  // namespace

Failure decode_failure(const grpc::Status& status) {
  Failure failure;
  failure.code = code_name(status.error_code());
  failure.message = status.error_message();
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const auto& detail : details.details()) read_detail(detail, failure);
    failure.answered = true;
  }
  const auto code = status.error_code();
  if (code != grpc::StatusCode::UNAVAILABLE && code != grpc::StatusCode::DEADLINE_EXCEEDED &&
      code != grpc::StatusCode::CANCELLED) {
    failure.answered = true;
  }
  return failure;
}

// An engine that answers UNAVAILABLE is stopping or does not know how a write ended, which is no
// refusal.
ExitCode exit_code(const Failure& failure) {
  return failure.answered && failure.code != "UNAVAILABLE" ? kExitRefused : kExitUnreachable;
}

std::string failure_text(const Failure& failure, const std::string& address,
                         const std::string& request_id) {
  std::string text = "casewheel: ";
  if (exit_code(failure) == kExitRefused) {
    text += "無法執行 refused: ";
  } else if (failure.answered) {
    text += "引擎暫時無法處理 the engine cannot serve now: ";
  } else {
    text += "無法連線 cannot reach " + address + ": ";
  }
  text += failure.reason.empty() ? failure.code : failure.reason;
  if (!failure.message.empty()) text += ": " + one_line(failure.message);
  text += "\n";
  for (const FieldViolation& field : failure.fields) {
    text += "  欄位 field " + one_line(field.field) + ": " + one_line(field.description) + "\n";
  }
  if (failure.retry_after_ms > 0) {
    text += "  請於 " +
            (failure.retry_after_ms < kSecondMs ? std::to_string(failure.retry_after_ms) + " 毫秒"
                                                : format_length(failure.retry_after_ms)) +
            "後再試 try again then\n";
  }
  // The same key would be refused again.
  if (!request_id.empty() && failure.reason != "REQUEST_ID_REUSED") {
    text += "  如需重送，請加上 --request-id " + request_id +
            "（不會重複立案）to send it again without doing it twice\n";
  }
  return text;
}

boost::json::object failure_json(const Failure& failure, const std::string& request_id) {
  boost::json::array fields;
  for (const FieldViolation& field : failure.fields) {
    fields.push_back(
        boost::json::object{{"field", field.field}, {"description", field.description}});
  }
  boost::json::object error{{"code", failure.code},
                            {"reason", failure.reason},
                            {"message", failure.message},
                            {"field_violations", std::move(fields)},
                            {"retry_after_ms", failure.retry_after_ms},
                            {"answered", failure.answered},
                            {"request_id", request_id}};
  return boost::json::object{{"error", std::move(error)}};
}

}  // namespace casewheel::cli
