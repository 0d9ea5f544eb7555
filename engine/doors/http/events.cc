#include "engine/doors/http/events.h"

#include "engine/doors/http/codec.h"
#include "engine/doors/http/connect_error.h"

namespace casewheel::doors {
namespace {

const google::protobuf::FieldDescriptor* position_of(const google::protobuf::Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("position");
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
  return text ? field : nullptr;
}

}  // namespace

std::string event_of(const google::protobuf::Message& message) {
  std::string event;
  if (const auto* position = position_of(message))
    event = "id: " + message.GetReflection()->GetString(message, position) + "\n";
  return event + "data: " + encode(Codec::kJson, message) + "\n\n";  // JSON is on one line
}

std::string last_event(const std::optional<google::rpc::Status>& refusal) {
  return "event: end\ndata: " + end_json(refusal) + "\n\n";
}

void go_on_after(const std::string& last_event, google::protobuf::Message* request) {
  if (last_event.empty()) return;
  if (const auto* position = position_of(*request))
    request->GetReflection()->SetString(request, position, last_event);
}

}  // namespace casewheel::doors
