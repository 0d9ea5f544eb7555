// Requests for a later date that wait for somebody's decision: the list of them, and each decider's among
// her notices.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "engine/api/page_token.h"
#include "engine/api/reading.h"
#include "engine/api/supervision.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/domain/hands.h"

namespace casewheel::api {
namespace {

using Item = v1::ListExtensionRequestsResponse::Item;

// Who may decide as things stand: the case may have another unit and handler since it was asked, and the
// catalogue other people.
class Deciders {
 public:
  Deciders(std::shared_ptr<const catalogue::Registry> registry, std::uint8_t tenant_number,
           TimeMs now)
      : registry_(std::move(registry)), tenant_number_(tenant_number), now_(now) {}

  std::vector<std::string> of(const std::string& unit,
                              const std::vector<std::string>& barred) const {
    const catalogue::TenantRules* rules = registry_->find_number(tenant_number_);
    return rules == nullptr ? std::vector<std::string>() : rules->deciders(unit, barred, now_);
  }
  bool decides(const std::string& staff, const std::string& unit,
               const std::vector<std::string>& barred) const {
    const std::vector<std::string> all = of(unit, barred);
    return std::find(all.begin(), all.end(), staff) != all.end();
  }

 private:
  std::shared_ptr<const catalogue::Registry> registry_;
  std::uint8_t tenant_number_;
  TimeMs now_;
};

// Selects the cases that are on the list.
struct AskedFilter {
  std::shared_ptr<const domain::Territory> territory;  // null: everywhere
  std::vector<std::string> units;                      // empty: all
  std::string decider;                                 // empty: anybody's
  std::optional<domain::Who> reader;  // who sees figures alone is not told the reasons: nothing

