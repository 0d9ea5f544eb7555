// GET /healthz and /readyz on the HTTP door, for load balancers: whether the process lives, and whether it
// serves. Asks nobody who calls and tells no reason: that is on the metrics address, which is not for
// strangers.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class HealthDoor final : public Page {
 public:
  // `why_not` is called on the door's thread, at once and often; empty: all is well.
  HealthDoor(std::string_view path, std::function<std::string()> why_not)
      : path_(path), why_not_(std::move(why_not)) {}

  std::string_view path() const override { return path_; }
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  const std::string_view path_;
  const std::function<std::string()> why_not_;
};

}  // namespace casewheel::doors
