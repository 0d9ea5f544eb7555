// Telephone calls: what the exchange tells of them, how they are read, what an agent's screen shows, and the
// figures. Thread-safe; reading the store is done on the readers' threads.
#pragma once

#include <memory>

#include "casewheel/v1/calls.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"
#include "engine/api/places.h"
#include "engine/api/watching.h"

namespace casewheel::api {

class Work;

class CallsApi {
 public:
  explicit CallsApi(Services services) : services_(services) {}

  void record(const Call& call, const v1::RecordCallEventRequest& request, Done<v1::Call> done);
  void get(const Call& call, const v1::GetCallRequest& request, Done<v1::Call> done);
  void list(const Call& call, const v1::ListCallsRequest& request,
            Done<v1::ListCallsResponse> done);
  void wrap_up(const Call& call, const v1::WrapUpCallRequest& request, Done<v1::Call> done);
  void statistics(const Call& call, const v1::GetCallStatisticsRequest& request,
                  Done<v1::CallStatistics> done);
  void plan_staffing(const Call& call, const v1::PlanStaffingRequest& request,
                     Done<v1::StaffingPlan> done);

  // An agent's screen: see screen_pops.h.
  Result<std::shared_ptr<Watching>> watch(const Call& call,
                                          const v1::WatchScreenPopRequest& request,
                                          std::shared_ptr<views::Watcher> watcher);

 private:
  void find_statistics(const Call& call, const v1::GetCallStatisticsRequest& request, Work& work,
                       const Done<v1::CallStatistics>& done);
  void find_staffing(const Call& call, const v1::PlanStaffingRequest& request, Work& work,
                     const Done<v1::StaffingPlan>& done);
  void submit(const Call& call, partition::CallRequest request, std::size_t bytes,
              Done<v1::Call> done);

  Services services_;
  const std::shared_ptr<Places> screens_ =
      std::make_shared<Places>("screens", limits::kWatchersMax, kMinuteMs);
};

}  // namespace casewheel::api
