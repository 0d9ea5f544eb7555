// /, /track and /receipts/CASE on the HTTP door: the pages for people, written by engine/pages.
// /track asks Tracking.TrackCase for whoever comes, /receipts/ Counter.GetReceipt for who may lodge
// cases: who comes with a browser signs in there, and the token is kept in a cookie of these pages
// alone. Its session is for receipts: no other door finds it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/doors/http/form.h"
#include "engine/doors/http/page.h"

namespace casewheel::doors {

class IndexDoor final : public Page {
 public:
  std::string_view path() const override { return "/"; }
  Awaitable<PageAnswer> answer(Visit& visit) override;
};

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
  // `secure`: browsers reach it by https: alone.
  explicit ReceiptDoor(bool secure) : secure_(secure) {}
  std::string_view path() const override { return "/receipts/"; }
  // Its own form is looked at by answer(): another site's is refused there.
  OtherSites other_sites(const Head&) const override { return OtherSites::kMaySend; }
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  Awaitable<PageAnswer> posted(Visit& visit, const std::string& number);
  Awaitable<PageAnswer> sign_in(Visit& visit, const Form& typed, std::string path);
  Awaitable<PageAnswer> sign_out(Visit& visit, std::string path);
  std::string_view cookie_name() const;
  // As Set-Cookie has it; without a token it takes the cookie away.
  std::string cookie(const std::string& token) const;
  // Those the browser shows that stand; none where an Authorization field says who asks.
  std::vector<std::string> sessions(Visit& visit) const;

  const bool secure_;
};

}  // namespace casewheel::doors
