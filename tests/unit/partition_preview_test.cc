// A preview says beforehand exactly what the sweep does afterwards, and writes nothing.
#include <algorithm>

#include "engine/partition/preview.h"
#include "tests/unit/partition_working_fixture.h"

namespace casewheel::partition {
namespace {

class Preview : public WorkingPartitions {
 protected:
  Preview() : WorkingPartitions(2) {}

  ChangePreview preview(const catalogue::Registry& next) const {
    ChangePreview preview;
    EXPECT_TRUE(preview_change(
                    store, count_, next, now, [] { return true; }, &preview)
                    .is_ok());
    return preview;
  }
  // Of national as it now is, not yet in force.
  ChangePreview preview_national(bool by_closure) const {
    stored::Calendar next = national;
    next.set_version(next.version() + 1);
    next.set_edition(catalogue.get()->rules_edition() + 1);
    next.set_by_closure(by_closure);
    return preview(*catalogue.get()->with(next));
  }
  ChangePreview preview_office() const {
    stored::Catalogue next = office;
    next.set_version(rules().version() + 1);
    next.set_rules_edition(catalogue.get()->rules_edition() + 1);
    return preview(*catalogue.get()->with(next));
  }

  // What the events after that position in each journal add up to.
  struct Marks {
    std::size_t entries[2];
  };
  Marks mark() const { return {{journal(0).size(), journal(1).size()}}; }
  ChangePreview happened_since(const Marks& marks) const {
    ChangePreview sum;
    for (PartitionId id = 0; id < 2; ++id) {
      const auto entries = journal(id);
      for (std::size_t i = marks.entries[id]; i < entries.size(); ++i) {
        std::uint64_t last_case = 0;
        for (const stored::Event& event : entries[i].events()) {
          if (event.has_rules_swept()) swept_ += event.rules_swept().moved();
          if (event.case_id() == 0) continue;
          if (event.case_id() != last_case) ++sum.cases_moved;
          last_case = event.case_id();
          if (!event.has_clock_moved()) {
            ++sum.clocks_otherwise;
            continue;
          }
          const stored::ClockMoved& move = event.clock_moved();
          const TimeMs before = move.due_before_ms();
          const TimeMs after = move.due_after_ms();
          ++(after > before   ? sum.clocks_later
             : after < before ? sum.clocks_earlier
                              : sum.clocks_otherwise);
          if (before > now && after != 0 && after <= now) ++sum.newly_breached;
          if (before != 0 && before <= now && after > now) ++sum.no_longer_breached;
        }
      }
    }
    return sum;
  }
  void expect_same(const ChangePreview& said, const ChangePreview& did) const {
    EXPECT_EQ(said.cases_moved, did.cases_moved);
    EXPECT_EQ(said.cases_moved, swept_);
    EXPECT_EQ(said.clocks_later, did.clocks_later);
    EXPECT_EQ(said.clocks_earlier, did.clocks_earlier);
    EXPECT_EQ(said.clocks_otherwise, did.clocks_otherwise);
    EXPECT_EQ(said.newly_breached, did.newly_breached);
    EXPECT_EQ(said.no_longer_breached, did.no_longer_breached);
    expect_carried();
  }

  mutable std::uint64_t swept_ = 0;  // as the slices tell it
};

TEST_F(Preview, SaysOfAClosureWhatTheSweepThenDoes) {
  for (PartitionId id = 0; id < 2; ++id) {
    for (const char* county : {"臺北市", "屏東縣", ""}) {
      for (int i = 0; i < 15; ++i) lodge("lease", county, id);
      lodge("gripe", county, id);
    }
    const CaseAddress paused = lodge("lease", "臺北市", id);
    must(paused, domain::RequestDocuments{{"申請書"}, ""});
    must(lodge("lease", "臺北市", id), domain::Withdraw{"x"});
  }
  declare({"臺北市"}, 20260205);
  const ChangePreview said = preview_national(true);
  EXPECT_EQ(said.open_cases, 2u * (3 * 16 + 1));
  EXPECT_EQ(said.cases_moved, 30u);
  EXPECT_EQ(said.clocks_later, 30u);
  ASSERT_EQ(said.examples.size(), ChangePreview::kExamplesKept);
  for (const ChangePreview::Example& example : said.examples) {
    EXPECT_EQ(example.county, "臺北市");
    EXPECT_EQ(example.kind, stored::RESOLVE);
    EXPECT_EQ(taipei(example.due_before), "2026-02-11");
    EXPECT_EQ(taipei(example.due_after), "2026-02-12");
  }
  EXPECT_TRUE(moves(0).empty() && moves(1).empty()) << "a preview moves nothing";
  const Marks marks = mark();
  apply_calendar("颱風", true);
  carry();
  expect_same(said, happened_since(marks));
}

TEST_F(Preview, TellsWhatWouldBeBreachedAndWhatNoLonger) {
  const CaseAddress early = lodge("lease", "臺北市");
  now = taipei("2026-02-03T10:00");
  lodge("lease", "臺北市", 1);
  close({"臺北市"}, 20260210);
  carry();
  now = taipei("2026-02-11T12:00");
  for (PartitionId id = 0; id < 2; ++id) ask(id, {});
  EXPECT_EQ(due(early), "2026-02-12");
  declare({"臺北市"}, 20260210, true);
  const ChangePreview back = preview_national(true);
  EXPECT_EQ(back.clocks_earlier, 2u);
  EXPECT_EQ(back.newly_breached, 1u) << "the other one ends with the day";
  Marks marks = mark();
  apply_calendar("復班", true);
  carry();
  expect_same(back, happened_since(marks));
  ask(0, {});
  ASSERT_TRUE(clock(early, stored::RESOLVE).breached());
  swept_ = 0;
  declare({"臺北市"}, 20260209);
  const ChangePreview again = preview_national(true);
  EXPECT_EQ(again.no_longer_breached, 1u);
  marks = mark();
  apply_calendar("補發布", true);
  carry();
  expect_same(again, happened_since(marks));
}

TEST_F(Preview, SaysOfPoliciesWhatTheSweepThenDoes) {
  for (PartitionId id = 0; id < 2; ++id) {
    for (const char* service : {"lease", "gripe", "lamp"}) {
      for (const char* tenant : {"utility", "neighbour"}) lodge(service, "臺北市", id, tenant);
    }
  }
  now += 3 * kHourMs;
  stored::Policy& lease = *office.mutable_policies(1);
  lease.mutable_clocks(0)->mutable_allowance()->set_working_ms(kHourMs);
  lease.mutable_clocks(1)->set_kind(stored::ACKNOWLEDGE);
  const ChangePreview said = preview_office();
  EXPECT_EQ(said.cases_moved, 6u) << "each open case of the tenant is bound to the new version";
  EXPECT_EQ(said.newly_breached, 2u);
  EXPECT_EQ(said.clocks_earlier, 2u);
  const Marks marks = mark();
  apply({office}, true);
  carry();
  expect_same(said, happened_since(marks));
}

TEST_F(Preview, CountsWhatAnUnfinishedSweepHasStillToMove) {
  lodge("lease", "臺北市", 0);
  lodge("lease", "屏東縣", 1);
  close({"臺北市"}, 20260205);  // not carried yet
  declare({"屏東縣"}, 20260206);
  const ChangePreview said = preview_national(true);
  EXPECT_EQ(said.cases_moved, 2u);
  const Marks marks = mark();
  apply_calendar("颱風", true);
  carry();
  expect_same(said, happened_since(marks));
}

}  // namespace
}  // namespace casewheel::partition
