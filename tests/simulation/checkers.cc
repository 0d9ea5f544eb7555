// See checkers.h.
#include "tests/simulation/checkers.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <set>

#include "engine/partition/verify.h"
#include "engine/views/board_limits.h"
#include "storage/keys.h"
#include "tests/simulation/tenants.h"

namespace casewheel::simulation {
namespace {

std::string number_of(CaseKey key) {
  return "case " + format_case_number(key.first, CaseId{key.second});
}

// The first problem the oracles found of one sort.
template <typename Member>
std::string first_of(const Picture& picture, Member problem) {
  for (const auto& [key, oracle] : picture.oracles) {
    if (!(oracle.*problem).empty()) return number_of(key) + ", " + oracle.*problem;
  }
  return {};
}

// Whether that revision is a date the engine moved when a request of that entry came upon it.
bool moved_by_the_engine(const Picture& picture, CaseKey key, std::uint32_t revision,
                         std::uint64_t seq) {
  for (const Happening& what : picture.history.cases.at(key)) {
    if (what.event->revision() == revision)
      return what.seq == seq && what.event->actor().role() == stored::ENGINE;
  }
  return false;
}

std::string bytes_of_digest(const storage::Digest16& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// With CASEWHEEL_SHOW_HISTORY set, all that happened to the case a problem names.
void show_history(const Picture& picture, const std::string& problem) {
  if (std::getenv("CASEWHEEL_SHOW_HISTORY") == nullptr) return;
  for (const auto& [key, happenings] : picture.history.cases) {
    if (problem.find(number_of(key)) == std::string::npos) continue;
    for (const Happening& what : happenings)
      std::printf("%llu at %lld: %s\n", static_cast<unsigned long long>(what.seq),
                  static_cast<long long>(what.now), what.event->ShortDebugString().c_str());
  }
}

}  // namespace

Picture::Picture(World& w, const Ledger& l)
    : world(w), ledger(l), history(History::read(w.store, w.partitions())) {
  for (const auto& [key, happenings] : history.cases)
    oracles.try_emplace(key, history, key, w.hindrances);
}

std::string acknowledged_is_durable(const Picture& picture) {
  for (const auto& [key, revision] : picture.ledger.revisions) {
    const auto found = picture.history.cases.find(key);
    const std::uint32_t have =
        found == picture.history.cases.end() ? 0 : found->second.back().event->revision();
    if (have < revision)
      return number_of(key) + ": acknowledged at revision " + std::to_string(revision) +
             ", the journal has " + std::to_string(have);
    const auto row = picture.history.rows.find(key);
    if (revision > 0 && (row == picture.history.rows.end() || row->second.state.revision() != have))
      return number_of(key) + ": its row is not at its last revision";
  }
  for (const Deed& deed : picture.ledger.deeds) {
    const domain::Command& command = deed.request.command;
    if (deed.fate != Fate::kAcknowledged || !deed.did_something) continue;
    std::set<std::uint64_t> entries;
    std::uint32_t first = 0;
    bool same_body = true;
    for (const Happening& what : picture.history.cases.at(key_of(deed.address))) {
      if (what.event->request_digest() != command.request_digest) continue;
      entries.insert(what.seq);
      if (first == 0) first = what.event->revision();
      same_body &= what.event->body_digest() == command.body_digest;
    }
    const std::string who = number_of(key_of(deed.address));
    // The revision before that one; 0: there is none.
    const auto before = [&](std::uint32_t revision) {
      std::uint32_t last = 0;
      for (const Happening& what : picture.history.cases.at(key_of(deed.address))) {
        if (what.event->revision() == revision) break;
        last = what.event->revision();
      }
      return last;
    };
    if (entries.empty()) return who + ": an acknowledged request left nothing in the journal";
    if (entries.size() > 1) return who + ": a request took effect twice";
    if (!same_body) return who + ": another body took effect";
    if (command.expected_revision == 0) continue;
    while (before(first) != command.expected_revision &&
           moved_by_the_engine(picture, key_of(deed.address), before(first), *entries.begin()))
      first = before(first);
    if (before(first) != command.expected_revision) return who + ": a stale etag took effect";
  }
  for (const auto& [source, position] : picture.ledger.cursors) {
    const auto found = picture.history.cursors.find(source);
    if (found == picture.history.cursors.end())
      return "a checkpoint of " + source.first + " is lost";
  }
  for (const auto& [subject, times] : picture.ledger.trail) {
    const auto found = picture.history.trail.find(subject);
    if (found == picture.history.trail.end() || found->second < times)
      return "the audit line of " + subject + " is lost";
  }
  return {};
}

std::string one_key_one_case(const Picture& picture) {
  std::map<std::string, std::set<CaseKey>> cases;
  for (const auto& [partition, keys] : picture.history.lodged_under) {
    for (const auto& [digest, ids] : keys) {
      for (const std::uint64_t id : ids) cases[digest].insert({partition, id});
      if (ids.size() > 1)
        return "one key made " + std::to_string(ids.size()) + " cases in partition " +
               std::to_string(partition);
    }
  }
  for (const Lodging& lodging : picture.ledger.lodgings) {
    const auto found = cases.find(bytes_of_digest(lodging.request.dedupe));
    const std::size_t count = found == cases.end() ? 0 : found->second.size();
    if (count > 1) return "one key, " + std::to_string(count) + " cases";
    if (lodging.fate == Fate::kRejected && count != 0) return "a rejected key made a case";
    if (lodging.fate != Fate::kAcknowledged) continue;
    if (count == 0) return number_of(key_of(lodging.address)) + ": its key is in no journal entry";
    if (*found->second.begin() != key_of(lodging.address))
      return "a key leads to another case than was told";
  }
  // No two lodgings under one number, either.
  for (const auto& [key, happenings] : picture.history.cases) {
    const auto lodged =
        std::count_if(happenings.begin(), happenings.end(),
                      [](const Happening& what) { return what.event->has_case_lodged(); });
    if (lodged != 1 || !happenings.front().event->has_case_lodged())
      return number_of(key) + ": was lodged " + std::to_string(lodged) + " times";
  }
  return {};
}

std::string every_waiting_clock_is_armed(const Picture& picture) {
  std::map<PartitionId, std::size_t> waiting;
  for (const auto& [key, oracle] : picture.oracles) {
    const auto found = picture.history.rows.find(key);
    if (found == picture.history.rows.end() || !found->second.stored)
      return number_of(key) + ": has no row";
    const History::Row& row = found->second;
    const TimeMs next = oracle.next();
    const TimeMs armed = picture.world.at(key.first).armed_at(CaseId{key.second});
    const domain::Rulebook* rules =
        picture.world.catalogue.get()->find_number(CaseId{key.second}.tenant_number());
    if (rules == nullptr) return number_of(key) + ": no catalogue";
    if (armed != next)
      return number_of(key) + ": armed for " + std::to_string(armed) + ", waits for " +
             std::to_string(next);
    if (domain::next_look(row.state, *rules) != next)
      return number_of(key) + ": next_look() says another instant than the oracle's " +
             std::to_string(next);
    if (row.has_clock_row != oracle.open())
      return number_of(key) +
             (oracle.open() ? ": open without a clock row" : ": ended with a clock row");
    if (next != kNever) ++waiting[key.first];
    if (!oracle.open()) continue;
    if (row.clock_row.next_ms() != (next == kNever ? 0 : next))
      return number_of(key) + ": its clock row waits for another instant";
    const TimeMs due = oracle.earliest_due();
    if (row.clock_row.due_ms() != (due == kNever ? 0 : due))
      return number_of(key) + ": its clock row has another due instant";
    if (row.clock_row.unclocked() != oracle.unclocked())
      return number_of(key) + ": open without a clock, and not shown so, or the reverse";
    if (row.clock_row.revision() != row.state.revision())
      return number_of(key) + ": its clock row is stale";
  }
  for (PartitionId id = 0; id < picture.world.partitions(); ++id) {
    if (picture.world.at(id).armed() != waiting[id]) {
      return "partition " + std::to_string(id) + " has " +
             std::to_string(picture.world.at(id).armed()) + " armed, " +
             std::to_string(waiting[id]) + " cases wait";
    }
    if (waiting[id] > 0 && picture.world.at(id).next_instant() == kNever)
      return "partition " + std::to_string(id) + " would sleep for good";
  }
  return {};
}

std::string never_early_exactly_once(const Picture& picture) {
  return first_of(picture, &Oracle::early_or_twice);
}
std::string comparison_is_the_verdict(const Picture& picture) {
  return first_of(picture, &Oracle::verdict);
}
std::string lateness_has_its_cause(const Picture& picture) {
  return first_of(picture, &Oracle::lateness);
}
std::string histories_hold_together(const Picture& picture) {
  return picture.history.problem.empty() ? first_of(picture, &Oracle::other)
                                         : picture.history.problem;
}

std::string erased_is_unreadable(const Picture& picture) {
  partition::Sealer sealer;
  for (const auto& [key, happenings] : picture.history.cases) {
    const auto row = picture.history.rows.find(key);
    if (row == picture.history.rows.end()) continue;
    std::uint32_t erased_at = 0;
    for (const Happening& what : happenings) {
      if (what.event->has_case_erased()) erased_at = what.event->revision();
    }
    for (const Happening& what : happenings) {
      std::string plain;
      const std::uint32_t revision = what.event->revision();
      if (!what.event->sealed().empty() &&
          sealer.unseal(row->second.key, revision, what.event->sealed(), &plain) !=
              (revision > erased_at))
        return number_of(key) + ": erased at revision " + std::to_string(erased_at) +
               ", what was sealed at " + std::to_string(revision) +
               (revision > erased_at ? " cannot be read" : " can still be read");
    }
  }
  return {};
}

std::string dates_are_of_today(const Picture& picture) {
  for (const auto& [partition, head] : picture.history.heads) {
    if (head.rules_edition() > picture.history.edition())
      return "partition " + std::to_string(partition) + " is ahead of the time rules";
  }
  for (const auto& [key, oracle] : picture.oracles) {
    if (picture.history.heads.at(key.first).rules_edition() < picture.history.edition()) continue;
    if (std::string stale = oracle.stale(); !stale.empty()) return number_of(key) + ", " + stale;
  }
  return {};
}

std::string nothing_due_is_unfired(const Picture& picture) {
  const EngineClock::Reading reading = picture.world.clock().read();
  if (reading.frozen || picture.world.disk_is_full()) return {};
  for (const auto& [partition, head] : picture.history.heads) {
    if (head.rules_edition() != picture.history.edition())
      return "partition " + std::to_string(partition) + " has not carried the newest time rules";
  }
  for (const auto& [key, oracle] : picture.oracles) {
    if (oracle.next() <= reading.now)
      return number_of(key) + ": " + std::to_string(oracle.next()) + " has passed at " +
             std::to_string(reading.now) + " and nothing fired";
  }
  for (const auto& [key, call] : picture.history.calls) {
    if (call.ended_ms() == 0 && call.begun_ms() + 12 * kHourMs <= reading.now)
      return "a call that never ended was not ended";
  }
  return {};
}

std::string calls_hold_together(const Picture& picture) {
  for (const auto& [key, version] : picture.ledger.calls) {
    const auto found = picture.history.calls.find(key);
    if (version != 0 && (found == picture.history.calls.end() || found->second.version() < version))
      return "an acknowledged event of a call is lost";
  }
  for (const auto& [key, call] : picture.history.calls) {
    const bool ended = call.ended_ms() != 0;
    if (ended != (call.end() != stored::CALL_END_UNSPECIFIED))
      return "a call has an end without a kind, or the reverse";
    if (call.answered_ms() != 0 && ended && call.end() != stored::CALL_ANSWERED)
      return "an answered call ended otherwise";
    if (call.answered_ms() != 0 && call.answered_ms() < call.rang_ms())
      return "a call was answered before it rang";
    if (ended && call.ended_ms() < std::max(call.answered_ms(), call.rang_ms()))
      return "a call ended before it was answered or rang";
    if (call.callback_owed() &&
        (call.has_callback() || call.erased_ms() != 0 || call.answered_ms() != 0 || !ended))
      return "a call back is owed that cannot be";
    if (call.has_party()) return "who called is stored in the clear";
    if (call.callback_owed() && call.callback_unfounded())
      return "a call back is both owed and to be withdrawn";
    if (call.has_callback() && call.answered_ms() != 0 && ended && !call.callback_unfounded())
      return "a call that was answered is called back, and nobody withdraws it";
  }
  return {};
}

std::string state_is_the_journal(const World& world) {
  partition::VerifyReport report;
  const Status status = partition::verify(
      world.store, [](std::uint64_t, std::uint64_t) { return true; }, &report);
  if (!status) return "verify: " + status.message();
  if (!report.ok()) return "verify: " + report.problems.front();
  if (report.digest != report.replayed_digest) return "verify: the digests differ";
  return {};
}

// Changes one bit of one byte in a copy of the store, a few times.
std::string any_changed_byte_is_found(const World& world, Random& random, int samples) {
  struct Place {
    storage::Table table;
    std::string key, value, name;
    std::size_t from = 0;  // nothing need be sealed with the key of a case that was erased
  };
  storage::MemoryStore copy;
  storage::Batch all;
  std::vector<Place> places;
  for (const storage::Table table : {storage::Table::kState, storage::Table::kJournal}) {
    const Status status =
        world.store.scan(table, {}, {}, [&](std::string_view key, std::string_view value) {
          all.put(table, std::string(key), std::string(value));
          if (const auto address = storage::decode_case_key(key)) {
            partition::CaseRecord record;
            const bool erased =
                partition::decode_case(value, &record) && record.state.erased_ms() != 0;
            places.push_back({table, std::string(key), std::string(value),
                              format_case_number(address->partition, address->id),
                              erased ? partition::kSealKeyBytes : 0});
          } else if (const auto call = storage::decode_call_key(key)) {
            partition::CallRecord record;
            const bool erased =
                partition::decode_call(value, &record) && record.call.erased_ms() != 0;
            places.push_back({table, std::string(key), std::string(value),
                              "call " + hex(record.call.call_id()),
                              erased ? partition::kSealKeyBytes : 0});
          } else if (const auto seq = storage::decode_journal_seq(key)) {
            const auto partition = static_cast<unsigned>(static_cast<unsigned char>(key[1]) << 8 |
                                                         static_cast<unsigned char>(key[2]));
            places.push_back({table, std::string(key), std::string(value),
                              "journal of partition " + std::to_string(partition) + ", entry " +
                                  std::to_string(*seq)});
          }
          return true;
        });
    if (!status) return status.message();
  }
  if (Status status = copy.write(all); !status) return status.message();
  for (int i = 0; i < samples; ++i) {
    const Place& place = random.pick(places);
    std::string changed = place.value;
    const std::size_t at = place.from + random.below(changed.size() - place.from);
    changed[at] =
        static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1u << random.below(8)));
    storage::Batch change;
    change.put(place.table, place.key, changed);
    if (Status status = copy.write(change); !status) return status.message();
    partition::VerifyReport report;
    const Status status = partition::verify(
        copy, [](std::uint64_t, std::uint64_t) { return true; }, &report);
    if (!status) return "verify of a changed store: " + status.message();
    // An entry is in doubt by its own bytes or by the one after it, which names both.
    std::string neighbour = place.name;
    if (place.table == storage::Table::kJournal) {
      const std::size_t space = neighbour.rfind(' ') + 1;
      const std::uint64_t seq = std::stoull(neighbour.substr(space));
      neighbour = neighbour.substr(0, space) + std::to_string(seq + 1) +
                  ": does not continue the chain (entry " + std::to_string(seq) + " ";
    }
    const std::string row_key = "at key " + hex(place.key);
    const bool named = std::any_of(report.problems.begin(), report.problems.end(),
                                   [&](const std::string& problem) {
                                     return problem.find(place.name) != std::string::npos ||
                                            problem.find(neighbour) != std::string::npos ||
                                            problem.find(row_key) != std::string::npos;
                                   });
    if (report.ok())
      return "byte " + std::to_string(at) + " of " + place.name +
             " was changed and nothing noticed";
    if (!named)
      return "byte " + std::to_string(at) + " of " + place.name +
             " was changed, and verify says: " + report.problems.front();
    storage::Batch back;
    back.put(place.table, place.key, place.value);
    if (Status written = copy.write(back); !written) return written.message();
  }
  return {};
}

