// Dates promised to people of merged cases, when everything else happens to them: kept once, broken once, told
// once, and moved by the pauses of the case alone.
#include "engine/domain/decider.h"
#include "tests/unit/domain_fixture.h"
namespace casewheel::domain::promises {
namespace {
const CaseId kOther = CaseId::make(31, 1150202, 9);
const CaseId kThird = CaseId::make(31, 1150202, 11);
const CaseId kEarlier = CaseId::make(31, 1150202, 3);
constexpr std::string_view kPromises = R"(
tenants:
  - id: utility
    number: 31
    name: 公用事業
    time_zone: Asia/Taipei
    units:
      - {id: hq, name: 總公司, head: boss}
      - {id: line, name: 線路課, parent: hq, head: lena}
    staff:
      - {id: boss, name: 老闆, unit: hq, roles: [supervisor]}
      - {id: lena, name: 蓮娜, unit: line, roles: [supervisor]}
      - {id: hans, name: 漢斯, unit: line, roles: [handler]}
    services:
      - {id: p50, name: a, kind: inquiry, unit: line}
      - {id: p60, name: a, kind: inquiry, unit: line}
      - {id: p100, name: a, kind: inquiry, unit: line}
      - {id: p100p, name: a, kind: inquiry, unit: line}
      - {id: none, name: a, kind: inquiry, unit: line}
      - {id: fr, name: a, kind: inquiry, unit: line}
    policies:
      - id: p50
        match: {services: [p50]}
        clocks: {reply: {within: 50h, pauses: [other_agency], ladder: [{at: due, to: [unit_head]}]}}
      - id: p60
        match: {services: [p60]}
        clocks: {reply: {within: 60h, ladder: [{at: due, to: [unit_head]}]}}
      - id: p100
        match: {services: [p100]}
        clocks: {reply: {within: 100h, ladder: [{at: due, to: [unit_head]}]}}
      - id: p100p
        match: {services: [p100p]}
        clocks: {reply: {within: 100h, pauses: [other_agency, awaiting_documents], ladder: [{at: due, to: [unit_head]}]}}
      - id: fr
        match: {services: [fr]}
        clocks: {resolve: {within: 50h, ladder: [{at: due, to: [unit_head]}]}}
)";
const catalogue::TenantRules& rules_of_promises() {
  static const auto registry = [] {
    auto parsed = catalogue::parse_catalogue(kPromises, "promises.yaml");
    CASEWHEEL_CHECK(parsed.has_value(), parsed.has_value() ? "" : parsed.error().message);
    parsed->at(0).set_version(1);
    return catalogue::Registry::empty()->with(parsed->at(0));
  }();
  return *registry->find("utility");
}
TimeMs at(TimeMs hours) { return kStart + hours * kHourMs; }
CaseOnDesk lodged(const std::string& service, TimeMs now, CaseId id = kCase,
                  const std::string& handler = "") {
  CaseOnDesk desk;
  desk.now = now;
  desk.id = id;
  desk.rules_in_force = []() -> const catalogue::TenantRules& { return rules_of_promises(); };
  Lodge l = CaseOnDesk::lodging(service);
  l.facts.set_handler(handler);
  auto e = desk.lodge(l);
  EXPECT_TRUE(e) << (e ? "" : e.error().message);
  return desk;
}
void end_in(CaseOnDesk& duplicate, CaseOnDesk& main) {
  main.must(PrepareMerge{1, duplicate.id});
  duplicate.must(Merge{0, main.id, 1});
}
void attach(CaseOnDesk& duplicate, CaseOnDesk& main) {
  AttachDuplicate a{1, duplicate.id};
  const auto& c = duplicate.state.merge().carried();
  a.promises = {c.begin(), c.end()};
  a.depth = merge_depth(duplicate.state);
  ASSERT_TRUE(main.act_as_engine(a));
}
void merge(CaseOnDesk& duplicate, CaseOnDesk& main) {
  duplicate.now = main.now;
  end_in(duplicate, main);
  attach(duplicate, main);
}
void to(CaseOnDesk& d, const std::string& service) {
  d.must(Reclassify{stored::PRIORITY_UNSPECIFIED, service, stored::KIND_UNSPECIFIED, "r"});
}
stored::ClockState own(const CaseOnDesk& d, stored::ClockKind kind = stored::REPLY) {
  for (const auto& c : d.state.clocks())
    if (c.kind() == kind && !c.carried()) return c;
  return {};
}

TEST(Promises, AClockThatComesBackIsNotBrokenByWhatACarriedOneBroke) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("p100", at(0));
  m.now = at(20);
  merge(x, m);
  m.now = at(30);
  to(m, "none");
  m.pass_to(at(55));
  m.must(Reply{stored::BY_PHONE, "x", 0});
  m.now = at(60);
  to(m, "p100");
  EXPECT_EQ(own(m).status(), stored::MET);
}

