// libFuzzer entry for the YAML of calendars: whatever comes in, parse_calendars answers without a
// crash, what it accepts is well formed, survives being written and read again, and the set of
// calendars takes or refuses it. Seeds: deploy/samples/calendars.
#include <cstdint>
#include <string_view>

#include "engine/catalogue/calendar/calendar_diff.h"
#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/calendar_set.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = catalogue::parse_calendars(text, "fuzz.yaml");
  if (!parsed) {
    require(!parsed.error().fields.empty() && parsed.error().fields.size() <= 50);
    return 0;
  }
  for (const auto& one : *parsed) {
    require(!catalogue::malformed(one));
    const auto again = catalogue::parse_calendars(catalogue::to_yaml(one), "again.yaml");
    require(again && again->size() == 1);
    require((*again)[0].SerializeAsString() == one.SerializeAsString());
    require(catalogue::diff(one, (*again)[0], 20260101).empty());
    require(!catalogue::diff({}, one, 20260101).empty());
  }
  const auto set = catalogue::CalendarSet::of(*parsed, 1);
  if (!set) return 0;
  for (const auto& one : *parsed) {
    require(!(*set)->refusal(one));
    require((*set)->compiled(one.id(), "臺南市") != nullptr);
  }
  return 0;
}
