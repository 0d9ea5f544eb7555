// The compiled set of calendars: inheritance, closures by county, what a change shares, and every
// reason a calendar may not take its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/catalogue/calendar/calendar_set.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/closures.h"
#include "engine/catalogue/calendar/limits.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kTree = R"(calendars:
  - id: nation
    name: 國
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:30-12:30, 13:30-17:30]}
    days:
      - {date: 2026-02-16, what: holiday, name: 除夕}
      - {date: 2026-02-07, what: working_day, name: 補行上班}
    known_until: 2026-12-31
  - {id: sugar, name: 糖, parent: nation, tenant: sugar, hours: {mon-fri: [08:00-12:00, 13:00-17:00]}}
  - id: sugar-desk
    name: 櫃檯
    parent: sugar
    tenant: sugar
    days: [{date: 2026-02-16, hours: [09:00-10:00], name: 值班}]
  - {id: power, name: 電, parent: nation, tenant: power}
)";

std::vector<stored::Calendar> tree() {
  auto parsed = parse_calendars(kTree, "tree.yaml");
  EXPECT_TRUE(parsed);
  return *std::move(parsed);
}

std::shared_ptr<const CalendarSet> set_of(std::vector<stored::Calendar> calendars) {
  auto set = CalendarSet::of(std::move(calendars), 4);
  EXPECT_TRUE(set) << set.error().message;
  return *std::move(set);
}

sla::DayPlan plan(const CalendarSet& set, std::string_view id, std::string_view county,
                  std::uint32_t date) {
  return set.compiled(id, county)->plan(*sla::date_of_yyyymmdd(date));
}

constexpr std::int32_t kHour = 3600;
const sla::DayHours kSugarHours{{8 * kHour, 12 * kHour}, {13 * kHour, 17 * kHour}};

stored::Calendar closed(const stored::Calendar& calendar, std::vector<std::string> counties,
                        std::uint32_t date, TimeMs declared_ms, bool reopened = false) {
  ClosureDeclaration closure{std::move(counties), {date}, {}, "颱風", reopened, declared_ms};
  auto next = declare_closure(calendar, closure);
  EXPECT_TRUE(next);
  next->set_version(calendar.version() + 1);
  next->set_edition(calendar.edition() + 1);
  return *std::move(next);
}

TEST(CalendarSet, TheNearestCalendarThatSpeaksDecides) {
  const auto set = set_of(tree());
  EXPECT_EQ(set->edition(), 4u);
  EXPECT_THAT(set->ids(), ElementsAre("nation", "power", "sugar", "sugar-desk"));
  EXPECT_EQ(plan(*set, "sugar", "", 20260217).hours, kSugarHours);
  EXPECT_EQ(plan(*set, "power", "", 20260217).hours.front().from_s, 8 * kHour + 1800);
  EXPECT_EQ(plan(*set, "sugar", "", 20260207).hours, kSugarHours);  // the make-up Saturday
  EXPECT_EQ(plan(*set, "sugar", "", 20260207).origin, sla::DayOrigin::kWorkingDay);
  EXPECT_EQ(plan(*set, "sugar", "", 20260216).name, "除夕");
  EXPECT_TRUE(plan(*set, "sugar", "", 20260216).hours.empty());
  EXPECT_EQ(plan(*set, "sugar-desk", "", 20260216).name, "值班");
  EXPECT_FALSE(plan(*set, "sugar-desk", "", 20261231).provisional);
  EXPECT_TRUE(plan(*set, "sugar-desk", "", 20270101).provisional);
  EXPECT_EQ(set->compiled("moon", ""), nullptr);
  EXPECT_EQ(set->stored_calendar("moon"), nullptr);
  EXPECT_EQ(set->stored_calendar("sugar")->name_zh(), "糖");
  EXPECT_EQ(CalendarSet::empty()->edition(), 0u);
  EXPECT_THAT(CalendarSet::empty()->ids(), ElementsAre());
}

TEST(CalendarSet, BelongsToATenantOrToAll) {
  const auto set = set_of(tree());
  EXPECT_TRUE(set->usable_by("nation", "sugar"));
  EXPECT_TRUE(set->usable_by("sugar", "sugar"));
  EXPECT_FALSE(set->usable_by("sugar", "power"));
  EXPECT_FALSE(set->usable_by("moon", "sugar"));
}

