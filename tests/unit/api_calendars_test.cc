// Calendars through the api: loading in three forms, previews, closures by county carried to open
// cases, versions that changed meanwhile, what if, and what is refused, naming the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kNational = R"(
calendars:
  - id: national
    name: {zh: 全國日曆, en: National}
    time_zone: Asia/Taipei
    hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
)";

// kStart is Monday 2026-02-02 10:40: the third working day after it ends on Thursday.
constexpr TimeMs kThursday24 = 1'770'307'200'000;

class Calendars : public ApiTest {
 protected:
  void begin(std::uint32_t partitions = 2) {
    start(partitions);
    ASSERT_TRUE(load(kNational));
    ASSERT_TRUE(catalogue("3"));
  }
  Result<v1::ApplyCatalogueResponse> catalogue(const std::string& days, bool to_open_cases = false,
                                               bool validate_only = false) {
    v1::ApplyCatalogueRequest request;
    request.set_yaml(yaml(days));
    request.set_to_open_cases(to_open_cases);
    request.set_validate_only(validate_only);
    return wait<v1::ApplyCatalogueResponse>(
        [&](auto done) { catalogue_->apply({}, request, done); });
  }
  static std::string yaml(const std::string& days) {
    std::string text = kCatalogue;
    const std::string within = "within: 72h";
    text.replace(text.find(within), within.size(),
                 "within: {working_days: " + days + ", rule: end_of_day_first_day_excluded}");
    const std::string zone = "time_zone: Asia/Taipei";
    return text.replace(text.find(zone), zone.size(), zone + "\n    calendar: national");
  }
  Result<v1::ApplyCalendarResponse> apply(const v1::ApplyCalendarRequest& request) {
    return wait<v1::ApplyCalendarResponse>(
        [&](auto done) { calendars_->apply({}, request, done); });
  }
  Result<v1::ApplyCalendarResponse> load(const std::string& text, bool validate_only = false) {
    v1::ApplyCalendarRequest request;
    request.set_yaml(text);
    request.set_validate_only(validate_only);
    return apply(request);
  }
  static v1::DeclareClosureRequest closure(const std::string& county,
                                           const std::string& date = "2026-02-04") {
    v1::DeclareClosureRequest request;
    request.set_calendar("national");
    if (!county.empty()) request.add_counties(county);
    request.add_dates(date);
    request.set_reason("颱風");
    return request;
  }
  Result<v1::ApplyCalendarResponse> close(const v1::DeclareClosureRequest& request) {
    return wait<v1::ApplyCalendarResponse>(
        [&](auto done) { calendars_->declare_closure({}, request, done); });
  }
  v1::Sweep sweep() {
    return *wait<v1::Sweep>([&](auto done) { calendars_->get_sweep({}, {}, done); });
  }
  bool swept() {
    return eventually([&] { return sweep().partitions_done() == sweep().partitions(); });
  }
  std::string lodged_in(const std::string& county) {
    v1::LodgeCaseRequest request = lodge_request("in-" + county + std::to_string(++lodged_));
    request.set_county(county);
    return lodged(request);
  }
  TimeMs due(const std::string& number) {
    const auto view = get(number);
    return view ? view->clocks(0).due_time().seconds() * 1000 : 0;
  }
  Result<v1::SimulateResponse> simulate(const v1::SimulateRequest& request) {
    return wait<v1::SimulateResponse>([&](auto done) { calendars_->simulate({}, request, done); });
  }
  static v1::SimulateRequest question() {
    v1::SimulateRequest request;
    request.set_tenant("utility");
    set_time(request.mutable_received_from(), kStart - kDayMs);
    set_time(request.mutable_received_until(), kStart + kDayMs);
    return request;
  }

  int lodged_ = 0;
};

