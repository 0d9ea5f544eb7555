#include "engine/catalogue/edition.h"

#include <string>

#include "engine/base/digest.h"

namespace casewheel::catalogue {
namespace {

template <typename Values>
std::uint32_t mask_of(const Values& values) {
  if (values.empty()) return ~std::uint32_t{0};
  std::uint32_t mask = 0;
  for (const int value : values) mask |= std::uint32_t{1} << (static_cast<unsigned>(value) & 31);
  return mask;
}

ClockRules compile_clock(const stored::ClockRule& rule) {
  ClockRules compiled;
  if (!rule.pauses().empty()) compiled.pauses = mask_of(rule.pauses());
  if (rule.pauses_awaiting_documents())
    compiled.pauses |= std::uint32_t{1} << stored::AWAITING_APPLICANT_DOCUMENTS;
  if (!rule.met_by().empty()) compiled.met_by = mask_of(rule.met_by());
  if (!rule.met_by_means().empty()) compiled.met_by_means = mask_of(rule.met_by_means());
  compiled.starts_on_reopening = rule.starts_on_reopening();
  std::string content;
  for (const stored::LadderStep& step : rule.ladder()) {
    const std::string bytes = step.SerializeAsString();
    content += std::to_string(bytes.size()) + ":" + bytes;
    compiled.ladder.push_back({step.offset_ms(), step.repeat_every_ms(), step.repeat_limit(),
                               step.in_working_time(), step.offset_working_days(),
                               step.waits_for_opening()});
    compiled.ladder_needs_calendar |= compiled.ladder.back().needs_calendar();
    StepAudience audience;
    audience.level = step.level();
    audience.climb = step.climb();
    audience.at_any_hour = step.at_any_hour();
    for (const int to : step.recipients()) {
      audience.recipients.push_back(static_cast<stored::Recipient>(to));
      audience.tells_applicant |= to == stored::TO_APPLICANT;
    }
    audience.kinds = mask_of(step.only_if().kinds());
    audience.priorities = mask_of(step.only_if().priorities());
    audience.late_by_ms = step.only_if().late_by_ms();
    compiled.audience.push_back(std::move(audience));
  }
  compiled.ladder_content = short_digest(sha256(content));
  return compiled;
}

CompiledPolicy compile(const stored::Policy& policy) {
  CompiledPolicy compiled;
  compiled.source = policy;
  compiled.kinds = mask_of(policy.match().kinds());
  compiled.priorities = mask_of(policy.match().priorities());
  compiled.channels = mask_of(policy.match().channels());
  compiled.services.insert(policy.match().services().begin(), policy.match().services().end());
  compiled.clock_of_kind.fill(-1);
  for (int i = 0; i < policy.clocks_size(); ++i) {
    const auto kind = static_cast<std::size_t>(policy.clocks(i).kind());
    if (kind < kClockKinds) compiled.clock_of_kind[kind] = i;
    compiled.clocks.push_back(compile_clock(policy.clocks(i)));
  }
  return compiled;
}

}  // namespace

bool holds(std::uint32_t mask, int value) {
  return (mask >> (static_cast<unsigned>(value) & 31)) & 1;
}

bool CompiledPolicy::matches(const stored::CaseState& facts) const {
  return holds(kinds, facts.kind()) && holds(priorities, facts.priority()) &&
         holds(channels, facts.channel()) &&
         (services.empty() || services.contains(facts.service()));
}

PolicyEdition::PolicyEdition(const stored::Catalogue& catalogue)
    : version_(catalogue.version()), rules_edition_(catalogue.rules_edition()) {
  policies_.reserve(static_cast<std::size_t>(catalogue.policies_size()));
  for (const stored::Policy& policy : catalogue.policies()) {
    by_id_.emplace(policy.id(), static_cast<int>(policies_.size()));
    policies_.push_back(compile(policy));
  }
}

const CompiledPolicy* PolicyEdition::first_match(const stored::CaseState& facts) const {
  for (const CompiledPolicy& policy : policies_) {
    if (policy.matches(facts)) return &policy;
  }
  return nullptr;
}

const ClockRules* PolicyEdition::clock(std::string_view policy, stored::ClockKind kind) const {
  const auto found = by_id_.find(policy);
  if (found == by_id_.end()) return nullptr;
  const CompiledPolicy& compiled = policies_[static_cast<std::size_t>(found->second)];
  const auto slot = static_cast<std::size_t>(kind);
  if (slot >= kClockKinds || compiled.clock_of_kind[slot] < 0) return nullptr;
  return &compiled.clocks[static_cast<std::size_t>(compiled.clock_of_kind[slot])];
}

}  // namespace casewheel::catalogue
