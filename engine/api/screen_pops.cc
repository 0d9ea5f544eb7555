#include "engine/api/screen_pops.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "engine/api/call_records.h"
#include "engine/api/calls.h"
#include "engine/domain/decide.h"

namespace casewheel::api {
namespace {

constexpr std::size_t kOpenCasesShown = 20;
// Of one person's cases, the newest: more are a feed's, and no agent reads them while somebody
// rings.
constexpr std::size_t kCasesLookedAtMax = 200;

}  // namespace

Result<std::shared_ptr<Watching>> CallsApi::watch(const Call& call,
                                                  const v1::WatchScreenPopRequest& request,
                                                  std::shared_ptr<views::Watcher> watcher) {
  Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return desk.error();
  const std::string agent = request.agent().empty() ? desk->who.id : request.agent();
  if (agent.empty()) return Rejection::invalid("agent", "is required");
  if (desk->rules->staff(agent) == nullptr)
    return Rejection::invalid("agent", "no such staff in the catalogue: " + agent);
  const domain::RoleMask lead =
      domain::role_bit(stored::SUPERVISOR) | domain::role_bit(stored::UNIT_HEAD);
  if (agent != desk->who.id && (desk->who.roles & lead) == 0)
    return Rejection::of(RejectionCode::kNotPermitted, "is another agent's screen");
  if (desk->who.territory && agent != desk->who.id &&
      !desk->who.territory->covers(*desk->rules->unit_of_staff(agent), stored::KIND_UNSPECIFIED,
                                   ""))
    return Rejection::of(RejectionCode::kNotPermitted, "works in a unit that is not yours");
  const auto pops =
      std::make_shared<ScreenPops>(services_, desk->rules->tenant(), std::move(desk->who),
                                   std::move(watcher), screens_, holder_of(call));
  if (std::optional<Rejection> refusal = pops->open(desk->rules->tenant_number(), agent))
    return *std::move(refusal);
  return std::shared_ptr<Watching>(pops);
}

std::optional<Rejection> ScreenPops::open(std::uint8_t tenant_number, const std::string& agent) {
  if (std::optional<Rejection> full = screens_->enter(holder_)) return full;
  entered_ = true;
  Result<std::shared_ptr<views::CallWatch>> calls =
      services_.board.calls().watch(tenant_number, agent, watcher_);
  if (!calls) return calls.error();
  const std::scoped_lock lock(mutex_);
  calls_ = std::move(*calls);
  return std::nullopt;
}

std::shared_ptr<const google::protobuf::Message> ScreenPops::take() {
  const std::scoped_lock lock(mutex_);
  if (ready_ != nullptr) return std::exchange(ready_, nullptr);
  if (fetching_ || calls_ == nullptr) return nullptr;
  const std::optional<views::CallWatch::Pop> next = calls_->take();
  if (!next) return nullptr;
  fetching_ = true;
  boost::asio::post(services_.pools.reads(), [pops = weak_from_this(), next = *next] {
    if (const auto alive = pops.lock()) alive->fetch(next);
  });
  return nullptr;
}

void ScreenPops::fetch(const views::CallWatch::Pop& pop) {
  Result<v1::ScreenPop> shown = show(pop);
  if (!shown) return watcher_->on_end(shown.error());
  {
    const std::scoped_lock lock(mutex_);
    fetching_ = false;
    ready_ = std::make_shared<v1::ScreenPop>(std::move(*shown));
  }
  watcher_->on_available();
}

Result<v1::ScreenPop> ScreenPops::show(const views::CallWatch::Pop& pop) const {
  v1::ScreenPop out;
  out.set_revision(pop.revision);
  out.set_snapshot(pop.snapshot);
  set_time(out.mutable_as_of(), services_.engine.clock().read().now);
  out.set_idle(!pop.address);
  const auto registry = services_.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(tenant_);
  if (!pop.address || rules == nullptr) return out;
  const auto snapshot = services_.engine.store().snapshot();
  partition::CallRecord record;
  if (Status status =
          partition::read_call(*snapshot, pop.address->partition, pop.address->id, &record);
      !status) {
    // One damaged call does not end an agent's screen: it shows that there is one, and nothing of it.
    ++services_.engine.damage().passed_over;
    return out;
  }
  *out.mutable_call() = to_call(record);
  partition::Sealer sealer;
  stored::CallParty party;
  if (!partition::unseal_party(sealer, record, &party)) return out;
  const PersonDigests digests = partition::party_digests(services_.engine.installation().secret,
                                                         rules->tenant_number(), party);
  std::uint32_t stretches = 0;
  const auto calls = calls_of_person(services_, *snapshot, digests, &stretches);
  if (!calls) return calls.error();
  const std::size_t earlier = calls->empty() ? 0 : calls->size() - 1;
  out.set_earlier_calls(static_cast<std::uint32_t>(earlier));
  Result<OpenCases> known = open_cases_of(services_, *snapshot, *rules, digests, kCasesLookedAtMax);
  if (!known) return known.error();
  out.set_shortened(known->shortened);
  std::vector<OpenCase>* const open = &known->cases;
  std::erase_if(*open, [&](const OpenCase& found) {
    return who_.territory && !who_.territory->covers(found.record.state);
  });
  for (std::size_t i = 0; i < open->size() && i < kOpenCasesShown; ++i) {
    const OpenCase& found = (*open)[i];
    const auto latest = catalogue_for(services_.engine, found.record);
    const v1::Case shown =
        to_case(found.address.partition, found.record, *tenant_of(*latest, found.address.id));
    v1::ScreenPop::OpenCase& listed = *out.add_open_cases();
    listed.set_case_number(shown.case_number());
    listed.set_service(shown.service());
    listed.set_status(shown.status());
    listed.set_subject(shown.subject());
    listed.set_unit(shown.unit());
    listed.set_callback(found.callback);
    const stored::ClockRow row =
        domain::clock_row(found.record.state, *tenant_of(*latest, found.address.id));
    if (row.due_ms() != 0) set_time(listed.mutable_due_time(), row.due_ms());
  }
  out.set_more_open_cases(
      static_cast<std::uint32_t>(open->size() - static_cast<std::size_t>(out.open_cases_size())));
  return out;
}

}  // namespace casewheel::api
