#include "engine/api/catalogue.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/api/catalogue_losses.h"
#include "engine/api/change_preview.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/catalogue/diff.h"
#include "engine/catalogue/yaml.h"

namespace casewheel::api {

// A catalogue on its way: what it would change, and what is in force if it does.
struct CatalogueApi::Applying {
  Call call;
  v1::ApplyCatalogueRequest request;
  Done<v1::ApplyCatalogueResponse> done;
  v1::ApplyCatalogueResponse response;
  partition::CatalogueRequest body;
  std::shared_ptr<const catalogue::Registry> would_be = nullptr;
  std::vector<DroppedEntries> dropped = {};  // a tenant each, in order
};

void CatalogueApi::apply(const Call& call, const v1::ApplyCatalogueRequest& request,
                         Done<v1::ApplyCatalogueResponse> done) {
  if (request.yaml().empty()) return done(Rejection::invalid("yaml", "is required"));
  if (request.yaml().size() > limits::kCatalogueBytes)
    return done(Rejection::invalid("yaml", "is longer than 4 MiB"));
  auto applying = std::make_shared<Applying>(Applying{call, request, done, {}, {}});
  scan(services_, call, done, [this, applying](Work& work) {
    work.look_at(applying->request.yaml().size() / kYamlBytesPerRow);
    if (std::optional<Rejection> refusal = compare(*applying))
      return applying->done(*std::move(refusal));
    const bool drops = std::any_of(applying->dropped.begin(), applying->dropped.end(),
                                   [](const DroppedEntries& dropped) { return !dropped.empty(); });
    if (!drops) return decide(applying);
    work_long(services_, applying->call, applying->done, [this, applying](Work& part) {
      for (std::size_t i = 0; i < applying->dropped.size(); ++i) {
        DroppedEntries& dropped = applying->dropped[i];
        if (dropped.empty()) continue;
        const auto number = static_cast<std::uint8_t>(applying->body.tenants[i].tenant_number());
        const Status status = dropped.count(services_, number, part);
        if (status.code() == Status::Code::kBusy) return applying->done(not_awaited());
        if (!status) return applying->done(unreadable(status));
        dropped.fill(applying->response.mutable_tenants(static_cast<int>(i)));
      }
      decide(applying);
    });
  });
}

std::optional<Rejection> CatalogueApi::compare(Applying& applying) const {
  const v1::ApplyCatalogueRequest& request = applying.request;
  Result<std::vector<stored::Catalogue>> parsed = catalogue::parse_catalogue(
      request.yaml(), request.file_name().empty() ? "catalogue" : request.file_name());
  if (!parsed) return parsed.error();
  const auto registry = services_.engine.catalogue().get();
  applying.would_be = registry;
  applying.body.who = operator_of(applying.call);
  applying.body.to_open_cases = request.to_open_cases();
  for (stored::Catalogue& next : *parsed) {
    if (std::optional<Rejection> refusal = registry->refusal(next)) return refusal;
    const catalogue::TenantRules* current = registry->find(next.tenant());
    const stored::Catalogue none;
    const stored::Catalogue& before = current == nullptr ? none : current->catalogue();
    next.set_version(before.version());
    std::vector<std::string> lines = catalogue::diff(before, next);
    v1::ApplyCatalogueResponse::TenantChange* change = applying.response.add_tenants();
    change->set_tenant(next.tenant());
    // What was applied to new cases only is carried to the open ones by a version of its own.
    const bool changes = !lines.empty() || current == nullptr ||
                         (request.to_open_cases() && before.rules_edition() == 0);
    change->set_version(next.version() + (changes ? 1 : 0));
    for (std::string& line : lines) change->add_diff(std::move(line));
    if (changes) {
      stored::Catalogue carried = next;
      carried.set_version(next.version() + 1);
      if (request.to_open_cases())
        carried.set_rules_edition(applying.would_be->rules_edition() + 1);
      applying.would_be = applying.would_be->with(std::move(carried));
      if (current != nullptr)
        add_days_off_lost(*current, *applying.would_be->find(next.tenant()), change);
    }
    applying.dropped.emplace_back(before, next);
    applying.body.tenants.push_back(std::move(next));
  }
  return std::nullopt;
}

void CatalogueApi::decide(const std::shared_ptr<Applying>& applying) {
  const Done<v1::ApplyCatalogueResponse>& done = applying->done;
  if (applying->request.validate_only()) {
    if (!applying->request.to_open_cases()) return done(std::move(applying->response));
    return work_long(services_, applying->call, done, [this, applying](Work& part) {
      Result<v1::ChangePreview> preview = preview_of(services_, *applying->would_be, part);
      if (!preview) return applying->done(preview.error());
      *applying->response.mutable_preview() = std::move(*preview);
      applying->done(std::move(applying->response));
    });
  }
  if (const std::string losses = written_losses(applying->response);
      !losses.empty() && !applying->request.take_away()) {
    return done(
        Rejection::invalid("take_away", "is not set, and this load would take away: " + losses));
  }
  partition::Request out;
  out.bytes = applying->request.ByteSizeLong();
  out.body = std::move(applying->body);
  out.done = [this, applying](partition::Answer&& answer) {
    if (answer.rejection) return applying->done(std::move(*answer.rejection));
    const auto latest = services_.engine.catalogue().get();
    for (auto& change : *applying->response.mutable_tenants()) {
      change.set_version(latest->find(change.tenant())->version());
      if (change.diff_size() == 0) continue;
      spdlog::info("catalogue: {} is version {} now, {} lines changed, by {}", change.tenant(),
                   change.version(), change.diff_size(), written_caller(applying->call));
    }
    applying->done(std::move(applying->response));
  };
  services_.engine.submit(0, partition::Class::kPeople, std::move(out));
}

void CatalogueApi::get(const Call& call, const v1::GetCatalogueRequest& request,
                       Done<v1::GetCatalogueResponse> done) {
  const auto registry = services_.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(request.tenant());
  if (rules == nullptr || !sees_tenant(call, *rules))
    return done(access::unknown_tenant(request.tenant()));
  scan(services_, call, done,
       [this, registry, rules, version = request.version(), done](Work& work) {
         v1::GetCatalogueResponse response;
         stored::Catalogue catalogue = rules->catalogue();
         if (version != 0 && version != rules->version()) {
           std::string value;
           const Status status = services_.engine.store().get(
               storage::Table::kState, storage::catalogue_key(0, rules->tenant_number(), version),
               &value);
           if (!status || !catalogue.ParseFromString(value)) {
             return done(
                 Rejection::of(RejectionCode::kNotFound,
                               "no version " + std::to_string(version) + " of " + rules->tenant()));
           }
         }
         response.set_yaml(catalogue::to_yaml(catalogue));
         work.look_at(response.yaml().size() / kYamlBytesPerRow);
         response.set_version(catalogue.version());
         done(std::move(response));
       });
}

void CatalogueApi::list_tenants(const Call& call, const v1::ListTenantsRequest&,
                                Done<v1::ListTenantsResponse> done) {
  const auto registry = services_.engine.catalogue().get();
  v1::ListTenantsResponse response;
  for (const auto& rules : registry->list()) {
    if (!sees_tenant(call, *rules)) continue;
    v1::ListTenantsResponse::Tenant* tenant = response.add_tenants();
    tenant->set_id(rules->tenant());
    tenant->set_number(rules->tenant_number());
    tenant->set_name_zh(rules->catalogue().name_zh());
    tenant->set_name_en(rules->catalogue().name_en());
    tenant->set_version(rules->version());
    tenant->set_time_zone(rules->catalogue().time_zone());
  }
  done(std::move(response));
}

}  // namespace casewheel::api