std::string time_never_goes_back(const Picture& picture) {
  for (const auto& [partition, journal] : picture.history.journal) {
    TimeMs now = 0;
    std::uint64_t seq = 0;
    for (const stored::JournalEntry& entry : journal) {
      const std::string where =
          "partition " + std::to_string(partition) + ", entry " + std::to_string(entry.seq());
      if (entry.now_ms() < now)
        return where + ": engine time went back by " + std::to_string(now - entry.now_ms()) + " ms";
      if (entry.seq() != ++seq) return where + ": out of order";
      now = entry.now_ms();
    }
    if (picture.world.clock().read().now < now)
      return "partition " + std::to_string(partition) + ": the clock is behind its last entry";
  }
  return {};
}

std::string board_shows_the_store(const Picture& picture) {
  std::map<CaseKey, stored::ClockRow> expected;
  std::size_t open = 0;
  for (const auto& [key, row] : picture.history.rows) {
    if (!row.has_clock_row) continue;
    ++open;
    if (row.clock_row.due_ms() != 0 || row.clock_row.unclocked()) expected[key] = row.clock_row;
  }
  if (picture.world.board().open_cases() != open)
    return "the board has " + std::to_string(picture.world.board().open_cases()) +
           " open cases, the store " + std::to_string(open);
  std::size_t listed = 0;
  for (std::size_t tenant = 0; tenant < kTenants; ++tenant) {
    views::DueFilter filter;
    filter.tenant_number = tenant_number(tenant);
    filter.horizon_ms = 100 * 366 * kDayMs;
    std::optional<views::DueKey> next = views::DueKey();
    do {
      const Result<views::DuePage> page =
          picture.world.board().list(filter, picture.world.clock().read().now, 100, *next);
      if (!page) return page.error().message;
      for (const views::DueRow& row : page->rows) {
        ++listed;
        const auto found = expected.find(key_of(row.address));
        if (found == expected.end())
          return number_of(key_of(row.address)) + ": on the board, not in the store";
        const stored::ClockRow& want = found->second;
        if (row.due_ms != want.due_ms() || row.status != want.status() || row.kind != want.kind() ||
            row.unit != want.unit() || row.handler != want.handler() || row.level != want.level() ||
            row.due_kind != want.due_kind() || row.unacknowledged != want.unacknowledged() ||
            row.breached != want.breached() || row.priority != want.priority() ||
            row.service != want.service() || row.unclocked != want.unclocked()) {
          return number_of(key_of(row.address)) + ": the board shows another row than the store";
        }
      }
      next = page->next;
    } while (next);
  }
  if (listed != expected.size())
    return "the board lists " + std::to_string(listed) + " cases, the store has " +
           std::to_string(expected.size());
  return {};
}

