#include "engine/api/intake.h"

#include <boost/asio/post.hpp>

#include "engine/api/actions.h"
#include "engine/api/applicant_numbers.h"
#include "engine/api/audit.h"
#include "engine/api/lodging_warnings.h"
#include "engine/api/plain_text.h"
#include "engine/api/submitting.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

// Which case an item is about, by whatever it goes by.
std::string subject_of(const v1::IngestItem& item) {
  switch (item.action_case()) {
    case v1::IngestItem::kLodge:
      return "request " + item.lodge().request_id();
    case v1::IngestItem::kClose:
      return item.case_of().empty() ? "case " + item.close().case_number()
                                    : "request " + item.case_of();
    case v1::IngestItem::kNote:
      return item.case_of().empty() ? "case " + item.note().case_number()
                                    : "request " + item.case_of();
    case v1::IngestItem::kReply:
      return item.case_of().empty() ? "case " + item.reply().case_number()
                                    : "request " + item.case_of();
    default:
      return {};
  }
}

bool has_dialled_phone(const partition::LodgeRequest& request) {
  const auto* lodge = std::get_if<domain::Lodge>(&request.command.action);
  return lodge != nullptr && !lodge->personal.applicant().dialled_phone().empty();
}

partition::Answer refused_for_now() {
  partition::Answer answer;
  answer.rejection =
      Rejection::of(RejectionCode::kUnavailable,
                    "an earlier item on the same case is to be sent again: send this one after it",
                    limits::kRetryAfterMs);
  return answer;
}

}  // namespace

bool IngestSession::receive(const v1::IngestRequest& request) {
  if (request.has_open()) return open(request.open());
  if (!request.has_item()) {
    fail(Rejection::invalid("message", "either open or item is required"));
    return false;
  }
  item(request.item());
  const std::scoped_lock lock(mutex_);
  waiting_ = unanswered_.size() >= limits::kIngestWindow || finishing_ || ended_;
  return !waiting_;
}

bool IngestSession::open(const v1::IngestOpen& open) {
  const Result<Desk> desk = desk_of(call_, services_, "open.tenant", open.tenant());
  Result<std::string> source = plain_line("open.source", open.source(), limits::kIdChars);
  std::optional<Rejection> refusal;
  if (!desk) {
    refusal = desk.error();
  } else if (!source) {
    refusal = source.error();
  } else if (source->empty()) {
    refusal = Rejection::invalid("open.source", "is required");
  } else if (!v1::SourceKind_IsValid(open.kind())) {
    refusal = Rejection::invalid("open.kind", "must be FEED or IMPORT");
  }
  {
    const std::scoped_lock lock(mutex_);
    if (!refusal && !tenant_.empty())
      refusal = Rejection::invalid("open", "must be sent once, as the first message");
    if (!refusal) {
      tenant_ = open.tenant();
      source_ = *source;
      kind_ = static_cast<domain::stored::IntakeKind>(open.kind());
      tenant_number_ = desk->rules->tenant_number();
      waiting_ = true;
    }
  }
  if (refusal) {
    fail(std::move(*refusal));
    return false;
  }
  if (call_.line != nullptr) call_.line->add_detail("source " + *source);
  boost::asio::post(services_.pools.reads(), [self = shared_from_this()] {
    const PartitionId partition =
        self->services_.engine.route(dedupe_digest(self->tenant_, self->source_));
    std::string value;
    stored::CursorRow row;
    Status status(Status::Code::kNotFound, "");
    if (self->door_.keeps_resume_points)
      status = self->services_.engine.store().get(
          storage::Table::kState,
          storage::cursor_key(partition, self->tenant_number_,
                              partition::cursor_name(self->kind_, self->source_)),
          &value);
    if (status) row.ParseFromString(value);
    if (!status && status.code() != Status::Code::kNotFound) {
      return self->fail(unreadable(status));
    }
    conclude(self->call_.line, std::nullopt, [](const std::optional<Rejection>&) {});
    v1::IngestResponse response;
    response.mutable_opened()->set_resume_after(row.position());
    response.mutable_opened()->set_window(limits::kIngestWindow);
    bool ready = false;
    {
      const std::scoped_lock lock(self->mutex_);
      self->checkpointed_ = row.position();
      self->waiting_ = false;
      ready = !self->ended_;
    }
    if (!ready) return;
    self->door_.send(std::move(response));
    self->door_.ready();
  });
  return false;
}