TEST(CalendarSet, AClosureHoldsInItsCountiesAndBelow) {
  auto calendars = tree();
  calendars[0] = closed(calendars[0], {"台南市", "高雄市"}, 20260710, 1000);
  calendars[1] = closed(calendars[1], {}, 20260709, 1500);
  const auto set = set_of(calendars);
  for (const char* county : {"臺南市", "台南市", " 台南市 ", "高雄市"}) {
    EXPECT_TRUE(plan(*set, "sugar-desk", county, 20260710).hours.empty()) << county;
    EXPECT_EQ(plan(*set, "sugar-desk", county, 20260710).origin, sla::DayOrigin::kClosure);
    EXPECT_EQ(plan(*set, "nation", county, 20260710).name, "颱風");
  }
  for (const char* county : {"", "臺北市", "台南", "Atlantis"}) {
    EXPECT_EQ(plan(*set, "sugar-desk", county, 20260710).hours, kSugarHours) << county;
    EXPECT_TRUE(plan(*set, "sugar-desk", county, 20260709).hours.empty());
    EXPECT_FALSE(plan(*set, "power", county, 20260709).hours.empty());
  }
  // What is the same is made once.
  EXPECT_EQ(set->compiled("sugar", "臺南市"), set->compiled("sugar", "高雄市"));
  EXPECT_EQ(set->compiled("sugar", "臺北市"), set->compiled("sugar", ""));
  EXPECT_NE(set->compiled("sugar", "臺南市"), set->compiled("sugar", ""));
}

TEST(CalendarSet, TheLaterDeclarationDecidesWhicheverCalendarMadeIt) {
  auto calendars = tree();
  // The tenant stays closed of its own accord; then the county opens; then the tenant closes again.
  calendars[0] = closed(calendars[0], {"臺南市"}, 20260710, 1000);
  calendars[0] = closed(calendars[0], {"臺南市"}, 20260710, 2000, true);
  EXPECT_FALSE(plan(*set_of(calendars), "sugar", "臺南市", 20260710).hours.empty());
  auto early = calendars;
  early[1] = closed(early[1], {}, 20260710, 1500);
  EXPECT_FALSE(plan(*set_of(early), "sugar", "臺南市", 20260710).hours.empty());
  EXPECT_TRUE(plan(*set_of(early), "sugar", "臺北市", 20260710).hours.empty());
  for (const TimeMs declared_ms : {2000, 3000}) {  // in the same instant, the nearer
    auto late = calendars;
    late[1] = closed(late[1], {}, 20260710, declared_ms);
    EXPECT_TRUE(plan(*set_of(late), "sugar", "臺南市", 20260710).hours.empty());
  }
}

TEST(CalendarSet, AChangeSharesWhatItDoesNotTouch) {
  const auto before = set_of(tree());
  stored::Calendar next = *before->stored_calendar("sugar");
  next.set_edition(5);
  next.mutable_weekly(0)->mutable_opening(2)->set_from_s(7 * kHour);
  ASSERT_FALSE(before->refusal(next));
  const auto after = before->with(next);
  EXPECT_EQ(after->edition(), 5u);
  EXPECT_EQ(after->compiled("nation", ""), before->compiled("nation", ""));
  EXPECT_EQ(after->compiled("power", ""), before->compiled("power", ""));
  EXPECT_NE(after->compiled("sugar", ""), before->compiled("sugar", ""));
  EXPECT_EQ(plan(*after, "sugar-desk", "", 20260217).hours.front().from_s, 7 * kHour);
  EXPECT_EQ(plan(*before, "sugar-desk", "", 20260217).hours.front().from_s, 8 * kHour);
  EXPECT_EQ(after->stored_calendar("nation"), before->stored_calendar("nation"));
}

TEST(CalendarSet, GrowsOneByOne) {
  auto set = CalendarSet::empty();
  std::uint64_t edition = 0;
  for (stored::Calendar& calendar : tree()) {
    calendar.set_edition(++edition);
    ASSERT_FALSE(set->refusal(calendar)) << set->refusal(calendar)->message;
    set = set->with(calendar);
  }
  EXPECT_EQ(set->edition(), 4u);
  EXPECT_EQ(set->ids().size(), 4u);
  EXPECT_EQ(plan(*set, "sugar", "", 20260217).hours, kSugarHours);
}

