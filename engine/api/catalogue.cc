#include "engine/api/catalogue.h"

#include <spdlog/spdlog.h>

#include "engine/api/change_preview.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/catalogue/diff.h"
#include "engine/catalogue/yaml.h"

namespace casewheel::api {

void CatalogueApi::apply(const Call& call, const v1::ApplyCatalogueRequest& request,
                         Done<v1::ApplyCatalogueResponse> done) {
  if (request.yaml().empty()) return done(Rejection::invalid("yaml", "is required"));
  if (request.yaml().size() > limits::kCatalogueBytes)
    return done(Rejection::invalid("yaml", "is longer than 4 MiB"));
  scan(services_, call, done, [this, call, request, done](Work& work) {
    work.look_at(request.yaml().size() / kYamlBytesPerRow);
    Result<std::vector<stored::Catalogue>> parsed = catalogue::parse_catalogue(
        request.yaml(), request.file_name().empty() ? "catalogue" : request.file_name());
    if (!parsed) return done(parsed.error());
    const auto registry = services_.engine.catalogue().get();
    std::shared_ptr<const catalogue::Registry> would_be = registry;
    auto response = std::make_shared<v1::ApplyCatalogueResponse>();
    partition::CatalogueRequest body;
    body.who = operator_of(call);
    body.to_open_cases = request.to_open_cases();
    for (stored::Catalogue& next : *parsed) {
      if (std::optional<Rejection> refusal = registry->refusal(next))
        return done(std::move(*refusal));
      const catalogue::TenantRules* current = registry->find(next.tenant());
      next.set_version(current == nullptr ? 0 : current->version());
      std::vector<std::string> lines =
          catalogue::diff(current == nullptr ? stored::Catalogue() : current->catalogue(), next);
      v1::ApplyCatalogueResponse::TenantChange* change = response->add_tenants();
      change->set_tenant(next.tenant());
      // What was applied to new cases only is carried to the open ones by a version of its own.
      const bool changes = !lines.empty() || current == nullptr ||
                           (request.to_open_cases() && current->catalogue().rules_edition() == 0);
      change->set_version(next.version() + (changes ? 1 : 0));
      for (std::string& line : lines) change->add_diff(std::move(line));
      if (request.validate_only() && request.to_open_cases() && changes) {
        stored::Catalogue carried = next;
        carried.set_version(next.version() + 1);
        carried.set_rules_edition(would_be->rules_edition() + 1);
        would_be = would_be->with(std::move(carried));
      }
      body.tenants.push_back(std::move(next));
    }
    if (request.validate_only()) {
      if (!request.to_open_cases()) return done(std::move(*response));
      return work_long(services_, call, done, [this, would_be, response, done](Work& part) {
        Result<v1::ChangePreview> preview = preview_of(services_, *would_be, part);
        if (!preview) return done(preview.error());
        *response->mutable_preview() = std::move(*preview);
        done(std::move(*response));
      });
    }
    partition::Request out;
    out.bytes = request.ByteSizeLong();
    out.body = std::move(body);
    out.done = [this, response, done, by = written_caller(call)](partition::Answer&& answer) {
      if (answer.rejection) return done(std::move(*answer.rejection));
      const auto latest = services_.engine.catalogue().get();
      for (v1::ApplyCatalogueResponse::TenantChange& change : *response->mutable_tenants()) {
        change.set_version(latest->find(change.tenant())->version());
        if (change.diff_size() == 0) continue;
        spdlog::info("catalogue: {} is version {} now, {} lines changed, by {}", change.tenant(),
                     change.version(), change.diff_size(), by);
      }
      done(std::move(*response));
    };
    services_.engine.submit(0, partition::Class::kPeople, std::move(out));
  });
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
