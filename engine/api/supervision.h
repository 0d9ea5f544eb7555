// The supervisors' view: what is due, as pages and as a live watch. Reads the board only.
#pragma once

#include <optional>

#include "casewheel/v1/supervision.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"
#include "engine/api/places.h"
#include "engine/api/watching.h"
#include "engine/views/board_limits.h"

namespace casewheel::api {

class Work;

class SupervisionApi {
 public:
  explicit SupervisionApi(Services services) : services_(services) {}

  void list_due(const Call& call, const v1::ListDueRequest& request,
                Done<v1::ListDueResponse> done);

  // In figures.cc.
  void get_figures(const Call& call, const v1::GetFiguresRequest& request, Done<v1::Figures> done);

  // In extension_requests.cc.
  void list_extension_requests(const Call& call, const v1::ListExtensionRequestsRequest& request,
                               Done<v1::ListExtensionRequestsResponse> done);

  void list_notices(const Call& call, const v1::ListNoticesRequest& request,
                    Done<v1::ListNoticesResponse> done);

  // Ends before this does.
  Result<std::shared_ptr<Watching>> watch(const Call& call, const v1::WatchDueRequest& request,
                                          std::shared_ptr<views::Watcher> watcher);

 private:
  class DueWatching;

  void find_notices(const Call& call, const v1::ListNoticesRequest& request, Work& work,
                    const Done<v1::ListNoticesResponse>& done) const;
  void add_decisions(std::uint8_t tenant_number, const std::string& staff, Work& work,
                     v1::ListNoticesResponse* response) const;
  Result<views::DueFilter> filter_of(const Call& call, const v1::DueFilter& filter) const;
  v1::WatchDueResponse to_response(const views::WatchMessage& message) const;
  // Who sees figures alone is not told what cases are about: nothing.
  static std::optional<domain::Who> reader_of(const Call& call,
                                              const catalogue::TenantRules& rules);
  // What the case is about, masked; reads its row.
  std::string subject_of(const CaseAddress& address, const domain::Who& reader, Work& work) const;
  v1::DueCase to_due_case(const views::DueRow& row, TimeMs now) const;

  Services services_;
  mutable Places watches_{"watches of the board", views::kWatchesMax, kMinuteMs};
};

}  // namespace casewheel::api
