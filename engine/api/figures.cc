// Figures of a period, counted from the cases themselves, among the long work.
#include <absl/strings/str_format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "engine/api/reading.h"
#include "engine/api/supervision.h"
#include "engine/api/work.h"
#include "engine/sla/zone.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr TimeMs kPeriodMaxMs = 3653 * kDayMs;
constexpr std::size_t kRowsMax = 10'000;
constexpr int kGroupingsMax = 8;

using Grouping = v1::GetFiguresRequest;
using Row = v1::Figures::Row;

struct Ask {
  std::uint8_t tenant_number = 0;
  TimeMs from = 0;
  TimeMs until = 0;
  TimeMs now = 0;
  std::unordered_set<std::string> units;  // empty: all
  std::string service;
  stored::Kind kind = stored::KIND_UNSPECIFIED;
  std::uint32_t by = 0;  // bits 1 << Grouping
  std::shared_ptr<const domain::Territory> territory;

  bool groups_by(int grouping) const { return (by >> grouping & 1) != 0; }
  bool covers(TimeMs instant) const { return instant >= from && instant < until; }
  bool may_count(const stored::CaseState& state) const {
    return territory == nullptr || territory->covers(state);
  }
  bool matches(const stored::CaseState& state) const {
    return (units.empty() || units.contains(state.unit())) &&
           (service.empty() || service == state.service()) &&
           (kind == stored::KIND_UNSPECIFIED || kind == state.kind());
  }
};

class Count {
 public:
  Count(const Ask& ask, partition::Engine& engine, const std::string& time_zone)
      : ask_(ask), engine_(engine), zone_(*sla::Zone::load(time_zone)) {}

  // False when there would be more rows than an answer holds.
  bool add(const partition::CaseRecord& record) {
    const stored::CaseState& state = record.state;
    if (!ask_.matches(state)) return true;
    const bool open = domain::is_open(state.status());
    if (ask_.covers(state.lodged_ms())) {
      const bool overdue = open && is_overdue(record);
      tell(state, state.lodged_ms(), [&](Row& row) {
        row.set_lodged(row.lodged() + 1);
        if (open) row.set_open(row.open() + 1);
        if (overdue) row.set_overdue(row.overdue() + 1);
      });
    }
    if (!open && ask_.covers(state.closed_ms()))
      tell(state, state.closed_ms(), [&](Row& row) { count_end(state.status(), row); });
    for (const stored::ClockState& clock : state.clocks()) {
      if (clock.stopped_ms() == 0 || !ask_.covers(clock.stopped_ms())) continue;
      tell(state, clock.stopped_ms(), [&](Row& row) { count_clock(clock, row); });
    }
    return rows_.size() <= kRowsMax;
  }