TEST_F(Calendars, AreLoadedShownAndListed) {
  start(1);
  const auto tried = load(kNational, true);
  ASSERT_TRUE(tried) << tried.error().message;
  EXPECT_EQ(tried->calendars(0).version(), 1u);
  EXPECT_FALSE(tried->calendars(0).diff().empty());
  EXPECT_TRUE(tried->has_preview());
  v1::GetCalendarRequest which;
  which.set_calendar("national");
  const auto get = [&] {
    return wait<v1::GetCalendarResponse>([&](auto done) { calendars_->get({}, which, done); });
  };
  EXPECT_EQ(get().error().code, RejectionCode::kNotFound) << "only tried";
  ASSERT_TRUE(load(kNational));
  EXPECT_EQ(get()->version(), 1u);
  EXPECT_EQ(get()->edition(), 1u);
  const auto same = load(get()->yaml());
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_THAT(same->calendars(0).diff(), IsEmpty());
  EXPECT_EQ(same->calendars(0).version(), 1u) << "nothing changed, nothing new";
  const auto all =
      wait<v1::ListCalendarsResponse>([&](auto done) { calendars_->list({}, {}, done); });
  ASSERT_EQ(all->calendars_size(), 1);
  EXPECT_EQ(all->calendars(0).name_zh(), "全國日曆");
  EXPECT_EQ(sweep().edition(), 1u);
}

TEST_F(Calendars, TakeNoDayOffAwayUnasked) {
  start(1);
  const std::string nation =
      std::string(kNational) + "    days: [{date: 2026-02-04, what: holiday, name: 水利節}]\n";
  const std::string sugar = "  - {id: sugar, name: 糖, parent: national}\n";
  ASSERT_TRUE(load(nation + sugar));
  // Neither line of a comparison takes a date away: hours on the holiday, and a parent that goes.
  const std::string opened = std::string(kNational) +
                             "    days: [{date: 2026-02-04, hours: [08:00-17:00], name: 水利節}]\n";
  EXPECT_EQ(field_of(load(opened)), "take_away");
  const std::string alone =
      "calendars:\n  - {id: sugar, name: 糖, time_zone: Asia/Taipei, hours: {mon-fri: "
      "[08:00-17:00]}}\n";
  const auto refused = load(alone);
  EXPECT_EQ(field_of(refused), "take_away");
  EXPECT_THAT(refused.error().message, HasSubstr("sugar 2026-02-04 水利節"));
  const auto tried = load(alone, true);
  ASSERT_TRUE(tried) << tried.error().message;
  EXPECT_THAT(tried->warnings(), ::testing::Contains(HasSubstr("2026-02-04 水利節")));
  v1::ApplyCalendarRequest request;
  request.set_yaml(alone);
  request.set_take_away(true);
  EXPECT_TRUE(apply(request));
}

TEST_F(Calendars, AnotherEnterprisesAreNotThere) {
  begin(1);
  ASSERT_TRUE(
      load("calendars:\n  - {id: own, tenant: utility, parent: national, name: 自有}\n"
           "  - {id: others, tenant: other, parent: national, name: 別家}\n"
           "  - {id: newcomers, tenant: newcomer, parent: national, name: 新進}\n"));
  const auto seen_by = [&](stored::Role role, const std::string& tenant) {
    access::Caller caller;
    caller.kind = access::Caller::Kind::kKey;
    stored::Grant& grant = caller.grants.emplace_back();
    grant.set_role(role);
    grant.set_tenant(tenant);
    Call call;
    call.caller = std::make_shared<const access::Caller>(caller);
    const auto all =
        wait<v1::ListCalendarsResponse>([&](auto done) { calendars_->list(call, {}, done); });
    std::vector<std::string> ids;
    for (const auto& calendar : all->calendars()) ids.push_back(calendar.id());
    for (const char* id : {"national", "own", "others", "newcomers", "none"}) {
      v1::GetCalendarRequest which;
      which.set_calendar(id);
      const auto got =
          wait<v1::GetCalendarResponse>([&](auto done) { calendars_->get(call, which, done); });
      EXPECT_EQ(got.has_value(), std::find(ids.begin(), ids.end(), id) != ids.end()) << id;
      EXPECT_TRUE(got || got.error().message == "no such calendar: " + which.calendar()) << id;
    }
    return ids;
  };
  EXPECT_THAT(seen_by(stored::AGENT, "utility"), ElementsAre("national", "own"));
  EXPECT_THAT(seen_by(stored::AGENT, "other"), ElementsAre("national", "others"));
  EXPECT_THAT(seen_by(stored::ADMINISTRATOR, ""),
              ElementsAre("national", "newcomers", "others", "own"));
}

