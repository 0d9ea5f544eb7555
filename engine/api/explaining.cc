#include "engine/api/explaining.h"

#include <boost/asio/post.hpp>

#include "engine/api/account_text.h"
#include "engine/catalogue/written.h"

namespace casewheel::api {
namespace {

v1::Stretch::Kind kind_of(sla::Stretch::Kind kind) {
  switch (kind) {
    case sla::Stretch::Kind::kCounted:
      return v1::Stretch::KIND_COUNTED;
    case sla::Stretch::Kind::kClosed:
      return v1::Stretch::KIND_CLOSED;
    case sla::Stretch::Kind::kPaused:
      return v1::Stretch::KIND_PAUSED;
    case sla::Stretch::Kind::kNotCounted:
      return v1::Stretch::KIND_NOT_COUNTED;
    case sla::Stretch::Kind::kExtension:
      return v1::Stretch::KIND_EXTENSION;
  }
  return v1::Stretch::KIND_UNSPECIFIED;
}

// The calendar's own zone or that of the nearest one above it.
std::string zone_name(const catalogue::CalendarSet& calendars, const std::string& id) {
  const stored::Calendar* calendar = calendars.stored_calendar(id);
  while (calendar != nullptr && calendar->time_zone().empty())
    calendar = calendars.stored_calendar(calendar->parent());
  return calendar == nullptr ? std::string() : calendar->time_zone();
}

// The pause a clock stopped in ended with the clock, though nothing says so beside it: an end that
// is undone goes on
// with it.
void end_lasting_pause(TimeMs stopped_ms, sla::Account* account) {
  if (account->stretches.empty() || account->stretches.back().to != kNever) return;
  sla::Stretch& last = account->stretches.back();
  last.to = stopped_ms;
  if (last.to <= last.from) account->stretches.pop_back();
}

}  // namespace

v1::ClockAccount to_account(const stored::ClockState& clock, const catalogue::TenantRules& rules) {
  v1::ClockAccount out;
  out.set_clock(clock.clock());
  out.set_kind(static_cast<v1::ClockKind>(clock.kind()));
  out.set_status(static_cast<v1::ClockStatus>(clock.status()));
  out.set_policy(clock.policy());
  out.set_catalogue_version(clock.catalogue_version());
  out.set_allowance(clock.kind() == stored::AGREED_DATE ? "agreed"
                                                        : catalogue::written(clock.allowance()));
  out.set_county(clock.county());
  out.set_time_zone(rules.catalogue().time_zone());
  set_time(out.mutable_start_time(), clock.start_ms());

  AccountFacts facts;
  const catalogue::CalendarSet& calendars = rules.calendars().at(clock.rules_edition());
  if (const stored::Calendar* calendar = calendars.stored_calendar(clock.calendar())) {
    out.set_calendar(calendar->id());
    out.set_calendar_version(calendar->version());
    out.set_time_zone(zone_name(calendars, calendar->id()));
    facts.calendar_name_zh = calendar->name_zh();
    facts.calendar_name_en = calendar->name_en();
  }

  Result<sla::Account> account = rules.explain(clock);
  const bool stopped = clock.status() != stored::RUNNING && clock.status() != stored::PAUSED;
  if (account && stopped) end_lasting_pause(clock.stopped_ms(), &*account);
  // Without one (a calendar that never opens again) the date still stands, by the wall.
  const TimeMs due = account ? account->answer.due : rules.due(clock);
  const TimeMs shown = clock.due_at_stop_ms() != 0 ? clock.due_at_stop_ms() : due;
  if (shown != kNever) set_time(out.mutable_due_time(), shown);
  out.set_provisional(account ? account->answer.provisional : true);
  set_time(out.mutable_counted_from(), account ? account->counted_from : clock.start_ms());
  if (account) {
    for (const sla::Stretch& stretch : account->stretches) {
      v1::Stretch* told = out.add_stretches();
      told->set_kind(kind_of(stretch.kind));
      set_time(told->mutable_from_time(), stretch.from);
      if (stretch.to != kNever) set_time(told->mutable_to_time(), stretch.to);
      if (stretch.counts_ms != 0) set_duration(told->mutable_counts(), stretch.counts_ms);
      told->set_counts_days(stretch.counts_days);
      told->set_name(stretch.kind == sla::Stretch::Kind::kPaused
                         ? pause_name(clock, stretch.from, stretch.to)
                         : stretch.name);
      told->set_provisional(stretch.provisional);
    }
    out.set_shortened(account->shortened);
    facts.account = &*account;
  }
  facts.clock = &clock;
  facts.due = shown;
  out.set_text_zh(account_text_zh(out, facts));
  out.set_text_en(account_text_en(out, facts));
  return out;
}

void ExplainingApi::explain(const Call& call, const v1::ExplainClockRequest& request,
                            Done<v1::ClockExplanation> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!address) return done(address.error());
  boost::asio::post(services_.pools.reads(), [this, call, address = *address,
                                              wanted = request.clock(), done = std::move(done)] {
    const Result<partition::CaseRecord> read = read_case_for(call, services_, address);
    if (!read) return done(read.error());
    const partition::CaseRecord& record = *read;
    const auto latest = catalogue_for(services_.engine, record);
    const catalogue::TenantRules* rules = tenant_of(*latest, address.id);
    v1::ClockExplanation out;
    out.set_case_number(format_case_number(address.partition, address.id));
    for (const stored::ClockState& clock : record.state.clocks()) {
      if (wanted == 0 || clock.clock() == wanted) *out.add_clocks() = to_account(clock, *rules);
    }
    if (wanted != 0 && out.clocks().empty()) {
      Rejection none = Rejection::of(RejectionCode::kNotFound, "the case has no such clock");
      none.fields.push_back({"clock", "the case has no such clock"});
      return done(std::move(none));
    }
    done(std::move(out));
  });
}

}  // namespace casewheel::api
