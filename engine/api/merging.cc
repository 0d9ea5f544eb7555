#include "engine/api/merging.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "engine/api/cases.h"
#include "engine/api/submitting.h"
#include "engine/domain/decide.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr std::chrono::milliseconds kAskAgain{50};
// Steps of another merge take milliseconds; what still waits then is taken up at the next start.
constexpr int kAskAgainMax = 40;

// The engine's own step: no full queue and no full disk refuses it, only the end.
void give_own(const Services& services, CaseAddress address, domain::Action action,
              partition::Done done) {
  partition::ActRequest act;
  act.tenant_number = address.id.tenant_number();
  act.id = address.id;
  act.command.action = std::move(action);
  act.command.who = {stored::ENGINE, "", domain::kEveryRole};
  act.command.received_ms = services.engine.clock().read().now;
  partition::Request request;
  request.body = std::move(act);
  request.bytes = sizeof(partition::Request);
  request.done = std::move(done);
  services.engine.submit(address.partition, partition::Class::kEngine, std::move(request));
}

CaseAddress address_of(const stored::MergedCase& one) {
  return {static_cast<PartitionId>(one.partition()), CaseId{one.case_id()}};
}

bool ended_in(const stored::CaseState& duplicate, CaseAddress main) {
  return duplicate.status() == stored::MERGED && duplicate.merged_into_case_id() == main.id.value &&
         duplicate.merged_into_partition() == main.partition;
}

domain::AttachDuplicate attaching(CaseAddress address, const stored::CaseState& duplicate) {
  domain::AttachDuplicate attach;
  attach.partition = address.partition;
  attach.duplicate = address.id;
  attach.promises = {duplicate.merge().carried().begin(), duplicate.merge().carried().end()};
  attach.depth = domain::merge_depth(duplicate);
  return attach;
}

void say_unfinished(CaseAddress address, const Rejection& why) {
  spdlog::warn("merges: a step of case {} is left for the next start: {}",
               format_case_number(address.partition, address.id), why.message);
}

// The last step: the case that goes on takes the duplicate in, or is released from it.
void settle_merge(const Services& services, CaseAddress duplicate, CaseAddress into,
                  const stored::CaseState* ended, std::function<void()> done) {
  domain::Action action = domain::ReleaseMerge{duplicate.partition, duplicate.id};
  if (ended != nullptr) action = attaching(duplicate, *ended);
  give_own(services, into, std::move(action),
           [into, done = std::move(done)](partition::Answer&& answer) {
             if (answer.rejection) say_unfinished(into, *answer.rejection);
             done();
           });
}

// Takes the promises of a case whose merge was undone off the cases they had reached, one after the other.
class Unmerging final : public std::enable_shared_from_this<Unmerging> {
 public:
  Unmerging(Services services, CaseAddress duplicate, const stored::UnmergeRecord& record,
            partition::Done done)
      : services_(services),
        duplicate_(duplicate),
        behind_(record.behind().begin(), record.behind().end()),
        at_(address_of(record.from())),
        through_(duplicate),
        done_(std::move(done)) {}

  void step() {
    domain::DetachDuplicate detach{duplicate_.partition, duplicate_.id, behind_, through_};
    give_own(services_, at_, std::move(detach),
             [self = shared_from_this()](partition::Answer&& answer) {
               self->answered(std::move(answer));
             });
  }

 private:
  void answered(partition::Answer&& answer) {
    if (answer.rejection) {
      if (answer.rejection->code == RejectionCode::kUnavailable && ++asked_ < kAskAgainMax)
        return later();
      if (answer.rejection->code == RejectionCode::kUnavailable) {
        say_unfinished(duplicate_, *answer.rejection);
        return done_(std::move(answer));
      }
      // A case that cannot be read keeps what it has; the duplicate does not wait for it.
      say_unfinished(at_, *answer.rejection);
      return settle();
    }
    const stored::CaseState& state = answer.record->state;
    if (state.status() != stored::MERGED || ++merges_ > domain::kMergeDepthMax) return settle();
    through_ = at_;
    at_ = {static_cast<PartitionId>(state.merged_into_partition()),
           CaseId{state.merged_into_case_id()}};
    step();
  }
  void later() {
    auto timer = std::make_shared<boost::asio::steady_timer>(services_.pools.reads(), kAskAgain);
    timer->async_wait(
        [self = shared_from_this(), timer](const boost::system::error_code&) { self->step(); });
  }
  void settle() {
    give_own(services_, duplicate_, domain::SettleUnmerge{},
             [self = shared_from_this()](partition::Answer&& answer) {
               self->done_(std::move(answer));
             });
  }

