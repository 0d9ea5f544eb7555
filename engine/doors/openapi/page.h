// GET /openapi.json: the API as other systems' tools read it. For everybody, as the protocol's own files.
#pragma once

#include <string>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class OpenApiPage final : public Page {
 public:
  std::string_view path() const override { return "/openapi.json"; }
  OtherSites other_sites(const Head&) const override { return OtherSites::kMayRead; }
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  std::string document_;  // made when it is first asked for
};

}  // namespace casewheel::doors
