// The CTI webhook on the HTTP door: POST /cti/v1/TENANT/TOKEN, or /cti/v1/TENANT with the token by Bearer, or
// by Basic as the password. An exchange is connected by giving it that address. The token is in no log.
#pragma once

#include "engine/doors/cti/webhook.h"
#include "engine/doors/http/page.h"

namespace casewheel::doors {

class CtiPage final : public Page {
 public:
  // `secure`: the door speaks TLS.
  explicit CtiPage(bool secure) : secure_(secure) {}
  std::string_view path() const override { return kWebhookPath; }
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  const bool secure_;
};

}  // namespace casewheel::doors
