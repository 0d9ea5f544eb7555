// Partitions whose cases count by a calendar: two tenants on one national calendar, the means to change
// it, and to carry a change slice by slice.
#pragma once

#include <functional>
#include <map>

#include "engine/partition/engine.h"
#include "tests/unit/domain_working_fixture.h"
#include "tests/unit/partition_fixture.h"

namespace casewheel::partition {

using domain::taipei;

class WorkingPartitions : public testing::Test {
 protected:
  explicit WorkingPartitions(PartitionId partitions = 1) : count_(partitions) {
    start();
    auto calendars = catalogue::parse_calendars(domain::kNational, "national.yaml");
    CASEWHEEL_CHECK(calendars.has_value(), "calendar");
    national = calendars->at(0);
    auto tenants = catalogue::parse_catalogue(domain::kOffice, "office.yaml");
    CASEWHEEL_CHECK(tenants.has_value(), "catalogue");
    office = tenants->at(0);
    neighbour = office;
    neighbour.set_tenant("neighbour");
    neighbour.set_tenant_number(32);
    apply_calendar();
    apply({office, neighbour}, false);
    carry();
  }

  // A process starts on the store as it is.
  void start() {
    partitions_.clear();
    log_ = std::make_unique<storage::LocalLog>(store);
    Installation installation;
    CASEWHEEL_CHECK(start_installation(store, count_, now, system_random(), &installation).is_ok(),
                    "installation");
    CASEWHEEL_CHECK(load_catalogue(store, &catalogue).is_ok(), "catalogue");
    for (PartitionId id = 0; id < count_; ++id) {
      Partition::Parts parts;
      parts.id = id;
      parts.store = &store;
      parts.log = log_.get();
      parts.catalogue = &catalogue;
      parts.metrics = &metrics_;
      parts.random = system_random();
      partitions_.push_back(std::make_unique<Partition>(std::move(parts), installation));
      const Status opened = partitions_.back()->open(now, [](CaseChange&&) {});
      CASEWHEEL_CHECK(opened.is_ok(), opened.message());
    }
  }

  std::vector<Answer> ask(PartitionId id, std::vector<RequestBody> bodies) {
    std::vector<Request> requests(bodies.size());
    for (std::size_t i = 0; i < bodies.size(); ++i) requests[i].body = std::move(bodies[i]);
    std::vector<Answer> answers;
    turn = partitions_[id]->turn(now, false, {}, requests, &answers);
    return answers;
  }
  Answer one(PartitionId id, RequestBody body) {
    std::vector<RequestBody> bodies;
    bodies.push_back(std::move(body));
    return ask(id, std::move(bodies)).front();
  }

  LodgeRequest lodging(const std::string& service, const std::string& county,
                       const std::string& tenant = "utility") {
    LodgeRequest request;
    const std::string key = "key " + std::to_string(++keys_);
    request.tenant = tenant;
    request.dedupe = digest_of(key);
    request.command.who = {stored::AGENT, "a", domain::kEveryRole};
    request.command.received_ms = now;
    request.command.request_digest = short_digest(sha256(key));
    request.command.body_digest = 1;
    domain::Lodge what;
    what.facts.set_service(service);
    what.facts.set_county(county);
    what.facts.set_handler("hans");
    request.command.action = std::move(what);
    return request;
  }
  CaseAddress lodge(const std::string& service, const std::string& county, PartitionId id = 0,
                    const std::string& tenant = "utility") {
    const Answer answer = one(id, lodging(service, county, tenant));
    CASEWHEEL_CHECK(!answer.rejection, answer.rejection ? answer.rejection->message : "");
    return {id, CaseId{answer.record->state.case_id()}};
  }
  std::vector<CaseAddress> lodge_many(int count, const std::string& county, PartitionId id = 0) {
    std::vector<RequestBody> bodies;
    for (int i = 0; i < count; ++i) bodies.emplace_back(lodging("lease", county));
    std::vector<CaseAddress> cases;
    for (const Answer& answer : ask(id, std::move(bodies)))
      cases.push_back({id, CaseId{answer.record->state.case_id()}});
    return cases;
  }
  ActRequest act(CaseAddress address, domain::Action action) const {
    ActRequest request;
    request.tenant_number = address.id.tenant_number();
    request.id = address.id;
    request.command.action = std::move(action);
    request.command.who = {stored::OPERATOR, "op", domain::kEveryRole};
    request.command.received_ms = now;
    return request;
  }
  Answer must(CaseAddress address, domain::Action action) {
    Answer answer = one(address.partition, act(address, std::move(action)));
    EXPECT_FALSE(answer.rejection) << (answer.rejection ? answer.rejection->message : "");
    return answer;
  }

