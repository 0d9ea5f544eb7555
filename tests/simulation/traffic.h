// The seeded generator of what callers ask: new cases of every shape, all actions at good and bad
// times, by the right and the wrong people, and requests sent again with the same and another body.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "tests/simulation/ledger.h"
#include "tests/simulation/merges.h"
#include "tests/simulation/random.h"
#include "tests/simulation/world.h"

namespace casewheel::simulation {

class Traffic {
 public:
  Traffic(Random& random, World& world, Ledger& ledger)
      : random_(random), world_(world), ledger_(ledger), merges_(random, world, ledger) {}

  // Anything a caller may ask now.
  Asked request();
  // A new case in that partition.
  Asked lodge_in(PartitionId partition);
  // A new case with an agreed date, part of a storm.
  Asked storm_lodge(TimeMs agreed_ms);
  // Whole tenants, as they are or changed. For partition 0.
  Asked catalogue();
  Asked first_catalogue();
  Asked first_calendars();
  // A calendar as it may change, put in force over open cases.
  Asked calendar();
  Asked checkpoint();
  // Somebody comes in, or what she may do changes; the last event is the line on the trail.
  Asked record();
  // Something an exchange tells of a call, or that is done with it.
  Asked call();
  // Most of what is asked next is about this case.
  void focus(std::optional<CaseAddress> address) { focus_ = address; }
  // Nothing that waited goes out any more: the answers it follows were lost.
  void forget_waiting() { waiting_.clear(); }
  // More about one case than it remembers of escalations and requests, the first of it again at last.
  std::vector<Asked> hammer();
  Merges& merges() { return merges_; }
  // What was asked and never answered is asked again, as any caller would after a crash.
  void ask_again_unanswered();

 private:
  Asked lodge();
  Asked lodge_again();
  Asked act();
  Asked act_again();
  Asked send(const Lodging& lodging, std::size_t index, Asked::Body body);
  Asked send(const Deed& deed, std::size_t index, Asked::Body body);
  partition::LodgeRequest new_lodge();
  domain::Action action(const stored::CaseState& state, TimeMs now);
  domain::Action action_on_time(const stored::CaseState& state, TimeMs now);
  domain::CallAction call_action(std::uint64_t call);
  domain::Action correction();
  domain::Action action_on_tracking(const stored::CaseState& state);
  domain::Action action_on_attachments(const stored::CaseState& state);
  domain::Action action_on_fees();
  void undo_later(CaseAddress address, const domain::Action& action,
                  const stored::CaseState& before);
  // When it happened, told now or afterwards, mostly where something is at stake; 0: as it is told.
  TimeMs stated(const stored::CaseState& state, TimeMs now);
  domain::Who who();
  std::string text();

  Random& random_;
  World& world_;
  Ledger& ledger_;
  std::uint64_t keys_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t calls_ = 0;
  std::optional<CaseAddress> focus_;
  std::deque<Asked> waiting_;  // goes out before anything new
  Merges merges_;
};

}  // namespace casewheel::simulation
