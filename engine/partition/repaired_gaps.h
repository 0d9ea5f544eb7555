// What a repair leaves on record in a journal: entries that were lost, cases whose events went with them. Used
// by whoever replays: an event behind a gap is not applied to a case that lacks the ones before it, until the
// repair states the case anew. One partition's journal, in its order.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"

namespace casewheel::partition {

class RepairedGaps {
 public:
  // An event of the partition itself, of any kind.
  void note(const journal::v1::Event& event, std::uint64_t seq);

  enum class Verdict : std::uint8_t {
    kApply,
    kSkip,   // events before it are lost
    kWrong,  // events before it are missing, and no gap is on record
  };
  // Of an event of a case that stands at `revision` (0: not lodged) and goes on with `next`.
  Verdict judge(const journal::v1::Event& event, std::uint32_t revision, std::uint32_t next);

  bool any() const { return lost_entries_ != 0; }
  std::uint64_t lost_entries() const { return lost_entries_; }
  std::uint64_t restated() const { return restated_; }
  std::uint64_t first_seq() const { return first_seq_; }  // of the first lost entry; 0: none
  std::uint64_t last_seq() const { return last_seq_; }
  // Cases that repairs have given up.
  const std::set<std::uint64_t>& lost_cases() const { return lost_cases_; }
  // Cases that lack events and were neither stated anew nor given up.
  const std::set<std::uint64_t>& unsettled() const { return unsettled_; }

 private:
  std::uint64_t lost_entries_ = 0;
  std::uint64_t first_seq_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t restated_ = 0;
  std::set<std::uint64_t> lost_cases_;
  std::set<std::uint64_t> unsettled_;
};

}  // namespace casewheel::partition
