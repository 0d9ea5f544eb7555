// iCalendar feeds: whole days, several days, recurrence to the horizon, what is left out and told, and
// every refusal with its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/catalogue/calendar/calendar_diff.h"
#include "engine/catalogue/calendar/calendar_form.h"
#include "engine/catalogue/calendar/icalendar.h"

namespace casewheel::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr FeedReading kToTheEndOf2028{20281231, false};

// The lines of one event in a calendar; the event begins in line 3.
std::string feed_of(const std::string& lines) {
  return "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n" + lines + "END:VEVENT\nEND:VCALENDAR\n";
}

std::vector<std::string> days_of(const std::string& text,
                                 const FeedReading& reading = kToTheEndOf2028) {
  const auto feed = parse_icalendar(text, "feed.ics", reading);
  if (!feed) {
    std::vector<std::string> problems;
    for (const auto& field : feed.error().fields)
      problems.push_back(field.field + " " + field.description);
    return problems;
  }
  std::vector<std::string> days;
  for (const stored::CalendarDay& day : feed->days) {
    EXPECT_EQ(day.what(), stored::CalendarDay::HOLIDAY);
    days.push_back(std::to_string(day.date()) + " " + day.name());
  }
  return days;
}

TEST(Icalendar, WholeDaysTheEndExclusive) {
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260101\nSUMMARY:元旦\n")),
              ElementsAre("20260101 元旦"));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20251231\nDTEND;VALUE=DATE:20260102\n"
                              "SUMMARY:跨年\nTRANSP:OPAQUE\n")),
              ElementsAre("20251231 跨年", "20260101 跨年"));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260101\nDURATION:P2D\n")),
              ElementsAre("20260101 ", "20260102 "));
  EXPECT_THAT(days_of(feed_of("dtstart;value=date:20260103\nSUMMARY:星期六\n")),
              ElementsAre("20260103 星期六"));
}

TEST(Icalendar, NamesAreUnfoldedUnescapedAndComposed) {
  EXPECT_THAT(
      days_of(feed_of("DTSTART;VALUE=DATE:20260101\r\nSUMMARY;LANGUAGE=zh-TW:中秋\r\n 節\\, "
                      "補假\\; 又\\n名\r\n")),
      ElementsAre("20260101 中秋節, 補假; 又 名"));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260101\nSUMMARY:Cafe\xcc\x81\n")),
              ElementsAre("20260101 Caf\xc3\xa9"));
  EXPECT_THAT(days_of("\xef\xbb\xbf" + feed_of("DTSTART;VALUE=DATE:20260101\nSUMMARY:  \n")),
              ElementsAre("20260101 "));
}

TEST(Icalendar, RecursToTheHorizon) {
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nSUMMARY:元旦\n")),
              ElementsAre("20260101 元旦", "20270101 元旦", "20280101 元旦"));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;COUNT=2\n")),
              ElementsAre("20260501 ", "20270501 "));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;UNTIL=20270501\n")),
              ElementsAre("20260501 ", "20270501 "));
  EXPECT_THAT(
      days_of(feed_of("DTSTART;VALUE=DATE:20260224\nRRULE:FREQ=MONTHLY;BYDAY=-1TU;COUNT=3\n")),
      ElementsAre("20260224 ", "20260331 ", "20260428 "));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260103\n"
                              "RRULE:FREQ=YEARLY;INTERVAL=2\n")),
              ElementsAre("20260101 ", "20260102 ", "20280101 ", "20280102 "));
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY\n")),
              ElementsAre("20240229 ", "20280229 "));
  // The fourth Thursday of November, from a start that is not one: the start counts all the same.
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20261101\n"
                              "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\n")),
              ElementsAre("20261101 ", "20261126 ", "20271125 ", "20281123 "));
}

TEST(Icalendar, DatesTakenOutAndAdded) {
  EXPECT_THAT(days_of(feed_of("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\n"
                              "EXDATE;VALUE=DATE:20270101,20280101\nRDATE;VALUE=DATE:20270104\n")),
              ElementsAre("20260101 ", "20270104 "));
}

TEST(Icalendar, EventsOnOneDateShareIt) {
  const std::string two =
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260928\nSUMMARY:孔子誕辰\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260928\nSUMMARY:教師節\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260928\nSUMMARY:教師節\nEND:VEVENT\nEND:VCALENDAR\n";
  EXPECT_THAT(days_of(two), ElementsAre("20260928 孔子誕辰、教師節"));
}

