// The stretches of an account drawn together for people: runs of working days with the weekends
// between them, holidays in a row with the nights before and after them. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/sla/due.h"

namespace casewheel::api {

struct Phrase {
  sla::Stretch::Kind kind = sla::Stretch::Kind::kCounted;
  TimeMs from = 0;
  TimeMs to = 0;  // kNever: it lasts
  DurationMs counts_ms = 0;
  std::int32_t counts_days = 0;
  std::int32_t days_before = 0;    // counted by the phrases before
  std::vector<std::string> names;  // of holidays and closures; of make-up days that count
  bool closure = false;            // work was stopped (停班) in it
  bool weekend = false;            // a closed one holds whole days off that have no name
  bool rests = false;              // a counted one leaves out nights, lunches or weekends within it
  bool provisional = false;

  bool plain() const { return names.empty() && !closure; }
};

std::vector<Phrase> phrases_of(const std::vector<sla::Stretch>& stretches);

}  // namespace casewheel::api
