#include "engine/api/audit.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/access/masking.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr PartitionId kTrailPartition = 0;
// Of names and numbers, in bytes: a line stays a line.
constexpr std::size_t kAuditTextBytes = 128;
// Of what gives power, whole: 64 grants with the longest names, or the longest path of a directory.
constexpr std::size_t kAuditDetailBytes = 16'384;

struct AuditFilter {
  TimeMs from = 0;
  TimeMs until = kNever;
  v1::SearchAuditRequest words;
  stored::AuditOutcome outcome = stored::AUDIT_OUTCOME_UNSPECIFIED;

  bool matches(const stored::AuditRecord& record) const {
    const auto fits = [](const std::string& wanted, const std::string& there) {
      return wanted.empty() || wanted == there;
    };
    return record.now_ms() >= from && record.now_ms() < until && fits(words.who(), record.who()) &&
           fits(words.method(), record.method()) && fits(words.subject(), record.subject()) &&
           fits(words.tenant(), record.tenant()) &&
           (outcome == stored::AUDIT_OUTCOME_UNSPECIFIED || outcome == record.outcome());
  }
};

constexpr std::array kOutcomes = {
    std::pair{stored::DONE, "done"}, std::pair{stored::DENIED, "denied"},
    std::pair{stored::FAILED, "failed"}, std::pair{stored::REFUSED, "refused"},
    std::pair{stored::ASKED, "asked"}};

std::string outcome_name(stored::AuditOutcome outcome) {
  for (const auto& [value, name] : kOutcomes) {
    if (value == outcome) return name;
  }
  return "unknown";
}

v1::AuditEntry to_entry(const stored::AuditRecord& record) {
  v1::AuditEntry entry;
  set_time(entry.mutable_time(), record.now_ms());
  entry.set_who(record.who());
  entry.set_from(record.from());
  entry.set_method(record.method());
  entry.set_right(record.right());
  entry.set_outcome(outcome_name(record.outcome()));
  entry.set_tenant(record.tenant());
  entry.set_subject(record.subject());
  entry.set_detail(record.detail());
  return entry;
}

// Of a key or a call: hexadecimal, in which any digits may come together.
bool is_id_of_ours(const std::string& text) {
  constexpr std::size_t kDigitsLeast = 16;
  return text.size() >= kDigitsLeast && text.find_first_not_of("0123456789abcdef") == text.npos &&
         text.find_first_of("abcdef") != text.npos;
}

void log_lost(const std::vector<stored::Event>& lines, const std::string& why) {
  for (const stored::Event& line : lines)
    spdlog::error("audit: could not be stored ({}): {}", why,
                  line.audit_recorded().ShortDebugString());
}

}  // namespace

// Lines that wait for the partition. A call writes one; a request of its own for each would double the
// partition's work, so that while one request waits in the queue, later lines ride with it.
class AuditTrail::Lines {
 public:
  enum class Added : std::uint8_t { kRides, kNeedsRequest, kNoRoom };

