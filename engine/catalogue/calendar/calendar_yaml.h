// Calendars as people write them: YAML in, checked as a whole, and canonical YAML out. Pure, any
// thread; parsing the largest file takes a second or so, so never on a partition thread.
//
//   calendars:
//     - id: taisugar                       # ids as in the catalogue
//       name: {zh: 台糖公司, en: Taisugar}  # en may be left out; a plain name is the Chinese one
//       parent: tw-government              # what is left out here, that one says
//       tenant: taisugar                   # left out: every tenant may build on it
//       time_zone: Asia/Taipei
//       hours: {mon-fri: [08:00-12:00, 13:00-17:00], sat: []}   # a weekday left out is closed
//       days:                              # dates that differ from their weekday, each once
//         - {date: 2026-02-16, what: holiday, name: 農曆除夕}
//         - {date: 2026-02-07, what: working_day, name: 補行上班}   # the hours of a Monday
//         - {date: 2026-04-30, hours: [08:00-12:00]}               # hours of its own
//       known_until: 2026-12-31            # the last date its publisher has spoken for
//       closures:                          # in order of declaration; later ones supersede
//         - {date: 2026-07-10, counties: [臺南市, 高雄市], reason: 颱風,
//            declared: 2026-07-09T20:00:00+08:00}
//         - {date: 2026-07-10, counties: [臺南市], reopened: true, hours: [13:00-24:00],
//            declared: 2026-07-10T11:00:00+08:00}                 # no hours: the whole day
//         - {date: 2026-07-11, reason: 停電, declared: 2026-07-11}   # no counties: everywhere
//
// Hours that change are a list: `hours: [{mon-fri: [08:00-17:00]}, {from: 2026-07-01, mon-thu:
// [08:00-18:00]}]`; an entry without `from` holds from ever.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/calendar.pb.h"
#include "engine/base/result.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// The calendars of one document with version and edition 0, parents before what builds on them.
// Strict: what is unknown, missing, repeated or over a limit is refused, all problems at once (the
// first 50 are named), each with field = "file:line:column path". A parent may stand in another file:
// that it exists is CalendarSet's to say.
Result<std::vector<stored::Calendar>> parse_calendars(std::string_view yaml,
                                                      std::string_view file_name);

// Canonical YAML that parse_calendars reads back to the same calendar, but for version and edition.
std::string to_yaml(const stored::Calendar& calendar);

}  // namespace casewheel::catalogue
