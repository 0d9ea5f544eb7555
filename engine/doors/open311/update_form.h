// What a POST of servicerequestupdates says: the words of the standard, of its extension for updates and of
// FixMyStreet, as what is to be done to the case. Any thread.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/base/time.h"
#include "engine/domain/decide.h"
#include "engine/doors/http/form.h"
#include "engine/doors/open311/errors.h"

namespace casewheel::doors::open311 {

namespace v1 = ::casewheel::v1;

struct UpdateForm {
  std::string case_number;
  std::string text;  // for the applicant; with the pictures named and who told it
  // Not of an update by which the case goes on: it is told, and a case that has ended is taken up
  // again where `opens`.
  bool ends = false;
  bool opens = false;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  TimeMs told_ms = 0;    // when it was done there; 0: not said
  std::string stated;    // that time, as it was said
  bool in_text = false;  // `text` says it, since the case cannot have it as it is
  std::string key;       // the update's own name; empty: none
  Errors errors;

  void put_stated_in_text();
};

// A time that lies ahead by no more than clocks differ is taken as it is said: the engine takes it
// for now. One further ahead is refused.
UpdateForm update_of(const Form& form, const std::string& time_zone, const domain::Moment& moment);

// Brings the time of an update to what the case can have: one before the case was received is that
// instant, for the sender had the matter before it came here. The text keeps what was stated.
void place_in_time(UpdateForm* update, TimeMs received_ms, const domain::Moment& moment);

}  // namespace casewheel::doors::open311
