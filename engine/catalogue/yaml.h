// The catalogue as people write it: YAML in, checked as a whole, and canonical YAML out. Pure, any
// thread; parsing the largest catalogue takes a second or so, so never on a partition thread.
//
//   tenants:
//     - id: taisugar                       # [a-z0-9][a-z0-9._-]{0,39}, so for every id
//       number: 13                         # 1 to 99: the first digits of its case numbers, for good
//       name: {zh: 台灣糖業公司, en: Taisugar}   # en may be left out; a plain name is the Chinese one
//       time_zone: Asia/Taipei
//       quiet_hours: 22:00-07:00           # people are told behind them, but of steps at_any_hour;
// clocks go on
//       customer_numbers: taipower         # their form, where lodging is to warn of one that does not fit
//       contact: https://www.taisugar.com.tw     # for those who build apps: a page, an address or a number
//       retention:                         # how long after its end a case keeps personal data
//         - {kinds: [complaint, opinion], days: 1825}   # the first that names the kind; no kinds: any
//       hotline:                           # what is promised to who calls
//         answer_within: 20s               # the service level; 20s unless given
//         callback_service: call-back      # a call nobody answered becomes a case of it; left out: it does not
//         lines: ['1911']                  # numbers that are called, as the exchange gives them; left out: any
//         keep_days: 365                   # how long a call keeps the number it came from; left out: for good
//       units:                             # one without a parent: headquarters
//         - {id: hq, name: {zh: 總管理處, en: Headquarters}, head: s001}
//         - {id: tainan, name: 臺南區處, parent: hq, head: ~}       # the post is vacant
//       staff:                             # roles: agent counter_staff handler supervisor integrator operator
//         - {id: s001, name: 王大明, unit: hq, deputy: s002, roles: [supervisor],
//            extensions: ['201'],          # by which the telephone exchange knows her
//            away: [{from: 2026-01-01, to: 2026-01-05}]}   # whole days; or 2026-01-01T09:00 for an hour
//       services:
//         - id: land-lease
//           name: 土地承租
//           kind: application
//           unit: tainan
//           documents: [身分證影本]          # what the applicant must bring
//           description: {zh: 承租本公司土地, en: Renting our land}
//           group: 土地                      # services of one group stand together
//           keywords: [承租, lease]
//           publicity: offered               # to apps, and cases are shown by number, without text and
//                                            # place; listed: its cases are listed, with both. Neither: no
//           attributes:                      # what is asked beside the text, in order
//             - {code: section, name: {zh: 地段, en: Section}, type: string, required: true, hint: 地號在後}
//             - {code: use, name: 用途, type: single_value, values: [{key: farm, name: 農作}]}
//           fees: [{id: survey, name: 勘查費, amount: 500}]   # NT$; without amount: worked out each time
//           steps: [{zh: 現場勘查, en: Survey}, 簽約]         # what happens once it is registered
//       policies:                          # the first that matches a case gives it its clocks
//         - id: complaint-72h
//           match: {kinds: [complaint], services: [...], priorities: [...], channels: [...]}
//           clocks:                        # what is left out of match, matches everything
//             reply:
//               within: 72h                # wall time; not for agreed_date, whose date is agreed
//               pauses: [awaiting_documents]
//               ladder:                    # in order of time; a repeating step is the last
//                 - {at: due - 12h, to: [handler]}
//                 - {at: due, to: [handler, unit_head]}
//                 - {at: due + 24h, every: 24h, limit: 30, to: [unit_head], climb: true}
//
// `within` is wall time, or one of {wall: 72h}, {working: 16h} within opening hours, {working_days:
// 6, rule: …} and
// {calendar_days: 30, rule: …}, with `from: opening` where what comes outside hours counts from the
// next
// opening, and `outside_hours_extra`. Rules of working_days: keep_wall_time,
// keep_wall_time_no_roll_within_day,
// next_open_after_days, end_of_working_day and end_of_day_first_day_excluded (行政程序法第 48 條), which
// holds unless
// given; of calendar_days: keep_wall_time and, unless given, end_of_day_first_day_excluded.
//
// Types of attributes: string (a line), text, number, datetime, single_value, multi_value.
// Enum values are the stored names in lower case. `level` is 0 before due, 1 at due and 2 after it
// unless given; `limit` is 90 unless given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/base/result.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// The tenants of one document, with version 0. Strict: what is unknown, missing, repeated, dangling
// or over a limit is refused, all problems at once (the first 50 are named), each with
// field = "file:line:column path". `file_name` serves these messages only.
Result<std::vector<stored::Catalogue>> parse_catalogue(std::string_view yaml,
                                                       std::string_view file_name);

// Canonical YAML that parse_catalogue reads back to the same catalogue, but for its version.
std::string to_yaml(const stored::Catalogue& catalogue);

}  // namespace casewheel::catalogue
