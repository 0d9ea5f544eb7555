#include "engine/cli/failure.h"

#include <array>
#include <boost/json/array.hpp>
#include <cctype>
#include <string_view>
#include <utility>

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

// What is typed at a question and has no option.
constexpr std::array kAsked = {std::pair<std::string_view, const char*>{"new_password", "新密碼"},
                               std::pair<std::string_view, const char*>{"old_password", "目前密碼"},
                               std::pair<std::string_view, const char*>{"password", "密碼"}};

// "days.yaml:3:5 calendars[0].days" is a place in a file, and not a field of a request.
bool is_place(const std::string& field) {
  for (std::size_t colon = field.find(':'); colon != field.npos;
       colon = field.find(':', colon + 1)) {
    if (colon + 1 < field.size() && std::isdigit(static_cast<unsigned char>(field[colon + 1])) != 0)
      return true;
  }
  return false;
}

std::string field_label(const std::string& field, const FailureContext& context) {
  if (is_place(field)) return one_line(field);
  const std::string option = context.option_of ? context.option_of(field) : std::string();
  if (!option.empty()) return option + "（" + one_line(field) + "）";
  for (const auto& [name, chinese] : kAsked) {
    if (field == name) return std::string(chinese) + "（" + one_line(field) + "）";
  }
  return "欄位 field " + one_line(field);
}

// "  --to（due_time）：須晚於目前的期限 must be later than the present date"
std::string field_line(const FieldViolation& field, const FailureContext& context) {
  std::string told = context.field_told ? context.field_told(field.field) : std::string();
  if (told.empty()) told = description_words(field.description);
  std::string english = parted(field.description).english;
  if (!told.empty() && !english.empty()) told += " ";
  return "  " + field_label(field.field, context) + "：" + told + one_line(english) + "\n";
}

// What the message says that the fields do not: nothing, or what stands before the first of them.
std::string beside_fields(const Failure& failure) {
  const std::string& message = failure.message;
  if (failure.fields.empty()) return message;
  std::string all;
  for (const FieldViolation& field : failure.fields) {
    if (message == field.description) return "";
    all += (all.empty() ? "" : "; ") + field.field + ": " + field.description;
  }
  const std::string first = failure.fields.front().field + ": ";
  if (message == all || message.starts_with(first)) return "";
  return message.substr(0, message.find("; " + first));
}

// Of the message as a whole; one that is about a field alone says nothing beside it.
std::string cause_words(const Failure& failure) {
  const bool of_field =
      !failure.fields.empty() && failure.message.starts_with(failure.fields.front().field + ": ");
  return of_field ? "" : description_words(failure.message);
}

// The same key helps where nobody knows what became of the request, or it can be taken later. What was refused for
// good is refused again.
bool can_be_sent_again(const Failure& failure) {
  return exit_code(failure) == kExitUnreachable || failure.retry_after_ms > 0 ||
         failure.code == "RESOURCE_EXHAUSTED" || failure.code == "INTERNAL" ||
         failure.code == "UNKNOWN";
}

}  // namespace

std::string failure_text(const Failure& failure, const std::string& address,
                         const std::string& request_id, const FailureContext& context) {
  const std::string& reason = failure.reason.empty() ? failure.code : failure.reason;
  std::string text = "casewheel: ";
  std::string beside = beside_fields(failure);
  if (exit_code(failure) == kExitRefused) {
    const std::string precise = cause_words(failure);
    text +=
        "無法執行：" + (precise.empty() ? reason_words(reason) : precise) + " refused: " + reason;
    beside = parted(beside).english;
  } else if (failure.answered) {
    text += "系統暫時無法處理 the engine cannot serve now: " + reason;
  } else {
    text += "無法連線 cannot reach " + address + ": " + reason;
  }
  if (!beside.empty()) text += ": " + one_line(beside);
  text += "\n";
  for (const FieldViolation& field : failure.fields) text += field_line(field, context);
  for (const std::string& line : context.lines) text += "  " + line + "\n";
  if (failure.retry_after_ms > 0) {
    text += "  請於 " +
            (failure.retry_after_ms < kSecondMs ? std::to_string(failure.retry_after_ms) + " 毫秒"
                                                : format_length(failure.retry_after_ms)) +
            "後再試 try again then\n";
  }
  if (!request_id.empty() && can_be_sent_again(failure)) text += retry_line(request_id);
  return text;
}

std::string retry_line(const std::string& request_id) {
  return "  如需重送，請加上 --request-id " + request_id +
         "（不會重複辦理）to send it again without doing it twice\n";
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
