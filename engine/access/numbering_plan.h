// Taiwan's telephone numbering plan, as much as recognising and masking need: area codes and the
// lengths behind them, mobile and network phones, the special services everybody knows by heart. Digits
// only, as dialled within Taiwan. Pure, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace casewheel::access {

// Digits of the area code `national` begins with, e.g. 2 for "02...", 4 for "0836..."; 0 for none.
std::size_t area_code_digits(std::string_view national);

bool is_area_code(std::string_view digits);
// Whether `subscriber` has as many digits as numbers of that area.
bool is_landline_of(std::string_view area, std::string_view subscriber);

bool is_mobile_number(std::string_view national);    // 09, ten digits
bool is_landline_number(std::string_view national);  // area code and as many digits as belong to it
bool is_network_phone(std::string_view national);    // 070, eleven digits

// 110, 119, 1911, 1999 and their like, and the nationwide 412-xxxx: nobody's own number. General
// knowledge; libphonenumber knows but a few of them.
bool is_special_service(std::string_view digits);

// "886912345678" and "00886..." (with any carrier's digit, e.g. 002 886) as "0912345678"; anything
// else as it is.
std::string as_dialled_in_taiwan(std::string_view digits);

}  // namespace casewheel::access
