// Telephone numbers as people type them, in the one form they are compared and dialled by: E.164, by
// libphonenumber and, where it knows no better, by Taiwan's numbering plan. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace casewheel::access {

enum class PhoneKind : std::uint8_t {
  kMobile,
  kLandline,
  kOther,           // free of charge, network phones, ...
  kForeign,         // another country's
  kSpecialService,  // 110, 1911, 412-xxxx: dialled as it is, in Taiwan only
};

struct Phone {
  PhoneKind kind = PhoneKind::kOther;
  std::string number;     // E.164, e.g. "+886912345678"; of a special service its digits
  std::string extension;  // digits; empty for none
};

// Takes off what exchanges write around a number: `"Ann" <sip:0912345678@pbx;user=phone>`,
// `Ann <0912345678>`, "0912345678@pbx", "p:0912345678", "tel:+886-…;ext=2" (RFC 3966) and the like
// become the number as it is dialled. Other texts come back as they are.
std::string without_uri(std::string_view text);

// How exchanges and networks say that they do not know the caller, or may not tell (RFC 3323, Zammad,
// sipgate, Asterisk): nothing, "anonymous", `<unknown>`, "sip:anonymous@anonymous.invalid", zeros.
// There is nobody to call back.
bool is_withheld(std::string_view text);

// A number without a country's code is Taiwan's. Full width, brackets, hyphens, "分機 12", "轉12", "#12" and
// the URIs of without_uri() are understood. Empty when it is no number that could be dialled.
std::optional<Phone> parse_phone(std::string_view typed);

// The one telephone of a line: the line itself, else the only one that masking would hide in it
// ("0912-345-678 王先生", "SIP/0912345678-0a1"). Empty where there is none, or more than one. By this
// callers and applicants are found, exported and erased, so that whatever is shown as a telephone
// leads to the person.
std::optional<Phone> find_phone(std::string_view line);

}  // namespace casewheel::access
