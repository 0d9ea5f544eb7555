#include "engine/catalogue/calendar_history.h"

#include <algorithm>
#include <string>

namespace casewheel::catalogue {

std::shared_ptr<const CalendarHistory> CalendarHistory::empty() {
  auto history = std::make_shared<CalendarHistory>();
  history->sets_.push_back(CalendarSet::empty());
  return history;
}

std::shared_ptr<const CalendarHistory> CalendarHistory::of(std::vector<stored::Calendar> versions) {
  std::sort(versions.begin(), versions.end(),
            [](const auto& a, const auto& b) { return a.edition() < b.edition(); });
  auto history = std::make_shared<CalendarHistory>(*empty());
  for (stored::Calendar& version : versions) {
    history->sets_.push_back(history->latest().with(version));
    history->changes_.push_back(std::move(version));
  }
  return history;
}

std::shared_ptr<const CalendarHistory> CalendarHistory::with(stored::Calendar next) const {
  CASEWHEEL_CHECK(next.edition() > latest().edition(),
                  "calendar " + next.id() + " is no new edition");
  auto history = std::make_shared<CalendarHistory>(*this);
  history->sets_.push_back(latest().with(next));
  history->changes_.push_back(std::move(next));
  return history;
}

const CalendarSet& CalendarHistory::at(std::uint64_t edition) const {
  const auto after = std::upper_bound(
      sets_.begin(), sets_.end(), edition,
      [](std::uint64_t wanted, const auto& set) { return wanted < set->edition(); });
  return **std::prev(after);
}

domain::MoveReason CalendarHistory::change_since(std::uint64_t edition, std::string_view calendar,
                                                 std::string_view county) const {
  for (std::size_t i = sets_.size() - 1; i > 0 && sets_[i]->edition() > edition; --i) {
    if (sets_[i]->compiled(calendar, county) == sets_[i - 1]->compiled(calendar, county)) continue;
    const stored::Calendar& change = changes_[i - 1];
    domain::MoveReason why;
    why.cause = change.by_closure() ? stored::CLOSURE_DECLARED : stored::CALENDAR_CHANGED;
    why.reference = change.id() + " version " + std::to_string(change.version());
    if (!change.reason().empty()) why.reference += ": " + change.reason();
    return why;
  }
  return {};
}

bool CalendarHistory::touched_since(std::uint64_t edition, std::string_view county) const {
  const CalendarSet& before = at(edition);
  for (const std::string& id : latest().ids()) {
    if (before.compiled(id, county) != latest().compiled(id, county)) return true;
  }
  return false;
}

}  // namespace casewheel::catalogue
