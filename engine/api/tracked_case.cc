#include "engine/api/tracked_case.h"

#include <algorithm>
#include <vector>

#include "engine/access/masking.h"
#include "engine/api/account_text.h"
#include "engine/api/applicant_words.h"
#include "engine/api/service_guide.h"
#include "engine/base/limits.h"
#include "engine/domain/answers.h"
#include "engine/domain/decide.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::api {
namespace {

void add_promise(v1::TrackedCase* out, const stored::ClockState& clock,
                 const catalogue::TenantRules& rules, TimeMs now) {
  // A promise that another policy or date replaced is not shown; one that an end left undone is.
  const bool dropped = clock.status() == stored::CANCELLED;
  if (!domain::is_promise(clock.kind())) return;
  if (dropped && clock.stop_cause() != stored::CASE_ENDED) return;
  using Promise = v1::TrackedPromise;
  Promise* promise = out->add_promises();
  promise->set_kind(static_cast<v1::ClockKind>(clock.kind()));
  promise->set_name_zh(clock_name_zh(clock.kind()));
  promise->set_name_en(clock_name_en(clock.kind()));
  const bool stopped = dropped || clock.status() == stored::MET || clock.status() == stored::BROKEN;
  const TimeMs due = stopped ? clock.due_at_stop_ms() : rules.due(clock);
  if (due != kNever && due != 0) set_time(promise->mutable_due_time(), due);
  if (!stopped) promise->set_provisional(rules.provisional(clock));
  if (clock.status() == stored::MET) {
    promise->set_state(Promise::STATE_MET);
  } else if (dropped) {
    promise->set_state(Promise::STATE_NO_LONGER_OWED);
  } else if (clock.status() == stored::BROKEN || clock.breached() || due < now) {
    promise->set_state(Promise::STATE_LATE);
  } else {
    promise->set_state(clock.status() == stored::PAUSED ? Promise::STATE_PAUSED
                                                        : Promise::STATE_RUNNING);
  }
}

// Dates that had passed when her own case was merged: nobody else's to answer for.
void add_broken_promises(v1::TrackedCase* out, const stored::CaseState& own,
                         const catalogue::TenantRules& rules, TimeMs now) {
  for (const stored::ClockState& clock : own.clocks()) {
    if (clock.status() == stored::BROKEN && clock.stop_cause() == stored::CASE_ENDED &&
        clock.stop_end() == own.end_revision())
      add_promise(out, clock, rules, now);
  }
}

// The subject and the fees to pay of the applicant's own case, whichever case it goes on as.
void add_own_facts(v1::TrackedCase* out, const partition::CaseRecord& own,
                   const catalogue::TenantRules& rules) {
  stored::PersonalData personal;
  if (!own.state.sealed().empty() && unseal(own, &personal))
    out->set_subject(access::mask_text(personal.subject()));
  const stored::Service* service = rules.service(own.state.service());
  for (const stored::NotedFee& noted : own.state.fees()) {
    if (noted.paid()) continue;
    const stored::Fee* known =
        service == nullptr ? nullptr : domain::find_fee(*service, noted.fee());
    v1::TrackedFee* fee = out->add_fees();
    fee->set_name_zh(known == nullptr ? noted.fee() : known->name_zh());
    fee->set_name_en(known == nullptr ? noted.fee() : known->name_en());
    fee->set_amount(noted.amount());
  }
}

// Names the applicant's details that were corrected, without values or reason. Empty: none of them.
std::string correction_text(const stored::CaseCorrected& correction) {
  std::string zh;
  std::string en;
  for (const int field : correction.fields()) {
    const ApplicantWords words = corrected_words(static_cast<stored::CorrectedField>(field));
    if (*words.zh == '\0') continue;
    zh += (zh.empty() ? "" : "、") + std::string(words.zh);
    en += (en.empty() ? "" : ", ") + std::string(words.en);
  }
  return zh.empty() ? "" : "已更正：" + zh + " Corrected: " + en;
}

}  // namespace

bool is_told_event(const stored::Event& event, bool is_own) {
  if (event.has_case_corrected()) return is_own && !correction_text(event.case_corrected()).empty();
  return event.has_case_replied() || (event.has_note_added() && event.note_added().to_applicant());
}

v1::Told to_told(const stored::Event& event, TimeMs committed,
                 const partition::CaseRecord& record) {
  v1::Told told;
  set_time(told.mutable_time(),
           event.has_case_replied() ? event.case_replied().replied_ms() : committed);
  if (event.has_case_replied())
    told.set_means(static_cast<v1::ReplyMeans>(event.case_replied().means()));
  if (event.has_case_corrected()) {
    told.set_text(correction_text(event.case_corrected()));
    return told;
  }
  stored::PersonalData personal;
  if (unseal(record, event, &personal)) told.set_text(access::mask_text(personal.text()));
  return told;
}

