// See oracle.h: who handles the case and who may decide on its dates; what of that is told.
#include <algorithm>

#include "tests/simulation/oracle.h"

namespace casewheel::simulation {
namespace {

// What a command does to clocks, and the engine to them: by the numbers of events.proto.
bool is_of_a_clock(const stored::Event& e) {
  const int what = static_cast<int>(e.what_case());
  return (what >= stored::Event::kClockStarted && what <= stored::Event::kStepPassedOver &&
          what != stored::Event::kEscalationAcknowledged) ||
         what == stored::Event::kClockRestored;
}

bool may_move_dates(const stored::Event& e) {
  return e.has_case_reclassified() || e.has_case_transferred() || e.has_date_agreed() ||
         (e.has_case_corrected() && !e.case_corrected().fields().empty());
}

}  // namespace

bool Oracle::held(TimeMs clock_start, const std::string& who) const {
  if (who.empty()) return false;
  if (who == handler_) return true;
  const auto former = former_.find(who);
  return former != former_.end() && former->second >= clock_start;
}

void Oracle::take_in_hand(const std::string& handler, TimeMs now) {
  if (!handler_.empty() && handler_ != handler) former_[handler_] = now;
  handler_ = handler;
}

void Oracle::check_moves(const Happening& what, const stored::DatesMoved* told) {
  const Act act = *std::move(moving_);
  moving_.reset();
  std::map<std::uint32_t, std::pair<TimeMs, TimeMs>> expected;  // before and after, by clock
  for (const auto& [number, was] : act.dates) {
    if (!facts_.open || !held(was.start, act.who)) continue;
    const Clock& clock = clocks_.at(number);
    TimeMs date = kNever;
    if (!clock.ended()) {
      date = clock.due_under(clock.facts.rules_edition(), what.now);
    } else if (clock.status != stored::CANCELLED) {
      continue;
    } else {
      for (const auto& [other_number, other_clock] : clocks_) {
        if (!other_clock.ended() && other_clock.facts.kind() == clock.facts.kind())
          date = other_clock.due_under(other_clock.facts.rules_edition(), what.now);
      }
    }
    if (date > was.due) expected[number] = {was.due, date == kNever ? 0 : date};
  }
  std::map<std::uint32_t, std::pair<TimeMs, TimeMs>> shown;
  if (told != nullptr) {
    for (const stored::MovedDate& move : told->moves()) {
      shown[move.clock()] = {move.due_before_ms(), move.due_after_ms()};
      moved_[move.escalation()] = {what.event->actor().id(), move.clock()};
    }
    for (const std::string& staff : told->recipients()) {
      if (staff == handler_ || staff == act.who)
        note(other, what, "tells a moved date to whose date it is");
    }
  }
  if (shown != expected)
    note(other, what,
         "of a handler's act " + std::to_string(expected.size()) + " dates moved later, and " +
             std::to_string(shown.size()) + " are told" +
             (shown.empty() ? ""
                            : ": clock " + std::to_string(shown.begin()->first) + " from " +
                                  std::to_string(shown.begin()->second.first) + " to " +
                                  std::to_string(shown.begin()->second.second)));
}

// Before the clocks follow: what an act moves is told at its end, before anything else happens.
void Oracle::hands_follow(const Happening& what) {
  const stored::Event& e = *what.event;
  // Another command's clock event, such as a supervisor's extension, is no part of the act.
  const bool is_same_command = moving_ && e.actor().id() == moving_->who &&
                               e.request_digest() == moving_->request &&
                               e.received_ms() == moving_->received;
  const bool ends_act = !is_of_a_clock(e) || e.actor().role() == stored::ENGINE || !is_same_command;
  if (e.has_dates_moved() && !moving_) note(other, what, "tells of dates that no act has moved");
  if (moving_ && ends_act) check_moves(what, e.has_dates_moved() ? &e.dates_moved() : nullptr);
  if (may_move_dates(e)) {
    moving_.emplace();
    moving_->who = e.actor().id();
    moving_->request = e.request_digest();
    moving_->received = e.received_ms();
    for (const auto& [number, clock] : clocks_) {
      if (!clock.ended())
        moving_->dates[number] = {clock.facts.start_ms(),
                                  clock.due_under(clock.facts.rules_edition(), what.now)};
    }
  }
  if (e.has_case_lodged()) take_in_hand(e.case_lodged().handler(), what.now);
  if (e.has_case_assigned()) take_in_hand(e.case_assigned().handler(), what.now);
  if (e.has_case_transferred()) take_in_hand(e.case_transferred().handler(), what.now);
  requests_follow(what);
}

void Oracle::requests_follow(const Happening& what) {
  const stored::Event& e = *what.event;
  const auto decides = [&](std::uint32_t number) {
    const Clock* clock = find(number);
    if (clock != nullptr && held(clock->facts.start_ms(), e.actor().id()))
      note(other, what, "decides on a date that was hers to keep");
  };
  if (e.has_clock_extended()) decides(e.clock_extended().clock());
  if (e.has_extension_requested())
    requests_[e.extension_requested().request()] = e.extension_requested().clock();
  if (e.has_extension_decided()) {
    const auto asked = requests_.find(e.extension_decided().request());
    if (asked == requests_.end()) return note(other, what, "decides on what nobody asked for");
    decides(asked->second);
    requests_.erase(asked);
  }
  if (e.has_extension_dropped()) {
    const auto asked = requests_.find(e.extension_dropped().request());
    const Clock* clock = asked == requests_.end() ? nullptr : find(asked->second);
    if (asked == requests_.end() || (clock != nullptr && !clock->ended()))
      note(other, what, "drops a request that can be decided");
    if (asked != requests_.end()) requests_.erase(asked);
  }
  if (e.has_case_reopened() && !e.case_reopened().undoes_end()) requests_.clear();
  if (e.has_escalation_acknowledged()) {
    const auto moved = moved_.find(e.escalation_acknowledged().escalation());
    if (moved == moved_.end()) return;
    const Clock* clock = find(moved->second.second);
    const std::string& who = e.actor().id();
    if (who == moved->second.first || (clock != nullptr && held(clock->facts.start_ms(), who)))
      note(other, what, "acknowledges that her own date was moved");
  }
}

// Of a whole batch.
void Oracle::hands_settled(const Happening& what) {
  if (moving_) check_moves(what, nullptr);
  if (!facts_.open) return;
  for (const auto& [request, number] : requests_) {
    const Clock* clock = find(number);
    if (clock == nullptr || clock->ended())
      note(other, what, "a request for a clock that has stopped is left");
  }
}

// A promised answer is not left out in silence, late or not; nor is anything that is still in time.
void Oracle::closed_without_a_word(const Happening& what) {
  for (const auto& [number, clock] : clocks_) {
    if (clock.ended() ||
        meets(clock.rule, clock.facts.kind(), stored::CASE_WAS_CLOSED, stored::MEANS_UNSPECIFIED))
      continue;
    if (clock.facts.kind() == stored::REPLY || what.event->case_closed().closed_ms() <= clock.due())
      note(other, what, "closed without a word, and something is owed");
  }
}

}  // namespace casewheel::simulation
