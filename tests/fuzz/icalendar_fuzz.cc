// libFuzzer entry for iCalendar feeds: whatever comes in, parse_icalendar answers without a crash and
// in bounded time, and what it accepts a calendar can hold.
#include <cstdint>
#include <string_view>

#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/icalendar.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto feed = catalogue::parse_icalendar(text, "fuzz.ics", {20301231, true});
  if (!feed) {
    require(!feed.error().fields.empty() && feed.error().fields.size() <= 50);
    for (const auto& field : feed.error().fields) require(field.field.starts_with("fuzz.ics:"));
    return 0;
  }
  require(!feed->days.empty());
  catalogue::stored::Calendar calendar;
  calendar.set_id("fuzz");
  calendar = catalogue::with_feed(calendar, *feed);
  require(!catalogue::malformed(calendar));
  require(static_cast<std::size_t>(calendar.days_size()) == feed->days.size());
  return 0;
}
