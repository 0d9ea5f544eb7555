#include "engine/cli/import/feed.h"

#include <algorithm>

#include "engine/cli/times.h"

namespace casewheel::cli {
namespace {

constexpr int kReopenMax = 8;  // in a row without an answer in between
constexpr auto kReopenFirstWait = std::chrono::milliseconds(100);  // doubles each time
constexpr std::uint32_t kOverloadedWaitMs = 50;                    // where the engine names no time

const char* name_of(Step step) {
  switch (step) {
    case Step::kLodge:
      return "lodge";
    case Step::kReply:
      return "reply";
    case Step::kClose:
      break;
  }
  return "close";
}

}  // namespace

Feed::Feed(Session& session, const ImportPlan& plan, FeedOptions options, RowErrors& errors,
           RowWarnings& warnings)
    : session_(session),
      plan_(plan),
      options_(std::move(options)),
      errors_(errors),
      warnings_(warnings),
      states_(plan.rows.size(), RowState::kUnsent),
      case_numbers_(plan.rows.size()) {}

Feed::~Feed() { close(); }

// Opens the stream and starts reading.
grpc::Status Feed::open() {
  context_ = std::make_unique<grpc::ClientContext>();
  session_.prepare(*context_, Patience::kEndless);
  stream_ = session_.intake().Ingest(context_.get());
  v1::IngestRequest request;
  request.mutable_open()->set_tenant(options_.tenant);
  request.mutable_open()->set_source(options_.source);
  request.mutable_open()->set_kind(v1::SOURCE_KIND_IMPORT);
  v1::IngestResponse response;
  if (!stream_->Write(request) || !stream_->Read(&response) || !response.has_opened()) {
    context_->TryCancel();
    grpc::Status status = stream_->Finish();
    stream_.reset();
    if (status.ok())
      status = {grpc::StatusCode::UNAVAILABLE, "the intake stream ended before it was opened"};
    return status;
  }
  resume_after_ = options_.resume ? response.opened().resume_after() : 0;
  window_ = std::max<std::size_t>(1, response.opened().window());
  ended_ = false;
  reader_ = std::thread([this] { read_answers(); });
  return grpc::Status::OK;
}

void Feed::close() {
  if (!stream_) return;
  context_->TryCancel();
  if (reader_.joinable()) reader_.join();
  stream_->Finish();
  stream_.reset();
}

// After the stream was cut: opens another and sends again what has no answer. Called and left with
// the lock held.
grpc::Status Feed::reopen(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  if (reader_.joinable()) reader_.join();
  grpc::Status status =
      stream_ ? stream_->Finish() : grpc::Status(grpc::StatusCode::UNAVAILABLE, "no stream");
  stream_.reset();
  if (status.ok()) status = {grpc::StatusCode::UNAVAILABLE, "the engine ended the intake stream"};
  while (status.error_code() == grpc::StatusCode::UNAVAILABLE && reopened_in_a_row_ < kReopenMax) {
    std::this_thread::sleep_for(kReopenFirstWait * (1 << reopened_in_a_row_));
    ++reopened_in_a_row_;
    const std::uint64_t resume_after = resume_after_;
    status = open();
    resume_after_ = resume_after;  // what this run has sent keeps being answered to it
  }
  lock.lock();
  if (!status.ok()) return status;
  ++counts_.reopened;
  // All at one instant: positions must rise on the new stream, and wait_until sends the lowest
  // first.
  const auto now = Clock::now();
  for (const std::uint64_t position : unanswered_) later_[position] = now;
  for (auto& [position, when] : later_) when = now;
  unanswered_.clear();
  return status;
}

void Feed::read_answers() {
  v1::IngestResponse response;
  while (stream_->Read(&response)) {
    if (!response.has_result()) continue;
    const std::lock_guard<std::mutex> lock(mutex_);
    take_answer(response.result());
    changed_.notify_one();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_one();
}

void Feed::take_answer(const v1::IngestResult& result) {
  if (unanswered_.erase(result.position()) == 0) return;  // answered already, on an earlier stream
  reopened_in_a_row_ = 0;
  if (result.outcome() == v1::IngestResult::OVERLOADED) {
    ++counts_.overloaded;
    const std::uint32_t wait_ms =
        result.retry_after_ms() > 0 ? result.retry_after_ms() : kOverloadedWaitMs;
    later_[result.position()] = Clock::now() + std::chrono::milliseconds(wait_ms);
    return;
  }
  const PlannedEvent& event = plan_.at(result.position());
  if (!result.case_number().empty()) case_numbers_[event.row] = result.case_number();
  tables::Outcomes& counts = event.step == Step::kLodge   ? counts_.lodgings
                             : event.step == Step::kReply ? counts_.replies
                                                          : counts_.actions;
  const bool taken = counts.count(result.outcome());
  if (event.step != Step::kClose) {
    states_[event.row] = taken                        ? RowState::kLodged
                         : event.step == Step::kLodge ? RowState::kRefused
                                                      : RowState::kReplyRefused;
  }
  if (taken) {
    for (const v1::Warning& warning : result.warnings()) {
      warnings_.add({plan_.rows[event.row].line, plan_.rows[event.row].request_id,
                     warning.field() + ": " + warning.text_zh() + " " + warning.text_en()});
    }
    return;
  }
  const std::string reason =
      result.reason().empty() ? v1::IngestResult::Outcome_Name(result.outcome()) : result.reason();
  const PlannedRow& row = plan_.rows[event.row];
  errors_.add({row.line, row.request_id, reason,
               std::string(name_of(event.step)) + ": " + result.error(), row.original});
}

// Waits on the answers, sending again what is due again and mending the stream, until `condition`,
// which is asked under the lock.
template <typename Condition>
grpc::Status Feed::wait_until(Condition condition) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!condition()) {
    if (ended_) {
      const grpc::Status status = reopen(lock);
      if (!status.ok()) return status;
      continue;
    }
    const auto next =
        std::min_element(later_.begin(), later_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (next == later_.end()) {
      changed_.wait(lock);
    } else if (next->second > Clock::now() || unanswered_.size() >= window_) {
      changed_.wait_until(lock,
                          std::max(next->second, Clock::now() + std::chrono::milliseconds(1)));
    } else {
      const std::uint64_t position = next->first;
      later_.erase(next);
      unanswered_.insert(position);
      lock.unlock();
      send(position);  // a failure ends the reader too, which is seen above
      lock.lock();
    }
  }
  return grpc::Status::OK;
}

bool Feed::send(std::uint64_t position) {
  v1::IngestRequest request;
  *request.mutable_item() = plan_.item(position);
  return stream_->Write(request);
}

// What comes later to a case needs the answer to what came before.
bool Feed::waits_for_earlier(const PlannedEvent& event) const {
  const RowState state = states_[event.row];
  return event.step != Step::kLodge && (state == RowState::kSent || state == RowState::kReplySent);
}

// Nothing is sent after a lodging that was refused, and no closing after a reply that was: the case
// stays open, for
// people to see. Called with the lock held.
bool Feed::skip_after_refusal(const PlannedEvent& event) {
  const bool unlodged = states_[event.row] == RowState::kRefused;
  if (event.step == Step::kLodge || (!unlodged && states_[event.row] != RowState::kReplyRefused))
    return false;
  ++counts_.actions_skipped;
  const PlannedRow& row = plan_.rows[event.row];
  errors_.add({row.line, row.request_id, unlodged ? "LODGE_REFUSED" : "REPLY_REFUSED",
               std::string(name_of(event.step)) + ": not sent, because " +
                   (unlodged ? "the case was not lodged" : "the reply was refused"),
               row.original});
  return true;
}

grpc::Status Feed::send_when_possible(std::uint64_t position) {
  const PlannedEvent& event = plan_.at(position);
  if (position <= resume_after_) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.already_answered;
    states_[event.row] = RowState::kLodged;
    return grpc::Status::OK;
  }
  // While the engine asks for patience nothing new is sent: what waits is older.
  grpc::Status status = wait_until(
      [&] { return unanswered_.size() < window_ && later_.empty() && !waits_for_earlier(event); });
  if (!status.ok()) return status;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (skip_after_refusal(event)) return grpc::Status::OK;
    if (event.step == Step::kLodge) states_[event.row] = RowState::kSent;
    if (event.step == Step::kReply) states_[event.row] = RowState::kReplySent;
    unanswered_.insert(position);
  }
  send(position);  // a failure ends the reader too, which the next wait sees
  return grpc::Status::OK;
}

