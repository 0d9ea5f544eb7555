#include "engine/partition/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "engine/base/digest.h"
#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/domain/personal_data.h"
#include "engine/partition/call_rows.h"
#include "engine/partition/catalogue_rows.h"
#include "engine/partition/engine.h"
#include "engine/partition/file_check.h"
#include "engine/partition/journal.h"
#include "engine/partition/merge_rows.h"
#include "engine/partition/person.h"
#include "engine/partition/repaired_gaps.h"
#include "engine/partition/restored.h"
#include "engine/partition/rows.h"
#include "engine/partition/unreadable_cases.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {
namespace {

using storage::RowKind;
using storage::Table;

constexpr std::size_t kProblemsKept = 100;
constexpr std::uint64_t kRowsBetweenLooks = 256;

class Verification {
 public:
  Verification(const storage::Snapshot& snapshot, const std::string& secret,
               const storage::Shelf* shelf, std::function<bool()> progress, VerifyReport* report)
      : snapshot_(snapshot),
        secret_(secret),
        shelf_(shelf),
        progress_(std::move(progress)),
        report_(report) {}

  // `progress` stopped it: what is reported so far says nothing.
  bool stopped() const { return stopped_; }

  // Replays one partition's journal.
  Status replay(PartitionId id);
  Status compare(PartitionId id);
  void finish() {
    look_for_left_files();
    report_->digest = hex(bytes_of(stored_.finish()));
    report_->replayed_digest = hex(bytes_of(replayed_.finish()));
  }

 private:
  void problem(std::string text) {
    if (report_->problems.size() < kProblemsKept) report_->problems.push_back(std::move(text));
    ++report_->problem_count;
  }
  bool replay_events(PartitionId id, const stored::JournalEntry& entry);
  void compare_case(PartitionId id, const CaseRecord& record, std::string_view bytes);
  void compare_clock_row(PartitionId id, const CaseRecord& record);
  void compare_lookups(PartitionId id, const CaseRecord& record);
  bool replay_call(PartitionId id, const stored::JournalEntry& entry, const stored::Event& event);
  Status compare_calls(PartitionId id);
  void compare_call(PartitionId id, const CallRecord& record);
  // Every so many rows or entries; false: it is to stop.
  bool goes_on() {
    if (!stopped_ && looked_++ % kRowsBetweenLooks == 0) stopped_ = !progress_();
    return !stopped_;
  }
  Status scan(PartitionId id, RowKind kind, const storage::RowVisitor& visit) {
    if (stopped_) return {};
    const std::string prefix = storage::kind_prefix(kind, id);
    storage::PassedOver passed;
    const Status status = storage::scan_readable(
        snapshot_, Table::kState, prefix, storage::prefix_end(prefix),
        [&](std::string_view key, std::string_view value) {
          return goes_on() && visit(key, value);
        },
        &passed);
    if (passed.empty()) return status;
    is_readable_ = part_is_readable_ = false;
    problem("partition " + std::to_string(id) + ": " + std::to_string(passed.stretches.size()) +
            " stretches of rows of kind " + std::to_string(static_cast<int>(kind)) +
            " are damaged: " + passed.why);
    return status;
  }
  void compare_attachments(PartitionId id, const CaseRecord& record);
  void look_for_left_files();

