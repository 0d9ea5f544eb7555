// The outside ledger: what callers asked and what they were told. It sits outside of the process that
// dies, believes only answers it got, and judges each answer by what it was told before.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "engine/partition/request.h"
#include "tests/simulation/history.h"

namespace casewheel::simulation {

enum class Fate : std::uint8_t {
  kUnknown,  // not answered yet, or the process died first
  kAcknowledged,
  kRejected,
};

struct Lodging {
  PartitionId partition = 0;
  partition::LodgeRequest request;
  Fate fate = Fate::kUnknown;
  CaseAddress address;  // when acknowledged
};

struct Deed {
  CaseAddress address;
  partition::ActRequest request;
  Fate fate = Fate::kUnknown;
  bool did_something = false;
  std::uint32_t revision = 0;  // after it, when acknowledged
  TimeMs asked_at = 0;         // engine time
};

// One request on its way, and what the ledger needs to judge its answer.
struct Asked {
  enum class What : std::uint8_t { kLodge, kAct, kOther };
  enum class Body : std::uint8_t { kFirst, kSame, kOther };
  What what = What::kOther;
  Body body = Body::kFirst;
  std::size_t index = 0;  // into lodgings or deeds
  PartitionId partition = 0;
  partition::RequestBody request;
  std::size_t merge = 0;  // of which merge it is a step; 0: of none
};

class Ledger {
 public:
  // It is on its way: what it does is unknown until it is answered, also when it was rejected before.
  void sent(const Asked& asked);
  // Notes the answer. What it contradicts, or empty.
  std::string settle(const Asked& asked, const partition::Answer& answer);

  std::deque<Lodging> lodgings;
  std::deque<Deed> deeds;
  std::map<CaseKey, std::uint32_t> revisions;  // highest acknowledged
  std::map<CaseKey, std::vector<std::size_t>>
      done;                        // deeds acknowledged that did something, by case
  std::vector<CaseAddress> cases;  // in the order they were acknowledged
  std::map<std::pair<std::string, PartitionId>, std::uint64_t> cursors;
  std::map<CallKey, std::uint32_t> calls;      // highest acknowledged version
  std::map<std::string, std::uint64_t> trail;  // of audit lines: how often each was acknowledged
  std::map<std::uint32_t, std::uint32_t> catalogue_versions;  // by tenant number
  std::map<RejectionCode, std::uint64_t> rejections;

 private:
  std::string settle_lodge(const Asked& asked, const partition::Answer& answer);
  std::string settle_act(const Asked& asked, const partition::Answer& answer);
  void acknowledged(CaseAddress address, std::uint32_t revision);
};

}  // namespace casewheel::simulation
