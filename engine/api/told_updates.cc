// ListToldUpdates of tracking.h: what applicants were told, one by one, for callers who may read
// the case. Each case's journal is read from its latest entry back; beyond a bound of entries the
// other cases wait for the next call.
#include <algorithm>
#include <string>
#include <vector>

#include "engine/api/applicant_words.h"
#include "engine/api/audit.h"
#include "engine/api/tracked_case.h"
#include "engine/api/tracking.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/domain/decide.h"

namespace casewheel::api {
namespace {

// Entries of the journal one call reads, but for those of the case that goes beyond it.
constexpr int kEntriesOfCall = 2'000;

struct ToldAsk {
  std::vector<CaseAddress> addresses;
  TimeMs from = 0;
  TimeMs until = kNever;
};

Result<ToldAsk> told_ask_of(const v1::ListToldUpdatesRequest& request) {
  ToldAsk ask;
  if (request.case_numbers().empty() ||
      static_cast<std::size_t>(request.case_numbers_size()) > kToldCasesMax)
    return Rejection::invalid("case_numbers",
                              "must be 1 to " + std::to_string(kToldCasesMax) + " numbers");
  for (int i = 0; i < request.case_numbers_size(); ++i) {
    const Result<CaseAddress> address =
        address_of("case_numbers[" + std::to_string(i) + "]", request.case_numbers(i));
    if (!address) return address.error();
    ask.addresses.push_back(*address);
  }
  const Result<TimeMs> from =
      time_of("told_from", request.has_told_from() ? &request.told_from() : nullptr);
  if (!from) return from.error();
  const Result<TimeMs> until =
      time_of("told_until", request.has_told_until() ? &request.told_until() : nullptr);
  if (!until) return until.error();
  ask.from = *from;
  if (*until != 0) ask.until = *until;
  return ask;
}

bool is_end(const stored::Event& event) {
  return event.has_case_closed() || event.has_case_withdrawn();
}

// What was told of one case, read from the latest event back.
class ToldReader {
 public:
  ToldReader(const ToldAsk& ask, v1::ToldOfCase* out) : ask_(ask), out_(*out) {}

  // The applicant's own case comes last of those she was led through.
  void read(const storage::Log& log, const Led& led) {
    // A case that was merged goes on as the one it was merged into.
    const stored::CaseStatus status = led.record.state.status();
    open_ = status == stored::MERGED || domain::is_open(status);
    const auto& seqs = led.record.state.journal_seqs();
    int looked = 0;
    for (auto seq = seqs.rbegin(); seq != seqs.rend(); ++seq) {
      if (full() && out_.shortened()) return;
      if (looked++ == limits::kTrackedEntriesMax) return out_.set_shortened(true);
      ++entries_;
      std::string bytes;
      stored::JournalEntry entry;
      if (!log.read_one(led.address.partition, *seq, &bytes) || !entry.ParseFromString(bytes)) {
        ++unreadable_;
        out_.set_shortened(true);
        continue;
      }
      if (entry.now_ms() < std::max(led.since, ask_.from)) return;
      for (auto event = entry.events().rbegin(); event != entry.events().rend(); ++event) {
        // What came after the row was read is for the next look.
        if (event->case_id() != led.address.id.value ||
            event->revision() > led.record.state.revision())
          continue;
        add(*event, entry.now_ms(), led);
      }
    }
  }
  int entries() const { return entries_; }
  std::uint32_t unreadable() const { return unreadable_; }

 private:
  bool full() const { return out_.updates_size() == limits::kToldMax; }

