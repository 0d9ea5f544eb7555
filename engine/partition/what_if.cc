#include "engine/partition/what_if.h"

#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/domain/apply.h"
#include "engine/domain/decide.h"
#include "engine/partition/restored.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {
namespace {

using storage::Table;

struct Happened {
  stored::Event event;
  TimeMs now = 0;           // of its commit
  TimeMs agreed_ms = 0;     // of a lodging: the date that came with it
  bool in_lodging = false;  // follows from the lodging before it
};

// A date that was agreed, or documents that were found missing, when the case was lodged are asked for
// with it again: on their own other checks would hold for them.
void fold_lodging(std::vector<Happened>& history) {
  if (history.empty() || !history[0].event.has_case_lodged()) return;
  Happened& lodging = history[0];
  for (std::size_t i = 1; i < history.size(); ++i) {
    const stored::Event& event = history[i].event;
    const bool same = history[i].now == lodging.now &&
                      event.received_ms() == lodging.event.received_ms() &&
                      event.request_digest() == lodging.event.request_digest();
    if (!same) return;
    history[i].in_lodging = true;
    if (event.has_date_agreed()) lodging.agreed_ms = event.date_agreed().agreed_ms();
  }
}

// What was done, as it would be asked for again; nothing for what the engine did by itself.
std::optional<domain::Action> action_of(const stored::Event& e,
                                        const std::vector<std::uint32_t>& same_kind_clocks) {
  switch (e.what_case()) {
    case stored::Event::kCaseAccepted:
      return domain::Accept{};
    case stored::Event::kCaseTransferred:
      return domain::Transfer{e.case_transferred().unit(), "", ""};
    case stored::Event::kNoteAdded:
      if (!e.note_added().to_applicant()) return std::nullopt;
      return domain::Note{"", true};
    case stored::Event::kDocumentsRequested: {
      const auto& documents = e.documents_requested().documents();
      return domain::RequestDocuments{{documents.begin(), documents.end()}, ""};
    }
    case stored::Event::kDocumentsReceived: {
      if (e.documents_received().documents().empty()) return std::nullopt;  // followed from another
      const auto& documents = e.documents_received().documents();
      return domain::ReceiveDocuments{{documents.begin(), documents.end()},
                                      e.documents_received().arrived_ms()};
    }
    case stored::Event::kCaseReplied:
      return domain::Reply{e.case_replied().means(), "", e.case_replied().replied_ms()};
    case stored::Event::kDateAgreed:
      return domain::AgreeDate{e.date_agreed().agreed_ms(), "-"};
    case stored::Event::kCaseClosed:
      return domain::Close{e.case_closed().outcome(), "-", e.case_closed().closed_ms()};
    case stored::Event::kCaseReopened:
      return domain::Reopen{"", e.case_reopened().undoes_end()};
    case stored::Event::kCaseWithdrawn:
      return domain::Withdraw{};
    case stored::Event::kCaseMerged: {
      const auto into = static_cast<PartitionId>(e.case_merged().into_partition());
      const auto here = static_cast<PartitionId>(into + 1);  // not in itself
      return domain::Merge{into, CaseId{e.case_merged().into_case_id()}, here};
    }
    case stored::Event::kCaseUnmerged:
      return domain::Unmerge{"-"};
    case stored::Event::kUnmergeSettled:
      return domain::SettleUnmerge{};
    case stored::Event::kCaseSuspended:
      return domain::Suspend{e.case_suspended().reason(), "", e.case_suspended().from_ms()};
    case stored::Event::kCaseResumed:
      return domain::Resume{"", e.case_resumed().to_ms()};
    case stored::Event::kCaseReclassified:
      return domain::Reclassify{e.case_reclassified().priority(), e.case_reclassified().service(),
                                e.case_reclassified().kind(), ""};
    case stored::Event::kCaseCorrected: {
      domain::Correct correct;
      correct.fields = {stored::CORRECTED_COUNTY};  // all that moves a date
      correct.county = e.case_corrected().county();
      return correct;
    }
    case stored::Event::kClockExtended:
      if (same_kind_clocks.empty()) return std::nullopt;
      return domain::ExtendClock{same_kind_clocks.back(), e.clock_extended().due_after_ms(), ""};
    default:
      return std::nullopt;
  }
}

// The verdicts over the clocks of one case, told by its events.
class Verdicts {
 public:
  void add(const stored::Event& event) {
    if (event.has_clock_started())
      kinds_[event.clock_started().clock()] = event.clock_started().kind();
    if (event.has_clock_restored()) take_back(event.clock_restored());
    if (!event.has_clock_stopped()) return;
    const stored::ClockStopped& stopped = event.clock_stopped();
    WhatIf::Tally& tally = tallies_[kinds_[stopped.clock()]];
    if (stopped.verdict() == stored::MET) ++tally.met;
    if (stopped.verdict() == stored::BROKEN) ++tally.broken;
  }
  // What is left: broken when its date has passed.
  void end(const stored::CaseState& state, const domain::Rulebook* rules, TimeMs now) {
    for (const stored::ClockState& clock : state.clocks()) {
      if (clock.status() != stored::RUNNING && clock.status() != stored::PAUSED) continue;
      const bool broken = clock.breached() || (rules != nullptr && rules->due(clock) < now);
      ++(broken ? tallies_[clock.kind()].broken : tallies_[clock.kind()].open);
    }
  }
  std::vector<std::uint32_t> clocks_like(std::uint32_t clock, const Verdicts& theirs) const {
    std::vector<std::uint32_t> numbers;
    const auto kind = theirs.kinds_.find(clock);
    if (kind == theirs.kinds_.end()) return numbers;
    for (const auto& [number, mine] : kinds_) {
      if (mine == kind->second) numbers.push_back(number);
    }
    return numbers;
  }
  const std::map<stored::ClockKind, WhatIf::Tally>& tallies() const { return tallies_; }

