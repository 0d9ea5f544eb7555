#include "engine/access/tracking_code.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "engine/access/phone.h"
#include "engine/base/digest.h"
#include "engine/base/half_width.h"
#include "engine/base/result.h"

namespace casewheel::access {

std::string new_tracking_code() {
  constexpr std::uint32_t kCodes = 100'000'000;
  for (;;) {
    std::uint32_t drawn = 0;
    CASEWHEEL_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&drawn), sizeof drawn) == 1,
                    "the system gives no random numbers");
    // Above the last whole multiple the first codes would come oftener.
    if (drawn >= kCodes * 42u) continue;
    const std::string digits = std::to_string(drawn % kCodes);
    return std::string(kTrackingCodeDigits - digits.size(), '0') + digits;
  }
}

std::string tracking_digest(std::string_view secret, CaseAddress address, std::string_view code) {
  // Case numbers are digits, so that the space ends one whatever its length.
  const std::string text =
      format_case_number(address.partition, address.id) + " " + std::string(code);
  unsigned char whole[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CASEWHEEL_CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), whole,
                       &size) != nullptr,
                  "HMAC failed");
  return hex({reinterpret_cast<const char*>(whole), kTrackingDigestChars / 2});
}

std::string typed_digits(std::string_view text) {
  std::string digits;
  for (const Sign& sign : half_width(text)) {
    if (sign.from == text.size() || sign.gap != Gap::kNone) continue;
    if (sign.digit == 0) return {};
    digits += sign.digit;
  }
  return digits;
}

std::string last_digits(std::string_view phone) {
  std::string digits;
  if (const std::optional<Phone> parsed = find_phone(phone)) {
    digits = parsed->number;
  } else {
    for (const Sign& sign : half_width(phone)) {
      if (sign.digit != 0) digits += sign.digit;
    }
  }
  std::erase_if(digits, [](char c) { return !is_ascii_digit(c); });
  return digits.size() < kPhoneLastDigits ? std::string()
                                          : digits.substr(digits.size() - kPhoneLastDigits);
}

}  // namespace casewheel::access
