// What a telephone exchange, or a stranger, may send to the CTI webhook: whatever the bytes, what is read is
// bounded and whole, and what is answered is well-formed.
#include <string>
#include <string_view>

#include "engine/base/strict_json.h"
#include "engine/base/text.h"
#include "engine/doors/cti/webhook.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel;
using namespace casewheel::doors;

void check_body(std::string_view type, const std::string& body) {
  const auto event = read_webhook(type, body);
  if (!event) {
    require(!event.error().fields.empty());
    require(parse_json_object("answer", webhook_error(event.error()), {body.size() + 4096})
                .has_value());
    return;
  }
  if (!*event) return;
  const auto& read = *event;
  require(!read->exchange_call().empty() &&
          read->event() != v1::RecordCallEventRequest::EVENT_UNSPECIFIED);
  require(read->ByteSizeLong() <= body.size() + 256);
  require(is_utf8(read->from()) && is_utf8(read->name()));
  for (const std::string& user : read->users()) require(!user.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_body("application/x-www-form-urlencoded", text);
  check_body("multipart/form-data; boundary=b", text);
  check_body("application/json", text);
  (void)is_webhook_type(text);
  if (const auto place = webhook_place(std::string(kWebhookPath) + text))
    require(!place->tenant.empty());
  (void)basic_password(text);
  const std::string xml = webhook_xml(true, text);
  require(xml.find('<', 1) == xml.find("<Response") && xml.ends_with("/>\n"));
  return 0;
}