Result<partition::Request> IngestSession::make_request(const v1::IngestItem& item,
                                                       const domain::Who& who,
                                                       PartitionId* partition) {
  partition::Engine& engine = services_.engine;
  partition::Request out;
  out.bytes = item.ByteSizeLong() + sizeof(partition::Request);
  const TimeMs now = engine.clock().read().now;
  if (item.action_case() == v1::IngestItem::kLodge) {
    v1::LodgeCaseRequest lodge = item.lodge();
    if (lodge.tenant().empty()) lodge.set_tenant(tenant_);
    if (lodge.tenant() != tenant_)
      return Rejection::invalid("lodge.tenant", "is not the tenant of this stream");
    Result<partition::LodgeRequest> made = make_lodge(lodge, who, now);
    if (!made) return made.error();
    *partition = engine.route(made->dedupe);
    out.body = std::move(*made);
    return out;
  }

  partition::ActRequest act;
  act.tenant_number = tenant_number_;
  act.command.who = who;
  act.command.received_ms = now;
  std::string case_number;
  std::optional<Result<domain::Action>> action;
  std::optional<Result<RequestDigests>> digests;
  const auto take = [&](const auto& request) {
    case_number = request.case_number();
    action = action_of(request);
    if (request.request_id().empty()) {
      digests = Rejection::invalid("request_id", "is required in a stream");
    } else {
      digests = request_digests(request.request_id(), request);
    }
  };
  switch (item.action_case()) {
    case v1::IngestItem::kClose:
      take(item.close());
      break;
    case v1::IngestItem::kNote:
      take(item.note());
      break;
    case v1::IngestItem::kReply:
      take(item.reply());
      break;
    default:
      return Rejection::invalid("item.action", "is required");
  }
  if (!*action) return action->error();
  if (!*digests) return digests->error();
  act.command.action = std::move(**action);
  act.command.request_digest = (*digests)->request;
  act.command.body_digest = (*digests)->body;
  if (!item.case_of().empty()) {
    act.lodged_under = dedupe_digest(tenant_, item.case_of());
    *partition = engine.route(*act.lodged_under);
  } else {
    const Result<CaseAddress> address = address_of("case_number", case_number);
    if (!address) return address.error();
    if (address->id.tenant_number() != tenant_number_ ||
        address->partition >= engine.partitions()) {
      return Rejection::of(RejectionCode::kNotFound, "no such case");
    }
    act.id = address->id;
    *partition = address->partition;
  }
  out.body = std::move(act);
  return out;
}

bool IngestSession::follows_refused(std::uint64_t position) const {
  const auto subject = subjects_.find(position);
  if (subject == subjects_.end()) return false;
  const auto refused = refused_of_.find(subject->second);
  return refused != refused_of_.end() && *refused->second.begin() < position;
}

void IngestSession::item(const v1::IngestItem& item) {
  const std::uint64_t position = item.position();
  std::optional<Rejection> fault;
  bool waits = false;
  {
    const std::scoped_lock lock(mutex_);
    if (tenant_.empty()) {
      fault = Rejection::invalid("open", "must be the first message");
    } else if (refused_.erase(position) == 0 && position <= highest_) {
      fault = Rejection::invalid("item.position", "must rise: " + std::to_string(position) +
                                                      " came after " + std::to_string(highest_));
    } else {
      highest_ = std::max(highest_, position);
      unanswered_.insert(position);
      std::string& subject = subjects_[position];
      subject = subject_of(item);
      if (const auto refused = refused_of_.find(subject); refused != refused_of_.end()) {
        refused->second.erase(position);  // this is it, again
        if (refused->second.empty()) refused_of_.erase(refused);
      }
      waits = follows_refused(position);
    }
  }
  if (fault) return fail(std::move(*fault));
  if (waits) return answered(position, refused_for_now());

  const auto registry = services_.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find_number(tenant_number_);
  Result<domain::Who> who = who_is(call_, *rules);
  if (who && call_.caller == nullptr && call_.actor.empty())
    *who = {domain::stored::INTEGRATOR_ROLE, source_, domain::kEveryRole};
  PartitionId partition = 0;
  Result<partition::Request> request =
      who ? make_request(item, *who, &partition) : Result<partition::Request>(who.error());
  if (!request) {
    partition::Answer answer;
    answer.rejection = request.error();
    return answered(position, std::move(answer));
  }
  Warnings warnings;
  if (const auto* lodge = std::get_if<partition::LodgeRequest>(&request->body))
    add_warnings(item.lodge(), *rules, has_dialled_phone(*lodge), &warnings);
  // A county that is none of the 22 is asked about; a feed without counties is not told so of each row.
  request->done = [self = shared_from_this(), position, county = item.lodge().county(),
                   warnings = std::move(warnings)](partition::Answer&& answer) mutable {
    if (!is_blank(county) && !answer.rejection)
      add_county_warnings(county, answer.record->state, &warnings);
    self->answered(position, std::move(answer), warnings);
  };
  submit_following(services_.engine, partition, partition::Class::kBulk, std::move(*request));
}

