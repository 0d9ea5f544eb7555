#include "engine/api/administration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "engine/api/verify_report.h"
#include "engine/api/work.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/partition/backup_facts.h"
#include "engine/partition/holdings.h"
#include "engine/partition/verify.h"
#include "storage/rocks/backup.h"
#include "storage/rocks/backup_place.h"

namespace casewheel::api {
namespace {

// As far as the virtual clock may be moved in one call: a slip of the keyboard is noticed.
constexpr DurationMs kAdvanceMaxMs = 20 * 366 * kDayMs;

constexpr std::size_t kDirectoryBytesMax = 4'096;  // PATH_MAX
constexpr std::size_t kOwnerChars = 32;

Rejection stopping() {
  return Rejection::of(RejectionCode::kUnavailable, "the engine is stopping",
                       limits::kRetryAfterMs);
}

}  // namespace

v1::ClockInfo AdministrationApi::clock_info() {
  EngineClock& clock = services_.engine.clock();
  const EngineClock::Reading reading = clock.read();
  v1::ClockInfo info;
  set_time(info.mutable_now(), reading.now);
  info.set_is_virtual(clock.is_virtual());
  info.set_frozen(reading.frozen);
  set_time(info.mutable_system_time(), clock.system_ms());
  info.set_alarm(clock.alarm());
  return info;
}

void AdministrationApi::get_clock(const Call&, const v1::GetClockRequest&,
                                  Done<v1::ClockInfo> done) {
  done(clock_info());
}

void AdministrationApi::advance_clock(const Call&, const v1::AdvanceClockRequest& request,
                                      Done<v1::ClockInfo> done) {
  EngineClock& clock = services_.engine.clock();
  if (!clock.is_virtual()) {
    return done(Rejection::of(RejectionCode::kFailedPrecondition,
                              "the engine runs on the real clock; start it with --clock virtual"));
  }
  const TimeMs now = clock.read().now;
  TimeMs target = now;
  if (request.has_time()) {
    const Result<TimeMs> time = time_of("time", &request.time());
    if (!time) return done(time.error());
    target = *time;
  } else if (request.has_by()) {
    const Result<DurationMs> by = duration_of("by", request.by());
    if (!by) return done(by.error());
    target = now + *by;
  } else {
    return done(Rejection::invalid("to", "either time or by is required"));
  }
  const char* field = request.has_time() ? "time" : "by";
  if (target < now)
    return done(
        Rejection::invalid(field, "lies in the engine's past: engine time never goes back"));
  if (target - now > kAdvanceMaxMs)
    return done(Rejection::invalid(field, "is more than 20 years ahead"));
  const Status status = services_.engine.advance_clock(target, [this, target, done](bool reached) {
    if (!reached) return done(stopping());
    services_.board.tick(target);
    done(clock_info());
  });
  if (!status) done(Rejection::of(RejectionCode::kFailedPrecondition, status.message()));
}

void AdministrationApi::confirm_clock(const Call& call, const v1::ConfirmClockRequest&,
                                      Done<v1::ClockInfo> done) {
  services_.engine.confirm_clock(operator_of(call),
                                 [this, done, by = written_caller(call)](bool recorded) {
                                   if (!recorded) return done(stopping());
                                   spdlog::warn("clock: the machine's time is confirmed by {}", by);
                                   done(clock_info());
                                 });
}

void AdministrationApi::get_statistics(const Call& call, const v1::GetStatisticsRequest& request,
                                       Done<v1::Statistics> done) {
  scan(services_, call, done,
       [this, call, request, done](Work& work) { find_statistics(call, request, work, done); });
}

void AdministrationApi::find_statistics(const Call& call, const v1::GetStatisticsRequest& request,
                                        Work& work, const Done<v1::Statistics>& done) {
  const auto registry = services_.engine.catalogue().get();
  std::uint8_t only = 0;
  if (!request.tenant().empty()) {
    const catalogue::TenantRules* rules = registry->find(request.tenant());
    if (rules == nullptr || !sees_tenant(call, *rules))
      return done(access::unknown_tenant(request.tenant()));
    only = rules->tenant_number();
  }
  const TimeMs now = services_.engine.clock().read().now;
  const views::Statistics statistics = services_.board.statistics(now);
  work.look_at(statistics.open_counts.size() / kEntriesPerRow);
  v1::Statistics out;
  // Whose figures are the caller's to see, found out once a tenant: empty when none are.
  std::map<std::uint8_t, std::optional<domain::Who>> known;
  const auto who_in = [&](std::uint8_t tenant_number) -> const std::optional<domain::Who>& {
    const auto [at, is_new] = known.try_emplace(tenant_number);
    const catalogue::TenantRules* rules = registry->find_number(tenant_number);
    if (!is_new || (only != 0 && tenant_number != only) || rules == nullptr) return at->second;
    if (Result<domain::Who> who = who_is(call, *rules)) at->second = std::move(*who);
    return at->second;
  };
  for (const views::OpenCount& count : statistics.open_counts) {
    const std::optional<domain::Who>& who = who_in(count.tenant_number);
    if (!who || (who->territory &&
                 !who->territory->covers(count.unit, static_cast<stored::Kind>(count.kind), "")))
      continue;
    v1::Statistics::Count* c = out.add_open_cases();
    const catalogue::TenantRules* rules = registry->find_number(count.tenant_number);
    if (rules != nullptr) c->set_tenant(rules->tenant());
    c->set_unit(count.unit);
    c->set_kind(static_cast<v1::Kind>(count.kind));
    c->set_status(static_cast<v1::CaseStatus>(count.status));
    c->set_cases(count.cases);
  }
  std::uint64_t open = 0;
  for (const v1::Statistics::Count& count : out.open_cases()) open += count.cases();
  out.set_open(open);
  // The board counts overdue cases for an enterprise as a whole.
  bool whole = true;
  for (const views::TenantCount& tenant : statistics.tenants) {
    const std::optional<domain::Who>& who = who_in(tenant.tenant_number);
    if (who && who->territory) whole = false;
  }
  for (const views::TenantCount& tenant : statistics.tenants) {
    if (!whole || !who_in(tenant.tenant_number)) continue;
    out.set_overdue(out.overdue() + tenant.overdue);
    out.set_unclocked(out.unclocked() + tenant.unclocked);
  }
  if (whole && !out.has_overdue()) {
    out.set_overdue(0);
    out.set_unclocked(0);
  }
  set_time(out.mutable_as_of(), now);
  // The figures below are of the whole installation; no smaller part has them.
  if (only != 0 ||
      (call.caller != nullptr && !access::holds_everywhere(*call.caller, call.method->right)))
    return done(std::move(out));
  const stored::Totals& totals = statistics.totals;
  out.set_lodged(totals.lodged());
  out.set_closed(totals.closed());
  out.set_events(totals.events());
  out.set_steps_fired(totals.steps_fired());
  out.set_clocks_met(totals.clocks_met());
  out.set_clocks_broken(totals.clocks_broken());
  out.set_breaches(totals.breaches());
  out.set_clocks_late_by_change(totals.clocks_late_by_change());
  out.set_breaches_by_change(totals.breaches_by_change());
  out.set_clocks_no_longer_owed(totals.clocks_no_longer_owed());
  TimeMs oldest = 0;
  for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
    const PartitionMetrics& metrics = services_.engine.metrics(id);
    out.set_armed_timers(out.armed_timers() + metrics.armed);
    out.set_unreadable_cases(out.unreadable_cases() + metrics.unreadable_cases);
    const TimeMs late = metrics.oldest_unfired_ms;
    if (late != 0) oldest = oldest == 0 ? late : std::min(oldest, late);
  }
  if (oldest != 0) set_time(out.mutable_oldest_unfired(), oldest);
  for (std::string& file : services_.engine.store().damaged_files())
    out.add_damaged_files(std::move(file));
  out.set_unreadable_rows(services_.engine.damage().passed_over);
  out.set_derived_clock_rows(services_.engine.damage().derived_clock_rows);
  done(std::move(out));
}

