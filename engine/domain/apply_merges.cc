#include "engine/domain/apply_merges.h"

#include <algorithm>
#include <string>

#include "engine/base/result.h"

namespace casewheel::domain {
namespace {

bool same(const stored::MergedCase& one, std::uint64_t case_id, std::uint32_t partition) {
  return one.case_id() == case_id && one.partition() == partition;
}

void drop_preparing(stored::CaseState& state, std::uint64_t case_id, std::uint32_t partition) {
  drop(state.mutable_preparing(),
       [&](const stored::MergedCase& one) { return same(one, case_id, partition); });
}

void merge_prepared(stored::CaseState& state, const stored::MergePrepared& e) {
  stored::MergedCase* one = state.add_preparing();
  one->set_case_id(e.case_id());
  one->set_partition(e.partition());
}

void case_merged(stored::CaseState& state, const stored::CaseMerged& e) {
  state.set_merged_into_case_id(e.into_case_id());
  state.set_merged_into_partition(e.into_partition());
  stored::MergeRecord& merge = *state.mutable_merge();
  *merge.mutable_carried() = e.promises();
  merge.mutable_promises()->Swap(state.mutable_promises());
}

void case_unmerged(stored::CaseState& state, const stored::CaseUnmerged& e) {
  stored::UnmergeRecord& unmerging = *state.mutable_unmerging();
  unmerging.mutable_from()->set_case_id(state.merged_into_case_id());
  unmerging.mutable_from()->set_partition(state.merged_into_partition());
  *unmerging.mutable_behind() = e.behind();
  state.set_closed_ms(0);
  state.set_merged_into_case_id(0);
  state.set_merged_into_partition(0);
  state.mutable_promises()->Swap(state.mutable_merge()->mutable_promises());
  state.clear_merge();
}

void duplicate_attached(stored::CaseState& state, const stored::DuplicateAttached& e,
                        std::int64_t now_ms) {
  drop_preparing(state, e.case_id(), e.partition());
  stored::MergedCase* duplicate = state.add_duplicates();
  duplicate->set_case_id(e.case_id());
  duplicate->set_partition(e.partition());
  duplicate->set_depth(e.depth());
  for (const stored::CarriedPromise& promise : e.promises()) {
    stored::CarriedPromise& taken = *state.add_promises();
    taken = promise;
    taken.set_carried_ms(now_ms);
    taken.set_since_ms(now_ms);
  }
}

void duplicate_detached(stored::CaseState& state, const stored::DuplicateDetached& e) {
  drop(state.mutable_duplicates(),
       [&](const stored::MergedCase& one) { return same(one, e.case_id(), e.partition()); });
  const auto is_theirs = [&](const stored::CarriedPromise& promise) {
    const auto is_whose = [&](const stored::MergedCase& one) {
      return same(one, promise.case_id(), promise.partition());
    };
    return (promise.case_id() == e.case_id() && promise.partition() == e.partition()) ||
           std::any_of(e.behind().begin(), e.behind().end(), is_whose);
  };
  drop(state.mutable_promises(), is_theirs);
  if (!state.has_merge()) return;
  drop(state.mutable_merge()->mutable_promises(), is_theirs);
  drop(state.mutable_merge()->mutable_carried(), is_theirs);
}

}  // namespace

void drop_promises(stored::CaseState& state, stored::ClockKind kind) {
  drop(state.mutable_promises(), [kind](const auto& promise) { return promise.kind() == kind; });
}

void drop_promises(stored::CaseState& state,
                   const google::protobuf::RepeatedField<std::uint32_t>& places) {
  for (int i = places.size() - 1; i >= 0; --i) {
    const std::uint32_t place = places.Get(i);
    if (place < static_cast<std::uint32_t>(state.promises_size()))
      state.mutable_promises()->DeleteSubrange(static_cast<int>(place), 1);
  }
}

void apply_to_merge(stored::CaseState& state, const stored::Event& event, std::int64_t now_ms) {
  switch (event.what_case()) {
    case stored::Event::kCaseMerged:
      return case_merged(state, event.case_merged());
    case stored::Event::kDuplicateAttached:
      return duplicate_attached(state, event.duplicate_attached(), now_ms);
    case stored::Event::kMergePrepared:
      return merge_prepared(state, event.merge_prepared());
    case stored::Event::kMergeReleased:
      return drop_preparing(state, event.merge_released().case_id(),
                            event.merge_released().partition());
    case stored::Event::kCaseUnmerged:
      return case_unmerged(state, event.case_unmerged());
    case stored::Event::kDuplicateDetached:
      return duplicate_detached(state, event.duplicate_detached());
    case stored::Event::kUnmergeSettled:
      return state.clear_unmerging();
    default:
      check_failed(__FILE__, __LINE__, "event of a merge",
                   "event kind " + std::to_string(event.what_case()));
  }
}

}  // namespace casewheel::domain