TEST(Icalendar, WhatIsLeftOutIsCounted) {
  const std::string text =
      "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Asia/Taipei\nEND:VTIMEZONE\n"
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART:20260102T090000\nTRANSP:TRANSPARENT\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260103\nTRANSP:transparent\nEND:VEVENT\n"
      "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260104\nSTATUS:CANCELLED\nEND:VEVENT\n"
      "BEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCALENDAR\n";
  const auto feed = parse_icalendar(text, "feed.ics", kToTheEndOf2028);
  ASSERT_TRUE(feed) << feed.error().message;
  EXPECT_EQ(feed->days.size(), 1u);
  EXPECT_EQ(feed->known_until, 20261231u);
  EXPECT_THAT(feed->warnings, ElementsAre("2 x transparent event, left out: they keep nobody busy",
                                          "1 x cancelled event, left out",
                                          "1 x component that is no event, left out"));
  // Google marks its holidays transparent.
  const std::string google = feed_of("DTSTART;VALUE=DATE:20260101\nTRANSP:TRANSPARENT\n");
  EXPECT_THAT(
      days_of(google),
      ElementsAre("feed.ics:1 holds no holiday: its 1 transparent events are left out unless "
                  "asked for"));
  EXPECT_THAT(days_of(google, {20281231, true}), ElementsAre("20260101 "));
}

TEST(Icalendar, EveryRefusalNamesItsLine) {
  const std::string day = "DTSTART;VALUE=DATE:20260101\n";
  const std::string year = day + "RRULE:FREQ=YEARLY";
  const struct {
    std::string text, problem;
  } kCases[] = {
      {"", "feed.ics:1 is empty"},
      {"hello\n", "feed.ics:1 is outside of any calendar"},
      {"\n\nBEGIN:VEVENT\n", "feed.ics:3 a feed begins with BEGIN:VCALENDAR"},
      {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
       "feed.ics:3 'END:VCALENDAR' closes nothing"},
      {"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "feed.ics:2 ends before END:VEVENT"},
      {"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "feed.ics:1 holds no holiday"},
      {feed_of("nonsense\n" + day), "feed.ics:4 'nonsense' is no property"},
      {feed_of("SUMMARY:x\n"), "feed.ics:3 the event has no DTSTART"},
      {feed_of("SUMMARY:x\nDTSTART:20260101T090000Z\n"),
       "feed.ics:5 'DTSTART:20260101T090000Z' has a time of day"},
      {feed_of("DTSTART;VALUE=DATE:20260230\n"),
       "feed.ics:4 'DTSTART;VALUE=DATE:20260230' is no date"},
      {feed_of("DTSTART;VALUE=DATE:18991231\n"), "is no date from 1900 to 2299"},
      {feed_of("DTSTART;VALUE=DATE:soon\n"), "feed.ics:4 'DTSTART;VALUE=DATE:soon' is no date"},
      {feed_of(day + day), "feed.ics:5 DTSTART stands in line 4 already"},
      {feed_of(day + "DTEND;VALUE=DATE:20260101\n"), "feed.ics:5 the event ends before it begins"},
      {feed_of(day + "DTEND;VALUE=DATE:20270601\n"),
       "feed.ics:5 the event lasts 516 days; the limit is 366"},
      {feed_of(day + "DTEND:20260101T100000\n"), "feed.ics:5 'DTEND:20260101T100000' has a time"},
      {feed_of(day + "DURATION:PT2H\n"), "feed.ics:5 'DURATION:PT2H' is no number of whole days"},
      {feed_of(day + "DURATION:-P1D\n"), "feed.ics:5 the event ends before it begins"},
      {feed_of(day + "DTEND;VALUE=DATE:20260102\nDURATION:P1D\n"),
       "feed.ics:6 an event has DTEND or"},
      {feed_of(day + "RECURRENCE-ID;VALUE=DATE:20260101\n"),
       "feed.ics:5 RECURRENCE-ID is not read"},
      {feed_of(day + "RRULE:FREQ=HOURLY\n"), "feed.ics:5 recurs 'HOURLY'; FREQ is DAILY"},
      {feed_of(day + "RRULE:RSCALE=CHINESE;FREQ=YEARLY\n"), "feed.ics:5 'RSCALE' is not read"},
      {feed_of(year + ";BYYEARDAY=1\n"), "feed.ics:5 'BYYEARDAY' is not read"},
      {feed_of(year + ";BYSETPOS=1\n"), "feed.ics:5 'BYSETPOS' is not read"},
      {feed_of(day + "RRULE:FREQ=MONTHLY;BYMONTH=2\n"), "BYMONTH is not read with FREQ=MONTHLY"},
      {feed_of(year + ";BYDAY=XX\n"), "feed.ics:5 'RRULE:FREQ=YEARLY;BYDAY=XX' is no recurrence"},
      {feed_of(year + ";COUNT=0\n"), "feed.ics:5 COUNT must be a whole number from 1"},
      {feed_of(year + ";INTERVAL=x\n"), "feed.ics:5 INTERVAL must be a whole number from 1"},
      {feed_of(day + "RRULE:COUNT=3\n"), "feed.ics:5 recurs ''; FREQ is"},
      {feed_of(day + "RRULE:FREQ=DAILY;BYMONTH=1\n"),
       "feed.ics:5 BYMONTH is not read with FREQ=DAILY"},
      {feed_of(day + "EXDATE:tomorrow\n"), "feed.ics:5 'EXDATE:tomorrow' is no list of dates"},
      {feed_of(day + "RDATE:20260102T000000Z\n"), "feed.ics:5 'RDATE:20260102T000000Z' is no list"},
      {feed_of(day + "SUMMARY:a\x01z\n"), "feed.ics:5 SUMMARY holds a control character"},
      {feed_of(day + "SUMMARY:" + std::string(201, 'x') + "\n"),
       "feed.ics:5 SUMMARY is longer than 200"},
      {feed_of(day + "DESCRIPTION:" + std::string(9000, 'x') + "\n"),
       "feed.ics:5 is longer than 8192"},
      {std::string("BEGIN:VCALENDAR\n\0", 17), "feed.ics:2 holds a NUL byte"},
      {"BEGIN:VCALENDAR\n\xff", "feed.ics:1 is not UTF-8"},
      {std::string(2'000'000, 'x'), "feed.ics:1 is 2000000 bytes; the limit is 1048576"},
  };
  for (const auto& one : kCases) {
    EXPECT_THAT(::testing::PrintToString(days_of(one.text)), HasSubstr(one.problem));
  }
  EXPECT_FALSE(parse_icalendar(feed_of(day), "feed.ics", {20260230, false}));
}

TEST(Icalendar, AllProblemsAtOnce) {
  std::string text = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 60; ++i) text += "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nEND:VEVENT\n";
  const auto feed = parse_icalendar(text + "END:VCALENDAR\n", "feed.ics", kToTheEndOf2028);
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().fields.size(), 50u);
  EXPECT_EQ(feed.error().fields[1].field, "feed.ics:6");
  EXPECT_THAT(feed.error().message, HasSubstr("the calendar feed has 60 problems, the first 50"));
}

