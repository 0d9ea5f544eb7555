// What the tests of one partition share: a store in memory, one small tenant, and short ways to ask.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/digest.h"
#include "engine/catalogue/yaml.h"
#include "engine/partition/partition.h"
#include "engine/partition/rows.h"
#include "engine/partition/verify.h"
#include "storage/keys.h"
#include "storage/memory/memory_store.h"

namespace casewheel::partition {

constexpr TimeMs kNow = 1'780'000'000'000;  // 2026-05-28T20:26:40Z, the 29th in Taipei

inline constexpr std::uint8_t kTenantNumber = 21;  // of kTenant
inline constexpr std::string_view kTenant = R"(
tenants:
  - id: water
    number: 21
    name: 水公司
    time_zone: Asia/Taipei
    units:
      - {id: hq, name: 總處, head: boss}
      - {id: desk, name: 櫃檯, parent: hq, head: dora}
    staff:
      - {id: boss, name: 王一, unit: hq, roles: [supervisor]}
      - {id: dora, name: 王二, unit: desk, roles: [handler]}
    services:
      - {id: bill, name: 帳單, kind: complaint, unit: desk}
      - {id: lease, name: 租約, kind: application, unit: desk}
    policies:
      - id: complaint
        match: {kinds: [complaint]}
        clocks:
          reply: {within: 72h, ladder: [{at: due - 12h, to: [handler]}, {at: due, to: [unit_head]}]}
)";

inline storage::Digest16 digest_of(const std::string& key) {
  const Sha256 whole = sha256(key);
  storage::Digest16 digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

class PartitionTest : public testing::Test, public Listener {
 protected:
  PartitionTest() {
    start();
    apply_tenant();
  }

  void apply_tenant() {
    auto tenants = catalogue::parse_catalogue(kTenant, "test");
    CASEWHEEL_CHECK(tenants.has_value(), tenants.has_error() ? tenants.error().message : "");
    const Answer answer =
        one(CatalogueRequest{*tenants, {stored::OPERATOR, "op", domain::kEveryRole}});
    CASEWHEEL_CHECK(!answer.rejection, "catalogue");
  }

  void start() {
    partition.reset();
    log = std::make_unique<storage::LocalLog>(*served);
    const RandomBytes random = system_random();
    Installation installation;
    CASEWHEEL_CHECK(start_installation(*served, 1, now, random, &installation).is_ok(),
                    "installation");
    Partition::Parts parts;
    parts.store = served;
    parts.log = log.get();
    parts.catalogue = &catalogue;
    parts.listener = this;
    parts.metrics = &metrics;
    parts.random = random;
    partition = std::make_unique<Partition>(std::move(parts), installation);
    visited = 0;
    const Status opened = partition->open(now, [&](CaseChange&&) { ++visited; });
    CASEWHEEL_CHECK(opened.is_ok(), opened.message());
  }

  LodgeRequest lodge(const std::string& key, const std::string& service = "bill",
                     std::uint64_t body = 1) const {
    LodgeRequest request;
    request.tenant = "water";
    request.dedupe = digest_of(key);
    request.command.who = {stored::AGENT, "a", domain::kEveryRole};
    request.command.received_ms = now;
    request.command.request_digest = short_digest(sha256(key));
    request.command.body_digest = body;
    domain::Lodge what;
    what.facts.set_service(service);
    what.personal.set_subject("主旨");
    what.personal.mutable_applicant()->set_phone("0912-345-678");
    request.command.action = std::move(what);
    return request;
  }

  ActRequest act(CaseId id, domain::Action action, const std::string& key = "",
                 std::uint64_t body = 1) const {
    ActRequest request;
    request.tenant_number = id.value == 0 ? kTenantNumber : id.tenant_number();
    request.id = id;
    request.command.action = std::move(action);
    request.command.who = {stored::OPERATOR, "op", domain::kEveryRole};
    request.command.received_ms = now;
    request.command.request_digest = key.empty() ? 0 : short_digest(sha256(key));
    request.command.body_digest = body;
    return request;
  }

  std::vector<Answer> ask(std::vector<RequestBody> bodies, bool hold_firing = false) {
    std::vector<Request> requests;
    for (RequestBody& body : bodies) {
      Request request;
      request.body = std::move(body);
      requests.push_back(std::move(request));
    }
    std::vector<Answer> answers;
    turn = partition->turn(now, hold_firing, {}, requests, &answers);
    return answers;
  }
  Answer one(RequestBody body) {
    std::vector<RequestBody> bodies;
    bodies.push_back(std::move(body));
    return ask(std::move(bodies)).front();
  }
  static CaseId id_of(const Answer& answer) { return CaseId{answer.record->state.case_id()}; }

  stored::CaseState state_of(CaseId id) const {
    CaseRecord record;
    EXPECT_TRUE(read_case(store, 0, id, &record).is_ok());
    return record.state;
  }
  VerifyReport verified() const {
    VerifyReport report;
    EXPECT_TRUE(verify(
                    store, [](std::uint64_t, std::uint64_t) { return true; }, &report)
                    .is_ok());
    return report;
  }
  void on_commit(const Publication& publication) override { publications.push_back(publication); }

  TimeMs now = kNow;
  storage::MemoryStore store;
  storage::Store* served = &store;  // what the partition works on
  CatalogueHolder catalogue;
  PartitionMetrics metrics;
  std::unique_ptr<storage::LocalLog> log;
  std::unique_ptr<Partition> partition;
  std::size_t visited = 0;
  Partition::Turn turn;
  std::vector<Publication> publications;
};

}  // namespace casewheel::partition
