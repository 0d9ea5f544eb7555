// The telephone numbers applicants give, in the one form they are dialled by. Any thread.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace casewheel::api {

// E.164, with "x" and the extension behind; empty when it is nobody's (1911) or cannot be dialled.
std::string dialled_phone(const std::string& typed);

enum class SpoiledNumber : std::uint8_t {
  kNone,
  kShortened,  // 9.75E+08: the digits behind are lost
  kDecimal,    // 912345678.0
  kNoZero,     // 912345678: a telephone without the 0 it begins with
};
// Tells how a spreadsheet has spoiled a number that it took for an amount. `telephone`: the number
// must begin with a zero.
SpoiledNumber spoiled_number(std::string_view text, bool telephone);

// What does not look right in a lodging that was taken. Never a reason to refuse it: callers misread
// their bills, and no published number confirms the check digit of a 電號. `dialled`: the telephone
// was found to be one already.
void add_number_warnings(const v1::Applicant& applicant, const catalogue::TenantRules& rules,
                         bool dialled, google::protobuf::RepeatedPtrField<v1::Warning>* warnings);
// The same of the whole lodging, with its references and answers.
void add_warnings(const v1::LodgeCaseRequest& request, const catalogue::TenantRules& rules,
                  bool dialled, google::protobuf::RepeatedPtrField<v1::Warning>* warnings);

}  // namespace casewheel::api
