// Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2) on the HTTP door, under /open311/: the
// tenant is the jurisdiction, an API key's token the api_key. It asks the API's own methods; what
// it shows goes to strangers, but for what was told of a case to whose key may read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "casewheel/v1/counter.pb.h"
#include "casewheel/v1/public_cases.pb.h"
#include "casewheel/v1/tracking.pb.h"
#include "engine/doors/http/form.h"
#include "engine/doors/http/page.h"
#include "engine/doors/open311/errors.h"
#include "engine/doors/open311/request_documents.h"
#include "engine/doors/open311/route.h"
#include "engine/doors/open311/update_form.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class Open311Page final : public Page {
 public:
  // `public_url`: where people reach the door, without a slash behind; empty: as they named it.
  Open311Page(std::string public_url, bool trial)
      : public_url_(std::move(public_url)), trial_(trial) {}

  std::string_view path() const override { return "/open311/"; }
  // What is read is everybody's, or goes by a key that is within the request itself.
  OtherSites other_sites(const Head& head) const override;
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  // Or its refusal.
  template <typename T>
  using Told = boost::system::result<T, open311::Errors>;
  // The request, read; and whom it is about.
  struct Asked {
    open311::Route route;
    Form form;  // of the query or the body
    bool posts = false;
    v1::ListServicesResponse services;
    open311::Manner manner;
    std::string next = {};   // page token of what follows
    std::string dates = {};  // of the query, as its parameters, where it named none itself
    unsigned status = 200;
    bool for_one_key = false;    // the answer is not everybody's
    std::string shortened = {};  // numbers of which not all that was told is in the answer
  };

  Awaitable<Told<Asked>> read(Visit& visit);
  Awaitable<Told<open311::Element>> tell(Visit& visit, Asked& asked);
  Awaitable<Told<open311::Element>> define(Visit& visit, const Asked& asked);
  Awaitable<Told<open311::Element>> list(Visit& visit, Asked& asked);
  Awaitable<Told<open311::Element>> show(Visit& visit, const Asked& asked);
  Awaitable<Told<open311::Element>> lodge(Visit& visit, Asked& asked);
  Awaitable<Told<open311::Element>> update(Visit& visit, Asked& asked);
  // Updates, in updates.cc. Whether the request says who asks: then the words that were told are
  // listed.
  static bool shows_key(Visit& visit, const Asked& asked);
  Awaitable<Told<open311::Element>> list_told(Visit& visit, Asked& asked,
                                              const open311::Wanted& wanted);
  // By number; without those the caller may not read.
  using ToldByNumber = std::map<std::string, v1::ToldOfCase>;
  static open311::Element told_list(Asked& asked, const open311::Wanted& wanted,
                                    const std::vector<std::string>& numbers,
                                    const ToldByNumber& told,
                                    const std::map<std::string, v1::PublicCase>& shown);
  Awaitable<Told<ToldByNumber>> told_of(Visit& visit, const std::vector<std::string>& numbers,
                                        const v1::ListToldUpdatesRequest& window,
                                        const std::optional<std::string>& token);
  // Brings what the update says of its time to what the case can have, and to what has happened
  // since.
  Awaitable<open311::Errors> settle_time(Visit& visit, open311::UpdateForm& update,
                                         const std::optional<std::string>& token);
  Awaitable<Result<AnyMessage>> carry_out(Visit& visit, const open311::UpdateForm& update,
                                          const std::optional<std::string>& token);
  // What an update comes to: the case as it is then.
  Awaitable<Result<AnyMessage>> end(Visit& visit, const open311::UpdateForm& update,
                                    const std::optional<std::string>& token);
  Awaitable<Result<AnyMessage>> go_on(Visit& visit, const open311::UpdateForm& update,
                                      const std::optional<std::string>& token);
  // Of the jurisdiction; empty: of any.
  Awaitable<Told<std::vector<v1::PublicCase>>> named_cases(Visit& visit,
                                                           const open311::Wanted& wanted,
                                                           const std::string& jurisdiction);
  Awaitable<Told<std::vector<v1::PublicCase>>> listed_cases(Visit& visit, Asked& asked,
                                                            const open311::Wanted& wanted);
  open311::Element discovery(Visit& visit, const Asked& asked) const;

  const std::string public_url_;
  const bool trial_;
};

}  // namespace casewheel::doors