 private:
  // What had stopped it was undone.
  void take_back(const stored::ClockRestored& restored) {
    WhatIf::Tally& tally = tallies_[kinds_[restored.laid().clock()]];
    if (restored.verdict() == stored::MET) --tally.met;
    if (restored.verdict() == stored::BROKEN) --tally.broken;
  }

  std::map<std::uint32_t, stored::ClockKind> kinds_;
  std::map<stored::ClockKind, WhatIf::Tally> tallies_;
};

class Replay {
 public:
  Replay(const storage::Snapshot& snapshot, const catalogue::TenantRules& other, TimeMs now,
         WhatIf* report)
      : snapshot_(snapshot), other_(other), now_(now), report_(*report) {}

  Status one(PartitionId partition, const stored::CaseState& state) {
    std::vector<Happened> history;
    const Status status = read_history(partition, state, &history);
    if (storage::is_damage(status)) {
      ++report_.unreadable;
      return {};
    }
    if (!status) return status;
    fold_lodging(history);
    Verdicts then;
    Verdicts otherwise;
    stored::CaseState other;
    ++report_.cases;
    for (const Happened& happened : history) {
      const bool known = follow(happened, then, otherwise, other);
      then.add(happened.event);
      if (!known) {
        ++report_.left_out;
        return {};
      }
    }
    then.end(state, nullptr, now_);
    otherwise.end(other, &other_, now_);
    tell(state, then, otherwise);
    return {};
  }

  void finish() {
    for (auto& [place, line] : lines_) report_.lines.push_back(std::move(line));
  }

 private:
  Status read_history(PartitionId partition, const stored::CaseState& state,
                      std::vector<Happened>* history) {
    const Status gap = {Status::Code::kCorruption, "the history has a gap"};
    std::uint32_t revision = 0;
    for (const std::uint64_t seq : state.journal_seqs()) {
      std::string bytes;
      if (!snapshot_.get(Table::kJournal, storage::journal_key(partition, seq), &bytes))
        return {Status::Code::kCorruption, "a journal entry cannot be read"};
      stored::JournalEntry entry;
      if (!entry.ParseFromString(bytes))
        return {Status::Code::kCorruption, "a journal entry cannot be decoded"};
      const std::size_t known = history->size();
      for (stored::Event& event : *entry.mutable_events()) {
        if (event.case_id() != state.case_id()) continue;
        if (event.revision() != revision + 1 && !is_leap(revision, event.revision())) return gap;
        revision = event.revision();
        history->push_back({std::move(event), entry.now_ms(), 0, false});
      }
      if (history->size() == known) return gap;  // what stands there now is not what was
    }
    return revision == state.revision() ? Status() : gap;
  }

