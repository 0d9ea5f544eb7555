#include "engine/api/access_words.h"

#include <algorithm>

#include "engine/access/certificate.h"
#include "engine/access/secrets.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

constexpr int kGrantsMax = 64;
constexpr std::uint32_t kValidDaysDefault = 365;
constexpr std::uint32_t kValidDaysMax = 730;
constexpr std::uint32_t kOverlapHoursDefault = 24;
constexpr std::uint32_t kOverlapHoursMax = 90 * 24;

Result<stored::Grant> grant_of(const std::string& field, const v1::Grant& grant,
                               const catalogue::Registry& registry) {
  stored::Grant out;
  out.set_role(access::role_named(grant.role()));
  if (out.role() == stored::ROLE_UNSPECIFIED || out.role() == stored::APPLICANT)
    return Rejection::invalid(field + ".role",
                              "is not a role that can be granted: " + grant.role());
  const catalogue::TenantRules* rules = nullptr;
  if (!grant.tenant().empty()) {
    rules = registry.find(grant.tenant());
    if (rules == nullptr) return access::no_such_tenant(field + ".tenant", grant.tenant());
  }
  if (!grant.unit().empty() && (rules == nullptr || !rules->has_unit(grant.unit())))
    return Rejection::invalid(field + ".unit", "no such unit in the catalogue: " + grant.unit());
  out.set_tenant(grant.tenant());
  out.set_unit(grant.unit());
  for (const int kind : grant.kinds()) {
    if (!v1::Kind_IsValid(kind) || kind == 0)
      return Rejection::invalid(field + ".kinds", "holds an unknown kind");
    out.add_kinds(static_cast<stored::Kind>(kind));
  }
  return out;
}

template <typename Out>
std::optional<Rejection> add_grants(const std::string& field,
                                    const google::protobuf::RepeatedPtrField<v1::Grant>& grants,
                                    const catalogue::Registry& registry, Out* out) {
  if (grants.size() > kGrantsMax) return Rejection::invalid(field, "has more than 64 entries");
  for (int i = 0; i < grants.size(); ++i) {
    Result<stored::Grant> grant =
        grant_of(field + "[" + std::to_string(i) + "]", grants[i], registry);
    if (!grant) return grant.error();
    *out->add_grants() = std::move(*grant);
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> account_name(std::string_view field, const std::string& name) {
  const bool fits = name.size() >= 2 && name.size() <= limits::kIdChars &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                             std::string_view("._-@").find(c) != std::string_view::npos;
                    });
  if (!fits)
    return Rejection::invalid(std::string(field),
                              "must be 2 to 64 of a-z, 0-9, '.', '_', '-', '@'");
  return name;
}

Result<stored::Account> account_of(const v1::User& user, const catalogue::Registry& registry) {
  const Result<std::string> name = account_name("user.name", user.name());
  if (!name) return name.error();
  Result<std::string> display =
      clean_text("user.display_name", user.display_name(), limits::kNameChars, TextKind::kLine);
  if (!display) return display.error();
  stored::Account account;
  account.set_name(*name);
  account.set_display_name(std::move(*display));
  account.set_disabled(user.disabled());
  if (user.tenant().empty() != user.staff().empty())
    return Rejection::invalid("user.staff", "tenant and staff go together");
  if (!user.staff().empty()) {
    const catalogue::TenantRules* rules = registry.find(user.tenant());
    if (rules == nullptr) return access::no_such_tenant("user.tenant", user.tenant());
    if (rules->staff(user.staff()) == nullptr)
      return Rejection::invalid("user.staff", "no such staff in the catalogue: " + user.staff());
    account.set_tenant(user.tenant());
    account.set_staff(user.staff());
  }
  if (std::optional<Rejection> bad = add_grants("user.grants", user.grants(), registry, &account))
    return std::move(*bad);
  return account;
}

v1::Grant to_grant(const stored::Grant& grant) {
  v1::Grant out;
  out.set_role(std::string(access::role_name(grant.role())));
  out.set_tenant(grant.tenant());
  out.set_unit(grant.unit());
  for (const int kind : grant.kinds()) out.add_kinds(static_cast<v1::Kind>(kind));
  return out;
}

