#include "engine/access/numbering_plan.h"

#include <algorithm>
#include <array>

namespace casewheel::access {
namespace {

struct AreaCode {
  std::string_view digits;
  std::size_t subscriber_min, subscriber_max;
};
// The longer code first, where one begins like another.
constexpr std::array kAreaCodes = {
    AreaCode{"0826", 5, 5}, AreaCode{"0836", 5, 5}, AreaCode{"037", 6, 6}, AreaCode{"049", 7, 7},
    AreaCode{"082", 6, 6},  AreaCode{"089", 6, 6},  AreaCode{"02", 8, 8},  AreaCode{"03", 7, 7},
    AreaCode{"04", 7, 8},   AreaCode{"05", 7, 7},   AreaCode{"06", 7, 7},  AreaCode{"07", 7, 7},
    AreaCode{"08", 7, 7},
};

const AreaCode* area_code_of(std::string_view national) {
  for (const AreaCode& area : kAreaCodes)
    if (national.starts_with(area.digits)) return &area;
  return nullptr;
}

// By number; the words say whose they are.
constexpr std::array<std::string_view, 32> kSpecialServices = {
    "104",   // directory enquiries
    "105",   // directory enquiries, local
    "106",   // directory enquiries in English
    "110",   // police
    "112",   // emergency, from mobile phones
    "113",   // protection from violence
    "117",   // time
    "118",   // coast guard
    "119",   // fire and ambulance
    "165",   // fraud
    "166",   // weather
    "167",   // weather at sea
    "168",   // roads
    "1910",  // Taiwan Water
    "1911",  // Taipower
    "1912",  // CPC
    "1922",  // epidemics
    "1925",  // peace of mind
    "1933",  // animals
    "1950",  // consumers
    "1955",  // labour
    "1957",  // welfare
    "1966",  // long-term care
    "1968",  // motorways
    "1980",  // Teacher Chang
    "1985",  // armed forces
    "1990",  // living in Taiwan
    "1991",  // messages after a disaster
    "1995",  // Lifeline
    "1996",  // Ministry of the Interior
    "1998",  // financial disputes
    "1999",  // citizens' line
};

}  // namespace

std::size_t area_code_digits(std::string_view national) {
  const AreaCode* area = area_code_of(national);
  return area == nullptr ? 0 : area->digits.size();
}

bool is_area_code(std::string_view digits) {
  return std::any_of(kAreaCodes.begin(), kAreaCodes.end(),
                     [digits](const AreaCode& area) { return area.digits == digits; });
}

bool is_landline_of(std::string_view area, std::string_view subscriber) {
  // 0 and 1 lead out of an exchange, so no subscriber's number begins with them.
  return std::any_of(kAreaCodes.begin(), kAreaCodes.end(), [&](const AreaCode& known) {
    return known.digits == area && subscriber.size() >= known.subscriber_min &&
           subscriber.size() <= known.subscriber_max && subscriber.front() >= '2';
  });
}

bool is_mobile_number(std::string_view national) {
  return national.size() == 10 && national.starts_with("09");
}

bool is_landline_number(std::string_view national) {
  const AreaCode* area = area_code_of(national);
  return area != nullptr && is_landline_of(area->digits, national.substr(area->digits.size()));
}

bool is_network_phone(std::string_view national) {
  return national.size() == 11 && national.starts_with("070");
}

bool is_special_service(std::string_view digits) {
  if (digits.size() == 7 && digits.starts_with("412")) return true;
  return std::find(kSpecialServices.begin(), kSpecialServices.end(), digits) !=
         kSpecialServices.end();
}

std::string as_dialled_in_taiwan(std::string_view digits) {
  std::string_view rest = digits;
  if (rest.starts_with("00")) {
    rest.remove_prefix(2);
    if (!rest.empty() && rest.front() != '8') rest.remove_prefix(1);  // the carrier's digit
  }
  // Shorter than a landline with a one-digit area code it is no number of Taiwan's.
  if (!rest.starts_with("886") || rest.size() < 11) return std::string(digits);
  rest.remove_prefix(3);
  return rest.front() == '0' ? std::string(rest) : "0" + std::string(rest);
}

}  // namespace casewheel::access
