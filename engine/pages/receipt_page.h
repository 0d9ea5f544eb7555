// 受理回執: what an applicant takes home, on the screen, on A4 and on a slip of 80 mm. Chinese first,
// English below. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/pages/html.h"

namespace casewheel::pages {

struct Promise {
  Names name;
  TimeMs due_ms = 0;  // kNever: it is waited for something
  bool provisional = false;
};

struct Fee {
  Names name;
  std::uint32_t amount = 0;  // New Taiwan dollars; 0: not known yet
  bool paid = false;
  std::string receipt;
};

struct Receipt {
  Names enterprise;
  Names service;
  bool complaint = false;  // its people do not apply, they complain
  std::string case_number;
  std::string time_zone;
  TimeMs received_ms = 0;
  std::string applicant;  // masked
  std::string phone;      // masked
  std::string subject;    // masked
  Names unit;             // that works on it
  std::string clerk;      // who gives the receipt out; empty: nobody is named
  TimeMs issued_ms = 0;
  std::string contact;  // of the enterprise
  Names status;
  Names next;
  std::vector<Promise> promises;
  std::vector<std::string> missing;
  std::vector<Fee> fees;
  std::vector<Names> steps;
  std::string link;  // to the page where the case is tracked; empty: there is none
};

std::string receipt_page(const Receipt& receipt);

// The field of the form that the button sends.
inline constexpr const char* kSignOutField = "sign_out";
// A page of receipt_page() with a button to sign out, on the screen alone. `path`: where the page
// was asked for.
std::string with_sign_out(std::string page, const std::string& path);
// For the security policy it is sent under.
const std::string& receipt_style_source();

}  // namespace casewheel::pages