  const Services services_;
  const CaseAddress duplicate_;
  const std::vector<stored::MergedCase> behind_;
  CaseAddress at_;
  CaseAddress through_;
  const partition::Done done_;
  int asked_ = 0;
  std::uint32_t merges_ = 0;
};

// One merge on its way.
struct Merging {
  Services services;
  Call call;
  CaseAddress duplicate;
  CaseAddress into;
  domain::Command merge;
  std::size_t bytes = 0;
  Done<v1::Case> done;
};

void answer_with(const Merging& m, partition::Answer&& answer) {
  if (answer.rejection) return m.done(std::move(*answer.rejection));
  m.done(answered_case(m.services, answer));
}

// What the second and the first step would refuse is refused before anything has left its mark on the
// other case; true where the duplicate itself has the answer.
Result<bool> try_first(Merging& m) {
  const Result<partition::CaseRecord> duplicate = read_case_for(m.call, m.services, m.duplicate);
  if (!duplicate) return duplicate.error();
  const auto registry = catalogue_for(m.services.engine, *duplicate);
  const catalogue::TenantRules& rules = *tenant_of(*registry, m.duplicate.id);
  const Result<domain::Who> who = who_is(m.call, rules);
  if (!who) return who.error();
  domain::Command trial = m.merge;
  trial.who = *who;
  domain::Moment moment;
  moment.now = trial.received_ms = m.services.engine.clock().read().now;
  if (const Status known =
          partition::read_request(m.services.engine.store(), m.duplicate.partition, m.duplicate.id,
                                  trial.request_digest, moment.now, &trial.answered_body);
      !known)
    return unreadable(known);
  if (trial.answered_body) return true;
  Result<domain::Events> events = domain::decide(duplicate->state, trial, moment, rules);
  if (!events) return events.error();
  const Result<partition::CaseRecord> into = read_case_for(m.call, m.services, m.into);
  if (!into) return into.error();
  trial.action = domain::PrepareMerge{m.duplicate.partition, m.duplicate.id, m.into.partition};
  trial.expected_revision = 0;
  const auto latest = catalogue_for(m.services.engine, *into);
  events = domain::decide(into->state, trial, moment, *tenant_of(*latest, m.into.id));
  if (!events) return events.error();
  return false;
}

void end_duplicate(const std::shared_ptr<Merging>& m) {
  submit_command(
      m->call, m->services, m->duplicate, m->merge, m->bytes, [m](partition::Answer&& answer) {
        auto ended = std::make_shared<partition::Answer>(std::move(answer));
        const bool merged = !ended->rejection && ended_in(ended->record->state, m->into);
        settle_merge(m->services, m->duplicate, m->into, merged ? &ended->record->state : nullptr,
                     [m, ended] { answer_with(*m, std::move(*ended)); });
      });
}

void start_merge(const std::shared_ptr<Merging>& m) {
  const Result<bool> answered = try_first(*m);
  if (!answered) return m->done(answered.error());
  if (*answered) {
    return submit_command(m->call, m->services, m->duplicate, m->merge, m->bytes,
                          [m](partition::Answer&& answer) { answer_with(*m, std::move(answer)); });
  }
  domain::Command prepare;
  prepare.action = domain::PrepareMerge{m->duplicate.partition, m->duplicate.id, m->into.partition};
  submit_command(m->call, m->services, m->into, std::move(prepare), sizeof(domain::Command),
                 [m](partition::Answer&& answer) {
                   if (answer.rejection) return m->done(std::move(*answer.rejection));
                   end_duplicate(m);
                 });
}

// Takes up a merge that stopped after its first step, or an undoing that stopped after its own.
void resume(const Services& services, const storage::MergeKey& key, bool unmerging) {
  partition::CaseRecord record;
  const CaseAddress duplicate = unmerging ? key.address : key.other;
  const Status read =
      partition::read_case(services.engine.store(), duplicate.partition, duplicate.id, &record);
  if (!read) {
    spdlog::error("merges: case {} cannot be read: {}",
                  format_case_number(duplicate.partition, duplicate.id), read.message());
  }
  if (unmerging) {
    if (!read || !record.state.has_unmerging()) return;
    std::make_shared<Unmerging>(services, duplicate, record.state.unmerging(),
                                [](partition::Answer&&) {})
        ->step();
    return;
  }
  // One that cannot be read keeps no other from its end.
  const bool ended = read && ended_in(record.state, key.address);
  settle_merge(services, duplicate, key.address, ended ? &record.state : nullptr, [] {});
}

}  // namespace