  Added add(stored::Event* line) {
    const std::scoped_lock lock(mutex_);
    if (lines_.size() >= limits::kPeopleQueue) return Added::kNoRoom;
    lines_.push_back(std::move(*line));
    return submitted_ > taken_ ? Added::kRides : Added::kNeedsRequest;
  }
  // A request stands in the queue, or did: only then may a line ride, for whatever its caller submits
  // next must stand behind it.
  void submitted() {
    const std::scoped_lock lock(mutex_);
    ++submitted_;
  }
  // When a request's turn has come, or it was refused: once for each.
  std::vector<stored::Event> take() {
    const std::scoped_lock lock(mutex_);
    ++taken_;
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<stored::Event> lines_;
  std::uint64_t submitted_ = 0;
  std::uint64_t taken_ = 0;
};

AuditTrail::AuditTrail(Services services)
    : services_(services), lines_(std::make_shared<Lines>()) {}

stored::AuditOutcome outcome_of(const Rejection* refusal) {
  if (refusal == nullptr) return stored::DONE;
  switch (refusal->code) {
    case RejectionCode::kNotFound:  // as what is another's is answered
    case RejectionCode::kNotPermitted:
    case RejectionCode::kUnauthenticated:
      return stored::DENIED;
    case RejectionCode::kOverloaded:
    case RejectionCode::kDiskFull:
    case RejectionCode::kUnavailable:
    case RejectionCode::kDataLoss:
      return stored::FAILED;
    default:
      return stored::REFUSED;
  }
}

TrailLine::~TrailLine() {
  if (concluded_) return;
  spdlog::warn("audit: a call ended without an outcome: {}", record_.ShortDebugString());
}

void TrailLine::set_tenant(const std::string& tenant) {
  const std::scoped_lock lock(mutex_);
  if (record_.tenant().empty()) record_.set_tenant(tenant);
}

void TrailLine::set_subject(const std::string& subject) {
  const std::scoped_lock lock(mutex_);
  if (record_.subject().empty()) record_.set_subject(subject);
}

void TrailLine::add_detail(const std::string& detail) {
  const std::scoped_lock lock(mutex_);
  if (!record_.detail().empty()) record_.mutable_detail()->append("; ");
  record_.mutable_detail()->append(detail);
}

void TrailLine::set_denied() {
  const std::scoped_lock lock(mutex_);
  denied_ = true;
}

void TrailLine::write_asked(Written written) {
  stored::AuditRecord asked;
  {
    const std::scoped_lock lock(mutex_);
    asked = record_;
  }
  asked.set_outcome(stored::ASKED);
  trail_->write_first(std::move(asked), std::move(written));
}

void TrailLine::conclude(const Rejection* refusal, Written written) {
  stored::AuditRecord record;
  bool known = false;
  {
    const std::scoped_lock lock(mutex_);
    known = std::exchange(concluded_, true);
    record_.set_outcome(refusal != nullptr && denied_ ? stored::DENIED : outcome_of(refusal));
    record = record_;
  }
  if (known) return written(std::nullopt);
  if (refusal == nullptr && on_record_ != access::OnRecord::kSoon)
    return trail_->write_first(std::move(record), std::move(written));
  trail_->write(std::move(record));
  written(std::nullopt);
}

void conclude(const std::shared_ptr<TrailLine>& line, const std::optional<Rejection>& refusal,
              TrailLine::Written written) {
  if (line == nullptr) return written(std::nullopt);
  line->conclude(refusal ? &*refusal : nullptr, std::move(written));
}

stored::AuditRecord AuditTrail::record_of(const Call& call) {
  stored::AuditRecord record;
  if (call.caller != nullptr) {
    record.set_who(call.caller->id);
    // The provider may give a name to somebody else one day.
    if (!call.caller->subject.empty()) record.set_detail("sub " + call.caller->subject);
  }
  record.set_from(call.from);
  if (call.method != nullptr) {
    record.set_method(call.method->name);
    record.set_right(call.method->right);
  }
  return record;
}

stored::Event AuditTrail::event_of(stored::AuditRecord record) const {
  // Of what callers send no number of a person stays: the trail is never erased.
  for (std::string* text :
       {record.mutable_tenant(), record.mutable_subject(), record.mutable_detail()}) {
    if (!is_trail_name(*text) && !is_id_of_ours(*text)) *text = access::mask_text(*text);
  }
  for (std::string* text : {record.mutable_who(), record.mutable_from(), record.mutable_tenant(),
                            record.mutable_subject()})
    text->resize(first_bytes(*text, kAuditTextBytes).size());
  record.mutable_detail()->resize(first_bytes(record.detail(), kAuditDetailBytes).size());
  record.set_now_ms(services_.engine.clock().system_ms());
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  *event.mutable_audit_recorded() = std::move(record);
  return event;
}

void AuditTrail::write(stored::AuditRecord record) const {
  stored::Event event = event_of(std::move(record));
  switch (lines_->add(&event)) {
    case Lines::Added::kRides:
      return;
    case Lines::Added::kNoRoom:
      return log_lost({std::move(event)}, "too many lines wait");
    case Lines::Added::kNeedsRequest:
      break;
  }
  partition::Request request;
  request.bytes = sizeof(partition::Request);
  request.body = partition::RecordRequest{{}, [lines = lines_] { return lines->take(); }};
  request.done = [lines = lines_](partition::Answer&& answer) {
    if (answer.rejection) log_lost(lines->take(), answer.rejection->message);
  };
  services_.engine.submit(kTrailPartition, partition::Class::kPeople, std::move(request));
  lines_->submitted();
}

void AuditTrail::write_first(stored::AuditRecord record,
                             std::function<void(std::optional<Rejection>)> done) const {
  partition::Request request;
  request.bytes = record.ByteSizeLong() + sizeof(partition::Request);
  request.body = partition::RecordRequest{{event_of(std::move(record))}};
  request.done = [done = std::move(done)](partition::Answer&& answer) {
    done(std::move(answer.rejection));
  };
  services_.engine.submit(kTrailPartition, partition::Class::kPeople, std::move(request));
}

void AuditTrail::search(const Call& call, const v1::SearchAuditRequest& request,
                        Done<v1::SearchAuditResponse> done) {
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());
  AuditFilter filter;
  filter.words = request;
  if (request.has_person()) {
    const catalogue::TenantRules* rules =
        services_.engine.catalogue().get()->find(request.tenant());
    if (rules == nullptr) return done(access::no_such_tenant("tenant", request.tenant()));
    const Result<PersonDigests> digests =
        person_digests_of(services_, rules->tenant_number(), "person.", request.person());
    if (!digests) return done(digests.error());
    filter.words.set_subject(trail_name(*digests));
  } else if (const auto number = parse_case_number(request.subject())) {
    // As lines have it, however it was typed.
    filter.words.set_subject(format_case_number(number->partition, number->id));
  }
  const Result<TimeMs> from = time_of("from", request.has_from() ? &request.from() : nullptr);
  if (!from) return done(from.error());
  const Result<TimeMs> until = time_of("until", request.has_until() ? &request.until() : nullptr);
  if (!until) return done(until.error());
  filter.from = *from;
  if (*until != 0) filter.until = *until;
  if (!request.outcome().empty()) {
    const auto found = std::find_if(kOutcomes.begin(), kOutcomes.end(), [&](const auto& known) {
      return request.outcome() == known.second;
    });
    if (found == kOutcomes.end())
      return done(Rejection::invalid("outcome", "must be done, denied, refused, failed or asked"));
    filter.outcome = found->first;
  }
  const ListTokens tokens = ListTokens::of(services_, 0, request);
  // Of the last line that was looked at.
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 2);
  if (!place) return done(place.error());
  const storage::KeyRange range =
      storage::within(storage::kind_prefix(storage::RowKind::kAudit, kTrailPartition), "",
                      place->empty() ? ""
                                     : storage::audit_key(kTrailPartition, (*place)[0],
                                                          static_cast<std::uint32_t>((*place)[1])));
  scan(services_, call, done,
       [this, filter, page_size = *page_size, range, tokens, done](Work& work) {
         v1::SearchAuditResponse response;
         storage::AuditKey last;
         int looked = 0;
         bool more = false;
         storage::PassedOver passed;
         const auto snapshot = services_.engine.store().snapshot();
         const Status status = storage::scan_readable_reverse(
             *snapshot, storage::Table::kState, range.begin, range.end,
             [&](std::string_view key, std::string_view value) {
               if (response.entries_size() == page_size || looked == limits::kRowsPerPageMax) {
                 more = true;
                 return false;
               }
               ++looked;
               work.look_at(1);
               stored::AuditRecord record;
               const auto at = storage::decode_audit_key(key);
               if (at) last = *at;
               if (!at || !record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
                 response.set_unreadable(response.unreadable() + 1);
                 return true;
               }
               // Lines are in the order they were written, which is that of their time, nearly: the
               // machine's clock may have been set.
               if (filter.matches(record)) *response.add_entries() = to_entry(record);
               return true;
             },
             &passed);
         if (!status) return done(unreadable(status));
         response.set_unreadable(response.unreadable() +
                                 static_cast<std::uint32_t>(passed.stretches.size()));
         services_.engine.damage().passed_over += response.unreadable();
         if (more) response.set_next_page_token(tokens.make({last.seq, last.place}));
         done(std::move(response));
       });
}

}  // namespace casewheel::api