TEST_F(Calendars, AFeedBelongsToACalendar) {
  begin();
  v1::ApplyCalendarRequest request;
  request.set_icalendar(
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:"
      "20260101T000000Z"
      "\r\nDTSTART;VALUE=DATE:20260204\r\nSUMMARY:水利節\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  EXPECT_EQ(field_of(apply(request)), "calendar");
  request.set_calendar("elsewhere");
  EXPECT_EQ(field_of(apply(request)), "calendar");
  request.set_calendar("national");
  const std::string number = lodged_in("臺北市");
  const auto loaded = apply(request);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->calendars(0).diff(0), HasSubstr("2026-02-04 holiday 水利節"));
  ASSERT_TRUE(swept());
  EXPECT_EQ(due(number), kThursday24 + kDayMs);
}

TEST_F(Calendars, AClosureMovesOneCountyOnly) {
  begin();
  const std::string here = lodged_in("台北市");
  const std::string there = lodged_in("臺南市");
  EXPECT_EQ(due(here), kThursday24);
  v1::DeclareClosureRequest request = closure("臺北市");
  request.set_validate_only(true);
  const auto tried = close(request);
  ASSERT_TRUE(tried) << tried.error().message;
  EXPECT_EQ(tried->preview().open_cases(), 2u);
  EXPECT_EQ(tried->preview().cases_moved(), 1u);
  EXPECT_EQ(tried->preview().clocks_later(), 1u);
  ASSERT_EQ(tried->preview().examples_size(), 1);
  EXPECT_EQ(tried->preview().examples(0).case_number(), here);
  EXPECT_EQ(due(here), kThursday24);

  request.set_validate_only(false);
  ASSERT_TRUE(close(request));
  ASSERT_TRUE(swept());
  EXPECT_EQ(due(here), kThursday24 + kDayMs);
  EXPECT_EQ(due(there), kThursday24);
  EXPECT_EQ(sweep().moved(), 1u);
  const auto past = history(on<v1::ListCaseHistoryRequest>(here));
  const v1::HistoryEntry& moved = past->entries(past->entries_size() - 1);
  EXPECT_EQ(moved.event(), "clock_moved");
  EXPECT_EQ(moved.actor(), "engine");
  std::map<std::string, std::string> changes;
  for (const v1::Change& change : moved.changes()) changes[change.field()] = change.value();
  EXPECT_EQ(changes["cause"], "closure_declared");
  EXPECT_EQ(changes["reference"], "national version 2: 颱風: 停班 臺北市 2026-02-04");
  EXPECT_EQ(changes["due_before_time"], "2026-02-05T16:00:00Z");
  EXPECT_EQ(changes["due_after_time"], "2026-02-06T16:00:00Z");
  EXPECT_EQ(changes["allowance"], "{working_days: 3, rule: end_of_day_first_day_excluded}");
  EXPECT_FALSE(changes.contains("rules_edition"));

  const auto again = close(request);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->calendars(0).diff(), IsEmpty()) << "the same word twice";
  request.set_reopened(true);
  ASSERT_TRUE(close(request));
  ASSERT_TRUE(swept());
  EXPECT_EQ(due(here), kThursday24);
}

