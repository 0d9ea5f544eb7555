// One integrator's stream, whatever door it came through: items in, an answer per item out, resume
// points kept durably. The door feeds it messages one at a time and sends what it gives; callbacks
// come on the engine's answering threads. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "casewheel/v1/intake.pb.h"
#include "engine/api/call.h"
#include "engine/api/lodging.h"

namespace casewheel::api {

class IngestSession : public std::enable_shared_from_this<IngestSession> {
 public:
  // What the door must offer. send() must not call back into the session; end() comes once.
  // `keeps_resume_points`: false where every stream begins at its source's beginning.
  struct Door {
    std::function<void(v1::IngestResponse&&)> send;
    std::function<void(std::optional<Rejection>)> end;  // after the last answer, or at a fault
    std::function<void()> ready;  // room again after receive() said there is none
    bool keeps_resume_points = true;
  };

  IngestSession(Services services, Call call, Door door)
      : services_(services), call_(std::move(call)), door_(std::move(door)) {}

  // Takes the next message; false when the door should wait for ready() before it reads on. A door that
  // sends all the same goes by the latest answer.
  bool receive(const v1::IngestRequest& request);
  // The client has sent everything: ends after the last answer and a last resume point.
  void finish();
  // What came last cannot be accepted, so nothing after it is: ends with the reason when all that
  // came before is answered.
  void fail(Rejection rejection);
  // The client has gone: nothing more is sent, but what another thread is giving to the door right now.
  void abandon();

 private:
  using Warnings = google::protobuf::RepeatedPtrField<v1::Warning>;

  bool open(const v1::IngestOpen& open);
  void item(const v1::IngestItem& item);
  Result<partition::Request> make_request(const v1::IngestItem& item, const domain::Who& who,
                                          PartitionId* partition);
  void answered(std::uint64_t position, partition::Answer&& answer, const Warnings& warnings = {});
  // True while an earlier item on the same case waits to be sent again: what comes after it would find
  // another case than its sender meant, or none.
  bool follows_refused(std::uint64_t position) const;
  void settle(v1::IngestResult&& result);
  void checkpoint_if_due(std::unique_lock<std::mutex>& lock);
  void end_when_answered(std::unique_lock<std::mutex>& lock);

  Services services_;
  Call call_;
  Door door_;

  std::mutex mutex_;
  std::string tenant_;
  std::string source_;
  domain::stored::IntakeKind kind_ = domain::stored::FEED;
  std::uint8_t tenant_number_ = 0;
  std::uint64_t highest_ = 0;           // position seen
  std::set<std::uint64_t> unanswered_;  // on their way through a partition
  std::set<std::uint64_t> refused_;     // answered OVERLOADED: to be sent again
  // Which case the items are about that are unanswered or to be sent again, and which of the latter are
  // about a case.
  std::map<std::uint64_t, std::string> subjects_;
  std::map<std::string, std::set<std::uint64_t>> refused_of_;
  std::uint64_t checkpointed_ = 0;
  bool checkpointing_ = false;
  bool waiting_ = false;  // the door waits for ready()
  bool finishing_ = false;
  std::optional<Rejection> fault_;  // what it will end with
  bool ended_ = false;
};

}  // namespace casewheel::api
