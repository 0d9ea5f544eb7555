#include "engine/doors/http/codec.h"

#include <google/protobuf/util/json_util.h>

#include "engine/base/text.h"
#include "engine/doors/services/undecodable.h"

namespace casewheel::doors {
namespace {

// Of protobuf's words on what is wrong, which quote the request.
constexpr std::size_t kReasonBytes = 200;

std::string in_short(std::string reason) {
  if (reason.size() > kReasonBytes) reason.resize(kReasonBytes);
  for (char& c : reason) {
    if (c < ' ' || c > '~') c = '?';
  }
  return reason;
}

// protobuf's reader goes a hundred levels deep at most.
std::optional<Rejection> decode_json(const std::string& json, google::protobuf::Message* message) {
  if (!is_utf8(json)) return Rejection::invalid("request", "holds text that is not UTF-8");
  const auto status = google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return std::nullopt;
  return Rejection::of(RejectionCode::kInvalidArgument,
                       "the request cannot be read as " + message->GetDescriptor()->full_name() +
                           " in JSON: " + in_short(status.message().ToString()));
}

}  // namespace

std::optional<Rejection> decode(Codec codec, const std::string& bytes,
                                google::protobuf::Message* message) {
  if (codec == Codec::kJson) return decode_json(bytes, message);
  if (message->ParseFromString(bytes)) return std::nullopt;
  return undecodable(*message->GetDescriptor(), bytes);
}

std::string encode(Codec codec, const google::protobuf::Message& message) {
  if (codec == Codec::kProto) return message.SerializeAsString();
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  CASEWHEEL_CHECK(status.ok(), "an answer cannot be written as JSON");
  return json;
}

}  // namespace casewheel::doors