v1::User to_user(const stored::Account& account) {
  v1::User user;
  user.set_name(account.name());
  user.set_etag(etag_of(account.version()));
  user.set_display_name(account.display_name());
  user.set_tenant(account.tenant());
  user.set_staff(account.staff());
  for (const stored::Grant& grant : account.grants()) *user.add_grants() = to_grant(grant);
  user.set_disabled(account.disabled());
  user.set_must_change_password(account.must_change_password());
  set_time(user.mutable_password_time(), account.password_ms());
  return user;
}

Result<stored::ApiKey> key_of(const v1::CreateKeyRequest& request,
                              const catalogue::Registry& registry, TimeMs now) {
  Result<std::string> label =
      clean_text("label", request.label(), limits::kNameChars, TextKind::kLine);
  if (!label) return label.error();
  if (label->empty() && request.replaces().empty())
    return Rejection::invalid("label", "is required: which system is the key for?");
  if (request.valid_days() > kValidDaysMax)
    return Rejection::invalid("valid_days", "must lie between 1 and 730");
  stored::ApiKey key;
  key.set_id(access::new_id());
  key.set_label(std::move(*label));
  key.set_created_ms(now);
  const std::uint32_t days = request.valid_days() == 0 ? kValidDaysDefault : request.valid_days();
  key.set_expires_ms(now + days * kDayMs);
  if (std::optional<Rejection> bad = add_grants("grants", request.grants(), registry, &key))
    return std::move(*bad);
  if (request.certificate().empty()) return key;
  const Result<access::ClientCertificate> certificate =
      access::read_certificate("certificate", request.certificate());
  if (!certificate) return certificate.error();
  if (certificate->valid_to <= now) return Rejection::invalid("certificate", "has expired");
  key.set_certificate_digest(std::string(bytes_of(certificate->digest)));
  key.set_expires_ms(std::min<TimeMs>(key.expires_ms(), certificate->valid_to));
  return key;
}

Result<DurationMs> overlap_of(const v1::CreateKeyRequest& request) {
  if (request.overlap_hours() > kOverlapHoursMax)
    return Rejection::invalid("overlap_hours", "must lie between 1 and 2160");
  return (request.overlap_hours() == 0 ? kOverlapHoursDefault : request.overlap_hours()) * kHourMs;
}

v1::Key to_key(const stored::ApiKey& key, TimeMs now) {
  v1::Key out;
  out.set_id(key.id());
  out.set_label(key.label());
  for (const stored::Grant& grant : key.grants()) *out.add_grants() = to_grant(grant);
  set_time(out.mutable_create_time(), key.created_ms());
  set_time(out.mutable_expire_time(), key.expires_ms());
  out.set_created_by(key.created_by());
  out.set_replaced_by(key.replaced_by());
  out.set_expired(key.expires_ms() <= now);
  out.set_certificate_digest(hex(key.certificate_digest()));
  return out;
}

v1::ListRightsResponse rights_table() {
  v1::ListRightsResponse response;
  for (const access::Right& right : access::rights()) {
    v1::ListRightsResponse::Right* out = response.add_rights();
    out->set_name(std::string(right.name));
    out->set_name_zh(std::string(right.zh));
    out->set_name_en(std::string(right.en));
    for (int value = stored::AGENT; value <= stored::Role_MAX; ++value) {
      const auto role = static_cast<stored::Role>(value);
      if ((right.roles & domain::role_bit(role)) != 0)
        out->add_roles(std::string(access::role_name(role)));
    }
  }
  return response;
}

bool is_administrator(const stored::Account& account) {
  return !account.disabled() && std::any_of(account.grants().begin(), account.grants().end(),
                                            [](const stored::Grant& grant) {
                                              return grant.role() == stored::ADMINISTRATOR &&
                                                     grant.tenant().empty();
                                            });
}

bool is_last_administrator(const access::Book& book, const std::string& name) {
  const std::vector<stored::Account> accounts = book.accounts();
  const auto is_her = [&name](const stored::Account& account) { return account.name() == name; };
  const auto her = std::find_if(accounts.begin(), accounts.end(), is_her);
  if (her == accounts.end() || !is_administrator(*her)) return false;
  return std::none_of(accounts.begin(), accounts.end(), [&](const stored::Account& account) {
    return !is_her(account) && is_administrator(account);
  });
}

Rejection last_administrator() {
  return Rejection::of(RejectionCode::kFailedPrecondition,
                       "is the last administrator: somebody must be left who can let others in");
}

Rejection nobody_signs_in() {
  return Rejection::of(RejectionCode::kFailedPrecondition,
                       "this engine asks nobody who he is (--auth off): it has no accounts");
}

}  // namespace casewheel::api