  const storage::Snapshot& snapshot_;
  const std::string& secret_;
  const storage::Shelf* shelf_;  // may be null
  const std::function<bool()> progress_;
  std::uint64_t looked_ = 0;
  bool stopped_ = false;
  bool is_readable_ = true;       // no damage was met; what was not read is no proof of anything
  bool part_is_readable_ = true;  // likewise, of the partition at hand
  VerifyReport* report_;
  Sealer sealer_;
  Sha256Stream stored_;
  Sha256Stream replayed_;
  // As the journal of partition 0 tells it, so that nothing is judged by a row that was changed; null
  // while that journal is in doubt.
  std::shared_ptr<const catalogue::Registry> registry_;
  // Of the partition at hand.
  std::unordered_map<std::uint64_t, stored::CaseState> cases_;
  RepairedGaps gaps_;
  struct Erased {
    std::string before;  // the personal data, as it was sealed
    std::uint32_t before_revision = 0;
    std::uint32_t revision = 0;  // of the latest event that was sealed since
    std::string after;
  };
  std::unordered_map<std::uint64_t, Erased> erased_;
  std::map<storage::Digest16, stored::Call> calls_;
  std::map<storage::Digest16, Erased> erased_calls_;
  std::uint64_t unsettled_expected_ = 0;
  std::uint64_t call_lookups_expected_ = 0;
  std::map<std::string, std::string> event_rows_;  // dedupe, cursor and catalogue rows
  stored::PartitionHead head_;
  std::uint64_t lookup_rows_expected_ = 0;
  std::uint64_t holding_rows_expected_ = 0;
  // Of all partitions: the shelf's files as the journal and as the cases have them.
  std::set<std::string> once_added_;
  std::set<std::string> held_;
};

bool Verification::replay_events(PartitionId id, const stored::JournalEntry& entry) {
  storage::Batch rows;
  std::uint32_t place = 0;
  for (const stored::Event& event : entry.events()) {
    ++report_->events;
    if (event.case_id() != 0) {
      stored::CaseState& state = cases_[event.case_id()];
      const RepairedGaps::Verdict verdict = gaps_.judge(
          event, state.revision(), std::max(state.revision() + 1, names_from(head_, state)));
      if (verdict == RepairedGaps::Verdict::kWrong) {
        problem("journal of partition " + std::to_string(id) + ", entry " +
                std::to_string(entry.seq()) + ": case " +
                format_case_number(id, CaseId{event.case_id()}) + " goes from revision " +
                std::to_string(state.revision()) + " to " + std::to_string(event.revision()));
        return false;
      }
      if (event.has_case_erased()) {
        Erased& erased = erased_[event.case_id()];
        if (!state.sealed().empty()) {
          erased.before = state.sealed();
          erased.before_revision = domain::sealed_revision(state);
        }
        erased.after.clear();
      } else if (state.erased_ms() != 0 && !event.sealed().empty()) {
        erased_[event.case_id()].revision = event.revision();
        erased_[event.case_id()].after = event.sealed();
      }
      if (event.has_attachment_added()) once_added_.insert(event.attachment_added().blob());
      if (verdict == RepairedGaps::Verdict::kApply)
        domain::apply(state, event, entry.seq(), entry.now_ms());
    } else {
      gaps_.note(event, entry.seq());
      for (const std::uint64_t lost : event.journal_repaired().lost_cases()) cases_.erase(lost);
    }
    if ((event.has_call_changed() || event.has_call_erased()) && !replay_call(id, entry, event))
      return false;
    apply_to_head(&head_, event);
    write_event_rows(&rows, id, {entry.seq(), place++, entry.now_ms()}, event);
    if (event.has_requests_forgotten()) {
      // Older than what the same entry writes.
      event_rows_.erase(event_rows_.lower_bound(storage::kind_prefix(RowKind::kRequest, id)),
                        event_rows_.upper_bound(event.requests_forgotten().until_key()));
    }
  }
  for (const storage::Batch::Change& change : rows.changes()) {
    if (change.erase) {
      event_rows_.erase(change.key);
    } else {
      event_rows_[change.key] = change.value;
    }
  }
  return true;
}

Status Verification::replay(PartitionId id) {
  cases_.clear();
  part_is_readable_ = true;
  gaps_ = {};
  erased_.clear();
  calls_.clear();
  erased_calls_.clear();
  unsettled_expected_ = 0;
  call_lookups_expected_ = 0;
  event_rows_.clear();
  head_.Clear();
  lookup_rows_expected_ = 0;
  holding_rows_expected_ = 0;
  ChainPosition position;
  TimeMs now = 0;
  bool whole = true;
  // An entry is applied only when its hash is confirmed, by the entry after it or by the head row:
  // the bytes of a changed one mean nothing, and apply() stops the process over nonsense.
  stored::JournalEntry confirmed;
  const auto apply_confirmed = [&] {
    if (confirmed.now_ms() < now) {
      problem("journal of partition " + std::to_string(id) + ", entry " +
              std::to_string(confirmed.seq()) + ": engine time went back");
    }
    now = confirmed.now_ms();
    ++report_->entries;
    return replay_events(id, confirmed);
  };
  const std::string prefix = storage::kind_prefix(RowKind::kJournal, id);
  const Status status = snapshot_.scan(
      Table::kJournal, prefix, storage::prefix_end(prefix),
      [&](std::string_view key, std::string_view bytes) {
        whole = false;
        stored::JournalEntry entry;
        const std::optional<std::uint64_t> seq = storage::decode_journal_seq(key);
        if (!seq || *seq != position.seq + 1) {
          problem("journal of partition " + std::to_string(id) + ": entry " +
                  std::to_string(position.seq + 1) + " is missing");
          return false;
        }
        const bool first = position.seq == 0;
        if (std::string wrong = check_entry(bytes, id, &position, &entry); !wrong.empty()) {
          problem(std::move(wrong));
          return false;
        }
        if (!first && !apply_confirmed()) return false;
        confirmed = std::move(entry);
        if (!goes_on()) return false;
        whole = true;
        return true;
      });
  if (!status) is_readable_ = false;
  if (status && whole && position.seq != 0) {
    stored::PartitionHead head;
    std::string value;
    const bool known = snapshot_.get(Table::kState, storage::head_key(id), &value).is_ok() &&
                       head.ParseFromString(value);
    whole = known && head.seq() == position.seq && head.hash() == bytes_of(position.hash);
    if (!whole) {
      problem("journal of partition " + std::to_string(id) + ", entry " +
              std::to_string(position.seq) +
              ": is not the last one the head row names (one of the two was changed)");
    } else {
      whole = apply_confirmed();
    }
  }
  report_->lost_entries += gaps_.lost_entries();
  report_->lost_cases += gaps_.lost_cases().size();
  report_->restated_cases += gaps_.restated();
  for (const std::uint64_t unsettled : gaps_.unsettled())
    problem("case " + format_case_number(id, CaseId{unsettled}) +
            " lacks events behind a repaired gap, and the repair did not state it anew");
  std::erase_if(cases_, [](const auto& known) { return known.second.revision() == 0; });
  if (id == 0 && whole) registry_ = registry_of(event_rows_);
  head_.set_epoch(position.epoch);
  head_.set_seq(position.seq);
  if (position.seq != 0) head_.set_hash(std::string(bytes_of(position.hash)));
  head_.set_now_ms(now);
  return status;
}

void Verification::compare_clock_row(PartitionId id, const CaseRecord& record) {
  const CaseId case_id{record.state.case_id()};
  const std::string number = format_case_number(id, case_id);
  std::string value;
  const Status status = snapshot_.get(Table::kState, storage::clock_key(id, case_id), &value);
  const bool open = domain::is_open(record.state.status());
  if (!open) {
    if (status) problem("case " + number + " is closed but has a clock row");
    return;
  }
  ++report_->open_cases;
  if (!status)
    return problem("case " + number +
                   " is open but has no clock row: its deadlines would not fire");
  if (registry_ == nullptr) return;  // reported where its journal was read
  const domain::Rulebook* rules = registry_->find_number(case_id.tenant_number());
  if (rules == nullptr) return problem("case " + number + ": its tenant has no catalogue");
  const stored::ClockRow row = domain::clock_row(record.state, *rules);
  if (row.unclocked()) ++report_->unclocked_cases;
  if (value != encode(row)) {
    problem("case " + number + ": its clock row does not say what its clocks say");
  }
}

void Verification::compare_lookups(PartitionId id, const CaseRecord& record) {
  std::string plain;
  stored::PersonalData personal;
  const CaseId case_id{record.state.case_id()};
  const std::string number = format_case_number(id, case_id);
  if (const auto erased = erased_.find(case_id.value); erased != erased_.end()) {
    const Erased& was = erased->second;
    ++report_->erased_cases;
    if (sealer_.unseal(record.key, was.before_revision, was.before, &plain))
      problem("case " + number + ": was erased, but its key still opens what was sealed");
    if (!was.after.empty() && !sealer_.unseal(record.key, was.revision, was.after, &plain))
      problem("case " + number + ": what was written since it was erased cannot be unsealed");
    if (record.state.sealed().empty()) return;  // nobody is named in it again
  }
  if (!unseal_personal(sealer_, record, &personal)) {
    return problem("case " + number + ": its personal data cannot be unsealed with its key");
  }
  for (const std::string& key : lookup_keys(secret_, id, case_id, personal)) {
    std::string value;
    if (!snapshot_.get(Table::kState, key, &value))
      problem("case " + number + ": cannot be found by its applicant, or by who that was before");
    ++lookup_rows_expected_;
  }
}

void Verification::compare_case(PartitionId id, const CaseRecord& record, std::string_view bytes) {
  ++report_->cases;
  const std::string number = format_case_number(id, CaseId{record.state.case_id()});
  const auto replayed = cases_.find(record.state.case_id());
  if (replayed == cases_.end()) {
    return problem("case " + number + " is in no journal entry");
  }
  // What the rules would make of a row that was changed is nobody's guess: they stop over nonsense.
  if (encode(replayed->second) != bytes) {
    return problem("case " + number + " is not what its journal adds up to (row at revision " +
                   std::to_string(record.state.revision()) + ", journal at " +
                   std::to_string(replayed->second.revision()) + ")");
  }
  compare_clock_row(id, record);
  compare_lookups(id, record);
  compare_attachments(id, record);
}

void Verification::compare_attachments(PartitionId id, const CaseRecord& record) {
  const CaseId case_id{record.state.case_id()};
  std::set<std::string> held;
  for (const stored::AttachmentState& attachment : record.state.attachments()) {
    ++report_->attachments;
    // A file may be as long as thousands of rows.
    stopped_ = stopped_ || !progress_();
    if (stopped_) return;
    const std::string where = "case " + format_case_number(id, case_id) + ", attachment " +
                              std::to_string(attachment.attachment()) + ": ";
    if (std::string wrong = check_file(sealer_, shelf_, record, attachment); !wrong.empty())
      problem(where + wrong);
    std::string value;
    if (held.insert(attachment.blob()).second &&
        !snapshot_.get(Table::kState, storage::holding_key(id, attachment.blob(), case_id), &value))
      problem(where + "nothing says that the case holds its file");
  }
  holding_rows_expected_ += held.size();
  held_.merge(held);
}

// What was taken off every case, by removal or erasure, is off the shelf.
void Verification::look_for_left_files() {
  if (shelf_ == nullptr || !is_readable_) return;
  for (const std::string& blob : once_added_) {
    if (!goes_on()) return;
    if (!held_.contains(blob) && shelf_->has(blob) && !shelf_->is_waiting(blob))
      problem("the shelf still has the file " + hex(blob) +
              ", which no case has any more (a start of the engine removes it)");
  }
}

bool Verification::replay_call(PartitionId id, const stored::JournalEntry& entry,
                               const stored::Event& event) {
  const bool erases = event.has_call_erased();
  const storage::Digest16 call_id =
      call_id_of(erases ? event.call_erased().call_id() : event.call_changed().call().call_id());
  stored::Call& call = calls_[call_id];
  const std::uint32_t version = event.call_changed().call().version();
  const std::uint32_t next = std::max(call.version() + 1, names_from(head_, call));
  const bool follows =
      erases ? call.version() != 0 : version == next || (gaps_.any() && version > call.version());
  if (!follows && gaps_.any()) return true;  // what it was about is lost
  if (!follows) {
    problem("journal of partition " + std::to_string(id) + ", entry " +
            std::to_string(entry.seq()) + ": a call's event does not follow its version " +
            std::to_string(call.version()));
    return false;
  }
  if (erases) erased_calls_[call_id] = {call.sealed(), call.sealed_version(), 0, {}};
  domain::apply_call(call, event, entry.now_ms());
  return true;
}

void Verification::compare_call(PartitionId id, const CallRecord& record) {
  const storage::Digest16 call_id = call_id_of(record.call.call_id());
  const std::string name = "call " + hex(record.call.call_id());
  std::string value;
  const Status placed = snapshot_.get(Table::kState, storage::call_place_key(id, call_id), &value);
  if (!placed || value != storage::call_place_value(place_of(record.call)))
    problem(name + ": nothing leads to its row");
  const bool unsettled =
      snapshot_.get(Table::kState, storage::unsettled_call_key(id, call_id), &value).is_ok();
  if (unsettled != domain::is_unsettled(record.call))
    problem(name + ": is " +
            (unsettled ? "settled but still looked after" : "unsettled but nobody looks after it"));
  if (domain::is_unsettled(record.call)) ++unsettled_expected_;
  if (const auto erased = erased_calls_.find(call_id); erased != erased_calls_.end()) {
    ++report_->erased_calls;
    std::string plain;
    if (sealer_.unseal(record.key, erased->second.before_revision, erased->second.before, &plain))
      problem(name + ": was erased, but its key still opens what was sealed");
    return;
  }
  stored::CallParty party;
  if (!unseal_party(sealer_, record, &party))
    return problem(name + ": who called cannot be unsealed with its key");
  for (const storage::Digest16& digest :
       party_digests(secret_, static_cast<std::uint8_t>(record.call.tenant_number()), party)) {
    if (!snapshot_.get(Table::kState, storage::call_lookup_key(id, digest, call_id), &value))
      problem(name + ": cannot be found by its number");
    ++call_lookups_expected_;
  }
}

Status Verification::compare_calls(PartitionId id) {
  const std::string where = "partition " + std::to_string(id);
  std::uint64_t seen = 0;
  Status status = scan(id, RowKind::kCall, [&](std::string_view key, std::string_view value) {
    CallRecord record;
    const auto place = storage::decode_call_key(key);
    if (!place || !decode_call(value, &record) ||
        storage::call_key(id, place_of(record.call)) != key) {
      problem(where + ": the call row at key " + hex(key) + " cannot be decoded");
      return true;
    }
    ++seen;
    ++report_->calls;
    stored_.add_part(value.substr(kSealKeyBytes));
    const auto replayed = calls_.find(place->id);
    if (replayed == calls_.end()) {
      problem("call " + hex(record.call.call_id()) + " is in no journal entry");
      return true;
    }
    const std::string expected = encode(replayed->second);
    replayed_.add_part(expected);
    if (expected != value.substr(kSealKeyBytes)) {
      problem("call " + hex(record.call.call_id()) + " is not what its journal adds up to");
      return true;
    }
    compare_call(id, record);
    return true;
  });
  if (!status) return status;
  if (part_is_readable_ && seen < calls_.size()) {
    problem(where + ": " + std::to_string(calls_.size() - seen) +
            " calls of the journal have no row");
  }
  const auto count = [&](RowKind kind, std::uint64_t expected, const char* what) {
    std::uint64_t rows = 0;
    if (!status) return;
    status = scan(id, kind, [&](std::string_view, std::string_view) {
      ++rows;
      return true;
    });
    if (part_is_readable_ && rows > expected)
      problem(where + ": " + std::to_string(rows - expected) + " " + what + " lead to nothing");
  };
  count(RowKind::kCallPlace, calls_.size(), "places of calls");
  count(RowKind::kUnsettledCall, unsettled_expected_, "unsettled calls");
  count(RowKind::kCallLookup, call_lookups_expected_, "look-up rows of calls");
  return status;
}

Status Verification::compare(PartitionId id) {
  const std::string where = "partition " + std::to_string(id);
  Status status;
  const auto scan = [&](RowKind kind, const storage::RowVisitor& visit) {
    if (!status) return;
    status = this->scan(id, kind, visit);
  };

  std::string head;
  const Status found = snapshot_.get(Table::kState, storage::head_key(id), &head);
  if (!found && found.code() != Status::Code::kNotFound) return found;
  stored_.add_part(head);
  replayed_.add_part(encode(head_));
  if (head != encode(head_)) problem(where + ": its head row is not what its journal adds up to");

  std::uint64_t seen = 0;
  scan(RowKind::kCase, [&](std::string_view key, std::string_view value) {
    CaseRecord record;
    const std::optional<CaseAddress> address = storage::decode_case_key(key);
    if (!address || !decode_case(value, address->id, &record)) {
      problem(where + ": the case row at key " + hex(key) + " cannot be decoded");
      return true;
    }
    ++seen;
    stored_.add_part(value.substr(kSealKeyBytes));
    if (const auto replayed = cases_.find(address->id.value); replayed != cases_.end()) {
      replayed_.add_part(encode(replayed->second));
    }
    compare_case(id, record, value.substr(kSealKeyBytes));
    return true;
  });
  if (!part_is_readable_)  // what a damaged file hides is not missing
    name_unreadable_cases(snapshot_, id, cases_,
                          [&](std::string text) { problem(std::move(text)); });
  if (!status) return status;
  if (part_is_readable_ && seen < cases_.size()) {
    problem(where + ": " + std::to_string(cases_.size() - seen) +
            " cases of the journal have no row");
  }

  if (gaps_.any()) expect_merge_rows(id, cases_, &event_rows_);
  for (const RowKind kind :
       {RowKind::kDedupe, RowKind::kCursor, RowKind::kCatalogue, RowKind::kCalendar,
        RowKind::kAccount, RowKind::kApiKey, RowKind::kSession, RowKind::kSessionUse,
        RowKind::kAudit, RowKind::kRequest, RowKind::kMerge}) {
    scan(kind, [&](std::string_view key, std::string_view value) {
      stored_.add_part(key);
      stored_.add_part(value);
      const auto expected = event_rows_.find(std::string(key));
      if (expected == event_rows_.end()) {
        problem(where + ": the row at key " + hex(key) + " is in no journal entry");
        return true;
      }
      if (expected->second != value)
        problem(where + ": the row at key " + hex(key) + " is not what its journal adds up to");
      replayed_.add_part(key);
      replayed_.add_part(expected->second);
      event_rows_.erase(expected);
      return true;
    });
  }
  if (!status) return status;
  for (const auto& [key, value] : event_rows_) {
    if (!part_is_readable_) break;
    problem(where + ": the row at key " + hex(key) + " is missing");
  }

  scan(RowKind::kClock, [&](std::string_view key, std::string_view) {
    ++report_->clock_rows;
    const std::optional<CaseAddress> address = storage::decode_clock_key(key);
    if (!address || !cases_.contains(address->id.value))
      problem(where + ": a clock row without a case at key " + hex(key));
    return true;
  });
  std::uint64_t lookup_rows = 0;
  for (const RowKind kind : {RowKind::kLookup, RowKind::kFormerLookup}) {
    scan(kind, [&](std::string_view, std::string_view) {
      ++lookup_rows;
      return true;
    });
  }
  if (part_is_readable_ && lookup_rows > lookup_rows_expected_) {
    problem(where + ": " + std::to_string(lookup_rows - lookup_rows_expected_) +
            " look-up rows lead to nobody");
  }
  std::uint64_t holding_rows = 0;
  scan(RowKind::kHolding, [&](std::string_view, std::string_view) {
    ++holding_rows;
    return true;
  });
  if (part_is_readable_ && holding_rows > holding_rows_expected_) {
    problem(where + ": " + std::to_string(holding_rows - holding_rows_expected_) +
            " rows hold files for no case");
  }
  if (!status) return status;
  return compare_calls(id);
}

}  // namespace

