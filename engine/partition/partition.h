// One partition: the single writer of its cases. turn() is the heart of casewheel: what waits and
// what is due becomes events by decide and apply, the events and the rows they change become one
// atomic, durable write, and only then is anything armed, answered or told. Single-threaded and
// without a clock of its own, so that the simulation drives the very code the daemon runs; the
// thread around it is in worker.h.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/domain/call.h"
#include "engine/domain/decide.h"
#include "engine/partition/call_rows.h"
#include "engine/partition/catalogue_holder.h"
#include "engine/partition/installation.h"
#include "engine/partition/journal.h"
#include "engine/partition/publication.h"
#include "engine/partition/request.h"
#include "engine/partition/seal.h"
#include "engine/wheel/wheel.h"
#include "storage/log.h"
#include "storage/readable_scan.h"
#include "storage/store.h"

namespace casewheel::partition {

class Partition {
 public:
  struct Parts {
    PartitionId id = 0;
    storage::Store* store = nullptr;
    storage::Log* log = nullptr;
    CatalogueHolder* catalogue = nullptr;
    Listener* listener = nullptr;  // may be null
    PartitionMetrics* metrics = nullptr;
    DamageMetrics* damage = nullptr;  // may be null
    RandomBytes random;
    std::size_t relaid_max = limits::kBatchRelaid;  // a batch; tests want many small slices
  };

  Partition(Parts parts, const Installation& installation);

  // Reads head and clock rows: the wheel stands as committed. Visits every open case for the views.
  // Then writes EngineStarted, so that a store that cannot be written is found out now.
  Status open(TimeMs now, const std::function<void(CaseChange&&)>& visit_open_case);
  // Only the head: engine time of the last commit, 0 when there is none.
  // `frozen_since`: when a jump of the clock stopped firing and nobody has confirmed it since; 0.
  static Status last_now(const storage::Store& store, PartitionId id, TimeMs* now,
                         TimeMs* frozen_since);

  struct Turn {
    Status status;          // not ok: the fate of the batch is unknown, the process must end
    bool more_due = false;  // the slice of expiries was full: call again before waiting
    bool sweeping = false;  // so was the slice of cases to be laid anew
    bool committed = false;
    double commit_ms = 0;  // the store's write, by the machine's clock
  };
  // Fires at most one slice of what is due at `now` (none while `hold_firing`), `expiries_max` long,
  // serves the requests, commits, publishes. `answers` gets one entry a request, in order. `now`
  // below engine time counts as engine time.
  // The first turn in which firing is held by a jump of the clock puts that on record.
  Turn turn(TimeMs now, bool hold_firing, const domain::Moment& lateness,
            std::span<Request> requests, std::vector<Answer>* answers,
            std::size_t expiries_max = limits::kBatchExpiries);

  PartitionId id() const { return parts_.id; }
  TimeMs now() const { return head_.now_ms(); }
  TimeMs running_since() const { return running_since_; }
  bool restored() const { return restored_; }
  std::uint32_t versions_from() const { return head_.restored().names_from(); }
  // Earliest instant at which turn() may have something to fire; kNever when nothing is armed.
  TimeMs next_instant() const {
    return open_calls_.empty() ? wheel_->next_instant()
                               : std::min(wheel_->next_instant(), open_calls_.begin()->first);
  }
  std::size_t armed() const { return wheel_->size(); }
  // Earliest instant that has passed without being looked at because its case cannot be read; kNever
  // when there is none.
  TimeMs oldest_set_aside() const { return oldest_set_aside_; }
  // Earliest armed instant of one case; kNever when it is not armed. For verify and tests.
  TimeMs armed_at(CaseId id) const;

 private:
  struct Touched {
    std::shared_ptr<CaseRecord> record;
    bool changed = false;
  };
  struct TouchedCall {
    std::shared_ptr<CallRecord> record;
    std::string sealed_plain;  // what is sealed of it, as bytes
    // In the clear, before the batch and as it stands.
    stored::Call before;
    stored::Call open;
    bool readable = true;
    bool changed = false;
  };
  struct Pending;  // the batch being made

