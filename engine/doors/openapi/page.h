// GET /openapi.json: the API as other systems' tools read it. For everybody, as the protocol's own files.
#pragma once

#include <string>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class OpenApiPage final : public Page {
 public:
  std::string_view path() const override { return "/openapi.json"; }
  bool open_to_every_site(const Head&) const override { return true; }
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  std::string document_;  // made when it is first asked for
};

}  // namespace casewheel::doors
