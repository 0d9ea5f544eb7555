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
  bool at_any_hour = false;
  bool tells_applicant = false;
  std::vector<stored::Recipient> recipients;
  // Bits of the enum values for which the step fires; all bits where nothing is asked.
  std::uint32_t kinds = ~std::uint32_t{0};
  std::uint32_t priorities = ~std::uint32_t{0};
  DurationMs late_by_ms = 0;  // 0: however late
};

struct ClockRules {
  std::uint32_t pauses = 0;        // bits 1 << PauseReason
  std::uint32_t met_by = 0;        // bits 1 << ClockSignal; 0: as the kind of clock has it
  std::uint32_t met_by_means = 0;  // bits 1 << ReplyMeans; 0: any
  bool ladder_needs_calendar = false;
  std::uint64_t ladder_content = 0;  // a digest of it: stored, to know it again in another version
  bool starts_on_reopening = false;
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

// Whether the mask (bits 1 << value) holds the value.
bool holds(std::uint32_t mask, int value);

class PolicyEdition {
 public:
  explicit PolicyEdition(const stored::Catalogue& catalogue);

  std::uint32_t version() const { return version_; }
  // The edition of the time rules it made when it was carried to open cases; 0: it was not.
  std::uint64_t rules_edition() const { return rules_edition_; }
  // The first policy that matches; null when none does.
  const CompiledPolicy* first_match(const stored::CaseState& facts) const;
  // Null when this version has no such policy or the policy no such clock.
  const ClockRules* clock(std::string_view policy, stored::ClockKind kind) const;

 private:
  std::uint32_t version_;
  std::uint64_t rules_edition_;
  std::vector<CompiledPolicy> policies_;
  IndexById by_id_;
};

}  // namespace casewheel::catalogue
