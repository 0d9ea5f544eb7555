// What telephone exchanges push by the generic CTI webhook (of Zammad) and sipgate.io's push API: the events
// newCall, answer and hangup of a call, as a form or as JSON. Bytes in, a request of the API out. Any thread.
//
//   event            newCall, answer, hangup; ours beside: queue, wrapUp
//   callId, call_id  what the exchange calls it
//   direction        in, out
//   from, to         numbers
//   user, user[]     who is rung, or answers; a list in JSON, or with commas between
//   answeringNumber, answering_number
//   queue, cause, name (of who is at the other end)
//
// In JSON a field that is null is not there, and a whole number is its digits; a field of these that is
// anything else is refused by its name, so that no number is lost. A byte order mark is passed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "casewheel/v1/calls.pb.h"
#include "engine/base/result.h"

namespace casewheel::doors {

inline constexpr std::size_t kWebhookBytesMax = 64 * 1024;

// Of either kind of form, or JSON.
bool is_webhook_type(std::string_view content_type);
bool is_json_type(std::string_view content_type);

// Without its tenant. Refused with the exchange's own name of the field. What is not known is left aside:
// exchanges send more than the convention names. Nothing of an event there is nothing to record of: keys
// pressed (dtmf).
Result<std::optional<v1::RecordCallEventRequest>> read_webhook(std::string_view content_type,
                                                               std::string_view body);

// Where an event is sent: "/cti/v1/TENANT" or "/cti/v1/TENANT/TOKEN"; nothing where it is neither.
struct WebhookPlace {
  std::string tenant;
  std::string token;  // empty: it is shown in the head
};
inline constexpr std::string_view kWebhookPath = "/cti/v1/";
std::optional<WebhookPlace> webhook_place(std::string_view path);

// The password of "Basic …"; empty where it is none.
std::string basic_password(std::string_view authorization);

// What the sender of a form is answered: sipgate's XML. To a new call it says that the others are wanted, at
// `url`; empty: it does not.
std::string webhook_xml(bool is_new_call, std::string_view url);
// {"error": …, "field": …}
std::string webhook_error(const Rejection& refusal);

}  // namespace casewheel::doors