TEST(CalendarSet, RefusesWhatCannotTakeItsPlace) {
  const auto set = set_of(tree());
  const auto refusal = [&](std::string_view id, auto change) {
    stored::Calendar next;
    if (const stored::Calendar* now = set->stored_calendar(id)) next = *now;
    next.set_id(std::string(id));
    change(next);
    const auto why = set->refusal(next);
    return why ? why->message : "accepted";
  };
  EXPECT_EQ(refusal("sugar", [](auto&) {}), "accepted");
  EXPECT_EQ(refusal("sugar", [](auto& c) { c.set_parent("moon"); }),
            "calendar sugar parent: there is no calendar moon");
  EXPECT_THAT(refusal("sugar", [](auto& c) { c.set_parent("sugar"); }),
              HasSubstr("is the calendar itself"));
  EXPECT_THAT(refusal("nation", [](auto& c) { c.set_parent("sugar-desk"), c.set_tenant("sugar"); }),
              HasSubstr("the parents form a circle"));
  EXPECT_EQ(refusal("power", [](auto& c) { c.set_parent("sugar"); }),
            "calendar power parent: sugar belongs to tenant sugar alone");
  EXPECT_THAT(refusal("power", [](auto& c) { c.set_parent("sugar"), c.clear_tenant(); }),
              HasSubstr("belongs to tenant sugar alone"));
  EXPECT_EQ(refusal("nation", [](auto& c) { c.set_tenant("power"); }),
            "calendar sugar parent: nation belongs to tenant power alone");
  EXPECT_EQ(refusal("new", [](auto& c) { c.set_time_zone("UTC"); }),
            "calendar new hours: neither it nor any parent has any");
  EXPECT_EQ(refusal("nation", [](auto& c) { c.clear_time_zone(); }),
            "calendar nation time_zone: neither it nor any parent has one");
  // The parent's hours are the only ones of power.
  EXPECT_THAT(refusal("nation", [](auto& c) { c.clear_weekly(); }),
              HasSubstr("neither it nor any parent"));
  EXPECT_THAT(refusal("nation", [](auto& c) { c.mutable_days(0)->set_date(20260230); }),
              HasSubstr("20260230 is no date"));
  EXPECT_THAT(CalendarSet::of({tree()[0], tree()[0]}, 1).error().message,
              HasSubstr("stands there twice"));
  EXPECT_THAT(CalendarSet::of({tree()[1]}, 1).error().message,
              HasSubstr("there is no calendar nation"));
}

TEST(CalendarSet, CountsWhatStandsAboveOneAnother) {
  std::vector<stored::Calendar> tower{tree()[0]};
  for (std::size_t i = 1; i < kCalendarDepthMax; ++i) {
    stored::Calendar next;
    next.set_id("floor" + std::to_string(i));
    next.set_parent(tower.back().id());
    tower.push_back(next);
  }
  const auto set = set_of(tower);
  stored::Calendar roof;
  roof.set_id("roof");
  roof.set_parent(tower.back().id());
  EXPECT_THAT(set->refusal(roof)->message, HasSubstr("more than 8 calendars"));
  // Pushed up from below: the new ground floor is fine, the top is then too high.
  stored::Calendar ground = tree()[0];
  ground.set_id("ground");
  stored::Calendar nation = tower[0];
  nation.set_parent("ground");
  EXPECT_THAT(set->with(ground)->refusal(nation)->message, HasSubstr("more than 8 calendars"));
}

TEST(CalendarSet, HoldsAThousandCalendarsAndNoMore) {
  std::vector<stored::Calendar> many{tree()[0]};
  many[0] = closed(many[0], {"臺南市", "高雄市", "屏東縣"}, 20260710, 1000);
  for (std::size_t i = 1; i < kCalendarsMax; ++i) {
    stored::Calendar next;
    next.set_id("unit" + std::to_string(i));
    next.set_parent("nation");
    many.push_back(next);
  }
  const auto set = set_of(many);
  stored::Calendar one_more;
  one_more.set_id("one-more");
  one_more.set_parent("nation");
  EXPECT_EQ(set->refusal(one_more)->message, "calendars: would be 1001; the limit is 1000");
}

TEST(CalendarSet, IsReadByManyThreadsWhileANewOneIsMade) {
  auto calendars = tree();
  calendars[0] = closed(calendars[0], {"臺南市"}, 20260710, 1000);
  auto set = set_of(calendars);
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([set] {
      for (int n = 0; n < 2000; ++n) {
        EXPECT_TRUE(plan(*set, "sugar-desk", "台南市", 20260710).hours.empty());
        EXPECT_FALSE(plan(*set, "power", "臺北市", 20260710).hours.empty());
      }
    });
  }
  for (int i = 0; i < 10; ++i)
    set = set->with(closed(*set->stored_calendar("nation"), {}, 20260713, 2000));
  for (std::thread& reader : readers) reader.join();
  EXPECT_TRUE(plan(*set, "power", "", 20260713).hours.empty());
}

}  // namespace
}  // namespace casewheel::catalogue
