// /track and /receipts/CASE on the HTTP door: the pages for people, written by engine/pages. The first asks
// Tracking.TrackCase for whoever comes, the second Counter.GetReceipt for who may lodge cases.
#pragma once

#include <string_view>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class TrackingDoor final : public Page {
 public:
  std::string_view path() const override { return "/track"; }
  // Its own form is of no site, since it sends no referrer; what it answers is by what is typed alone.
  bool open_to_every_site(const Head&) const override { return true; }
  Awaitable<PageAnswer> answer(Visit& visit) override;
};

class ReceiptDoor final : public Page {
 public:
  std::string_view path() const override { return "/receipts/"; }
  Awaitable<PageAnswer> answer(Visit& visit) override;
};

}  // namespace casewheel::doors