TEST(Promises, NorByAMergeThatWasUndoneMeanwhile) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("p100", at(0));
  m.now = at(20);
  merge(x, m);
  m.now = at(30);
  to(m, "none");
  m.now = x.now = at(35);
  x.must(Unmerge{"r"});
  ASSERT_TRUE(m.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  m.now = at(55);
  m.must(Reply{stored::BY_PHONE, "x", 0});
  m.now = at(60);
  to(m, "p100");
  EXPECT_EQ(own(m).status(), stored::MET);
}

TEST(Promises, NorByTheDateBeforeAnExtension) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("p100", at(0));
  m.now = at(20);
  merge(x, m);
  m.now = at(30);
  to(m, "none");
  m.must(ExtendClock{m.clock(stored::REPLY).clock(), at(80), "r"});
  m.now = at(75);
  m.must(Reply{stored::BY_PHONE, "x", 0});
  m.now = at(76);
  to(m, "p100");
  EXPECT_EQ(own(m).status(), stored::MET);
}

TEST(Promises, ACarriedClockOfNobodyDoesNotComeBackWithItsCase) {
  CaseOnDesk x = lodged("fr", at(0), kOther), m = lodged("p100", at(0));
  m.now = at(20);
  merge(x, m);
  m.now = at(40);
  m.must(Close{stored::RESOLVED, "x", 0});
  m.now = x.now = at(45);
  x.must(Unmerge{"r"});
  ASSERT_TRUE(m.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  m.now = at(60);
  m.must(Reopen{"mistake", true});
  EXPECT_NE(m.clock(stored::RESOLVE).status(), stored::BROKEN);
}

TEST(Promises, NorWithTheUndoingOfTheNextMerge) {
  CaseOnDesk x = lodged("fr", at(0), kOther), a = lodged("p100", at(0), kThird),
             b = lodged("p100", at(0));
  a.now = b.now = at(20);
  merge(x, a);
  b.now = a.now = at(30);
  merge(a, b);
  a.now = b.now = x.now = at(45);
  x.must(Unmerge{"r"});
  ASSERT_TRUE(a.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  ASSERT_TRUE(b.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kThird}}));
  a.now = at(60);
  a.must(Unmerge{"r"});
  EXPECT_NE(a.clock(stored::RESOLVE).status(), stored::BROKEN);
}

TEST(Promises, WhoCameAfterAnActionIsNotMetByIt) {
  CaseOnDesk x = lodged("p60", at(0), kOther), y = lodged("p50", at(0), kThird),
             m = lodged("none", at(0));
  m.now = at(20);
  merge(x, m);
  m.now = at(40);
  merge(y, m);
  ASSERT_EQ(m.due(stored::REPLY), at(50));
  m.now = at(45);
  m.must(Reply{stored::BY_PHONE, "x", at(35)});
  EXPECT_EQ(m.state.promises_size(), 1) << "y came at 40 and was not answered at 35";
}
TEST(Promises, NeitherWhereTheirDateIsTheLater) {
  CaseOnDesk x = lodged("p50", at(0), kOther), y = lodged("p60", at(0), kThird),
             m = lodged("none", at(0));
  m.now = at(20);
  merge(x, m);
  m.now = at(40);
  merge(y, m);
  m.now = at(45);
  m.must(Reply{stored::BY_PHONE, "x", at(35)});
  EXPECT_EQ(m.state.promises_size(), 1);
}