Result<bool> AdministrationApi::verify(const v1::VerifyRequest&,
                                       const Send<v1::VerifyResponse>& send) {
  partition::VerifyReport report;
  const storage::Shelf::Hold hold(services_.shelf);
  const Status status = partition::verify(
      services_.engine.store(),
      [&](std::uint64_t entries, std::uint64_t total) {
        v1::VerifyResponse progress;
        progress.set_entries_done(entries);
        progress.set_entries_total(total);
        return send(progress);
      },
      &report, services_.shelf);
  if (status.code() == Status::Code::kBusy) return not_awaited();
  if (!status) return unreadable(status);
  v1::VerifyResponse last;
  last.set_entries_done(report.entries);
  last.set_entries_total(report.entries);
  *last.mutable_report() = to_report(report);
  send(last);
  return true;
}

Result<bool> AdministrationApi::create_backup(const v1::CreateBackupRequest& request,
                                              const Send<v1::CreateBackupResponse>& send) {
  if (request.directory().empty() || request.directory().front() != '/') {
    return Rejection::invalid("directory", "must be an absolute path on the engine's machine");
  }
  if (request.keep() > limits::kBackupsKeptMax)
    return Rejection::invalid("keep", "must be 0 to " + std::to_string(limits::kBackupsKeptMax));
  if (request.directory().size() > kDirectoryBytesMax)
    return Rejection::invalid("directory", "is longer than 4,096 bytes");
  // The same for every backup of this installation, and tells nothing of its secret.
  const std::string owner =
      hex(bytes_of(sha256_of_parts({"casewheel backups", services_.engine.installation().secret})))
          .substr(0, kOwnerChars);
  const Status claimed =
      storage::claim_backup_directory(services_.engine.store(), request.directory(), owner);
  if (!claimed) {
    Rejection refusal = Rejection::invalid("directory", claimed.message());
    refusal.code = RejectionCode::kFailedPrecondition;
    return refusal;
  }
  storage::BackupInfo info;
  v1::CreateBackupResponse progress;
  // Whatever file a row of the backup names is there until it is copied: files come before their rows, and
  // none goes meanwhile.
  const storage::Shelf::Hold hold(services_.shelf);
  storage::BackupOptions options;
  options.progress = [&] { return send(progress); };
  options.shelf = services_.shelf;
  options.keep = request.keep();
  Status status = partition::facts_of(services_.engine.store(), &options.facts);
  if (status)
    status = partition::visit_held(services_.engine.store(), services_.engine.partitions(),
                                   [&](std::string_view blob) { options.held.emplace_back(blob); });
  if (status)
    status = storage::create_backup(services_.engine.store(), request.directory(), &info, options);
  if (!status)
    return Rejection::of(RejectionCode::kFailedPrecondition, "backup failed: " + status.message());
  v1::CreateBackupResponse last;
  last.set_bytes_done(info.bytes);
  last.set_bytes_total(info.bytes);
  last.set_done(true);
  last.set_backup_id(info.id);
  last.set_attachments(info.attachments);
  last.set_lacking(info.lacking);
  spdlog::info("backup: {} is whole in {}, {} bytes, {} attachments", info.id, request.directory(),
               info.bytes, info.attachments);
  send(last);
  return true;
}

}  // namespace casewheel::api
