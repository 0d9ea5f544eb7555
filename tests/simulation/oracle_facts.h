// The facts of one case as an oracle gathers them from its history, and what clocks ought to follow from
// them and the policies (engine/domain/README.md), worked out the slow way. Shares no code with
// engine/domain, engine/catalogue or engine/sla but the zones.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "tests/simulation/history.h"

namespace casewheel::simulation {

struct GivenSignal {
  stored::ClockSignal signal = stored::CLOCK_SIGNAL_UNSPECIFIED;
  stored::ReplyMeans means = stored::MEANS_UNSPECIFIED;
  TimeMs at = 0;
  int reopenings = 0;  // how often the case had been reopened for a new reason by then
};

struct CasePause {
  TimeMs from = 0;
  TimeMs to = 0;  // 0 while it lasts
  stored::PauseReason reason = stored::PAUSE_REASON_UNSPECIFIED;
};

// Whether a clock of that rule is met by it.
bool meets(const stored::ClockRule* rule, stored::ClockKind kind, stored::ClockSignal signal,
           stored::ReplyMeans means);
bool pauses_for(const stored::ClockRule* rule, stored::PauseReason reason);
const stored::ClockRule* rule_in(const stored::Policy* policy, stored::ClockKind kind);

class OracleFacts {
 public:
  void add(const Happening& what);

  // The version of the catalogue that holds for it under that edition of the time rules.
  std::uint32_t version_under(const History& history, std::uint32_t tenant,
                              std::uint64_t edition) const;
  const stored::Policy* policy_in(const stored::Catalogue& catalogue) const;
  bool owes(const stored::ClockRule& rule) const;
  // Since when the first clock of such an allowance counts, where its policy counts from the change.
  TimeMs start_of(const stored::Policy& policy, const stored::ClockRule& rule,
                  TimeMs counted_since) const;
  Pauses pauses_of(const stored::ClockRule* rule, TimeMs start) const;
  // The first signal that meets a clock which came into being after that many reopenings.
  std::optional<TimeMs> met_at(const stored::ClockRule* rule, stored::ClockKind kind,
                               int reopenings) const;
  bool gave(const stored::ClockRule* rule, stored::ClockKind kind, TimeMs at) const;

  bool open = false;
  TimeMs lodged = 0;
  TimeMs received = 0;
  TimeMs reopened = 0;
  int reopenings = 0;
  std::uint32_t lodged_version = 0;
  std::uint32_t end_revision = 0;
  TimeMs ended = 0;
  std::string unit;
  std::string county;
  std::string service;
  stored::Kind kind = stored::KIND_UNSPECIFIED;
  stored::Priority priority = stored::PRIORITY_UNSPECIFIED;
  stored::Channel channel = stored::CHANNEL_UNSPECIFIED;
  std::vector<CasePause> pauses;
  std::vector<GivenSignal> given;
  std::map<int, stored::NamedDate> granted;  // by kind of clock

 private:
  void ends(const Happening& what, TimeMs at);
  void begin_pause(TimeMs from, stored::PauseReason reason);
  void end_pause(TimeMs to);

  bool awaits_documents_ = false;
};

}  // namespace casewheel::simulation