TEST(Promises, AnExtensionMovesNoPromiseBrokenWithAnotherClock) {
  CaseOnDesk x = lodged("p50", at(0), kOther), z = lodged("p60", at(20), kThird),
             m = lodged("p100", at(20));
  m.now = at(20);
  merge(x, m);
  merge(z, m);
  m.pass_to(at(55));
  ASSERT_TRUE(m.clock(stored::REPLY).breached());
  to(m, "none");
  ASSERT_TRUE(m.clock(stored::REPLY).carried());
  m.must(ExtendClock{m.clock(stored::REPLY).clock(), at(100), "r"});
  m.now = at(56);
  to(m, "p100");
  EXPECT_EQ(m.due(stored::REPLY), at(50));
  EXPECT_TRUE(m.clock(stored::REPLY).breached());
}

TEST(Promises, ABreachIsToldOnceThoughAnotherClockGoesOn) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("p100", at(10));
  m.now = at(20);
  merge(x, m);
  m.pass_to(at(55));
  m.must(Reply{stored::BY_PHONE, "x", at(15)});
  m.look();
  int n = 0;
  for (const auto& e : m.history) n += e.has_clock_breached();
  EXPECT_EQ(n, 1);
  int s = 0;
  for (const auto& e : m.history) s += e.has_step_fired();
  EXPECT_EQ(s, 1);
}

TEST(Promises, TheHandlerOfACaseTakesNoBrokenPromiseBack) {
  CaseOnDesk w = lodged("p50", at(-5), kOther), x = lodged("p50", at(0), kThird),
             m = lodged("p100", at(20), kCase, "hans");
  m.now = at(20);
  merge(w, m);
  merge(x, m);
  m.now = at(22);
  m.must(Suspend{stored::AWAITING_OTHER_AGENCY, "t", 0});
  m.now = at(32);
  m.must(Resume{"t", 0});
  m.now = w.now = at(40);
  w.must(Unmerge{"r"});
  ASSERT_TRUE(m.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  m.pass_to(at(55));
  ASSERT_TRUE(m.clock(stored::REPLY).breached());
  CaseOnDesk k = m;
  Command c =
      m.command(Reclassify{stored::PRIORITY_UNSPECIFIED, "p100p", stored::KIND_UNSPECIFIED, "r"});
  c.who.id = "hans";
  auto e = m.give(c);
  EXPECT_FALSE(e) << "the breach was taken back by the handler herself";
}

TEST(Promises, APauseToldAfterwardsMakesAPromiseWholeAgain) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("p100p", at(20));
  m.now = at(20);
  merge(x, m);
  m.pass_to(at(55));
  to(m, "none");
  to(m, "p100p");
  ASSERT_TRUE(m.clock(stored::REPLY).breached());
  m.now = at(56);
  m.must(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(30)});
  m.now = at(57);
  m.must(Resume{"t", 0});
  EXPECT_EQ(m.due(stored::REPLY), at(77));
  CaseOnDesk n = m;
  CaseOnDesk third = lodged("none", at(0), kEarlier);
  third.now = at(58);
  m.now = at(58);
  merge(m, third);
  EXPECT_EQ(third.due(stored::REPLY), at(77));
  n.now = at(58);
  to(n, "none");
  EXPECT_TRUE(n.clock(stored::REPLY).carried()) << "nobody keeps the promise until 77";
}

TEST(Promises, WhatWasDoneAfterItsComingEndsIt) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("p100", at(10));
  m.now = at(20);
  merge(x, m);
  m.now = at(30);
  to(m, "none");
  m.now = at(35);
  m.must(Reply{stored::BY_PHONE, "x", at(25)});
  EXPECT_EQ(m.state.promises_size(), 0);
}

