#include "engine/partition/repaired_gaps.h"

namespace casewheel::partition {

void RepairedGaps::note(const journal::v1::Event& event, std::uint64_t seq) {
  if (event.has_entry_lost()) {
    ++lost_entries_;
    if (first_seq_ == 0) first_seq_ = seq;
    last_seq_ = seq;
  }
  for (const std::uint64_t id : event.journal_repaired().lost_cases()) {
    lost_cases_.insert(id);
    unsettled_.erase(id);
  }
}

RepairedGaps::Verdict RepairedGaps::judge(const journal::v1::Event& event, std::uint32_t revision,
                                          std::uint32_t next) {
  const std::uint64_t id = event.case_id();
  if (event.has_case_restated() && event.revision() > revision) {
    ++restated_;
    unsettled_.erase(id);
    lost_cases_.erase(id);
    return Verdict::kApply;
  }
  if (unsettled_.contains(id)) return Verdict::kSkip;
  if (event.revision() == next && (revision != 0 || event.has_case_lodged()))
    return Verdict::kApply;
  if (!any()) return Verdict::kWrong;
  unsettled_.insert(id);
  return Verdict::kSkip;
}

}  // namespace casewheel::partition
