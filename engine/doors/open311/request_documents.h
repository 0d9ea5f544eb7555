// Reports as Open311 shows them, to strangers: what is asked for, and what is answered. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/public_cases.pb.h"
#include "casewheel/v1/tracking.pb.h"
#include "engine/base/time.h"
#include "engine/doors/http/form.h"
#include "engine/doors/open311/errors.h"
#include "engine/doors/open311/service_documents.h"
#include "engine/sla/zone.h"

namespace casewheel::doors::open311 {

TimeMs ms_of(const google::protobuf::Timestamp& time);

inline constexpr DurationMs kSpanMax = 90 * kDayMs;  // of one query, by the standard
inline constexpr int kRowsMax = 1'000;

// What a query asks.
struct Wanted {
  v1::ListPublicCasesRequest list;   // without tenant; page_size as asked
  std::vector<std::string> numbers;  // where given, these alone
  int skip = 0;                      // rows before the page
  int rows = kRowsMax;               // of the page
  bool extensions = false;
  bool undated = false;  // the dates in `list` are those of the moment
  Errors errors;
};
// `updates`: dates are those of the latest change. `time_zone`: of dates without one.
Wanted wanted_of(const Form& form, bool updates, const std::string& time_zone, TimeMs now);

// The dates of the query as parameters of a URL, each with "&" behind it: for a link that means the same
// later.
std::string dates_of(const Wanted& wanted, const std::string& time_zone);

// 0 where the field is not said. `end_of_day`: of a date alone.
TimeMs time_of(const Form& form, const char* name, const sla::Zone& zone, bool end_of_day,
               Errors* errors);

// W3C's form of ISO 8601, with the zone's offset.
std::string datetime_text(TimeMs time, const std::string& time_zone);

struct Manner {
  Tongue tongue = Tongue::kChinese;
  std::string time_zone;
  bool extensions = false;
};
Element request_document(const v1::PublicCase& shown, const Manner& manner);
// Its latest change, for strangers.
Element update_document(const v1::PublicCase& shown, const Manner& manner);
// One thing the applicant was told, for who may read the case.
Element told_document(const std::string& case_number, const v1::ToldUpdate& told,
                      const Manner& manner);
Element lodged_document(const v1::LodgeCaseResponse& lodged, const Manner& manner);

}  // namespace casewheel::doors::open311
