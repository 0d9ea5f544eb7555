// What has become of the rows of a table that went in by the intake stream, counted. One thread.
#pragma once

#include <cstdint>

#include "casewheel/v1/intake.pb.h"

namespace casewheel::tables {

struct Outcomes {
  std::uint64_t done = 0;  // created; or, of actions, applied
  std::uint64_t duplicate = 0;
  std::uint64_t conflict = 0;
  std::uint64_t invalid = 0;

  // Whether it was taken, now or before. OVERLOADED is no outcome yet.
  bool count(v1::IngestResult::Outcome outcome) {
    switch (outcome) {
      case v1::IngestResult::CREATED:
      case v1::IngestResult::APPLIED:
        ++done;
        return true;
      case v1::IngestResult::DUPLICATE:
        ++duplicate;
        return true;
      case v1::IngestResult::CONFLICT:
        ++conflict;
        return false;
      default:
        ++invalid;
        return false;
    }
  }
};

}  // namespace casewheel::tables
