// Calls nobody answered become cases: a call-back, with its clocks. Where a call turns out to have been
// answered (exchanges tell of a hangup before the answer), what was made of it is withdrawn: the case,
// unless another missed call stands on it or its applicant has been answered; a note says so then. One call
// at a time, on a thread of its own that may wait; whatever stops it between two steps, it is taken up
// again at the next start.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>

#include "engine/api/call.h"
#include "engine/api/call_records.h"
#include "engine/views/call_desk.h"

namespace casewheel::api {

class CallBacks {
 public:
  explicit CallBacks(Services services) : services_(services) {}
  ~CallBacks() { stop(); }

  // Takes up what is owed from before, oldest first, and hears of more from the desk.
  Status start();
  // After the engine has stopped, which ends what is waited for.
  void stop();

 private:
  // Again after the pause, and so on, until it is settled.
  void take_up(const views::CallAddress& address, std::chrono::seconds pause);
  // Whether nothing is owed any more.
  bool settle(const views::CallAddress& address);
  Result<CaseAddress> case_for(const stored::Call& call, const catalogue::TenantRules& rules);
  Result<CaseAddress> lodge(const stored::Call& call, const catalogue::TenantRules& rules);
  std::optional<Rejection> note(const stored::Call& call, CaseAddress address,
                                const catalogue::TenantRules& rules);
  // Whether it is done.
  bool withdraw(const views::CallAddress& call, const partition::CallRecord& record,
                const catalogue::TenantRules& rules);
  // The case made of a call, whether or not it was put on the call's record before the engine ended.
  Result<std::optional<CaseAddress>> case_made_of(const std::string& call_id,
                                                  const std::string& tenant) const;
  Result<bool> stands_on_another(const partition::CallRecord& record, CaseAddress address,
                                 const catalogue::TenantRules& rules) const;
  std::optional<Rejection> take_back(const partition::CallRecord& record, CaseAddress address,
                                     const catalogue::TenantRules& rules);
  partition::Answer ask(PartitionId partition, partition::RequestBody body);

  Services services_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace casewheel::api
