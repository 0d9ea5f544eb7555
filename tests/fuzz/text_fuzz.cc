// Text from outside: what clean_text accepts is within its limit, in NFC (cleaning again changes
// nothing) and free of control characters; folded() leaves letters and digits only.
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kLimit = 40;
  for (const TextKind kind : {TextKind::kLine, TextKind::kFree}) {
    const Result<std::string> clean = clean_text("field", text, kLimit, kind);
    if (!clean) {
      require(clean.error().fields.size() == 1 && clean.error().fields[0].field == "field");
      continue;
    }
    require(clean->empty() == text.empty());
    for (const char c : *clean) {
      const auto u = static_cast<unsigned char>(c);
      require(u != 0x7f &&
              (u >= 0x20 || (kind == TextKind::kFree && (c == '\n' || c == '\t' || c == '\r'))));
    }
    const Result<std::string> again = clean_text("field", *clean, 4 * kLimit, kind);
    require(again.has_value() && *again == *clean);
  }
  const std::string comparable = folded(text);
  for (const char c : comparable) {
    require(static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
            (c >= '0' && c <= '9'));
  }
  // What taking signs out brought together (Hangul letters) may compose once more; then it is stable.
  const std::string again = folded(comparable);
  require(folded(again) == again);
  return 0;
}
