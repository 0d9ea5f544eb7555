// See history.h.
#include "tests/simulation/history.h"

#include <algorithm>

#include "storage/keys.h"

namespace casewheel::simulation {
namespace {

constexpr std::size_t kKeyBytes = 32;  // the sealing key before a case's state

void scan(const storage::Store& store, storage::Table table, storage::RowKind kind, PartitionId id,
          const storage::RowVisitor& visit) {
  const std::string prefix = storage::kind_prefix(kind, id);
  const Status status = store.scan(table, prefix, storage::prefix_end(prefix), visit);
  CASEWHEEL_CHECK(status.is_ok(), status.message());
}

}  // namespace

History History::read(const storage::Store& store, PartitionId partitions) {
  History h;
  std::map<std::uint64_t, stored::Calendar> calendars;
  for (PartitionId id = 0; id < partitions; ++id) {
    std::vector<stored::JournalEntry>& journal = h.journal[id];
    scan(store, storage::Table::kJournal, storage::RowKind::kJournal, id,
         [&](std::string_view, std::string_view value) {
           if (!journal.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size())))
             h.problem = "an entry cannot be read";
           return true;
         });
    TimeMs start = 0;
    bool restored = false;
    stored::HistoryRestored latest;
    for (const stored::JournalEntry& entry : journal) {
      for (const stored::Event& event : entry.events()) {
        if (event.has_engine_started()) {
          start = entry.now_ms();
          restored = event.engine_started().restored();
        }
        if (event.has_catalogue_applied()) {
          const stored::Catalogue& catalogue = event.catalogue_applied().catalogue();
          h.catalogues[{catalogue.tenant_number(), catalogue.version()}] = catalogue;
        }
        if (event.has_calendar_applied()) {
          const stored::Calendar& calendar = event.calendar_applied().calendar();
          if (!calendars.emplace(calendar.edition(), calendar).second)
            h.problem = "two changes of the time rules under one edition";
        }
        if (event.has_intake_checkpointed())
          h.cursors[{event.intake_checkpointed().source(), id}] =
              event.intake_checkpointed().position();
        if (event.has_audit_recorded()) ++h.trail[event.audit_recorded().subject()];
        if (event.has_case_lodged())
          h.lodged_under[id][event.case_lodged().dedupe_digest()].push_back(event.case_id());
        if (event.has_history_restored()) latest = event.history_restored();
        if (event.case_id() == 0) continue;
        std::vector<Happening>& happenings = h.cases[{id, event.case_id()}];
        const bool from_before = !happenings.empty() && happenings.front().seq <= latest.last_seq();
        happenings.push_back({entry.now_ms(), entry.seq(), start, restored, &event,
                              from_before ? latest.names_from() : 0});
      }
    }
    std::string head;
    if (store.get(storage::Table::kState, storage::head_key(id), &head).is_ok() &&
        !h.heads[id].ParseFromString(head))
      h.problem = "a head cannot be read";
    scan(store, storage::Table::kState, storage::RowKind::kCase, id,
         [&](std::string_view key, std::string_view value) {
           const auto address = storage::decode_case_key(key);
           if (!address || value.size() < kKeyBytes) {
             h.problem = "a case row cannot be read";
             return true;
           }
           Row& row = h.rows[key_of(*address)];
           std::copy_n(value.begin(), row.key.size(), reinterpret_cast<char*>(row.key.data()));
           row.stored = row.state.ParseFromArray(value.data() + kKeyBytes,
                                                 static_cast<int>(value.size() - kKeyBytes));
           return true;
         });
    scan(store, storage::Table::kState, storage::RowKind::kCall, id,
         [&](std::string_view key, std::string_view value) {
           const auto place = storage::decode_call_key(key);
           if (!place || value.size() < kKeyBytes ||
               !h.calls[{id, place->id}].ParseFromArray(value.data() + kKeyBytes,
                                                        static_cast<int>(value.size() - kKeyBytes)))
             h.problem = "a call row cannot be read";
           return true;
         });
    scan(store, storage::Table::kState, storage::RowKind::kClock, id,
         [&](std::string_view key, std::string_view value) {
           const auto address = storage::decode_clock_key(key);
           if (!address) {
             h.problem = "a clock row cannot be read";
             return true;
           }
           Row& row = h.rows[key_of(*address)];
           row.has_clock_row =
               row.clock_row.ParseFromArray(value.data(), static_cast<int>(value.size()));
           return true;
         });
  }
  h.calendars = SlowCalendars(std::move(calendars));
  return h;
}

std::uint64_t History::policies_carried_at(std::uint32_t tenant_number) const {
  std::uint64_t at = 0;
  for (const auto& [key, catalogue] : catalogues) {
    if (key.first == tenant_number) at = std::max(at, catalogue.rules_edition());
  }
  return at;
}

std::uint64_t History::edition_of(std::uint32_t tenant_number) const {
  return std::max(policies_carried_at(tenant_number), calendars.latest());
}

std::uint64_t History::edition() const {
  std::uint64_t edition = calendars.latest();
  for (const auto& [key, catalogue] : catalogues)
    edition = std::max(edition, catalogue.rules_edition());
  return edition;
}

}  // namespace casewheel::simulation
