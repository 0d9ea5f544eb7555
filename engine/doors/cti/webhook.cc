#include "engine/doors/cti/webhook.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "engine/base/strict_json.h"
#include "engine/base/text.h"
#include "engine/doors/http/base64.h"
#include "engine/doors/http/field_words.h"
#include "engine/doors/http/multipart.h"
#include "engine/pages/html.h"

namespace casewheel::doors {
namespace {

namespace json = boost::json;

// The convention has a dozen; a group of a hundred telephones may ring.
constexpr std::size_t kFieldsMax = 256;

using Fields = std::vector<Form::Field>;

Result<Fields> read_fields(std::string_view content_type, std::string_view body) {
  Result<Form> form = read_form(content_type, body, kFieldsMax);
  if (!form) return Rejection::invalid("body", form.error().fields.front().description);
  return form->fields();
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_user(std::string_view name) { return name == "user" || name == "user[]"; }

bool is_read(std::string_view name) {
  constexpr std::array<std::string_view, 11> kNames = {
      "event", "callId", "call_id",         "direction",       "from", "to", "name",
      "queue", "cause",  "answeringNumber", "answering_number"};
  return is_user(name) || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Null says nothing. A number that its sender took for an amount (8.86912345678e11) is its digits, where
// all of them are there. What text another type was meant for nobody knows, and its sender is told.
std::optional<Rejection> add_text(const std::string& name, const json::value& value,
                                  Fields* fields) {
  constexpr double kWholeMax = 9007199254740992;  // 2^53: beyond it a double leaves digits out
  const double* number = value.if_double();
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) {
    fields->emplace_back(name, std::string(value.get_string()));
  } else if (value.is_int64() || value.is_uint64()) {
    fields->emplace_back(name, json::serialize(value));
  } else if (number != nullptr && std::abs(*number) <= kWholeMax &&
             std::trunc(*number) == *number) {
    fields->emplace_back(name, std::to_string(static_cast<std::int64_t>(*number)));
  } else {
    return Rejection::invalid(name, "must be a text or a whole number");
  }
  return std::nullopt;
}

Result<Fields> read_json(std::string_view body) {
  const Result<json::object> object = parse_json_object("body", body, {kWebhookBytesMax});
  if (!object) return object.error();
  Fields fields;
  for (const auto& member : *object) {
    const std::string name(member.key());
    if (!is_read(name)) continue;
    const json::array* list = member.value().if_array();
    if (list != nullptr && list->size() > 1 && !is_user(name))
      return Rejection::invalid(name, "must be one text, got " + std::to_string(list->size()));
    std::optional<Rejection> refusal;
    if (list == nullptr) {
      refusal = add_text(name, member.value(), &fields);
    } else {
      for (std::size_t i = 0; i < list->size() && !refusal; ++i)
        refusal = add_text(name, (*list)[i], &fields);
    }
    if (refusal) return *std::move(refusal);
    if (fields.size() > kFieldsMax) return Rejection::invalid("body", "has more than 256 fields");
  }
  return fields;
}

class Said {
 public:
  explicit Said(const Fields& fields) : fields_(fields) {}

  std::string one(std::initializer_list<std::string_view> names) const {
    for (const auto& [name, value] : fields_) {
      if (std::find(names.begin(), names.end(), name) != names.end()) return value;
    }
    return {};
  }
  std::vector<std::string> all(std::initializer_list<std::string_view> names) const {
    std::vector<std::string> values;
    for (const auto& [name, value] : fields_) {
      if (!value.empty() && std::find(names.begin(), names.end(), name) != names.end())
        values.push_back(value);
    }
    return values;
  }

 private:
  const Fields& fields_;
};

}  // namespace

bool is_json_type(std::string_view content_type) {
  return same_word(media_type_of(content_type), "application/json");
}

bool is_webhook_type(std::string_view content_type) {
  return is_json_type(content_type) || is_form(content_type);
}

Result<std::optional<v1::RecordCallEventRequest>> read_webhook(std::string_view content_type,
                                                               std::string_view body) {
  using Request = v1::RecordCallEventRequest;
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const Result<Fields> fields =
      is_json_type(content_type) ? read_json(body) : read_fields(content_type, body);
  if (!fields) return fields.error();
  for (const auto& [name, value] : *fields) {
    if (!is_utf8(name) || !is_utf8(value)) return Rejection::invalid("body", "is not UTF-8");
  }
  const Said said(*fields);
  Request request;
  const std::string event = said.one({"event"});
  if (event == "newCall") {
    request.set_event(Request::RING);
  } else if (event == "answer") {
    request.set_event(Request::ANSWER);
  } else if (event == "hangup") {
    request.set_event(Request::HANGUP);
  } else if (event == "queue") {
    request.set_event(Request::QUEUE);
  } else if (event == "wrapUp") {
    request.set_event(Request::WRAP_UP);
  } else if (event == "dtmf") {
    return std::optional<Request>();
  } else {
    return Rejection::invalid("event", "must be newCall, answer, hangup, queue, wrapUp or dtmf");
  }
  const std::string direction = said.one({"direction"});
  if (direction == "in") {
    request.set_direction(v1::INBOUND);
  } else if (direction == "out") {
    request.set_direction(v1::OUTBOUND);
  } else if (!direction.empty() || request.event() == Request::RING) {
    return Rejection::invalid("direction", "must be in or out");
  }
  request.set_exchange_call(said.one({"callId", "call_id"}));
  if (request.exchange_call().empty()) return Rejection::invalid("callId", "is required");
  request.set_from(said.one({"from"}));
  request.set_to(said.one({"to"}));
  request.set_name(said.one({"name"}));
  request.set_queue(said.one({"queue"}));
  request.set_cause(said.one({"cause"}));
  request.set_answered_by(said.one({"answeringNumber", "answering_number"}));
  for (const std::string& users : said.all({"user", "user[]"})) {
    for (const auto user : absl::StrSplit(users, ',', absl::SkipWhitespace()))
      *request.add_users() = std::string(absl::StripAsciiWhitespace(user));
  }
  return std::optional(std::move(request));
}

std::optional<WebhookPlace> webhook_place(std::string_view path) {
  if (!path.starts_with(kWebhookPath)) return std::nullopt;
  path.remove_prefix(kWebhookPath.size());
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::optional<std::string> tenant = unescaped(path.substr(0, slash));
  const std::string_view rest = path.substr(std::min(slash + 1, path.size()));
  const std::optional<std::string> token = unescaped(rest);
  if (!tenant || tenant->empty() || !token || rest.find('/') != std::string_view::npos ||
      (slash != path.size() && token->empty()))
    return std::nullopt;
  return WebhookPlace{*tenant, *token};
}

std::string basic_password(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if ((authorization[i] | 0x20) != kScheme[i]) return {};
  }
  const std::optional<std::string> plain = from_base64(authorization.substr(kScheme.size()));
  if (!plain) return {};
  const std::size_t colon = plain->find(':');
  return colon == std::string::npos ? std::string() : plain->substr(colon + 1);
}

std::string webhook_xml(bool is_new_call, std::string_view url) {
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response";
  if (!is_new_call || url.empty()) return head + "/>\n";
  const std::string at = pages::escaped(url);
  return head + " onAnswer=\"" + at + "\" onHangup=\"" + at + "\"/>\n";
}

std::string webhook_error(const Rejection& refusal) {
  json::object error;
  error["error"] = refusal.message;
  if (!refusal.fields.empty()) error["field"] = refusal.fields.front().field;
  return json::serialize(error) + "\n";
}

}  // namespace casewheel::doors
