// Checkers of merges, of retries and of escalations: see checkers.h.
#include <algorithm>
#include <map>
#include <set>

#include "storage/keys.h"
#include "tests/simulation/checkers.h"

namespace casewheel::simulation {
namespace {

std::string named(CaseKey key) {
  return "case " + format_case_number(key.first, CaseId{key.second});
}

bool goes_on(stored::CaseStatus status) {
  return status != stored::CLOSED && status != stored::WITHDRAWN && status != stored::MERGED;
}

bool lists(const google::protobuf::RepeatedPtrField<stored::MergedCase>& list, CaseKey key) {
  return std::any_of(list.begin(), list.end(), [&](const stored::MergedCase& one) {
    return one.partition() == key.first && one.case_id() == key.second;
  });
}

CaseKey main_of(const stored::CaseState& state) {
  return {static_cast<PartitionId>(state.merged_into_partition()), state.merged_into_case_id()};
}

// Where the merges of a case lead, itself where there are none.
std::string follow(const Picture& picture, CaseKey from, CaseKey* to) {
  std::set<CaseKey> seen;
  for (*to = from;;) {
    const auto row = picture.history.rows.find(*to);
    if (row == picture.history.rows.end()) return named(from) + " was merged into no case";
    if (row->second.state.status() != stored::MERGED) return {};
    if (!seen.insert(*to).second) return named(from) + " was merged in a ring";
    *to = main_of(row->second.state);
  }
}

// A case into which another one is being merged ends neither by itself nor in a third one.
std::string stays_open_while_prepared(const Picture& picture, CaseKey key) {
  std::set<CaseKey> preparing;
  for (const Happening& what : picture.history.cases.at(key)) {
    const stored::Event& e = *what.event;
    const auto key_to = [](const auto& other) {
      return CaseKey{static_cast<PartitionId>(other.partition()), other.case_id()};
    };
    if (e.has_merge_prepared()) preparing.insert(key_to(e.merge_prepared()));
    if (e.has_merge_released()) preparing.erase(key_to(e.merge_released()));
    if (e.has_duplicate_attached() && preparing.erase(key_to(e.duplicate_attached())) == 0)
      return named(key) + " took in a duplicate that was not prepared";
    if (preparing.empty()) continue;
    if (e.has_case_closed() || e.has_case_withdrawn())
      return named(key) + " ended while another one was about to end in it";
    if (!e.has_case_merged()) continue;
    const CaseKey into{static_cast<PartitionId>(e.case_merged().into_partition()),
                       e.case_merged().into_case_id()};
    // But for two that are merged into each other: one of them may.
    if (preparing != std::set<CaseKey>{into})
      return named(key) + " was merged while a third one was about to end in it";
  }
  return {};
}

// Dates carried here by duplicates are kept by a clock that waits: the oracle says by which date.
std::string keeps_promises(CaseKey key, const stored::CaseState& state) {
  for (const stored::CarriedPromise& promise : state.promises()) {
    const auto keeps = [&](const stored::ClockState& clock) {
      const bool waits = clock.status() == stored::PAUSED || clock.status() == stored::RUNNING;
      return waits && clock.kind() == promise.kind();
    };
    if (promise.broken_clock() == 0 &&
        std::none_of(state.clocks().begin(), state.clocks().end(), keeps))
      return named(key) + " keeps no clock for a promise of another case";
  }
  return {};
}

}  // namespace

std::string merged_leads_on(const Picture& picture) {
  for (const auto& [key, row] : picture.history.rows) {
    if (!row.stored) continue;
    CaseKey main;
    if (std::string lost = follow(picture, key, &main); !lost.empty()) return lost;
    const stored::CaseState& state = picture.history.rows.at(main).state;
    // Open, or answered: none is withdrawn from under the people behind it.
    if (main != key && !goes_on(state.status()) && state.status() != stored::CLOSED)
      return named(key) + " leads to one that is neither open nor answered";
    if (std::string ended = stays_open_while_prepared(picture, key); !ended.empty()) return ended;
    if (!goes_on(row.state.status())) continue;
    if (std::string broken = keeps_promises(key, row.state); !broken.empty()) return broken;
  }
  return {};
}

std::string merges_are_settled(const Picture& picture) {
  for (const auto& [key, row] : picture.history.rows) {
    if (!row.stored) continue;
    if (row.state.preparing_size() > 0 || row.state.has_unmerging())
      return named(key) + " is between two steps of a merge for good";
    if (row.state.status() == stored::MERGED &&
        !lists(picture.history.rows.at(main_of(row.state)).state.duplicates(), key))
      return named(key) + " has ended in a case that does not know of it";
    for (const stored::MergedCase& one : row.state.duplicates()) {
      const CaseKey duplicate{static_cast<PartitionId>(one.partition()), one.case_id()};
      const stored::CaseState& state = picture.history.rows.at(duplicate).state;
      if (state.status() != stored::MERGED || main_of(state) != key)
        return named(key) + " lists a duplicate that goes on by itself";
    }
  }
  return {};
}

std::string escalations_are_kept(const Picture& picture) {
  for (const auto& [key, happenings] : picture.history.cases) {
    std::map<std::uint32_t, std::uint32_t> waiting;  // firings by number
    std::set<std::uint32_t> acknowledged;
    std::uint32_t level = 0;
    for (const Happening& what : happenings) {
      if (what.event->has_step_fired()) {
        const stored::StepFired& e = what.event->step_fired();
        if (acknowledged.contains(e.escalation()))
          return named(key) + ": an acknowledged escalation fired again";
        ++waiting[e.escalation()];
        level = std::max(level, e.level());
      } else if (what.event->has_dates_moved()) {
        for (const stored::MovedDate& move : what.event->dates_moved().moves()) {
          if (acknowledged.contains(move.escalation()))
            return named(key) + ": a moved date is told by what was acknowledged";
          ++waiting[move.escalation()];
        }
      } else if (what.event->has_escalation_acknowledged()) {
        const std::uint32_t number = what.event->escalation_acknowledged().escalation();
        waiting.erase(number);
        acknowledged.insert(number);
      }
    }
    const History::Row& row = picture.history.rows.at(key);
    std::uint32_t firings = 0;
    for (const auto& [number, count] : waiting) {
      firings += count;
      const auto& kept = row.state.escalations();
      if (std::none_of(kept.begin(), kept.end(), [&, n = number, c = count](const auto& one) {
            return one.escalation() == n && one.firings() == c && one.acknowledged_ms() == 0;
          }))
        return named(key) + ": escalation " + std::to_string(number) +
               " waits to be acknowledged and is gone";
    }
    if (row.state.highest_level() != level) return named(key) + ": its level is another one";
    if (!row.has_clock_row) continue;
    if (row.clock_row.unacknowledged() != firings || row.clock_row.level() != level)
      return named(key) + ": its clock row counts other escalations";
  }
  return {};
}

std::string cursors_only_rise(const Picture& picture) {
  for (const auto& [partition, journal] : picture.history.journal) {
    std::map<std::tuple<std::uint32_t, int, std::string>, std::uint64_t> reached;
    for (const stored::JournalEntry& entry : journal) {
      for (const stored::Event& event : entry.events()) {
        if (!event.has_intake_checkpointed()) continue;
        const stored::IntakeCheckpointed& e = event.intake_checkpointed();
        std::uint64_t& known = reached[{e.tenant_number(), e.kind(), e.source()}];
        if (e.position() <= known) return "a resume point of " + e.source() + " went back";
        known = e.position();
      }
    }
  }
  return {};
}

}  // namespace casewheel::simulation
