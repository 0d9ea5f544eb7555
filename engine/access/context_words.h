// Words that say what kind of number follows: "統編 12345675", "電話：2345-6789". Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/half_width.h"

namespace casewheel::access {

enum class Announced : std::uint8_t {
  kNothing,
  kElse,  // a number of some other kind: a case, an amount, a date
  kPhone,
  kCall,  // somebody calls: a number may follow, or when it was
  kIdentity,
  kBusinessNumber,
  kTaipowerNumber,
  kCustomerNumber,
  kBarcode,
  kCard,
};

// What the nearest word before the sign `at` announces. Looks back a few signs, and never beyond
// another number or what masking has left of one.
Announced announced_before(const std::vector<Sign>& signs, std::size_t at);

// Whether a Latin word that announces `what` ends directly before the sign `at`, as "ID" of
// "IDA123456789".
bool word_ends_at(const std::vector<Sign>& signs, std::size_t at, Announced what);

}  // namespace casewheel::access
