#include "engine/api/service_guide.h"

#include "engine/access/caller.h"
#include "engine/api/account_text.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::api {
namespace {

static_assert(int{v1::PUBLICITY_LISTED} == stored::LISTED &&
                  int{v1::ATTRIBUTE_TYPE_MULTI_VALUE} == stored::ATTRIBUTE_MULTI_VALUE,
              "the API's words are the stored ones under other names");

}  // namespace

Result<Counterside> counterside_of(const Call& call, const Services& services,
                                   const std::string& tenant) {
  Counterside side;
  side.registry = services.engine.catalogue().get();
  if (!tenant.empty()) {
    side.rules = side.registry->find(tenant);
    if (side.rules == nullptr) return access::no_such_tenant("tenant", tenant);
  } else if (side.registry->list().size() == 1) {
    side.rules = side.registry->list().front().get();
  } else {
    return Rejection::invalid("tenant", "is required: the installation has several");
  }
  side.at_home = sees_tenant(call, *side.rules);
  return side;
}

const stored::Service* find_service(const Counterside& side, const std::string& id) {
  const stored::Service* service = side.rules->service(id);
  if (service == nullptr) return nullptr;
  const bool told = side.at_home || service->publicity() != stored::PUBLICITY_UNSPECIFIED;
  return told ? service : nullptr;
}

v1::ServiceGuide to_guide(const stored::Service& service) {
  v1::ServiceGuide guide;
  guide.set_id(service.id());
  guide.set_name_zh(service.name_zh());
  guide.set_name_en(service.name_en());
  guide.set_kind(static_cast<v1::Kind>(service.kind()));
  guide.set_description_zh(service.description_zh());
  guide.set_description_en(service.description_en());
  guide.set_group(service.group());
  *guide.mutable_keywords() = service.keywords();
  guide.set_publicity(static_cast<v1::Publicity>(service.publicity()));
  *guide.mutable_documents() = service.documents();
  for (const stored::Attribute& asked : service.attributes()) {
    v1::AskedAttribute& out = *guide.add_attributes();
    out.set_code(asked.code());
    out.set_type(static_cast<v1::AttributeType>(asked.type()));
    out.set_required(asked.required());
    out.set_name_zh(asked.name_zh());
    out.set_name_en(asked.name_en());
    out.set_hint_zh(asked.hint_zh());
    out.set_hint_en(asked.hint_en());
    for (const stored::AttributeValue& value : asked.values()) {
      v1::AskedAttribute::Value& known = *out.add_values();
      known.set_key(value.key());
      known.set_name_zh(value.name_zh());
      known.set_name_en(value.name_en());
    }
  }
  for (const stored::Fee& fee : service.fees()) {
    v1::ServiceFee& out = *guide.add_fees();
    out.set_id(fee.id());
    out.set_name_zh(fee.name_zh());
    out.set_name_en(fee.name_en());
    out.set_amount(fee.amount());
  }
  *guide.mutable_steps_zh() = service.steps_zh();
  *guide.mutable_steps_en() = service.steps_en();
  return guide;
}

void add_time_limits(const stored::Service& service, const catalogue::TenantRules& rules,
                     v1::ServiceGuide* guide) {
  stored::CaseState facts;
  facts.set_kind(service.kind());
  facts.set_service(service.id());
  facts.set_unit(service.unit());
  facts.set_priority(stored::NORMAL);
  facts.set_channel(stored::COUNTER);
  for (const domain::ClockPlan& plan : rules.plans(facts)) {
    // What follows only after the case was answered is none of its promises yet.
    if (!domain::is_promise(plan.kind) || plan.kind == stored::FOLLOW_UP) continue;
    v1::TimeLimit& limit = *guide->add_time_limits();
    limit.set_kind(static_cast<v1::ClockKind>(plan.kind));
    const bool agreed = plan.kind == stored::AGREED_DATE;
    limit.set_text_zh(std::string(clock_name_zh(plan.kind)) + "：" +
                      (agreed ? "與您約定" : allowance_text_zh(plan.allowance)));
    limit.set_text_en(std::string(clock_name_en(plan.kind)) + ": " +
                      (agreed ? "as agreed with you" : allowance_text_en(plan.allowance)));
  }
}

}  // namespace casewheel::api
