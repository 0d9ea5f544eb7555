// Which days off a change of calendars takes away: through the parent, for hours on a holiday, by county; and
// what takes none away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/days_off.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kNation = R"(calendars:
  - id: nation
    name: 國
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:30-12:30, 13:30-17:30]}
    days:
      - {date: 2026-02-07, what: working_day, name: 補行上班}
      - {date: 2026-02-13, hours: [08:30-12:30], name: 小年夜前}
      - {date: 2026-02-16, what: holiday, name: 除夕}
    closures:
      - {date: 2026-07-10, counties: [臺南市], reason: 颱風}
      - {date: 2026-07-24, counties: [臺北市], hours: [13:30-17:30], reason: 豪雨}
    known_until: 2026-12-31
  - {id: sugar, name: 糖, parent: nation, tenant: sugar, hours: {mon-fri: [08:00-12:00, 13:00-17:00]}}
)";

std::shared_ptr<const CalendarSet> set_of(std::string text) {
  auto parsed = parse_calendars(text, "days.yaml");
  EXPECT_TRUE(parsed) << parsed.error().message;
  auto set = CalendarSet::of(*std::move(parsed), 1);
  EXPECT_TRUE(set) << set.error().message;
  return *std::move(set);
}

std::string changed(std::string_view from, std::string_view to) {
  std::string text(kNation);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::vector<std::string> lost(const std::string& after, std::string_view id = "nation",
                              std::string_view after_id = "") {
  std::vector<std::string> written;
  for (const DayOff& day : days_off_lost(*set_of(std::string(kNation)), id, *set_of(after),
                                         after_id.empty() ? id : after_id))
    written.push_back(written_day_off(day));
  return written;
}

TEST(DaysOff, AHolidayThatIsNotListedIsLostHereAndBelow) {
  const std::string without =
      changed("      - {date: 2026-02-16, what: holiday, name: 除夕}\n", "");
  EXPECT_THAT(lost(without), ElementsAre("2026-02-16 除夕"));
  EXPECT_THAT(lost(without, "sugar"), ElementsAre("2026-02-16 除夕"));
}

TEST(DaysOff, HoursOnAHolidayTakeIt) {
  const std::string hours = changed("{date: 2026-02-16, what: holiday, name: 除夕}",
                                    "{date: 2026-02-16, hours: [09:00-10:00], name: 值班}");
  EXPECT_THAT(lost(hours), ElementsAre("2026-02-16 除夕"));
  const std::string working = changed("{date: 2026-02-16, what: holiday, name: 除夕}",
                                      "{date: 2026-02-16, what: working_day}");
  EXPECT_THAT(lost(working), ElementsAre("2026-02-16 除夕"));
}

TEST(DaysOff, AParentThatGoesTakesWhatCameByIt) {
  const std::string alone =
      changed("parent: nation, tenant: sugar", "time_zone: Asia/Taipei, tenant: sugar");
  EXPECT_THAT(lost(alone, "sugar"),
              ElementsAre("2026-02-13 小年夜前", "2026-02-16 除夕", "2026-07-10 颱風 (臺南市)",
                          "2026-07-24 豪雨 (臺北市)"));
  EXPECT_THAT(lost(alone), IsEmpty());
}

TEST(DaysOff, AnotherCalendarInItsPlaceIsComparedToo) {
  EXPECT_THAT(lost(std::string(kNation), "nation", "sugar"), IsEmpty());
  EXPECT_THAT(lost(std::string(kNation), "nation", "nowhere"),
              ElementsAre("2026-02-13 小年夜前", "2026-02-16 除夕", "2026-07-10 颱風 (臺南市)",
                          "2026-07-24 豪雨 (臺北市)"));
}

TEST(DaysOff, ClosuresAreOfTheirCountiesAndHours) {
  EXPECT_THAT(lost(changed("counties: [臺南市]", "counties: [高雄市]")),
              ElementsAre("2026-07-10 颱風 (臺南市)"));
  EXPECT_THAT(lost(changed("hours: [13:30-17:30]", "hours: [15:30-17:30]")),
              ElementsAre("2026-07-24 豪雨 (臺北市)"));
  EXPECT_THAT(lost(changed("counties: [臺南市], ", "")), IsEmpty()) << "everywhere is there too";
}

TEST(DaysOff, WeeklyHoursAndMakeUpDaysAreNoDaysOff) {
  EXPECT_THAT(lost(changed("mon-fri: [08:30-12:30, 13:30-17:30]", "mon-sat: [07:00-20:00]")),
              IsEmpty());
  EXPECT_THAT(lost(changed("      - {date: 2026-02-07, what: working_day, name: 補行上班}\n", "")),
              IsEmpty());
  EXPECT_THAT(lost(changed("{date: 2026-02-07,", "{date: 2026-01-31,")), IsEmpty());
}

TEST(DaysOff, FewerHoursTakeNothingAndMoreOfAShortDayDo) {
  EXPECT_THAT(lost(changed("{date: 2026-02-13, hours: [08:30-12:30]",
                           "{date: 2026-02-13, hours: [09:00-12:00]")),
              IsEmpty());
  EXPECT_THAT(lost(changed("{date: 2026-02-13, hours: [08:30-12:30]",
                           "{date: 2026-02-13, hours: [08:30-12:00, 13:30-14:00]")),
              ElementsAre("2026-02-13 小年夜前"));
}

}  // namespace
}  // namespace casewheel::catalogue