  // National as `change` makes it.
  void apply_calendar(const std::string& reason = "first", bool by_closure = false) {
    const Answer answer = one(0, calendar_request(reason, by_closure));
    ASSERT_FALSE(answer.rejection) << answer.rejection->message;
  }
  CalendarRequest calendar_request(const std::string& reason, bool by_closure) {
    national.set_version(0);
    national.set_reason(reason);
    national.set_by_closure(by_closure);
    return {{national}, {stored::OPERATOR, "op", domain::kEveryRole}};
  }
  void declare(std::vector<std::string> counties, std::uint32_t date, bool reopened = false) {
    catalogue::ClosureDeclaration typhoon;
    typhoon.counties = std::move(counties);
    typhoon.dates = {date};
    typhoon.reopened = reopened;
    typhoon.reason = "颱風";
    typhoon.declared_ms = now;
    auto closed = catalogue::declare_closure(national, typhoon);
    CASEWHEEL_CHECK(closed.has_value(), closed ? "" : closed.error().message);
    national = *closed;
  }
  void close(std::vector<std::string> counties, std::uint32_t date, bool reopened = false) {
    declare(std::move(counties), date, reopened);
    apply_calendar("颱風", true);
  }
  void apply(std::vector<stored::Catalogue> tenants, bool to_open_cases) {
    const Answer answer = one(
        0, CatalogueRequest{
               std::move(tenants), {stored::OPERATOR, "op", domain::kEveryRole}, to_open_cases});
    ASSERT_FALSE(answer.rejection) << answer.rejection->message;
  }

  // Turns until no partition has anything left to carry; how many of them left something.
  int carry() {
    int turns = 0;
    for (PartitionId id = 0; id < count_; ++id) {
      for (ask(id, {}); turn.sweeping; ask(id, {})) ++turns;
    }
    return turns;
  }

  const catalogue::TenantRules& rules(const std::string& tenant = "utility") const {
    return *catalogue.get()->find(tenant);
  }
  stored::CaseState state(CaseAddress address) const {
    CaseRecord record;
    EXPECT_TRUE(read_case(store, address.partition, address.id, &record).is_ok());
    return record.state;
  }
  stored::ClockState clock(CaseAddress address, stored::ClockKind kind) const {
    const stored::CaseState whole = state(address);
    for (const stored::ClockState& clock : whole.clocks()) {
      if (clock.kind() == kind) return clock;
    }
    return {};
  }
  std::string due(CaseAddress address, stored::ClockKind kind = stored::RESOLVE) const {
    const stored::ClockState known = clock(address, kind);
    if (known.clock() == 0) return "no clock";
    return taipei(catalogue.get()->find_number(address.id.tenant_number())->due(known));
  }
  stored::PartitionHead head(PartitionId id = 0) const {
    std::string value;
    stored::PartitionHead head;
    EXPECT_TRUE(store.get(storage::Table::kState, storage::head_key(id), &value).is_ok());
    EXPECT_TRUE(head.ParseFromString(value));
    return head;
  }
  std::vector<stored::JournalEntry> journal(PartitionId id = 0) const {
    std::vector<stored::JournalEntry> entries;
    const std::string prefix = storage::kind_prefix(storage::RowKind::kJournal, id);
    EXPECT_TRUE(store
                    .scan(storage::Table::kJournal, prefix, storage::prefix_end(prefix),
                          [&](std::string_view, std::string_view value) {
                            return entries.emplace_back().ParseFromArray(
                                value.data(), static_cast<int>(value.size()));
                          })
                    .is_ok());
    return entries;
  }
  // Every move on record, by case, in order.
  std::map<std::uint64_t, std::vector<stored::ClockMoved>> moves(PartitionId id = 0) const {
    std::map<std::uint64_t, std::vector<stored::ClockMoved>> moves;
    for (const stored::JournalEntry& entry : journal(id)) {
      for (const stored::Event& event : entry.events()) {
        if (event.has_clock_moved()) moves[event.case_id()].push_back(event.clock_moved());
      }
    }
    return moves;
  }
  std::vector<stored::RulesSwept> slices(PartitionId id = 0) const {
    std::vector<stored::RulesSwept> slices;
    for (const stored::JournalEntry& entry : journal(id)) {
      for (const stored::Event& event : entry.events()) {
        if (event.has_rules_swept()) slices.push_back(event.rules_swept());
      }
    }
    return slices;
  }