  // One step of the case in the other world; false when it could not even be lodged there.
  bool follow(const Happened& happened, const Verdicts& then, Verdicts& otherwise,
              stored::CaseState& other) {
    domain::Command command;
    command.who = {stored::OPERATOR, "", domain::kEveryRole};
    command.received_ms =
        happened.event.received_ms() == 0 ? happened.now : happened.event.received_ms();
    domain::Moment moment;
    moment.now = happened.now;
    if (happened.event.has_case_lodged()) {
      domain::Lodge lodge;
      lodge.facts = happened.event.case_lodged();
      lodge.facts.clear_handler();
      lodge.agreed_ms = happened.agreed_ms;
      lodge.of_the_past = true;
      const auto events =
          domain::decide_lodge(lodge, command, CaseId{happened.event.case_id()}, moment, other_);
      if (!events) return false;
      take(*events, otherwise, other, happened.now);
      return true;
    }
    if (happened.in_lodging) return true;
    std::optional<domain::Action> action = action_of(
        happened.event, otherwise.clocks_like(happened.event.clock_extended().clock(), then));
    if (!action) return true;
    command.action = std::move(*action);
    // What the other rules do not allow there (a date already later than the one asked for) does not
    // happen there.
    if (const auto events = domain::decide(other, command, moment, other_); events)
      take(*events, otherwise, other, happened.now);
    return true;
  }

  static void take(const domain::Events& events, Verdicts& verdicts, stored::CaseState& state,
                   TimeMs now) {
    for (const stored::Event& event : events) {
      domain::apply(state, event, 0, now);
      verdicts.add(event);
    }
  }

  void tell(const stored::CaseState& state, const Verdicts& then, const Verdicts& otherwise) {
    const auto line = [&](stored::ClockKind clock) -> WhatIf::Line& {
      WhatIf::Line& found = lines_[{state.unit(), state.kind(), clock}];
      found.unit = state.unit();
      found.kind = state.kind();
      found.clock = clock;
      return found;
    };
    const auto add = [](WhatIf::Tally& sum, const WhatIf::Tally& part) {
      sum.met += part.met;
      sum.broken += part.broken;
      sum.open += part.open;
    };
    for (const auto& [clock, tally] : then.tallies()) add(line(clock).happened, tally);
    for (const auto& [clock, tally] : otherwise.tallies()) add(line(clock).otherwise, tally);
  }

  const storage::Snapshot& snapshot_;
  const catalogue::TenantRules& other_;
  const TimeMs now_;
  WhatIf& report_;
  std::map<std::tuple<std::string, stored::Kind, stored::ClockKind>, WhatIf::Line> lines_;
};

}  // namespace

Status what_if(const storage::Store& store, PartitionId partitions,
               const catalogue::TenantRules& other, TimeMs from, TimeMs until, TimeMs now,
               const std::function<bool()>& goes_on, WhatIf* report,
               const domain::Territory* territory) {
  const std::unique_ptr<storage::Snapshot> snapshot = store.snapshot();
  Replay replay(*snapshot, other, now, report);
  for (PartitionId id = 0; id < partitions; ++id) {
    Status bad;
    storage::PassedOver passed;
    const std::string prefix = storage::case_tenant_prefix(id, other.tenant_number());
    const Status scanned = storage::scan_readable(
        *snapshot, Table::kState, prefix, storage::prefix_end(prefix),
        [&](std::string_view key, std::string_view value) {
          CaseRecord record;
          const std::optional<CaseAddress> address = storage::decode_case_key(key);
          if (!goes_on()) {
            bad = {Status::Code::kBusy, "stopped"};
          } else if (!address || !decode_case(value, address->id, &record)) {
            ++report->unreadable;
          } else if (record.state.received_ms() >= from && record.state.received_ms() < until &&
                     (territory == nullptr || territory->covers(record.state))) {
            bad = replay.one(id, record.state);
          }
          return bad.is_ok();
        },
        &passed);
    if (!scanned) return scanned;
    if (!bad) return bad;
    report->unreadable += passed.stretches.size();
  }
  replay.finish();
  return {};
}

}  // namespace casewheel::partition
