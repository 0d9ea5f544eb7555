// Merging cases and undoing it. A merge ends in an open case or does not happen:
//
//   1. PrepareMerge to the case that goes on: from then on it does not end (close, withdraw, merge).
//   2. Merge to the duplicate: it ends, unless a merge into it is prepared too. Of two cases that are
//      merged into each other at once, the one with the lower number may end all the same: the other
//      one may not, because the first is prepared to end in it, and has ended in it later.
//   3. AttachDuplicate to the case that goes on, with the promises the duplicate leaves; ReleaseMerge
//      where the duplicate refused.
//
// So at the instant a case ends in another one, that one is open; and since a case that is prepared
// does not merge, no ring of merged cases comes about.
//
// The people behind a duplicate keep the dates they were given. Of the dates of a kind the earliest
// holds: it caps the clock of the case that goes on, or is a clock of its own where that case has none
// running. A date that had passed by then stays broken with the duplicate and is not broken a second
// time. Undoing a merge gives the duplicate its clocks back as they were, and takes its dates off the
// cases they had reached.
#include <algorithm>
#include <string>
#include <utility>

#include "engine/domain/act.h"

namespace casewheel::domain {
namespace {

constexpr int kDuplicatesMax = 1000;
constexpr int kPromisesMax = 1000;  // of duplicates together, before another one is taken in
constexpr DurationMs kUnderWayRetryMs = 100;  // the steps of a merge take milliseconds

bool is(const stored::MergedCase& one, PartitionId partition, CaseId id) {
  return one.case_id() == id.value && one.partition() == partition;
}

template <typename List>
bool holds(const List& list, PartitionId partition, CaseId id) {
  return std::any_of(list.begin(), list.end(),
                     [&](const stored::MergedCase& one) { return is(one, partition, id); });
}

Rejection under_way(const char* what) {
  return Rejection::of(RejectionCode::kUnavailable, what, kUnderWayRetryMs);
}

// True while the one merge prepared into the case is that of the very case it is to end in, and its own
// number is the lower one.
bool goes_first(const stored::CaseState& state, const Merge& merge) {
  return state.preparing_size() == 1 && is(state.preparing(0), merge.into_partition, merge.into) &&
         std::pair(state.case_id(), merge.here) < std::pair(merge.into.value, merge.into_partition);
}

// The dates that the people behind the case were given and still wait for: its own, and those it keeps
// for others.
void add_promises(const Decider& d, PartitionId partition, stored::CaseMerged* merged) {
  const stored::CaseState& state = d.state();
  for (const stored::ClockState& clock : state.clocks()) {
    if (is_stopped(clock)) continue;
    if (!is_promise(clock.kind()) || clock.carried()) continue;
    stored::ClockState own = clock;
    own.clear_promised_ms();
    own.clear_promised_at_ms();
    const TimeMs due = d.date_as_known(std::move(own));
    if (due == kNever || due < d.command().received_ms) continue;
    stored::CarriedPromise& promise = *merged->add_promises();
    promise.set_kind(clock.kind());
    promise.set_due_ms(due);
    promise.set_policy(clock.policy());
    promise.set_catalogue_version(clock.catalogue_version());
    promise.set_case_id(state.case_id());
    promise.set_partition(partition);
  }
  for (const stored::CarriedPromise& kept : state.promises()) {
    stored::CarriedPromise promise = kept;
    promise.set_due_ms(d.date_of(kept));
    promise.clear_broken_clock();
    promise.clear_told();
    if (promise.due_ms() >= d.command().received_ms) *merged->add_promises() = std::move(promise);
  }
}

MoveReason because_of(PartitionId partition, CaseId duplicate) {
  return {stored::CASES_MERGED, "case " + format_case_number(partition, duplicate)};
}

}  // namespace

std::uint32_t merge_depth(const stored::CaseState& state) {
  std::uint32_t depth = 1;
  for (const stored::MergedCase& duplicate : state.duplicates())
    depth = std::max(depth, duplicate.depth() + 1);
  return depth;
}

Checked merge_under_way(const Decider& d) {
  if (d.state().preparing_size() > 0)
    return under_way("another case is being merged into this one: try again");
  if (d.state().has_unmerging()) return under_way("a merge is being undone: try again");
  return {};
}

Checked act(Decider& d, const Transition&, const PrepareMerge& a) {
  const stored::CaseState& state = d.state();
  if (CaseId{state.case_id()}.tenant_number() != a.duplicate.tenant_number())
    return Rejection::invalid("into_case_number", "belongs to another tenant");
  if (state.case_id() == a.duplicate.value && a.here == a.partition)
    return Rejection::invalid("into_case_number", "is the case itself");
  if (holds(state.preparing(), a.partition, a.duplicate))
    return under_way("the case is being merged already: try again");
  if (holds(state.duplicates(), a.partition, a.duplicate) || state.has_unmerging())
    return under_way("a merge is being undone: try again");
  if (state.duplicates_size() + state.preparing_size() >= kDuplicatesMax)
    return Rejection::invalid("into_case_number", "a case can take in at most 1,000 duplicates");
  if (state.promises_size() >= kPromisesMax) {
    return Rejection::invalid(
        "into_case_number",
        "keeps the dates of 1,000 promises to people of merged cases, as many "
        "as it can: answer it first");
  }
  stored::Event event = d.begin();
  event.mutable_merge_prepared()->set_case_id(a.duplicate.value);
  event.mutable_merge_prepared()->set_partition(a.partition);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition&, const ReleaseMerge& a) {
  if (!holds(d.state().preparing(), a.partition, a.duplicate)) return {};
  stored::Event event = d.begin();
  event.mutable_merge_released()->set_case_id(a.duplicate.value);
  event.mutable_merge_released()->set_partition(a.partition);
  d.commit(std::move(event));
  return {};
}

Checked act(Decider& d, const Transition& row, const Merge& a) {
  if (d.state().case_id() == a.into.value && a.here == a.into_partition)
    return Rejection::invalid("into_case_number", "is the case itself");
  if (CaseId{d.state().case_id()}.tenant_number() != a.into.tenant_number())
    return Rejection::invalid("into_case_number", "belongs to another tenant");
  if (holds(d.state().duplicates(), a.into_partition, a.into))
    return Rejection::of(RejectionCode::kWrongState, "that case has been merged into this one");
  if (!goes_first(d.state(), a)) {
    if (Checked wait = merge_under_way(d)) return wait;
  }
  if (merge_depth(d.state()) > kMergeDepthMax) {
    return Rejection::invalid("case_number",
                              "32 merges lie behind this case already, one into the other: merge "
                              "those into the case that goes on instead");
  }
  d.relay(true);  // its dates are taken along as the calendars of today have them
  stored::Event event = d.begin();
  stored::CaseMerged& merged = *event.mutable_case_merged();
  merged.set_into_case_id(a.into.value);
  merged.set_into_partition(a.into_partition);
  add_promises(d, a.here, &merged);
  event.set_status(row.to);
  d.commit(std::move(event));
  d.end_clocks(d.command().received_ms);
  return {};
}

Checked act(Decider& d, const Transition&, const AttachDuplicate& a) {
  if (!holds(d.state().preparing(), a.partition, a.duplicate)) {
    if (holds(d.state().duplicates(), a.partition, a.duplicate)) return {};
    return Rejection::of(RejectionCode::kWrongState, "no merge of that case is prepared");
  }
  stored::Event event = d.begin();
  stored::DuplicateAttached& attached = *event.mutable_duplicate_attached();
  attached.set_case_id(a.duplicate.value);
  attached.set_partition(a.partition);
  attached.set_depth(a.depth);
  for (const stored::CarriedPromise& promise : a.promises) *attached.add_promises() = promise;
  d.commit(std::move(event));
  if (is_open(d.state().status())) d.keep_promises(because_of(a.partition, a.duplicate));
  return {};
}

Checked act(Decider& d, const Transition& row, const Unmerge& a) {
  const stored::MergeRecord merge = d.state().merge();
  stored::Event event = d.begin();
  stored::CaseUnmerged& unmerged = *event.mutable_case_unmerged();
  for (const stored::CarriedPromise& promise : merge.promises()) {
    const CaseId whose{promise.case_id()};
    const auto partition = static_cast<PartitionId>(promise.partition());
    if (holds(unmerged.behind(), partition, whose)) continue;
    stored::MergedCase& one = *unmerged.add_behind();
    one.set_case_id(whose.value);
    one.set_partition(partition);
  }
  event.mutable_personal()->set_text(a.reason);
  const stored::CaseStatus before = d.state().status_before_end();
  event.set_status(before == stored::STATUS_UNSPECIFIED ? row.to : before);
  d.commit(std::move(event));
  d.restore_ended();
  return {};
}

Checked act(Decider& d, const Transition&, const DetachDuplicate& a) {
  // Its promises may be on their way here.
  if (holds(d.state().preparing(), a.through.partition, a.through.id))
    return under_way("the case through which it came is being merged: try again");
  const auto concerns = [&](const stored::CarriedPromise& promise) {
    const CaseId whose{promise.case_id()};
    const auto partition = static_cast<PartitionId>(promise.partition());
    return (whose == a.duplicate && partition == a.partition) || holds(a.behind, partition, whose);
  };
  const auto none_of_theirs = [&](const auto& promises) {
    return std::none_of(promises.begin(), promises.end(), concerns);
  };
  if (!holds(d.state().duplicates(), a.partition, a.duplicate) &&
      none_of_theirs(d.state().promises()) && none_of_theirs(d.state().merge().promises()))
    return {};
  // Own dates come forth again that those promises stood before: by the calendars of today.
  if (is_open(d.state().status())) d.relay(true);
  stored::Event event = d.begin();
  stored::DuplicateDetached& detached = *event.mutable_duplicate_detached();
  detached.set_case_id(a.duplicate.value);
  detached.set_partition(a.partition);
  for (const stored::MergedCase& one : a.behind) *detached.add_behind() = one;
  d.commit(std::move(event));
  if (is_open(d.state().status())) d.keep_promises(because_of(a.partition, a.duplicate));
  return {};
}

Checked act(Decider& d, const Transition&, const SettleUnmerge&) {
  if (!d.state().has_unmerging()) return {};
  stored::Event event = d.begin();
  event.mutable_unmerge_settled();
  d.commit(std::move(event));
  return {};
}

}  // namespace casewheel::domain