std::string notices_show_the_store(const Picture& picture) {
  using Person = std::pair<std::uint8_t, std::string>;
  std::map<Person, std::set<std::pair<CaseKey, std::uint32_t>>> expected;
  for (const auto& [key, row] : picture.history.rows) {
    for (const stored::EscalationState& escalation : row.state.escalations()) {
      for (const std::string& staff : escalation.recipients()) {
        auto& told = expected[{CaseId{key.second}.tenant_number(), staff}];
        if (row.has_clock_row && escalation.acknowledged_ms() == 0)
          told.emplace(key, escalation.escalation());
      }
    }
  }
  const TimeMs now = picture.world.clock().read().now;
  for (const auto& [person, told] : expected) {
    const views::NoticeList list =
        picture.world.board().notices().list(person.first, person.second, now);
    std::size_t shown = list.waiting + list.notices.size();
    for (const views::NoticeDigest& digest : list.digests) shown += digest.count;
    if (shown != told.size())
      return person.second + " has " + std::to_string(shown) + " notices, the store " +
             std::to_string(told.size());
    for (const views::Notice& notice : list.notices) {
      if (!told.contains({key_of(notice.address), notice.escalation}))
        return person.second + ": " + number_of(key_of(notice.address)) +
               ": a notice that is not in the store";
    }
  }
  return {};
}

