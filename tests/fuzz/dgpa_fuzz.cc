// libFuzzer entry for DGPA's CSV: whatever comes in, parse_dgpa answers without a crash, and what it
// accepts is a year's days in order that a calendar can hold.
#include <cstdint>
#include <string_view>

#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/dgpa.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto year = catalogue::parse_dgpa(text, "fuzz.csv");
  if (!year) {
    require(!year.error().fields.empty() && year.error().fields.size() <= 50);
    for (const auto& field : year.error().fields) require(field.field.starts_with("fuzz.csv:"));
    return 0;
  }
  catalogue::stored::Calendar calendar;
  calendar.set_id("fuzz");
  calendar = catalogue::with_year(calendar, *year);
  require(!catalogue::malformed(calendar));
  require(static_cast<std::size_t>(calendar.days_size()) == year->days.size());
  return 0;
}
