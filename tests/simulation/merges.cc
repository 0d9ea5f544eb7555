// See merges.h.
#include "tests/simulation/merges.h"

#include <vector>

#include "storage/keys.h"

namespace casewheel::simulation {
namespace {

constexpr std::size_t kAtOnce = 12;

CaseAddress address_of(const stored::MergedCase& one) {
  return {static_cast<PartitionId>(one.partition()), CaseId{one.case_id()}};
}

}  // namespace

void Merges::merge(CaseAddress duplicate, CaseAddress into) {
  if (duplicate == into) return;
  Running& merge = running_[++last_];
  merge.duplicate = duplicate;
  merge.into = into;
}

void Merges::begin() {
  if (running_.size() >= kAtOnce || ledger_.cases.size() < 3) return;
  // Mostly the youngest, which are open.
  const auto some = [this] {
    const std::size_t count = ledger_.cases.size();
    return random_.percent(80)
               ? ledger_.cases[count - 1 - random_.below(std::min<std::size_t>(count, 10))]
               : random_.pick(ledger_.cases);
  };
  const CaseAddress one = some();
  partition::CaseRecord record;
  const bool read = partition::read_case(world_.store, one.partition, one.id, &record).is_ok();
  if (read && record.state.status() == stored::MERGED && random_.percent(70)) {
    Running& undoing = running_[++last_];
    undoing.next = Next::kUndo;
    undoing.duplicate = one;
    return;
  }
  const CaseAddress two = some();
  const CaseAddress three = some();
  merge(one, two);
  if (random_.percent(40)) merge(two, one);
  if (random_.percent(25)) {
    merge(two, three);
    merge(three, one);
  }
  if (random_.percent(15)) merge(one, two);  // by somebody else at the same time
}

partition::ActRequest Merges::request_of(const Running& merge) const {
  const CaseAddress& one = merge.duplicate;
  partition::ActRequest act;
  act.tenant_number = one.id.tenant_number();
  act.id = merge.into.id;
  act.command.who = {stored::ENGINE, "", domain::kEveryRole};
  act.command.received_ms = world_.clock().read().now;
  switch (merge.next) {
    case Next::kPrepare:
      act.command.who.role = stored::OPERATOR;
      act.command.action = domain::PrepareMerge{one.partition, one.id, merge.into.partition};
      break;
    case Next::kEnd:
      act.id = one.id;
      act.command.who.role = stored::OPERATOR;
      act.command.action = domain::Merge{merge.into.partition, merge.into.id, one.partition};
      break;
    case Next::kAttach:
      act.command.action =
          domain::AttachDuplicate{one.partition,
                                  one.id,
                                  {merge.record.carried().begin(), merge.record.carried().end()},
                                  merge.depth};
      break;
    case Next::kRelease:
      act.command.action = domain::ReleaseMerge{one.partition, one.id};
      break;
    case Next::kUndo:
      act.id = one.id;
      act.command.who.role = stored::OPERATOR;
      act.command.action = domain::Unmerge{"wrong"};
      break;
    case Next::kDetach:
      act.command.action = domain::DetachDuplicate{
          one.partition,
          one.id,
          {merge.unmerging.behind().begin(), merge.unmerging.behind().end()},
          merge.through};
      break;
    case Next::kSettle:
      act.id = one.id;
      act.command.action = domain::SettleUnmerge{};
      break;
  }
  return act;
}

std::optional<Asked> Merges::step() {
  std::vector<std::size_t> ready;
  for (const auto& [number, merge] : running_) {
    if (!merge.asked) ready.push_back(number);
  }
  if (ready.empty()) return std::nullopt;
  const std::size_t number = random_.pick(ready);
  Running& merge = running_.at(number);
  merge.asked = true;
  const bool of_duplicate =
      merge.next == Next::kEnd || merge.next == Next::kUndo || merge.next == Next::kSettle;
  Asked asked;
  asked.merge = number;
  asked.partition = of_duplicate ? merge.duplicate.partition : merge.into.partition;
  asked.request = request_of(merge);
  return asked;
}

bool Merges::go_on(Running& merge, const partition::Answer& answer) {
  switch (merge.next) {
    case Next::kPrepare:
      merge.next = Next::kEnd;
      return !answer.rejection;
    case Next::kEnd:
      merge.next = answer.rejection ? Next::kRelease : Next::kAttach;
      if (!answer.rejection) {
        merge.record = answer.record->state.merge();
        merge.depth = domain::merge_depth(answer.record->state);
      }
      return true;
    case Next::kAttach:
      CASEWHEEL_CHECK(!answer.rejection,
                      "a prepared case did not take a duplicate in: " + answer.rejection->message);
      return false;
    case Next::kRelease:
      CASEWHEEL_CHECK(!answer.rejection,
                      "a case was not released from a merge: " + answer.rejection->message);
      return false;
    default:
      return go_on_undoing(merge, answer);
  }
}

bool Merges::go_on_undoing(Running& merge, const partition::Answer& answer) {
  if (merge.next == Next::kUndo) {
    if (answer.rejection || !answer.record->state.has_unmerging()) return false;
    merge.unmerging = answer.record->state.unmerging();
    merge.into = address_of(merge.unmerging.from());
    merge.through = merge.duplicate;
    merge.next = Next::kDetach;
    return true;
  }
  if (merge.next == Next::kSettle) return false;
  if (answer.rejection) {  // it is being merged itself: asked again
    CASEWHEEL_CHECK(answer.rejection->code == RejectionCode::kUnavailable,
                    "a duplicate was not let go: " + answer.rejection->message);
    return true;
  }
  const stored::CaseState& state = answer.record->state;
  if (state.status() != stored::MERGED) {
    merge.next = Next::kSettle;
    return true;
  }
  merge.through = merge.into;
  merge.into = {static_cast<PartitionId>(state.merged_into_partition()),
                CaseId{state.merged_into_case_id()}};
  return true;
}

void Merges::answered(const Asked& asked, const partition::Answer& answer) {
  const auto found = running_.find(asked.merge);
  if (found == running_.end()) return;
  Running& merge = found->second;
  merge.asked = false;
  // The engine's own steps wait for the disk, those of people are refused.
  const bool waits = answer.rejection && answer.rejection->code == RejectionCode::kDiskFull &&
                     merge.next != Next::kPrepare && merge.next != Next::kUndo &&
                     merge.next != Next::kEnd;
  if (!waits && !go_on(merge, answer)) running_.erase(found);
}

void Merges::resume() {
  running_.clear();
  for (PartitionId id = 0; id < world_.partitions(); ++id) {
    const std::string prefix = storage::kind_prefix(storage::RowKind::kMerge, id);
    const Status status = world_.store.scan(
        storage::Table::kState, prefix, storage::prefix_end(prefix),
        [this](std::string_view key, std::string_view value) {
          const auto at = storage::decode_merge_key(key);
          stored::MergeRow row;
          CASEWHEEL_CHECK(at && row.ParseFromArray(value.data(), static_cast<int>(value.size())),
                          "a merge row cannot be decoded");
          Running& merge = running_[++last_];
          merge.duplicate = row.unmerging() ? at->address : at->other;
          partition::CaseRecord record;
          const Status read = partition::read_case(world_.store, merge.duplicate.partition,
                                                   merge.duplicate.id, &record);
          CASEWHEEL_CHECK(read.is_ok(), "a merge of no case");
          const stored::CaseState& state = record.state;
          if (row.unmerging()) {
            merge.unmerging = state.unmerging();
            merge.into = address_of(merge.unmerging.from());
            merge.through = merge.duplicate;
            merge.next = Next::kDetach;
            return true;
          }
          merge.into = at->address;
          const bool ended = state.status() == stored::MERGED &&
                             state.merged_into_case_id() == merge.into.id.value &&
                             state.merged_into_partition() == merge.into.partition;
          merge.next = ended ? Next::kAttach : Next::kRelease;
          merge.record = state.merge();
          merge.depth = domain::merge_depth(state);
          return true;
        });
    CASEWHEEL_CHECK(status.is_ok(), status.message());
  }
}

}  // namespace casewheel::simulation
