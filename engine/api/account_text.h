// The account of a date in sentences that can be read out on the phone, in Chinese (ROC dates) and in
// English: from when, what counted, what did not and why, until when. Pure, any thread.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/api/convert.h"

namespace casewheel::api {

// What the message does not hold.
struct AccountFacts {
  const stored::ClockState* clock = nullptr;
  const sla::Account* account = nullptr;  // null where none could be made
  TimeMs due = kNever;                    // kNever while paused
  std::string calendar_name_zh;
  std::string calendar_name_en;
};

std::string account_text_zh(const v1::ClockAccount& told, const AccountFacts& facts);
std::string account_text_en(const v1::ClockAccount& told, const AccountFacts& facts);

// How long a clock is given, and what it is called: "5 個工作天（…）", "回復".
std::string allowance_text_zh(const stored::Allowance& allowance);
std::string allowance_text_en(const stored::Allowance& allowance);
const char* clock_name_zh(stored::ClockKind kind);
const char* clock_name_en(stored::ClockKind kind);

// Why the clock did not count in that time: 補件, 等候其他機關, ... Several are joined by 、.
std::string pause_name(const stored::ClockState& clock, TimeMs from, TimeMs to);

}  // namespace casewheel::api