TEST(Promises, AMergeJudgesAndCarriesByOneInstant) {
  CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged("none", at(0));
  x.now = m.now = at(50) + 5;
  m.must(PrepareMerge{1, x.id});
  Command c = x.command(Merge{0, m.id, 1});
  c.received_ms = at(50) - 5;
  ASSERT_TRUE(x.give(c));
  EXPECT_TRUE(own(x).status() == stored::BROKEN || x.state.merge().carried_size() == 1);
}

TEST(Promises, TheEarlierAgreedDateIsTheOneItStoodAt) {
  CaseOnDesk x = lodged("none", at(0), kOther), y = lodged("none", at(0), kThird),
             m = lodged("p100", at(0));
  x.must(AgreeDate{at(50), "r"});
  y.must(AgreeDate{at(60), "r"});
  m.now = at(10);
  merge(x, m);
  merge(y, m);
  m.now = x.now = at(20);
  x.must(Unmerge{"r"});
  ASSERT_TRUE(m.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  ASSERT_EQ(m.due(stored::AGREED_DATE), at(60));
  m.must(AgreeDate{at(90), "r"});
  EXPECT_EQ(m.state.earlier_agreed_ms(0), at(60));
}

TEST(Promises, WhatHadPassedOnItsWayIsExplainedAndNotMoved) {
  for (const char* s : {"none", "p100", "p100p"}) {
    CaseOnDesk x = lodged("p50", at(0), kOther), m = lodged(s, at(0));
    x.must(AgreeDate{at(50), "r"});
    x.now = m.now = at(49);
    end_in(x, m);
    m.now = at(55);
    attach(x, m);
    m.look();
    for (const auto& c : m.state.clocks()) {
      const auto account = m.rules().explain(c);
      ASSERT_TRUE(account);
      if (c.promised_ms() != 0) {
        EXPECT_EQ(account->answer.due, m.rules().due(c)) << s;
      }
      for (const auto& stretch : account->stretches) {
        EXPECT_LE(stretch.from, stretch.to);
        EXPECT_GE(stretch.counts_ms, 0) << s;
      }
    }
    m.must(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(45)});
    m.look();
    m.now = at(58);
    m.must(Resume{"t", at(57)});
    m.look();
    EXPECT_EQ(m.due(stored::AGREED_DATE), at(50));
    EXPECT_EQ(m.due(stored::REPLY), at(50));
  }
}
TEST(Promises, ANoteWhileTheCaseWasClosedIsJudgedByWhatIsPromisedNow) {
  CaseOnDesk x = lodged("fr", at(0), kOther), m = lodged("fr", at(0) + kHourMs);
  m.now = at(20);
  merge(x, m);
  m.now = at(40);
  m.must(Close{stored::NOT_ACCEPTED, "x", 0});
  m.now = x.now = at(45);
  x.must(Unmerge{"r"});
  ASSERT_TRUE(m.act_as_engine(DetachDuplicate{1, kOther, {}, {1, kOther}}));
  m.now = at(60);
  m.must(Reopen{"mistake", true});
  EXPECT_FALSE(m.clock(stored::RESOLVE).late_by_change() && m.due(stored::RESOLVE) == at(50));
  EXPECT_EQ(m.due(stored::RESOLVE), at(51));
}

TEST(Promises, AHandlerTakesNoneBackByAPauseToldAfterwards) {
  for (const char* service : {"fr", "none"}) {
    CaseOnDesk x = lodged("p50", at(-20), kOther), m = lodged(service, at(0), kCase, "hans");
    m.now = at(16);
    merge(x, m);
    m.pass_to(at(32));
    ASSERT_TRUE(m.clock(stored::REPLY).breached());
    Command c = m.command(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(28)});
    c.who.id = "hans";
    EXPECT_FALSE(m.give(c)) << service;
    c.who.id = "lena";
    EXPECT_TRUE(m.give(c)) << service;
  }
}

