// The operator's calls: clock, figures, proof, backup.
#pragma once

#include "casewheel/v1/admin.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class Work;

class AdministrationApi {
 public:
  explicit AdministrationApi(Services services) : services_(services) {}

  void get_clock(const Call& call, const v1::GetClockRequest& request, Done<v1::ClockInfo> done);
  void advance_clock(const Call& call, const v1::AdvanceClockRequest& request,
                     Done<v1::ClockInfo> done);
  void confirm_clock(const Call& call, const v1::ConfirmClockRequest& request,
                     Done<v1::ClockInfo> done);
  void get_statistics(const Call& call, const v1::GetStatisticsRequest& request,
                      Done<v1::Statistics> done);

  // Long work with progress: each message goes to `send` (false: the caller has gone, stop); `done`
  // once at the end. Runs as the long work; see doors.
  template <typename Message>
  using Send = std::function<bool(const Message&)>;
  Result<bool> verify(const v1::VerifyRequest& request, const Send<v1::VerifyResponse>& send);
  Result<bool> create_backup(const v1::CreateBackupRequest& request,
                             const Send<v1::CreateBackupResponse>& send);

 private:
  v1::ClockInfo clock_info();
  void find_statistics(const Call& call, const v1::GetStatisticsRequest& request, Work& work,
                       const Done<v1::Statistics>& done);

  Services services_;
};

}  // namespace casewheel::api
