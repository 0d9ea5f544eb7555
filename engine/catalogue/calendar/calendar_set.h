// All calendars at one edition, compiled: what the engine computes dates with. Immutable: a change
// makes a new set that shares what did not change, and whoever holds the old one goes on undisturbed.
// Built on the thread that applies a calendar, read from every thread without a lock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/result.h"
#include "engine/catalogue/edition.h"
#include "engine/sla/calendar.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

class CalendarSet {
 public:
  static std::shared_ptr<const CalendarSet> empty();
  // The latest version of each calendar at that edition, in any order. Refused for what refusal()
  // refuses, and when a calendar stands there twice.
  static Result<std::shared_ptr<const CalendarSet>> of(std::vector<stored::Calendar> latest,
                                                       std::uint64_t edition);

  // The set in which `next` is in force; its edition is next.edition(). Whoever calls has asked
  // refusal() first: a calendar that is refused stops the process.
  std::shared_ptr<const CalendarSet> with(stored::Calendar next) const;

  // Why `next` may not take its place, for its own sake (malformed()) or for that of the calendars
  // that build on it: an unknown parent, a circle of parents, one of another tenant, too many above
  // one another, no zone or no hours anywhere up the tree, too many calendars. Empty when it may.
  std::optional<Rejection> refusal(const stored::Calendar& next) const;

  std::uint64_t edition() const { return edition_; }
  // Null when there is no such calendar.
  const stored::Calendar* stored_calendar(std::string_view id) const;
  std::vector<std::string> ids() const;  // in order
  // Whether it exists and belongs to nobody or to this tenant.
  bool usable_by(std::string_view id, std::string_view tenant) const;

  // The calendar ready for the cases of one county ("": none named; compared by county_name()), its
  // closures and those of all above it taken out. Null when there is no such calendar. The pointer
  // lives as long as the set. Counties with the same closures share one, and so do sets where a
  // change left it as it was.
  const sla::Calendar* compiled(std::string_view id, std::string_view county) const;

 private:
  struct Entry {
    std::shared_ptr<const stored::Calendar> calendar;
    std::shared_ptr<const sla::Calendar> elsewhere;  // where only closures of everywhere hold
    std::unordered_map<std::string, std::shared_ptr<const sla::Calendar>, TextHash, std::equal_to<>>
        by_county;
    // The same by what each was made of: a change keeps those of the counties it does not touch, so
    // that nobody looks for dates that moved there.
    std::map<std::string, std::shared_ptr<const sla::Calendar>> made;
  };
  using Entries = std::map<std::string, std::shared_ptr<const Entry>, std::less<>>;
  using Chain = std::vector<const stored::Calendar*>;

  Result<std::shared_ptr<const CalendarSet>> changed(std::vector<stored::Calendar> next,
                                                     std::uint64_t edition) const;
  // The calendar and those above it, itself first.
  static Result<Chain> chain(const Entries& entries, const stored::Calendar& calendar);
  // `before`: the one it takes the place of; null when it is new.
  static Result<std::shared_ptr<const Entry>> compile(
      std::shared_ptr<const stored::Calendar> calendar, const Chain& chain, const Entry* before);

  Entries entries_;
  std::uint64_t edition_ = 0;
};

}  // namespace casewheel::catalogue
