// Personal numbers in any bytes: what is found lies in order on boundaries of characters; masking is
// done once and for all, leaves nothing found readable and keeps UTF-8 what was; a number in E.164 stays
// what it is.
#include <string>
#include <string_view>

#include "engine/access/masking.h"
#include "engine/access/phone.h"
#include "engine/base/text.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  using namespace casewheel::access;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool whole = is_utf8(text);
  std::size_t last = 0;
  for (const Found& found : find_personal(text)) {
    require(last <= found.from && found.from < found.to && found.to <= size);
    last = found.to;
    const std::string_view number = text.substr(found.from, found.to - found.from);
    require(!whole || is_utf8(number));
    const std::string masked = mask_number(found.kind, number);
    require(mask_number(found.kind, masked) == masked);
    require(found.kind == NumberKind::kBusinessNumber || masked.find(number) == std::string::npos);
  }
  const std::string masked = mask_text(text);
  require(is_utf8(masked) == whole && mask_text(masked) == masked);
  for (const Found& found : find_personal(masked))
    require(found.kind == NumberKind::kBusinessNumber);
  for (const auto mask : {mask_phone, mask_email, mask_name, mask_address, mask_identity,
                          mask_customer_number, mask_card_number}) {
    const std::string once = mask(text);
    require(is_utf8(once) && mask(once) == once);
    require(once.empty() == text.empty());
  }
  if (const auto phone = parse_phone(text)) {
    const auto again = parse_phone(phone->number);
    require(again && again->number == phone->number && again->kind == phone->kind);
  }
  return 0;
}
