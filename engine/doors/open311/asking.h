// How the pages of Open311 ask the API: what they send, and as whom. Within one conversation.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/doors/http/form.h"
#include "engine/doors/http/page.h"

namespace casewheel::doors::open311 {

// Of the type that Visit::ask takes.
using Sent = std::shared_ptr<const google::protobuf::Message>;

template <typename Answer>
const Answer& as(const AnyMessage& message) {
  return static_cast<const Answer&>(*message);
}

// What is shown with the request itself, as api_key; nothing: the head may show something.
inline std::optional<std::string> key_of(const Form& form) {
  const std::string& key = form["api_key"];
  if (key.empty()) return std::nullopt;
  return key;
}

// True where the number is of the jurisdiction; an empty one is all of them.
inline bool is_case_of(Visit& visit, const std::string& jurisdiction, CaseAddress address) {
  if (jurisdiction.empty()) return true;
  const auto registry = visit.premises().handlers.services.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(jurisdiction);
  return rules != nullptr && rules->tenant_number() == address.id.tenant_number();
}

}  // namespace casewheel::doors::open311