  void fill(v1::Figures* out) const {
    for (const auto& [key, row] : rows_) *out->add_rows() = row;
    *out->mutable_total() = total_;
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string, int, int>;

  template <typename Change>
  void tell(const stored::CaseState& state, TimeMs at, Change change) {
    change(total_);
    if (ask_.by != 0) change(row_of(state, at));
  }

  Row& row_of(const stored::CaseState& state, TimeMs at) {
    Row fresh;
    if (ask_.groups_by(Grouping::GROUPING_UNIT)) fresh.set_unit(state.unit());
    if (ask_.groups_by(Grouping::GROUPING_SERVICE)) fresh.set_service(state.service());
    if (ask_.groups_by(Grouping::GROUPING_KIND))
      fresh.set_kind(static_cast<v1::Kind>(state.kind()));
    if (ask_.groups_by(Grouping::GROUPING_CHANNEL))
      fresh.set_channel(static_cast<v1::Channel>(state.channel()));
    fresh.set_period(period_of(at));
    const Key key{fresh.period(), fresh.unit(), fresh.service(), fresh.kind(), fresh.channel()};
    return rows_.try_emplace(key, std::move(fresh)).first->second;
  }

  std::string period_of(TimeMs at) const {
    const bool by_day = ask_.groups_by(Grouping::GROUPING_DAY);
    if (!by_day && !ask_.groups_by(Grouping::GROUPING_MONTH)) return {};
    const std::uint32_t date = zone_.roc_date(at);
    const std::uint32_t year = date / 10'000 + 1911;
    const std::uint32_t month = date / 100 % 100;
    return by_day ? absl::StrFormat("%04d-%02d-%02d", year, month, date % 100)
                  : absl::StrFormat("%04d-%02d", year, month);
  }

  bool is_overdue(const partition::CaseRecord& record) const {
    const auto registry = catalogue_for(engine_, record);
    const catalogue::TenantRules& rules = *registry->find_number(ask_.tenant_number);
    return std::any_of(record.state.clocks().begin(), record.state.clocks().end(),
                       [&](const stored::ClockState& clock) {
                         const bool waits =
                             clock.status() == stored::RUNNING || clock.status() == stored::PAUSED;
                         return waits && rules.due(clock) < ask_.now;
                       });
  }

  static void count_end(stored::CaseStatus status, Row& row) {
    if (status == stored::CLOSED) row.set_closed(row.closed() + 1);
    if (status == stored::WITHDRAWN) row.set_withdrawn(row.withdrawn() + 1);
    if (status == stored::MERGED) row.set_merged(row.merged() + 1);
  }

  static void count_clock(const stored::ClockState& clock, Row& row) {
    if (clock.status() == stored::MET) {
      row.set_clocks_met(row.clocks_met() + 1);
    } else if (clock.status() == stored::BROKEN && clock.late_by_change()) {
      row.set_clocks_late_by_change(row.clocks_late_by_change() + 1);
    } else if (clock.status() == stored::BROKEN) {
      row.set_clocks_broken(row.clocks_broken() + 1);
    } else if (clock.status() == stored::CANCELLED && clock.stop_cause() == stored::CASE_ENDED) {
      row.set_clocks_no_longer_owed(row.clocks_no_longer_owed() + 1);
    }
  }

  const Ask& ask_;
  partition::Engine& engine_;
  const sla::Zone zone_;
  std::map<Key, Row> rows_;
  Row total_;
};

Result<TimeMs> required_time(const char* field, bool given,
                             const google::protobuf::Timestamp& time) {
  if (!given) return Rejection::invalid(field, "is required");
  return time_of(field, &time);
}

Result<Ask> ask_of(const v1::GetFiguresRequest& request, const Desk& desk) {
  Ask ask;
  ask.tenant_number = desk.rules->tenant_number();
  ask.territory = desk.who.territory;
  const Result<TimeMs> from =
      required_time("from_time", request.has_from_time(), request.from_time());
  if (!from) return from.error();
  const Result<TimeMs> until =
      required_time("until_time", request.has_until_time(), request.until_time());
  if (!until) return until.error();
  ask.from = *from;
  ask.until = *until;
  if (ask.until <= ask.from) return Rejection::invalid("until_time", "must lie after from_time");
  if (ask.until - ask.from > kPeriodMaxMs)
    return Rejection::invalid("until_time", "lies more than 10 years after from_time");
  if (!request.unit().empty()) {
    if (auto unknown = unknown_unit("unit", *desk.rules, request.unit())) return *unknown;
    for (std::string& unit : units_of(*desk.rules, request.unit(), request.unit_subtree()))
      ask.units.insert(std::move(unit));
  }
  if (auto unknown = unknown_service("service", *desk.rules, request.service())) return *unknown;
  ask.service = request.service();
  const Result<stored::Kind> kind =
      word_of<stored::Kind>("kind", request.kind(), &stored::Kind_IsValid);
  if (!kind) return kind.error();
  ask.kind = *kind;
  if (request.by_size() > kGroupingsMax) return Rejection::invalid("by", "lists more than 8");
  for (const int grouping : request.by()) {
    if (grouping == 0 || !v1::GetFiguresRequest::Grouping_IsValid(grouping))
      return Rejection::invalid("by", "is not a known grouping");
    ask.by |= 1U << grouping;
  }
  if (ask.groups_by(Grouping::GROUPING_DAY) && ask.groups_by(Grouping::GROUPING_MONTH))
    return Rejection::invalid("by", "groups by day or by month, not by both");
  return ask;
}

}  // namespace

void SupervisionApi::get_figures(const Call& call, const v1::GetFiguresRequest& request,
                                 Done<v1::Figures> done) {
  Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  Result<Ask> ask = ask_of(request, *desk);
  if (!ask) return done(ask.error());
  work_long(
      services_, call, done,
      [this, ask = *std::move(ask), zone = desk->rules->catalogue().time_zone(),
       done](Work& work) mutable {
        ask.now = services_.engine.clock().read().now;
        const auto snapshot = services_.engine.store().snapshot();
        Count count(ask, services_.engine, zone);
        v1::Figures out;
        std::uint64_t unreadable_rows = 0;
        bool fits = true;
        for (PartitionId id = 0; id < services_.engine.partitions() && fits; ++id) {
          const std::string prefix = storage::case_tenant_prefix(id, ask.tenant_number);
          storage::PassedOver passed;
          bool waited_for = true;
          const Status status = storage::scan_readable(
              *snapshot, storage::Table::kState, prefix, storage::prefix_end(prefix),
              [&](std::string_view key, std::string_view value) {
                waited_for = work.goes_on();
                if (!waited_for) return false;
                const std::optional<CaseAddress> address = storage::decode_case_key(key);
                partition::CaseRecord record;
                if (!address || !partition::decode_case(value, address->id, &record)) {
                  ++unreadable_rows;
                  return true;
                }
                if (!ask.may_count(record.state)) return true;
                out.set_cases_read(out.cases_read() + 1);
                fits = count.add(record);
                return fits;
              },
              &passed);
          if (!waited_for) return done(not_awaited());
          if (!status) return done(unreadable(status));
          unreadable_rows += passed.stretches.size();
        }
        if (!fits) {
          return done(Rejection::invalid(
              "by", "makes more than 10,000 rows: ask for a shorter period or for fewer groups"));
        }
        count.fill(&out);
        // Nobody can tell whose the damaged ones are: of some units, that there are any is told, not how many.
        out.set_unreadable(ask.territory == nullptr ? unreadable_rows
                                                    : std::min<std::uint64_t>(unreadable_rows, 1));
        services_.engine.damage().passed_over += unreadable_rows;
        set_time(out.mutable_as_of(), ask.now);
        done(std::move(out));
      });
}

}  // namespace casewheel::api