std::string calls_show_the_store(const Picture& picture) {
  views::CallHistory expected;
  for (const auto& [key, call] : picture.history.calls) expected.add(call);
  const TimeMs until = 1000 * 366 * kDayMs;
  for (std::size_t tenant = 0; tenant < kTenants; ++tenant) {
    views::CallFigures want, have;
    views::CallHistory::Place from = views::CallHistory::start(tenant_number(tenant), 0);
    std::size_t budget = std::numeric_limits<std::size_t>::max();
    std::uint64_t unnamed = 0;
    expected.visit(&from, until, "", "", &budget, &unnamed,
                   [&](TimeMs, const views::CallFigures& figures) { want.add(figures); });
    for (const auto& [hour, figures] :
         picture.world.board().calls().hours(tenant_number(tenant), 0, until, "", ""))
      have.add(figures);
    if (have.offered != want.offered || have.answered != want.answered ||
        have.abandoned != want.abandoned || have.missed != want.missed ||
        have.talked_ms != want.talked_ms || have.waited_ms != want.waited_ms)
      return "the figures of calls of tenant " + std::to_string(tenant_number(tenant)) +
             " are of " + std::to_string(have.offered) + " calls, the store has " +
             std::to_string(want.offered);
  }
  return {};
}

std::string check_all(const Picture& picture, bool drained, bool replayed) {
  struct Checker {
    const char* name;
    std::string (*check)(const Picture&);
  };
  static constexpr Checker kCheckers[] = {
      {"histories_hold_together", histories_hold_together},
      {"acknowledged_is_durable", acknowledged_is_durable},
      {"one_key_one_case", one_key_one_case},
      {"time_never_goes_back", time_never_goes_back},
      {"never_early_exactly_once", never_early_exactly_once},
      {"comparison_is_the_verdict", comparison_is_the_verdict},
      {"every_waiting_clock_is_armed", every_waiting_clock_is_armed},
      {"lateness_has_its_cause", lateness_has_its_cause},
      {"dates_are_of_today", dates_are_of_today},
      {"erased_is_unreadable", erased_is_unreadable},
      {"board_shows_the_store", board_shows_the_store},
      {"notices_show_the_store", notices_show_the_store},
      {"calls_show_the_store", calls_show_the_store},
      {"calls_hold_together", calls_hold_together},
      {"merged_leads_on", merged_leads_on},
      {"escalations_are_kept", escalations_are_kept},
      {"cursors_only_rise", cursors_only_rise},
  };
  for (const Checker& checker : kCheckers) {
    if (std::string problem = checker.check(picture); !problem.empty()) {
      show_history(picture, problem);
      return std::string(checker.name) + ": " + problem;
    }
  }
  if (drained) {
    if (std::string problem = nothing_due_is_unfired(picture); !problem.empty())
      return "nothing_due_is_unfired: " + problem;
  }
  if (!replayed) return {};
  if (std::string problem = state_is_the_journal(picture.world); !problem.empty())
    return "state_is_the_journal: " + problem;
  return {};
}

std::string changes_are_armed(World& world) {
  for (const partition::CaseChange& change : world.just_changed) {
    // A case may have changed more than once since: only its stored row counts.
    std::string value;
    stored::ClockRow row;
    const bool stored =
        world.store
            .get(storage::Table::kState,
                 storage::clock_key(change.address.partition, change.address.id), &value)
            .is_ok();
    if (stored && !row.ParseFromString(value))
      return "changes_are_armed: a clock row cannot be read";
    const TimeMs next = row.next_ms() == 0 ? kNever : row.next_ms();
    const TimeMs armed = world.at(change.address.partition).armed_at(change.address.id);
    if (armed != next)
      return "changes_are_armed: " + number_of(key_of(change.address)) + ": armed for " +
             std::to_string(armed) + ", its row waits for " + std::to_string(next);
  }
  world.just_changed.clear();
  return {};
}

}  // namespace casewheel::simulation