TEST_F(Calendars, ClosuresDeclaredAtOnceAllHold) {
  begin(1);
  std::vector<std::future<bool>> answers;
  for (int day = 1; day <= 6; ++day) {
    auto promise = std::make_shared<std::promise<bool>>();
    answers.push_back(promise->get_future());
    calendars_->declare_closure({}, closure("", "2026-03-0" + std::to_string(day)),
                                [promise](auto result) { promise->set_value(result.has_value()); });
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  const auto all =
      wait<v1::ListCalendarsResponse>([&](auto done) { calendars_->list({}, {}, done); });
  EXPECT_EQ(all->calendars(0).closures(), 6u);
  EXPECT_EQ(all->calendars(0).version(), 7u);
}

TEST_F(Calendars, WhatMakesNoSenseIsRefused) {
  begin();
  EXPECT_EQ(field_of(apply({})), "source");
  EXPECT_THAT(field_of(load("calendars:\n  - id: x\n    nonsense: 1\n")), HasSubstr("calendars:3"));
  v1::ApplyCalendarRequest csv;
  csv.set_calendar("national");
  csv.set_dgpa_csv("no such header\n");
  EXPECT_FALSE(apply(csv));
  csv.set_reason(std::string(600, 'x'));
  EXPECT_EQ(field_of(apply(csv)), "reason");
  EXPECT_EQ(field_of(close(closure("台北"))), "counties");
  EXPECT_EQ(field_of(close(closure("臺北市", "tomorrow"))), "dates");
  v1::DeclareClosureRequest request = closure("臺北市");
  request.add_hours("noon");
  EXPECT_EQ(field_of(close(request)), "hours");
  request = closure("臺北市");
  request.clear_reason();
  EXPECT_EQ(field_of(close(request)), "reason");
  request = closure("臺北市");
  request.clear_dates();
  EXPECT_EQ(field_of(close(request)), "dates");
  request = closure("臺北市");
  request.set_calendar("elsewhere");
  EXPECT_EQ(field_of(close(request)), "calendar");
}

TEST_F(Calendars, APolicyIsCarriedToOpenCasesWhenAsked) {
  begin();
  const std::string number = lodged_in("臺北市");
  ASSERT_TRUE(catalogue("1"));
  EXPECT_EQ(due(number), kThursday24) << "bound to the version it began under";
  const auto tried = catalogue("1", true, true);
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->preview().clocks_earlier(), 1u);
  EXPECT_FALSE(catalogue("1", false, true)->has_preview());
  const auto carried = catalogue("1", true);
  ASSERT_TRUE(carried);
  EXPECT_EQ(carried->tenants(0).version(), tried->tenants(0).version());
  ASSERT_TRUE(swept());
  EXPECT_EQ(due(number), kThursday24 - 2 * kDayMs);
}

TEST_F(Calendars, ThePromiseOfAKnownRequestIsTheOneThatWasMade) {
  begin();
  v1::LodgeCaseRequest request = lodge_request("same");
  request.set_county("臺北市");
  request.add_missing_documents("謄本");
  const auto first = lodge(request);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->promises(0).provisional()) << "no year is published";
  ASSERT_TRUE(close(closure("臺北市")));
  ASSERT_TRUE(catalogue("1", true));
  ASSERT_TRUE(swept());
  const auto again = lodge(request);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->promises_size(), first->promises_size());
  EXPECT_EQ(again->promises(0).SerializeAsString(), first->promises(0).SerializeAsString());
}

TEST_F(Calendars, WhatIfIsAnsweredBesideWhatHappened) {
  begin();
  const std::string number = lodged_in("臺北市");
  ASSERT_TRUE(advance(2 * kDayMs));
  auto reply = on<v1::ReplyCaseRequest>(number);
  reply.set_means(v1::REPLY_MEANS_PHONE);
  reply.set_text("好了");
  ASSERT_TRUE(act(reply));
  v1::SimulateRequest request = question();
  request.set_yaml(yaml("1"));
  const auto strict = simulate(request);
  ASSERT_TRUE(strict) << strict.error().message;
  EXPECT_EQ(strict->cases(), 1u);
  ASSERT_EQ(strict->lines_size(), 1);
  EXPECT_EQ(strict->lines(0).met_then(), 1u);
  EXPECT_EQ(strict->lines(0).broken(), 1u);
  EXPECT_EQ(strict->lines(0).clock(), v1::CLOCK_KIND_REPLY);

  EXPECT_EQ(field_of(simulate({})), "tenant");
  request = question();
  request.clear_received_from();
  EXPECT_EQ(field_of(simulate(request)), "received_from");
  request = question();
  request.clear_received_until();
  EXPECT_EQ(field_of(simulate(request)), "received_until");
  request = question();
  request.set_tenant("other");
  request.set_yaml("tenants: []");
  EXPECT_FALSE(simulate(request));
  request = question();
  request.set_calendars_yaml("nonsense");
  EXPECT_FALSE(simulate(request));
}

}  // namespace
}  // namespace casewheel::api
