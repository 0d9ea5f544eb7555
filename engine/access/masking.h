// Personal data for the eyes of those who need not know it: enough left to tell two apart, too little to
// reach anybody. For lists, logs and exports. Each takes and gives UTF-8, never throws, leaves an empty
// text empty, and masks what is masked already to the same. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/access/personal_numbers.h"

namespace casewheel::access {

// "0912-***-678", "02-*****789", of other countries "+***678", of anything else "***678". Extensions are
// left out.
std::string mask_phone(std::string_view phone);

// "w***@example.com".
std::string mask_email(std::string_view email);

// "王○明", "王○", "歐○○明"; 先生, 小姐, 女士 and 太太 stay, and so does a surname that has nothing else
// before them. "J***" for a name in Latin letters. A company's (…公司) is public and stays.
std::string mask_name(std::string_view name);

// "臺南市東區***": county and district; "***" where no county is named in front.
std::string mask_address(std::string_view address);

// "A12****789" of identity cards and residence permits. A company's 統一編號 is public and stays. Any
// other as mask_customer_number().
std::string mask_identity(std::string_view id);

// "10***01": the first two and last two; "***" of less than seven signs.
std::string mask_customer_number(std::string_view number);

std::string mask_card_number(std::string_view number);  // "****-****-****-1111"

// What find_personal() took for a number of this kind.
std::string mask_number(NumberKind kind, std::string_view number);

// The text with every number find_personal() finds masked, save 統一編號.
std::string mask_text(std::string_view text);

}  // namespace casewheel::access