  // kNotFound when there is no such case; the record is set when ok.
  Status load(Pending& batch, CaseId id, std::shared_ptr<CaseRecord>* record);
  void serve(Pending& batch, Request& request, Answer* answer);
  void serve(Pending& batch, LodgeRequest& request, Answer* answer);
  void serve(Pending& batch, ActRequest& request, Answer* answer);
  void serve(Pending& batch, CatalogueRequest& request, Answer* answer);
  void serve(Pending& batch, CalendarRequest& request, Answer* answer);
  void serve(Pending& batch, CheckpointRequest& request, Answer* answer);
  void serve(Pending& batch, ClockConfirmedRequest& request, Answer* answer);
  void serve(Pending& batch, RecordRequest& request, Answer* answer);
  void serve(Pending& batch, CallRequest& request, Answer* answer);
  // Of a command to that case.
  domain::Moment moment_of(const Pending& batch, const stored::CaseState& state) const;
  // Open cases into the wheel and to `visit`; clock rows that are taken from their cases are put in `rows`.
  Status load_open_cases(const std::function<void(CaseChange&&)>& visit, storage::Batch* rows);
  void take_up(CaseId id, stored::ClockRow row, const std::function<void(CaseChange&&)>& visit);
  void derive_clock_row(CaseId id, const std::function<void(CaseChange&&)>& visit,
                        storage::Batch* rows);
  // Those whose clock rows would lie in a stretch that cannot be read.
  std::vector<CaseId> open_cases_without_rows(const storage::PassedOver::Stretch& clocks) const;
  Status check_last_entry() const;
  void pass_over(std::uint64_t count) const;  // counts what could not be read
  void look(Pending& batch, const wheel::Expired& expired);
  void set_aside(const wheel::Expired& expired, TimeMs now, const Status& why);
  void tell_set_aside();
  // Gives the engine's own command to a case; how many events followed.
  std::uint64_t give(Pending& batch, const std::shared_ptr<CaseRecord>& record,
                     const domain::Command& command);
  // Carries the time rules in force to one slice of the open cases; false when none is left.
  bool sweep(Pending& batch);
  Status find_lodged(Pending& batch, const storage::Digest16& digest, stored::DedupeRow* row);
  // The body that request was given to the case with before; nothing: it is new, or older than is kept.
  Status find_request(Pending& batch, CaseId id, std::uint64_t request_digest,
                      std::optional<std::uint64_t>* body);
  // Of a request that changed nothing: it is known as any other.
  void remember_answered(Pending& batch, CaseId id, const domain::Command& command);
  // Takes away a slice of the requests that are older than is kept.
  void forget_requests(Pending& batch, std::size_t slice);
  // `let_go`: as in Answer; null where no file can be.
  void accept(Pending& batch, const std::shared_ptr<CaseRecord>& record, domain::Events events,
              std::vector<std::string>* let_go = nullptr);
  void accept_own(Pending& batch, stored::Event event);
  // Before the case's personal data is erased: nothing leads to it any more, and what is sealed from now
  // on has another key.
  void forget_person(Pending& batch, CaseRecord& record);
  void move_lookups(Pending& batch, const CaseRecord& record, const stored::PersonalData& personal);
  void write_lookups(Pending& batch, CaseId id, const stored::PersonalData& personal);
  // Of a call nobody has heard of: a record of version 0.
  Status load(Pending& batch, const storage::Digest16& id, TouchedCall** touched);
  // Whether it changed anything.
  Result<bool> decide_call(Pending& batch, TouchedCall& touched,
                           const catalogue::TenantRules& rules, const storage::Digest16& id,
                           const domain::CallCommand& command);
  void seal(Pending& batch, TouchedCall& touched, const catalogue::TenantRules& rules,
            stored::Call* call);
  // Ends the calls whose time is up; false when more of them wait.
  bool end_unended(Pending& batch, std::size_t calls_max);
  void write_calls(Pending& batch, Publication* publication);
  void keep_open_calls(const Publication& publication);
  Status load_open_calls();
  Status commit(Pending& batch, double* commit_ms);
  void arm(CaseId id, TimeMs next);
  void arm_only(CaseId id, TimeMs next);
  void observe_lateness(const stored::Event& event);

  Parts parts_;
  Installation installation_;
  std::string secret_;
  bool restored_ = false;  // this is its first start on a restored directory
  ChainPosition chain_;
  stored::PartitionHead head_;
  TimeMs running_since_ = 0;
  std::unique_ptr<wheel::Wheel> wheel_;                      // made by open()
  absl::flat_hash_map<std::uint64_t, wheel::Handle> armed_;  // open cases that wait for something
  // Cases that came due and could not be read, with the instant they came due. Each is in the wheel
  // all the same, to be tried again.
  absl::flat_hash_map<std::uint64_t, TimeMs> set_aside_;
  TimeMs oldest_set_aside_ = kNever;
  std::string set_aside_why_;  // of one that was set aside in this turn; empty: none was
  bool set_aside_changed_ = false;
  std::set<std::pair<TimeMs, storage::Digest16>>
      open_calls_;              // by when they are ended at the latest
  std::string oldest_request_;  // no row of a request lies before this key
  std::uint32_t oldest_request_period_ = 0;
  Sealer sealer_;
  std::vector<wheel::Expired> expired_;  // kept for its memory
};

}  // namespace casewheel::partition