TEST(Promises, APauseIsNoChange) {
  for (const char* service : {"fr", "none"}) {
    CaseOnDesk x = lodged("p50", at(-22), kOther), m = lodged(service, at(0));
    m.now = at(16);
    merge(x, m);
    m.pass_to(at(27));
    m.must(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(26)});
    m.now = at(118);
    m.must(Resume{"t", at(105)});
    EXPECT_EQ(m.due(stored::REPLY), at(107));
    m.look();
    EXPECT_TRUE(m.clock(stored::REPLY).breached());
    EXPECT_FALSE(m.clock(stored::REPLY).late_by_change()) << service;
  }
}

// Breaches told of that date.
int told(const CaseOnDesk& desk, TimeMs due) {
  int count = 0;
  for (const stored::Event& event : desk.history)
    count += event.has_clock_breached() && event.clock_breached().due_ms() == due;
  return count;
}

TEST(Promises, AClockThatIsMetAtOnceTakesNoneOver) {
  CaseOnDesk x = lodged("p50", at(-11), kOther), m = lodged("none", at(0));
  m.pass_to(at(6));
  m.must(Reply{stored::BY_PHONE, "x", 0});
  m.now = at(20);
  merge(x, m);
  m.pass_to(at(45));
  to(m, "p100");
  EXPECT_EQ(own(m).status(), stored::MET);
  EXPECT_EQ(m.due(stored::REPLY), at(39));
  EXPECT_TRUE(m.clock(stored::REPLY).carried() && m.clock(stored::REPLY).breached());
  m.look();
  EXPECT_EQ(told(m, at(39)), 1);
}

TEST(Promises, WhatAPauseDoesNotMoveIsNotToldAgain) {
  CaseOnDesk x = lodged("p50", at(-9), kOther), m = lodged("p100p", at(0));
  x.now = m.now = at(40);
  end_in(x, m);
  m.now = at(45);
  attach(x, m);
  m.look();
  const bool by_change = m.clock(stored::REPLY).late_by_change();
  m.now = at(46);
  m.must(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(30)});
  m.look();
  EXPECT_EQ(told(m, at(41)), 1);
  EXPECT_EQ(m.clock(stored::REPLY).late_by_change(), by_change);
}

TEST(Promises, MovedOnItIsBrokenAgainWithTheClockThatKeepsItThen) {
  CaseOnDesk x = lodged("p50", at(8), kOther), m = lodged("p100p", at(0));
  m.now = at(20);
  merge(x, m);
  m.pass_to(at(60));
  to(m, "none");
  m.now = at(62);
  m.must(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(55)});
  m.now = at(64);
  m.must(Resume{"t", 0});
  ASSERT_EQ(m.due(stored::REPLY), at(67));
  m.pass_to(at(72));
  EXPECT_TRUE(m.clock(stored::REPLY).carried() && m.clock(stored::REPLY).breached());
  EXPECT_EQ(told(m, at(67)), 1);
  m.must(Note{"x", false});
  m.look();
  EXPECT_TRUE(m.clock(stored::REPLY).carried() && m.clock(stored::REPLY).breached());
}

TEST(Promises, WhatWasToldOfAnotherDateIsNotOfThisOne) {
  CaseOnDesk x = lodged("p50", at(10), kOther), m = lodged("p50", at(0));
  m.pass_to(at(52));
  merge(x, m);
  m.pass_to(at(65));
  m.must(Reply{stored::BY_PHONE, "x", at(51)});
  m.look();
  EXPECT_EQ(told(m, at(60)), 1);
}

TEST(Promises, SetAsideFirstTheHandlerTakesNoneBackEither) {
  for (const bool aside : {false, true}) {
    CaseOnDesk x = lodged("p50", at(8), kOther), m = lodged("p100p", at(0), kCase, "hans");
    m.now = at(20);
    merge(x, m);
    m.pass_to(at(60));
    if (aside) to(m, "none");
    m.now = at(62);
    Command c = m.command(Suspend{stored::AWAITING_OTHER_AGENCY, "t", at(55)});
    c.who.id = "hans";
    EXPECT_FALSE(m.give(c)) << aside;
  }
}

}  // namespace
}  // namespace casewheel::domain::promises