  // What must hold whenever nothing is left to carry: every clock of an open case stands where it
  // would if it were laid today, the wheel and the rows agree, and the journal leads there.
  void expect_carried() const {
    VerifyReport report;
    ASSERT_TRUE(verify(
                    store, [](std::uint64_t, std::uint64_t) { return true; }, &report)
                    .is_ok());
    EXPECT_TRUE(report.ok()) << (report.problems.empty() ? "" : report.problems.front());
    for (PartitionId id = 0; id < count_; ++id) {
      EXPECT_EQ(head(id).rules_edition(), catalogue.get()->rules_edition());
      EXPECT_EQ(head(id).swept_case_id(), 0u);
      const std::string prefix = storage::kind_prefix(storage::RowKind::kClock, id);
      ASSERT_TRUE(store
                      .scan(storage::Table::kState, prefix, storage::prefix_end(prefix),
                            [&](std::string_view key, std::string_view value) {
                              expect_carried(*storage::decode_clock_key(key), value);
                              return true;
                            })
                      .is_ok());
    }
  }

  TimeMs now = taipei("2026-02-02T10:40");
  storage::MemoryStore store;
  CatalogueHolder catalogue;
  stored::Calendar national;
  stored::Catalogue office, neighbour;
  Partition::Turn turn;
  const PartitionId count_;

  Partition& at(PartitionId id) { return *partitions_[id]; }

 private:
  void expect_carried(CaseAddress address, std::string_view value) const {
    stored::ClockRow row;
    ASSERT_TRUE(row.ParseFromArray(value.data(), static_cast<int>(value.size())));
    const catalogue::TenantRules& rules = *catalogue.get()->find_number(address.id.tenant_number());
    const stored::CaseState now_is = state(address);
    for (const stored::ClockState& clock : now_is.clocks()) {
      if (clock.status() != stored::RUNNING && clock.status() != stored::PAUSED) continue;
      stored::ClockState fresh = clock;
      fresh.set_rules_edition(rules.rules_edition());
      EXPECT_EQ(taipei(rules.due(clock)), taipei(rules.due(fresh)))
          << format_case_number(address.partition, address.id);
    }
    const TimeMs next = domain::next_look(now_is, rules);
    EXPECT_EQ(partitions_[address.partition]->armed_at(address.id), next);
    EXPECT_EQ(row.next_ms(), next == kNever ? 0 : next);
    EXPECT_EQ(row.SerializeAsString(), domain::clock_row(now_is, rules).SerializeAsString());
  }

  std::unique_ptr<storage::LocalLog> log_;
  PartitionMetrics metrics_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  int keys_ = 0;
};

}  // namespace casewheel::partition