  void add(const stored::Event& event, TimeMs committed, const Led& led) {
    const bool open = open_;
    if (is_end(event)) open_ = true;
    if (event.has_case_reopened()) open_ = false;
    const bool turns = is_end(event) || event.has_case_reopened();
    if (committed >= ask_.until || (!turns && !is_told_event(event, led.since == 0))) return;
    if (full()) return out_.set_shortened(true);
    v1::ToldUpdate& update = *out_.add_updates();
    update.set_id(id_of(event, led));
    set_time(update.mutable_time(), committed);
    update.set_open(open);
    if (turns) {
      update.set_status(static_cast<v1::CaseStatus>(event.status()));
      const ApplicantWords words = status_words(update.status());
      update.set_status_zh(words.zh);
      update.set_status_en(words.en);
      return;
    }
    v1::Told told = to_told(event, committed, led.record);
    update.set_means(told.means());
    update.set_text(told.text().empty() ? "(已刪除 erased)" : std::move(*told.mutable_text()));
  }

  // Of the applicant's own case its number and the event's; what was told of the one it was merged
  // into is told to each of its applicants, under an id of its own.
  std::string id_of(const stored::Event& event, const Led& led) const {
    std::string id = out_.case_number() + "-";
    if (led.since != 0) id += format_case_number(led.address.partition, led.address.id) + "-";
    return id + std::to_string(event.revision());
  }

  const ToldAsk& ask_;
  v1::ToldOfCase& out_;
  bool open_ = true;  // after the event that is looked at
  int entries_ = 0;
  std::uint32_t unreadable_ = 0;
};

// The cases the applicant was led through, as far as the caller may read them.
Result<std::vector<Led>> led_for(const Call& call, const Services& services, CaseAddress address,
                                 const partition::CaseRecord& record) {
  Result<std::vector<Led>> led = led_through(services.engine.store(), address, record);
  if (!led) return led.error();
  const auto registry = services.engine.catalogue().get();
  const Result<domain::Who> who = who_is(call, *tenant_of(*registry, address.id));
  if (!who) return who.error();
  const auto hidden = std::find_if(led->begin() + 1, led->end(), [&](const Led& one) {
    return who->territory && !who->territory->covers(one.record.state);
  });
  led->erase(hidden, led->end());
  return led;
}

// The request names several cases, of which the trail has one subject.
void put_on_line(const Call& call, const Services& services, const ToldAsk& ask) {
  if (call.line == nullptr) return;
  const CaseAddress& first = ask.addresses.front();
  const auto registry = services.engine.catalogue().get();
  if (const catalogue::TenantRules* rules = tenant_of(*registry, first.id); rules != nullptr)
    call.line->set_tenant(rules->tenant());
  if (ask.addresses.size() == 1) {
    call.line->set_subject(format_case_number(first.partition, first.id));
  } else {
    call.line->add_detail(std::to_string(ask.addresses.size()) + " cases");
  }
}

}  // namespace

void TrackingApi::list_told(const Call& call, const v1::ListToldUpdatesRequest& request,
                            Done<v1::ListToldUpdatesResponse> done) {
  Result<ToldAsk> ask = told_ask_of(request);
  if (!ask) return done(ask.error());
  put_on_line(call, services_, *ask);
  scan(services_, call, done, [this, call, ask = *std::move(ask), done](Work& work) {
    v1::ListToldUpdatesResponse response;
    int entries = 0;
    for (const CaseAddress& address : ask.addresses) {
      if (entries >= kEntriesOfCall) break;
      if (!work.awaited()) return done(not_awaited());
      response.set_looked_at(response.looked_at() + 1);
      work.look_at(1);
      const Result<partition::CaseRecord> record = read_case_for(call, services_, address);
      if (!record) continue;  // not there for this caller, or nobody can tell whether it is
      const Result<std::vector<Led>> led = led_for(call, services_, address, *record);
      if (!led) return done(led.error());
      v1::ToldOfCase& out = *response.add_cases();
      out.set_case_number(format_case_number(address.partition, address.id));
      ToldReader reader(ask, &out);
      for (auto one = led->rbegin(); one != led->rend(); ++one)
        reader.read(services_.engine.log(), *one);
      entries += reader.entries();
      services_.engine.damage().passed_over += reader.unreadable();
    }
    work.look_at(static_cast<std::size_t>(entries));
    if (response.cases().empty())
      return done(Rejection::of(RejectionCode::kNotFound, "no such case"));
    done(std::move(response));
  });
}

}  // namespace casewheel::api
