// What partitions and the daemon have told the board since it last looked: the board's queue.
// Filled by partition threads, emptied on the board's strand; thread-safe, and never held longer
// than one batch takes to move in. A case waits at most once, so however far the board is behind,
// its backlog is no longer than the list of cases.
#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "engine/partition/publication.h"

namespace casewheel::views {

struct Delivery {
  std::deque<partition::CaseChange> changes;  // a case at most once
  absl::flat_hash_map<PartitionId, journal::v1::Totals> totals;
  TimeMs now = 0;       // the latest heard of; 0: none
  bool ticked = false;  // the daemon says that time has moved

  bool is_empty() const { return changes.empty() && totals.empty() && now == 0; }
};

class Inbox {
 public:
  void add(const partition::Publication& publication) {
    std::vector<partition::CaseChange> copies = publication.changes;  // not under the lock
    std::lock_guard lock(mutex_);
    for (partition::CaseChange& copy : copies) {
      const auto [place, is_new] = places_.try_emplace(copy.address, nullptr);
      if (is_new) {
        place->second = &waiting_.changes.emplace_back(std::move(copy));
      } else if (copy.row.revision() >= place->second->row.revision()) {
        *place->second = std::move(copy);
      }
    }
    waiting_.totals.insert_or_assign(publication.partition, publication.totals);
    waiting_.now = std::max(waiting_.now, publication.now);
  }

  void tick(TimeMs now) {
    std::lock_guard lock(mutex_);
    waiting_.now = std::max(waiting_.now, now);
    waiting_.ticked = true;
  }

  Delivery take() {
    Places places;  // let go of after the lock
    std::lock_guard lock(mutex_);
    places.swap(places_);
    return std::exchange(waiting_, Delivery());
  }

  bool is_empty() const {
    std::lock_guard lock(mutex_);
    return waiting_.is_empty();
  }

 private:
  struct AddressHash {
    std::size_t operator()(const CaseAddress& address) const {
      return absl::HashOf(address.id.value, address.partition);
    }
  };
  // Of the changes that wait, in a deque because that never moves an element.
  using Places = absl::flat_hash_map<CaseAddress, partition::CaseChange*, AddressHash>;

  mutable std::mutex mutex_;
  Delivery waiting_;
  Places places_;
};

}  // namespace casewheel::views
