#include "engine/api/audit.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/access/masking.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr PartitionId kTrailPartition = 0;
// What callers send of names and numbers, in bytes: a line stays a line.
constexpr std::size_t kAuditTextBytes = 128;

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

constexpr std::array kOutcomes = {std::pair{stored::DONE, "done"},
                                  std::pair{stored::DENIED, "denied"},
                                  std::pair{stored::FAILED, "failed"}};

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

// "SEQ-PLACE" of the last line that was looked at, in decimal.
bool parse_position(std::string_view token, storage::AuditKey* position) {
  const std::size_t dash = token.find('-');
  if (dash == std::string_view::npos) return false;
  const auto number = [](std::string_view text, auto* out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
    return error == std::errc{} && end == text.data() + text.size();
  };
  return number(token.substr(0, dash), &position->seq) &&
         number(token.substr(dash + 1), &position->place);
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
                            record.mutable_subject(), record.mutable_detail()})
    text->resize(first_bytes(*text, kAuditTextBytes).size());
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

void AuditTrail::search(const Call&, const v1::SearchAuditRequest& request,
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
      return done(Rejection::invalid("outcome", "must be done, denied or failed"));
    filter.outcome = found->first;
  }
  const std::string prefix = storage::kind_prefix(storage::RowKind::kAudit, kTrailPartition);
  std::string end = storage::prefix_end(prefix);
  if (!request.page_token().empty()) {
    storage::AuditKey position;
    if (!parse_position(request.page_token(), &position))
      return done(Rejection::invalid("page_token", "is not one that was given out for this list"));
    end = storage::audit_key(kTrailPartition, position.seq, position.place);
  }
  boost::asio::post(services_.readers, [this, filter, page_size = *page_size, prefix, end,
                                        done = std::move(done)] {
    v1::SearchAuditResponse response;
    storage::AuditKey last;
    int looked = 0;
    bool more = false;
    storage::PassedOver passed;
    const auto snapshot = services_.engine.store().snapshot();
    const Status status = storage::scan_readable_reverse(
        *snapshot, storage::Table::kState, prefix, end,
        [&](std::string_view key, std::string_view value) {
          if (response.entries_size() == page_size || looked == limits::kRowsPerPageMax) {
            more = true;
            return false;
          }
          ++looked;
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
    if (more)
      response.set_next_page_token(std::to_string(last.seq) + "-" + std::to_string(last.place));
    done(std::move(response));
  });
}

}  // namespace casewheel::api
