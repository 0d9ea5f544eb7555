// The policies of one version of one tenant's catalogue, compiled for the questions each lodge and
// each look at a case asks. Immutable once made and shared by all later snapshots, since clocks stay
// bound to the version they were started under. Read from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/sla/ladder.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// Finds a std::string key by a std::string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
using IndexById = std::unordered_map<std::string, int, TextHash, std::equal_to<>>;
using SetOfIds = std::unordered_set<std::string, TextHash, std::equal_to<>>;

// Whom a ladder step speaks to; its time is in the rung of the same index.
struct StepAudience {
  std::uint32_t level = 0;
  bool climb = false;
  std::vector<stored::Recipient> recipients;
};

struct ClockRules {
  bool pauses_awaiting_documents = false;
  std::vector<sla::LadderRung> ladder;
  std::vector<StepAudience> audience;
};

inline constexpr std::size_t kClockKinds = stored::ClockKind_ARRAYSIZE;

struct CompiledPolicy {
  stored::Policy source;
  // Bits of the enum values that match; all bits where the list is empty.
  std::uint32_t kinds = 0;
  std::uint32_t priorities = 0;
  std::uint32_t channels = 0;
  SetOfIds services;                             // empty: every service and none
  std::array<int, kClockKinds> clock_of_kind{};  // index into clocks, -1 where the policy has none
  std::vector<ClockRules> clocks;                // as in source.clocks()

  bool matches(const stored::CaseState& facts) const;
};

class PolicyEdition {
 public:
  explicit PolicyEdition(const stored::Catalogue& catalogue);

  std::uint32_t version() const { return version_; }
  // The first policy that matches; null when none does.
  const CompiledPolicy* first_match(const stored::CaseState& facts) const;
  // Null when this version has no such policy or the policy no such clock.
  const ClockRules* clock(std::string_view policy, stored::ClockKind kind) const;

 private:
  std::uint32_t version_;
  std::vector<CompiledPolicy> policies_;
  IndexById by_id_;
};

}  // namespace casewheel::catalogue