  bool matches(const views::AskedCase& asked, const Deciders& deciders) const {
    if (territory != nullptr && !territory->covers(asked.unit, asked.kind, asked.handler))
      return false;
    if (!units.empty() && std::find(units.begin(), units.end(), asked.unit) == units.end())
      return false;
    return decider.empty() ||
           std::any_of(asked.requests.begin(), asked.requests.end(), [&](const auto& one) {
             return deciders.decides(decider, asked.unit, one.barred);
           });
  }
};

const v1::Clock* find_clock(const v1::Case& shown, std::uint32_t number) {
  const auto found = std::find_if(shown.clocks().begin(), shown.clocks().end(),
                                  [&](const v1::Clock& clock) { return clock.id() == number; });
  return found == shown.clocks().end() ? nullptr : &*found;
}

// The requests of the case as it is now: one that has been decided meanwhile is not among them.
void add_items(const v1::Case& shown, const stored::CaseState& state, const AskedFilter& filter,
               const Deciders& deciders, v1::ListExtensionRequestsResponse* response) {
  for (const v1::ExtensionRequest& request : shown.extension_requests()) {
    const std::vector<std::string> deciding = deciders.of(
        state.unit(), domain::barred_from(state, request.clock(), request.requested_by()));
    if (!filter.decider.empty() &&
        std::find(deciding.begin(), deciding.end(), filter.decider) == deciding.end())
      continue;
    Item* item = response->add_requests();
    item->set_case_number(shown.case_number());
    item->set_unit(shown.unit());
    item->set_handler(shown.handler());
    item->set_service(shown.service());
    if (const v1::Clock* clock = find_clock(shown, request.clock())) {
      item->set_clock_kind(clock->kind());
      if (clock->has_due_time()) *item->mutable_current_due_time() = clock->due_time();
    }
    *item->mutable_request() = request;
    if (!filter.reader || (filter.reader->territory && !filter.reader->territory->covers(state)))
      item->mutable_request()->clear_reason();
    item->mutable_request()->clear_recipients();
    for (const std::string& staff : deciding) item->mutable_request()->add_recipients(staff);
  }
}

}  // namespace

void SupervisionApi::list_extension_requests(const Call& call,
                                             const v1::ListExtensionRequestsRequest& request,
                                             Done<v1::ListExtensionRequestsResponse> done) {
  const Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  const std::uint8_t tenant_number = desk->rules->tenant_number();
  AskedFilter filter;
  filter.territory = desk->who.territory;
  filter.decider = request.decider();
  filter.reader = case_reader(call, *desk->rules);
  if (!filter.decider.empty() && desk->rules->staff(filter.decider) == nullptr) {
    return done(Rejection::invalid("decider", "no such staff in the catalogue: " + filter.decider));
  }
  if (!request.unit().empty()) {
    if (auto unknown = unknown_unit("unit", *desk->rules, request.unit()))
      return done(*std::move(unknown));
    filter.units = units_of(*desk->rules, request.unit(), request.unit_subtree());
  }
  const Result<int> page_size =
      page_size_of(request.page_size(), limits::kPageSizeDefault, limits::kPageSizeMax);
  if (!page_size) return done(page_size.error());
  const ListTokens tokens = ListTokens::of(services_, tenant_number, request);
  const Result<std::vector<std::uint64_t>> place = tokens.read(request.page_token(), 2);
  if (!place) return done(place.error());
  CaseAddress after{};
  if (!place->empty()) after = {static_cast<PartitionId>((*place)[1]), CaseId{(*place)[0]}};
  scan(services_, call, done,
       [this, call, filter = std::move(filter), tenant_number, after, most = *page_size, tokens,
        done](Work& work) mutable {
         v1::ListExtensionRequestsResponse response;
         const TimeMs now = services_.engine.clock().read().now;
         const Deciders deciders(services_.engine.catalogue().get(), tenant_number, now);
         set_time(response.mutable_as_of(), now);
         bool more = true;
         while (more && response.requests_size() < most) {
           const std::vector<views::AskedCase> slice =
               services_.board.notices().asked(tenant_number, after);
           more = !slice.empty();
           for (const views::AskedCase& asked : slice) {
             if (response.requests_size() >= most) break;
             if (!work.goes_on()) return done(not_awaited());
             after = asked.address;
             partition::CaseRecord record;
             if (!filter.matches(asked, deciders)) continue;
             if (const Status read = partition::read_case(services_.engine.store(), after.partition,
                                                          after.id, &record);
                 !read) {
               if (read.code() != Status::Code::kNotFound)
                 response.set_unreadable(response.unreadable() + 1);
               continue;
             }
             const auto registry = catalogue_for(services_.engine, record);
             add_items(to_case(after.partition, record, *tenant_of(*registry, after.id)),
                       record.state, filter, deciders, &response);
           }
         }
         if (more) response.set_next_page_token(tokens.make({after.id.value, after.partition}));
         done(std::move(response));
       });
}

void SupervisionApi::add_decisions(std::uint8_t tenant_number, const std::string& staff, Work& work,
                                   v1::ListNoticesResponse* response) const {
  constexpr std::size_t kShownMax = 20;
  const Deciders deciders(services_.engine.catalogue().get(), tenant_number,
                          services_.engine.clock().read().now);
  std::vector<v1::ListNoticesResponse::Decision> found;
  CaseAddress after{};
  for (;;) {
    const std::vector<views::AskedCase> slice =
        services_.board.notices().asked(tenant_number, after);
    if (slice.empty()) break;
    work.look_at(slice.size() / kEntriesPerRow + 1);
    for (const views::AskedCase& asked : slice) {
      after = asked.address;
      for (const auto& [request, barred] : asked.requests) {
        if (!deciders.decides(staff, asked.unit, barred)) continue;
        v1::ListNoticesResponse::Decision& decision = found.emplace_back();
        decision.set_case_number(format_case_number(after.partition, after.id));
        decision.set_extension_request(request.request());
        decision.set_unit(asked.unit);
        set_time(decision.mutable_asked_due_time(), request.due_ms());
        set_time(decision.mutable_request_time(), request.requested_ms());
        decision.set_requested_by(request.requested_by());
      }
    }
  }
  response->set_decisions_waiting(found.size());
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.request_time().seconds() < b.request_time().seconds();
  });
  if (found.size() > kShownMax) found.resize(kShownMax);
  for (auto& decision : found) *response->add_decisions() = std::move(decision);
}

}  // namespace casewheel::api
