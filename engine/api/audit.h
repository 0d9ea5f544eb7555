// The audit trail: who asked for what, from where, and how it ended. Lines are events of partition 0, so
// they are chained like every other, and rows to search them by. No personal data of applicants, and no
// text of callers': a case number is the one that was read from what they sent, however they wrote it.
// A line says "done" only of what was done: it is written when all checks are behind the call, and before
// its answer leaves (access::OnRecord says whether it has to be durable by then). Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "casewheel/v1/access.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

// What a refusal stands as on the trail; null: done.
stored::AuditOutcome outcome_of(const Rejection* refusal);

class AuditTrail {
 public:
  explicit AuditTrail(Services services);

  // Who calls, from where, for what.
  static stored::AuditRecord record_of(const Call& call);
  stored::Event event_of(stored::AuditRecord record) const;
  // Not waited for; what cannot be stored goes to the log. In the queue of its partition the line stands
  // before everything that is submitted after it, so that a change is never durable without it there.
  void write(stored::AuditRecord record) const;

  // Calls back when the line is durable, or why it cannot be.
  void write_first(stored::AuditRecord record,
                   std::function<void(std::optional<Rejection>)> done) const;

  void search(const Call& call, const v1::SearchAuditRequest& request,
              Done<v1::SearchAuditResponse> done);

 private:
  class Lines;

  Services services_;
  std::shared_ptr<Lines> lines_;
};

// The line of one call, from its admission to its end. Whoever checks what the call may reach says here
// whose it is. Thread-safe.
class TrailLine {
 public:
  using Written = std::function<void(std::optional<Rejection>)>;

  // `on_record`: of its method's right.
  TrailLine(std::shared_ptr<const AuditTrail> trail, stored::AuditRecord record,
            access::OnRecord on_record)
      : trail_(std::move(trail)), record_(std::move(record)), on_record_(on_record) {}
  // Of a call that nothing came of; goes to the log.
  ~TrailLine();
  TrailLine(const TrailLine&) = delete;
  TrailLine& operator=(const TrailLine&) = delete;

  // Where the request itself says nothing of it.
  void set_tenant(const std::string& tenant);
  void set_subject(const std::string& subject);
  void add_detail(const std::string& detail);
  // What the call named is not the caller's to see, in whatever words it is refused.
  void set_denied();

  // Before the work is begun; calls back when that is durable.
  void write_asked(Written written);
  // How the call ended, once, and `written` when its answer may leave: durable where that is due.
  void conclude(const Rejection* refusal, Written written);
  void conclude(const Rejection& refusal) {
    conclude(&refusal, [](const std::optional<Rejection>&) {});
  }

 private:
  const std::shared_ptr<const AuditTrail> trail_;
  std::mutex mutex_;
  stored::AuditRecord record_;
  const access::OnRecord on_record_;
  bool denied_ = false;
  bool concluded_ = false;
};

// The line's end, where there is one; `written` at once where there is none.
void conclude(const std::shared_ptr<TrailLine>& line, const std::optional<Rejection>& refusal,
              TrailLine::Written written);

// `done`, behind the line of the call.
template <typename T>
Done<T> on_record(const Call& call, Done<T> done) {
  if (call.line == nullptr) return done;
  return [line = call.line, done = std::move(done)](Result<T> result) {
    std::optional<Rejection> refusal;
    if (!result) refusal = result.error();
    const auto kept = std::make_shared<Result<T>>(std::move(result));
    conclude(line, refusal, [kept, done](std::optional<Rejection> unwritten) {
      if (unwritten) return done(*std::move(unwritten));
      done(std::move(*kept));
    });
  };
}

}  // namespace casewheel::api
