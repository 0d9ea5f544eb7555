#include "engine/cli/failure.h"

#include <boost/json/array.hpp>

#include "engine/cli/refusal_words.h"
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

namespace {

// "  --to（due_time）：須晚於目前的期限 must be later than the present date"
std::string field_line(const FieldViolation& field, const FailureContext& context) {
  const std::string option = context.option_of ? context.option_of(field.field) : std::string();
  std::string told = context.field_told ? context.field_told(field.field) : std::string();
  if (told.empty()) told = description_words(field.description);
  std::string line = "  ";
  line += option.empty() ? "欄位 field " + one_line(field.field)
                         : option + "（" + one_line(field.field) + "）";
  line += "：" + told + (told.empty() ? "" : " ") + one_line(field.description);
  return line + "\n";
}

// True where the message says no more than the fields do.
bool repeats_fields(const Failure& failure) {
  if (failure.fields.empty()) return false;
  std::string all;
  for (const FieldViolation& field : failure.fields) {
    if (failure.message == field.description) return true;
    all += (all.empty() ? "" : "; ") + field.field + ": " + field.description;
  }
  return failure.message == all || failure.message.starts_with(failure.fields.front().field + ": ");
}

}  // namespace

std::string failure_text(const Failure& failure, const std::string& address,
                         const std::string& request_id, const FailureContext& context) {
  const std::string& reason = failure.reason.empty() ? failure.code : failure.reason;
  std::string text = "casewheel: ";
  if (exit_code(failure) == kExitRefused) {
    const std::string precise = description_words(failure.message);
    text +=
        "無法執行：" + (precise.empty() ? reason_words(reason) : precise) + " refused: " + reason;
  } else if (failure.answered) {
    text += "系統暫時無法處理 the engine cannot serve now: " + reason;
  } else {
    text += "無法連線 cannot reach " + address + ": " + reason;
  }
  if (!failure.message.empty() && !repeats_fields(failure))
    text += ": " + one_line(failure.message);
  text += "\n";
  for (const FieldViolation& field : failure.fields) text += field_line(field, context);
  for (const std::string& line : context.lines) text += "  " + line + "\n";
  if (failure.retry_after_ms > 0) {
    text += "  請於 " +
            (failure.retry_after_ms < kSecondMs ? std::to_string(failure.retry_after_ms) + " 毫秒"
                                                : format_length(failure.retry_after_ms)) +
            "後再試 try again then\n";
  }
  // The same key would be refused again; so would a request that is wrong in itself.
  if (!request_id.empty() && failure.reason != "REQUEST_ID_REUSED") {
    text += retry_line(request_id);
  }
  return text;
}

std::string retry_line(const std::string& request_id) {
  return "  如需重送，請加上 --request-id " + request_id +
         "（不會重複立案）to send it again without doing it twice\n";
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
