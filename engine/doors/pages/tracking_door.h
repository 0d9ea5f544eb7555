// /track and /receipts/CASE on the HTTP door: the pages for people, written by engine/pages. The first asks
// Tracking.TrackCase for whoever comes, the second Counter.GetReceipt for who may lodge cases.
#pragma once

#include <string_view>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class TrackingDoor final : public Page {
 public:
  std::string_view path() const override { return "/track"; }
  // Its own form comes with the origin "null", since the page sends no referrer. The answer is about one
  // person: no other site's page reads it.
  OtherSites other_sites(const Head&) const override { return OtherSites::kMaySend; }
  Awaitable<PageAnswer> answer(Visit& visit) override;
};

class ReceiptDoor final : public Page {
 public:
  std::string_view path() const override { return "/receipts/"; }
  Awaitable<PageAnswer> answer(Visit& visit) override;
};

}  // namespace casewheel::doors