void CasesApi::merge(const Call& call, const v1::MergeCaseRequest& request, Done<v1::Case> done) {
  const Result<CaseAddress> duplicate = api::address_of("case_number", request.case_number());
  if (!duplicate) return done(duplicate.error());
  const Result<CaseAddress> into = api::address_of("into_case_number", request.into_case_number());
  if (!into) return done(into.error());
  if (*duplicate == *into)
    return done(Rejection::invalid("into_case_number", "is the case itself"));
  if (duplicate->id.tenant_number() != into->id.tenant_number())
    return done(Rejection::invalid("into_case_number", "belongs to another tenant"));
  const Result<RequestDigests> digests = request_digests(request.request_id(), request);
  if (!digests) return done(digests.error());
  const Result<std::uint32_t> revision = revision_of(request.etag());
  if (!revision) return done(revision.error());
  domain::Command merge;
  merge.action = domain::Merge{into->partition, into->id, duplicate->partition};
  merge.expected_revision = *revision;
  merge.request_digest = digests->request;
  merge.body_digest = digests->body;
  auto merging =
      std::make_shared<Merging>(Merging{services_, call, *duplicate, *into, std::move(merge),
                                        request.ByteSizeLong(), std::move(done)});
  boost::asio::post(services_.pools.reads(), [merging] { start_merge(merging); });
}

void CasesApi::unmerge(const Call& call, const v1::UnmergeCaseRequest& request,
                       Done<v1::Case> done) {
  Result<domain::Action> action = action_of(request);
  if (!action) return done(action.error());
  const Result<RequestDigests> digests = request_digests(request.request_id(), request);
  if (!digests) return done(digests.error());
  const Result<std::uint32_t> revision = revision_of(request.etag());
  if (!revision) return done(revision.error());
  const Result<CaseAddress> address = api::address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  domain::Command command;
  command.action = std::move(*action);
  command.expected_revision = *revision;
  command.request_digest = digests->request;
  command.body_digest = digests->body;
  submit_command(call, services_, *address, std::move(command), request.ByteSizeLong(),
                 [services = services_, address = *address,
                  done = std::move(done)](partition::Answer&& answer) {
                   if (answer.rejection) return done(std::move(*answer.rejection));
                   if (!answer.record->state.has_unmerging())
                     return done(answered_case(services, answer));
                   auto undone = std::make_shared<partition::Answer>(std::move(answer));
                   std::make_shared<Unmerging>(
                       services, address, undone->record->state.unmerging(),
                       [services, undone, done](partition::Answer&& settled) {
                         // It goes on, whoever is still to be told.
                         done(answered_case(services, settled.rejection ? *undone : settled));
                       })
                       ->step();
                 });
}

Status resume_merges(const Services& services) {
  struct Found {
    storage::MergeKey key;
    bool unmerging;
  };
  std::vector<Found> found;
  const auto snapshot = services.engine.store().snapshot();
  for (PartitionId id = 0; id < services.engine.partitions(); ++id) {
    const std::string prefix = storage::kind_prefix(storage::RowKind::kMerge, id);
    storage::PassedOver passed;
    const Status status = storage::scan_readable(
        *snapshot, storage::Table::kState, prefix, storage::prefix_end(prefix),
        [&found](std::string_view key, std::string_view value) {
          stored::MergeRow row;
          const auto at = storage::decode_merge_key(key);
          if (at && row.ParseFromArray(value.data(), static_cast<int>(value.size())))
            found.push_back({*at, row.unmerging()});
          return true;
        },
        &passed);
    if (!status) return status;
    if (passed.empty()) continue;
    services.engine.damage().passed_over += passed.stretches.size();
    spdlog::error("merges that were under way cannot all be read: {}", passed.why);
  }
  for (const Found& one : found) resume(services, one.key, one.unmerging);
  if (!found.empty()) spdlog::info("merges: {} are taken up again", found.size());
  return {};
}

Status find_main_case(const storage::Store& store, CaseAddress* address,
                      partition::CaseRecord* record) {
  for (std::uint32_t merges = 0;
       record->state.status() == stored::MERGED && merges <= domain::kMergeDepthMax; ++merges) {
    const CaseAddress main{static_cast<PartitionId>(record->state.merged_into_partition()),
                           CaseId{record->state.merged_into_case_id()}};
    partition::CaseRecord next;
    if (Status read = partition::read_case(store, main.partition, main.id, &next); !read)
      return read;
    *address = main;
    *record = std::move(next);
  }
  return {};
}

}  // namespace casewheel::api