grpc::Status Feed::advance_to(TimeMs instant_ms) {
  grpc::Status status = wait_until([this] { return unanswered_.empty() && later_.empty(); });
  if (!status.ok()) return status;
  v1::AdvanceClockRequest request;
  *request.mutable_time() = to_timestamp(instant_ms);
  v1::ClockInfo clock;
  status = session_.call(session_.admin(), &v1::Admin::Stub::AdvanceClock, request, &clock,
                         Patience::kEndless);
  if (status.ok()) options_.engine_now_ms = clock.has_now() ? to_ms(clock.now()) : instant_ms;
  return status;
}

grpc::Status Feed::run(Progress& progress) {
  grpc::Status status = open();
  if (!status.ok()) return status;
  for (std::uint64_t position = 1; position <= plan_.events.size(); ++position) {
    const TimeMs instant_ms = plan_.at(position).instant_ms;
    if (options_.virtual_clock && position > resume_after_ && instant_ms > options_.engine_now_ms) {
      status = advance_to(instant_ms);
      if (!status.ok()) return status;
    }
    status = send_when_possible(position);
    if (!status.ok()) return status;
    progress.update(position, plan_.events.size());
  }
  status = wait_until([this] { return unanswered_.empty() && later_.empty(); });
  if (!status.ok()) return status;
  stream_->WritesDone();
  reader_.join();
  (void)stream_->Finish();  // every item has its answer: how the stream ends changes nothing
  stream_.reset();
  return grpc::Status::OK;
}

}  // namespace casewheel::cli