Status verify(const storage::Store& store, const VerifyProgress& progress, VerifyReport* report,
              const storage::Shelf* shelf) {
  Installation installation;
  if (Status status = read_installation(store, &installation); !status) return status;
  const std::unique_ptr<storage::Snapshot> snapshot = store.snapshot();
  const auto partitions = static_cast<PartitionId>(installation.partitions);
  const std::uint64_t total = entries_total(*snapshot, partitions);
  Verification verification(
      *snapshot, installation.secret, shelf, [&] { return progress(report->entries, total); },
      report);
  for (PartitionId id = 0; id < partitions && !verification.stopped(); ++id) {
    Status status = verification.replay(id);
    if (status && !verification.stopped()) status = verification.compare(id);
    if (!status && status.code() != Status::Code::kCorruption) return status;
    if (!status) {
      report->problems.push_back("partition " + std::to_string(id) + ": " + status.message());
      ++report->problem_count;
    }
  }
  if (!verification.stopped()) verification.finish();
  if (verification.stopped()) return {Status::Code::kBusy, "stopped"};
  report->damaged_files = store.damaged_files();
  if (report->ok() && report->digest != report->replayed_digest) {
    report->problems.push_back("the digests differ");
    ++report->problem_count;
  }
  return {};
}

}  // namespace casewheel::partition