TEST(Icalendar, CostsNoMoreThanItsLimits) {
  const auto rules = [](int count, const std::string& rule) {
    std::string text = "BEGIN:VCALENDAR\n";
    for (int i = 0; i < count; ++i)
      text += "BEGIN:VEVENT\nDTSTART;VALUE=DATE:19000101\nRRULE:" + rule + "\nEND:VEVENT\n";
    return text + "END:VCALENDAR\n";
  };
  // Rules that match nothing cost most, so no more than five are looked at.
  const auto wrong = days_of(rules(100, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), {22991231, false});
  EXPECT_EQ(wrong.size(), 5u);
  EXPECT_THAT(wrong.front(), HasSubstr("is no recurrence rule, or never comes true"));
  EXPECT_THAT(days_of(rules(101, "FREQ=YEARLY")),
              ElementsAre(HasSubstr("feed.ics:404 more recurring events than the limit of 100")));
  EXPECT_THAT(
      days_of(rules(1, "FREQ=DAILY"), {22991231, false}),
      ElementsAre(HasSubstr("feed.ics:4 recurs on more than 20000 dates until 2299-12-31")));
}

TEST(Icalendar, AFeedSupersedesTheHolidaysOfItsYears) {
  stored::Calendar calendar;
  calendar.set_id("c");
  const auto add = [&](std::uint32_t date, stored::CalendarDay::What what) {
    stored::CalendarDay& day = *calendar.add_days();
    day.set_date(date);
    day.set_what(what);
  };
  add(20251225, stored::CalendarDay::HOLIDAY);
  add(20260101, stored::CalendarDay::HOLIDAY);
  add(20260102, stored::CalendarDay::HOLIDAY);
  add(20260103, stored::CalendarDay::WORKING_DAY);
  calendar.set_known_until(20251231);
  const auto feed = parse_icalendar(feed_of("DTSTART;VALUE=DATE:20260101\nSUMMARY:元旦\n"),
                                    "feed.ics", kToTheEndOf2028);
  ASSERT_TRUE(feed);
  const stored::Calendar next = with_feed(calendar, *feed);
  EXPECT_FALSE(malformed(next));
  EXPECT_THAT(diff(calendar, next, 0),
              ElementsAre("~ 2026-01-01: holiday -> holiday 元旦", "- 2026-01-02 holiday",
                          "~ known until: 2025-12-31 -> 2026-12-31"));
  EXPECT_THAT(diff(next, with_feed(next, *feed), 0), IsEmpty());
}

}  // namespace
}  // namespace casewheel::catalogue