void IngestSession::answered(std::uint64_t position, partition::Answer&& answer,
                             const Warnings& warnings) {
  if (answer.rejection) {
    // It may have been on its way together with the one that is to come again.
    const std::scoped_lock lock(mutex_);
    if (follows_refused(position)) answer = refused_for_now();
  }
  v1::IngestResult result;
  result.set_position(position);
  if (answer.rejection) {
    const Rejection& rejection = *answer.rejection;
    result.set_reason(rejection_name(rejection.code));
    result.set_error(shortened(rejection.message));
    result.set_retry_after_ms(static_cast<std::uint32_t>(rejection.retry_after_ms));
    switch (rejection.code) {
      case RejectionCode::kConflict:
        result.set_outcome(v1::IngestResult::CONFLICT);
        break;
      case RejectionCode::kOverloaded:
      case RejectionCode::kDiskFull:
      case RejectionCode::kUnavailable:
        result.set_outcome(rejection.retry_after_ms > 0 ? v1::IngestResult::OVERLOADED
                                                        : v1::IngestResult::INVALID);
        break;
      default:
        result.set_outcome(v1::IngestResult::INVALID);
        break;
    }
  } else {
    v1::LodgeCaseResponse lodged = to_lodged(answer);
    result.set_case_number(lodged.case_number());
    *result.mutable_promises() = lodged.promises();
    *result.mutable_warnings() = warnings;
    result.set_outcome(answer.duplicate ? v1::IngestResult::DUPLICATE
                       : answer.lodged  ? v1::IngestResult::CREATED
                                        : v1::IngestResult::APPLIED);
  }
  settle(std::move(result));
}

void IngestSession::settle(v1::IngestResult&& result) {
  const std::uint64_t position = result.position();
  const bool again = result.outcome() == v1::IngestResult::OVERLOADED;
  {
    // Before the answer leaves: a client may send a refused item again at once.
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    if (again) {
      refused_.insert(position);
      if (const auto subject = subjects_.find(position); subject != subjects_.end())
        refused_of_[subject->second].insert(position);
    }
  }
  v1::IngestResponse response;
  *response.mutable_result() = std::move(result);
  door_.send(std::move(response));

  std::unique_lock lock(mutex_);
  if (!again || refused_.contains(position)) unanswered_.erase(position);
  if (!again) subjects_.erase(position);
  const bool ready =
      waiting_ && !finishing_ && !ended_ && unanswered_.size() < limits::kIngestWindow / 2;
  if (ready) waiting_ = false;
  checkpoint_if_due(lock);
  if (lock.owns_lock()) lock.unlock();
  if (ready) door_.ready();
}

// Everything at or below the resume point is answered for good. A new one is written every so many
// items, and one last time before the stream ends.
void IngestSession::checkpoint_if_due(std::unique_lock<std::mutex>& lock) {
  if (checkpointing_ || ended_ || tenant_.empty()) return;
  std::uint64_t reached = highest_;
  if (!unanswered_.empty()) reached = std::min(reached, *unanswered_.begin() - 1);
  if (!refused_.empty()) reached = std::min(reached, *refused_.begin() - 1);
  const bool last = finishing_ && unanswered_.empty();
  const bool ahead = reached > checkpointed_;
  if (last && !ahead) {
    ended_ = true;
    lock.unlock();
    door_.end(fault_);
    return;
  }
  if (ahead && !door_.keeps_resume_points) {
    checkpointed_ = reached;
    return checkpoint_if_due(lock);
  }
  if (!ahead || (!last && reached - checkpointed_ < limits::kIngestCheckpoint)) return;
  checkpointing_ = true;
  partition::Request request;
  request.body = partition::CheckpointRequest{tenant_, tenant_number_, source_, reached, kind_};
  request.done = [self = shared_from_this(), reached](partition::Answer&& answer) {
    std::unique_lock relock(self->mutex_);
    self->checkpointing_ = false;
    // A resume point that could not be written costs a repetition, not an item. The next answer tries
    // again, and not this one, which is given within submit() while the queue is full.
    if (answer.rejection && !self->finishing_) return;
    self->checkpointed_ = reached;
    self->checkpoint_if_due(relock);
  };
  const PartitionId partition = services_.engine.route(dedupe_digest(tenant_, source_));
  lock.unlock();
  services_.engine.submit(partition, partition::Class::kBulk, std::move(request));
}

void IngestSession::finish() {
  std::unique_lock lock(mutex_);
  end_when_answered(lock);
}

void IngestSession::end_when_answered(std::unique_lock<std::mutex>& lock) {
  if (ended_) return;
  finishing_ = true;
  if (tenant_.empty()) {
    ended_ = true;
    lock.unlock();
    door_.end(fault_);
    return;
  }
  checkpoint_if_due(lock);
}

void IngestSession::abandon() {
  if (call_.line != nullptr)  // where it was not opened
    call_.line->conclude(Rejection::of(RejectionCode::kUnavailable, "the caller has gone"));
  const std::scoped_lock lock(mutex_);
  ended_ = true;
}

void IngestSession::fail(Rejection rejection) {
  if (call_.line != nullptr) call_.line->conclude(rejection);
  std::unique_lock lock(mutex_);
  if (finishing_) return;
  fault_ = std::move(rejection);
  end_when_answered(lock);
}

}  // namespace casewheel::api