Result<std::vector<Led>> led_through(const storage::Store& store, CaseAddress address,
                                     const partition::CaseRecord& record) {
  std::vector<Led> led{{address, record, 0}};
  while (led.back().record.state.status() == stored::MERGED &&
         led.size() <= domain::kMergeDepthMax) {
    const stored::CaseState& state = led.back().record.state;
    Led next;
    next.address = {static_cast<PartitionId>(state.merged_into_partition()),
                    CaseId{state.merged_into_case_id()}};
    next.since = state.closed_ms();
    if (const Status read =
            partition::read_case(store, next.address.partition, next.address.id, &next.record);
        !read)
      return unreadable(read);
    led.push_back(std::move(next));
  }
  return led;
}

namespace {

// From the latest entry back, as far as the limits go.
// `since`: what was told before is none of this applicant's, who came to the case by a merge.
Status add_told(v1::TrackedCase* out, partition::Engine& engine, const Led& led) {
  const auto& [address, record, since] = led;
  std::vector<v1::Told> latest_first;
  int looked = 0;
  bool shortened = false;
  const auto& seqs = record.state.journal_seqs();
  for (auto seq = seqs.rbegin(); seq != seqs.rend() && !shortened; ++seq) {
    if (looked++ == limits::kTrackedEntriesMax) {
      shortened = true;
      break;
    }
    std::string bytes;
    stored::JournalEntry entry;
    if (const Status read = engine.log().read_one(address.partition, *seq, &bytes); !read)
      return read;
    if (!entry.ParseFromString(bytes))
      return {Status::Code::kCorruption, "journal entry " + std::to_string(*seq)};
    if (entry.now_ms() < since) break;
    for (auto event = entry.events().rbegin(); event != entry.events().rend(); ++event) {
      if (event->case_id() != address.id.value || !is_told_event(*event, since == 0)) continue;
      // What came after the row was read is for the next look.
      if (event->revision() > record.state.revision()) continue;
      if (latest_first.size() == limits::kToldMax) {
        shortened = true;
        break;
      }
      latest_first.push_back(to_told(*event, entry.now_ms(), record));
    }
  }
  if (shortened) out->set_told_shortened(true);
  for (auto told = latest_first.rbegin(); told != latest_first.rend(); ++told)
    *out->add_told() = std::move(*told);
  return {};
}

}  // namespace

Result<v1::TrackedCase> tracked_case(partition::Engine& engine, CaseAddress address,
                                     const partition::CaseRecord& record) {
  const Result<std::vector<Led>> led = led_through(engine.store(), address, record);
  if (!led) return led.error();
  const Led& main = led->back();  // the case itself, where it was not merged
  const bool merged = led->size() > 1;
  const stored::CaseState& state = main.record.state;
  const auto registry = catalogue_for(engine, main.record);
  const catalogue::TenantRules& rules = *tenant_of(*registry, address.id);
  v1::TrackedCase out;
  out.set_case_number(format_case_number(address.partition, address.id));
  out.set_enterprise_zh(rules.catalogue().name_zh());
  out.set_enterprise_en(rules.catalogue().name_en());
  if (const stored::Service* service = rules.service(record.state.service())) {
    out.set_service_zh(service->name_zh());
    out.set_service_en(service->name_en());
    *out.mutable_steps_zh() = service->steps_zh();
    *out.mutable_steps_en() = service->steps_en();
  }
  out.set_status(static_cast<v1::CaseStatus>(state.status()));
  // The documents are somebody else's to bring.
  if (merged && out.status() == v1::CASE_STATUS_AWAITING_DOCUMENTS)
    out.set_status(v1::CASE_STATUS_IN_PROGRESS);
  const ApplicantWords words = status_words(out.status());
  out.set_status_zh(words.zh);
  out.set_status_en(words.en);
  const ApplicantWords next = next_words(out.status());
  out.set_next_zh(next.zh);
  out.set_next_en(next.en);
  out.set_time_zone(rules.catalogue().time_zone());
  out.set_contact(rules.catalogue().contact());
  add_own_facts(&out, record, rules);
  // Two statuses of which only we know the difference.
  if (out.status() == v1::CASE_STATUS_ASSIGNED) out.set_status(v1::CASE_STATUS_IN_PROGRESS);
  set_time(out.mutable_received_time(), record.state.received_ms());
  const TimeMs now = engine.clock().read().now;
  for (const stored::ClockState& clock : state.clocks()) add_promise(&out, clock, rules, now);
  if (!merged) *out.mutable_missing_documents() = state.missing_documents();
  if (merged) add_broken_promises(&out, record.state, rules, now);
  if (state.closed_ms() != 0) set_time(out.mutable_close_time(), state.closed_ms());
  out.set_outcome(static_cast<v1::Outcome>(state.outcome()));
  if (merged) out.set_merged_into(format_case_number(main.address.partition, main.address.id));
  for (const Led& one : *led) {
    if (const Status read = add_told(&out, engine, one); !read) return unreadable(read);
  }
  if (out.told_size() > limits::kToldMax) {
    out.mutable_told()->DeleteSubrange(0, out.told_size() - limits::kToldMax);
    out.set_told_shortened(true);
  }
  return out;
}

}  // namespace casewheel::api
