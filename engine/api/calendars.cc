#include "engine/api/calendars.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/api/change_preview.h"
#include "engine/api/plain_text.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/catalogue/calendar/calendar_diff.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/calendar/closures.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/calendar/days_off.h"
#include "engine/catalogue/calendar/dgpa.h"
#include "engine/catalogue/calendar/icalendar.h"
#include "engine/catalogue/calendar/limits.h"

namespace casewheel::api {
namespace {

// A feed's recurring holidays are written out for so many years beyond the present one.
constexpr int kFeedYearsAhead = 2;

constexpr std::size_t kCountiesMax = 22;

std::uint32_t today_in(const sla::Zone& zone, TimeMs now) {
  return sla::yyyymmdd(zone.wall_time(now).date);
}

Rejection no_such(const std::string& calendar) {
  if (calendar.empty()) return Rejection::invalid("calendar", "is required");
  return Rejection::invalid("calendar",
                            "no such calendar: " + calendar + "; load it from YAML first");
}

Result<std::string> reason_of(const std::string& reason) {
  return plain_line("reason", reason, limits::kReasonChars);
}

std::string file_of(const v1::ApplyCalendarRequest& request, const char* otherwise) {
  return request.file_name().empty() ? otherwise : request.file_name();
}

Result<catalogue::ClosureDeclaration> declaration_of(const v1::DeclareClosureRequest& request) {
  catalogue::ClosureDeclaration declaration;
  if (request.counties_size() > static_cast<int>(kCountiesMax))
    return Rejection::invalid("counties", "lists more than the 22 there are");
  for (const std::string& county : request.counties())
    declaration.counties.push_back(catalogue::county_name(county));
  if (request.dates_size() > static_cast<int>(catalogue::kClosureDatesMax)) {
    return Rejection::invalid(
        "dates", "lists more than " + std::to_string(catalogue::kClosureDatesMax) + " dates");
  }
  for (const std::string& text : request.dates()) {
    const std::optional<std::uint32_t> date = catalogue::parse_date(text);
    if (!date) return Rejection::invalid("dates", "is not a date like 2026-07-24: " + text);
    declaration.dates.push_back(*date);
  }
  if (request.hours_size() > static_cast<int>(catalogue::kDaySpansMax)) {
    return Rejection::invalid(
        "hours", "lists more than " + std::to_string(catalogue::kDaySpansMax) + " spans");
  }
  for (const std::string& text : request.hours()) {
    const std::optional<stored::DayHours> hours = catalogue::parse_hours(text);
    if (!hours) return Rejection::invalid("hours", "is not a span like 13:00-17:30: " + text);
    declaration.hours.push_back(*hours);
  }
  Result<std::string> reason = reason_of(request.reason());
  if (!reason) return reason.error();
  declaration.reason = std::move(*reason);
  declaration.reopened = request.reopened();
  return declaration;
}

template <typename Texts>
std::string listed(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "、") + text;
  return out;
}

// "康芮颱風: 停班 臺北市、新北市 2026-07-24 13:00-17:30": what the cases it moves say of it.
std::string told(const catalogue::ClosureDeclaration& declaration) {
  std::vector<std::string> dates;
  for (const std::uint32_t date : declaration.dates) dates.push_back(catalogue::written_date(date));
  std::string text = declaration.reason.empty() ? "" : declaration.reason + ": ";
  text += declaration.reopened ? "恢復上班 " : "停班 ";
  text += declaration.counties.empty() ? "各縣市" : listed(declaration.counties);
  text += " " + listed(dates);
  if (!declaration.hours.empty()) text += " " + catalogue::written_spans(declaration.hours);
  return text;
}

// Whether the latest word on that date is this very one: the same request again.
bool stands(const stored::Calendar& calendar, const catalogue::ClosureDeclaration& declaration,
            std::uint32_t date) {
  const auto& closures = calendar.closures();
  const auto last = std::find_if(closures.rbegin(), closures.rend(),
                                 [&](const auto& closure) { return closure.date() == date; });
  if (last == closures.rend()) return false;
  const auto same_hours = [](const stored::DayHours& a, const stored::DayHours& b) {
    return a.from_s() == b.from_s() && a.to_s() == b.to_s();
  };
  return last->reopened() == declaration.reopened && last->reason() == declaration.reason &&
         std::is_permutation(last->counties().begin(), last->counties().end(),
                             declaration.counties.begin(), declaration.counties.end()) &&
         std::equal(last->hours().begin(), last->hours().end(), declaration.hours.begin(),
                    declaration.hours.end(), same_hours);
}

// A file of hours alone says nothing of days, nor of closures.
void keep_dates(const stored::Calendar& current, stored::Calendar* next) {
  if (next->days().empty()) *next->mutable_days() = current.days();
  if (next->closures().empty()) *next->mutable_closures() = current.closures();
  if (next->known_until() == 0) next->set_known_until(current.known_until());
}

// What a load takes away, in words. A date is named once: first by the lines of the calendar's own comparison
// ("- 2026-02-16 holiday 農曆除夕"), then by what is open now though the calendar's own lines do not say so.
class TakenAway {
 public:
  void add_lines(const std::string& calendar, const std::vector<std::string>& diff) {
    for (const std::string& line : diff) {
      const bool of_a_day = line.size() > 2 && line[2] >= '0' && line[2] <= '9';
      const bool goes =
          line.starts_with("- ") && (of_a_day || line.substr(2).starts_with("closure") ||
                                     line.substr(2).starts_with("reopening"));
      if (!goes) continue;
      named_.push_back(calendar + " " + line.substr(2));
      dates_.insert(line.substr(line.find_first_of("0123456789"), kDateChars));
    }
  }
  void add_days_off(const catalogue::CalendarSet& before, const catalogue::CalendarSet& after) {
    for (const std::string& id : before.ids()) {
      for (const catalogue::DayOff& day : catalogue::days_off_lost(before, id, after, id)) {
        const std::string written = catalogue::written_day_off(day);
        if (dates_.insert(written.substr(0, kDateChars)).second)
          named_.push_back(id + " " + written);
      }
    }
  }

  bool empty() const { return named_.empty(); }
  std::string text() const {
    constexpr std::size_t kNamedMax = 5;
    std::string text = "would take " + std::to_string(named_.size()) + " dates away: ";
    for (std::size_t i = 0; i < std::min(named_.size(), kNamedMax); ++i)
      text += (i == 0 ? "" : "; ") + named_[i];
    if (named_.size() > kNamedMax) text += "; ...";
    return text;
  }

 private:
  static constexpr std::size_t kDateChars = 10;  // 2026-02-16

  std::vector<std::string> named_;
  std::set<std::string> dates_;
};

}  // namespace

void CalendarsApi::apply(const Call& call, const v1::ApplyCalendarRequest& request,
                         Done<v1::ApplyCalendarResponse> done) {
  Result<std::string> reason = reason_of(request.reason());
  if (!reason) return done(reason.error());
  switch (request.source_case()) {
    case v1::ApplyCalendarRequest::kYaml:
      if (request.yaml().size() > limits::kCatalogueBytes)
        return done(Rejection::invalid("yaml", "is longer than 4 MiB"));
      break;
    case v1::ApplyCalendarRequest::kDgpaCsv:
      if (request.dgpa_csv().size() > catalogue::kDgpaBytesMax)
        return done(Rejection::invalid("dgpa_csv", "is longer than 256 KiB"));
      break;
    case v1::ApplyCalendarRequest::kIcalendar:
      if (request.icalendar().size() > catalogue::kFeedBytesMax)
        return done(Rejection::invalid("icalendar", "is longer than 1 MiB"));
      break;
    case v1::ApplyCalendarRequest::SOURCE_NOT_SET:
      return done(Rejection::invalid("source", "one of yaml, dgpa_csv and icalendar is required"));
  }
  auto putting = std::make_shared<Putting>();
  putting->call = call;
  putting->who = operator_of(call);
  putting->take_away = request.take_away();
  putting->validate_only = request.validate_only();
  putting->bytes = request.ByteSizeLong();
  putting->done = std::move(done);
  putting->make = [this, request, reason = std::move(*reason)](
                      const catalogue::CalendarSet& calendars) -> Result<Change> {
    Change change;
    if (request.has_yaml()) {
      Result<std::vector<stored::Calendar>> parsed =
          catalogue::parse_calendars(request.yaml(), file_of(request, "calendars"));
      if (!parsed) return parsed.error();
      change.calendars = std::move(*parsed);
      for (stored::Calendar& calendar : change.calendars) {
        calendar.set_reason(reason);
        const stored::Calendar* current = calendars.stored_calendar(calendar.id());
        if (current != nullptr && !request.take_away()) keep_dates(*current, &calendar);
      }
      return change;
    }
    const stored::Calendar* current = calendars.stored_calendar(request.calendar());
    if (current == nullptr) return no_such(request.calendar());
    stored::Calendar next = *current;
    std::string said = reason;
    if (request.has_dgpa_csv()) {
      const Result<catalogue::YearOfDays> year =
          catalogue::parse_dgpa(request.dgpa_csv(), file_of(request, "csv"));
      if (!year) return year.error();
      next = catalogue::with_year(std::move(next), *year);
      if (said.empty())
        said = "政府行政機關辦公日曆表 " + std::to_string(year->year - 1911) + " 年";
    } else {
      const sla::Calendar* compiled = calendars.compiled(request.calendar(), "");
      const std::uint32_t year =
          today_in(compiled->zone(), services_.engine.clock().read().now) / 10000;
      catalogue::FeedReading reading;
      reading.horizon = (year + kFeedYearsAhead) * 10000 + 1231;
      reading.transparent_too = request.transparent_too();
      const Result<catalogue::HolidayFeed> feed =
          catalogue::parse_icalendar(request.icalendar(), file_of(request, "ics"), reading);
      if (!feed) return feed.error();
      next = catalogue::with_feed(std::move(next), *feed);
      change.warnings = feed->warnings;
    }
    next.set_reason(said);
    next.set_by_closure(false);
    change.calendars.push_back(std::move(next));
    return change;
  };
  put(std::move(putting));
}

void CalendarsApi::declare_closure(const Call& call, const v1::DeclareClosureRequest& request,
                                   Done<v1::ApplyCalendarResponse> done) {
  Result<catalogue::ClosureDeclaration> declaration = declaration_of(request);
  if (!declaration) return done(declaration.error());
  auto putting = std::make_shared<Putting>();
  putting->call = call;
  putting->who = operator_of(call);
  putting->take_away = true;  // a reopening is said as such
  putting->validate_only = request.validate_only();
  putting->bytes = request.ByteSizeLong();
  putting->done = std::move(done);
  putting->make = [this, id = request.calendar(), declared = std::move(*declaration)](
                      const catalogue::CalendarSet& calendars) -> Result<Change> {
    const stored::Calendar* current = calendars.stored_calendar(id);
    if (current == nullptr) return no_such(id);
    catalogue::ClosureDeclaration declaration = declared;
    declaration.declared_ms = services_.engine.clock().read().now;
    // Asked first, so that what is wrong is refused however often it is sent.
    Result<stored::Calendar> whole = catalogue::declare_closure(*current, declaration);
    if (!whole) return whole.error();
    Change change;
    std::erase_if(declaration.dates,
                  [&](std::uint32_t date) { return stands(*current, declaration, date); });
    stored::Calendar next = *current;
    if (!declaration.dates.empty()) {
      Result<stored::Calendar> closed = catalogue::declare_closure(*current, declaration);
      if (!closed) return closed.error();
      next = std::move(*closed);
      next.set_reason(told(declaration));
      next.set_by_closure(true);
    }
    change.calendars.push_back(std::move(next));
    return change;
  };
  put(std::move(putting));
}

void CalendarsApi::put(std::shared_ptr<Putting> putting) {
  scan(services_, putting->call, putting->done,
       [this, putting](Work& work) { put_now(putting, work); });
}

void CalendarsApi::put_now(std::shared_ptr<Putting> putting, Work& work) {
  const auto& done = putting->done;
  work.look_at(putting->bytes / kYamlBytesPerRow);
  const std::shared_ptr<const catalogue::Registry> in_force = services_.engine.catalogue().get();
  std::shared_ptr<const catalogue::Registry> next = in_force;
  Result<Change> change = putting->make(next->calendars().latest());
  if (!change) return done(change.error());
  const TimeMs now = services_.engine.clock().read().now;
  auto response = std::make_shared<v1::ApplyCalendarResponse>();
  partition::CalendarRequest body;
  body.who = putting->who;
  TakenAway taken;
  for (std::string& warning : change->warnings) response->add_warnings(std::move(warning));
  for (stored::Calendar& calendar : change->calendars) {
    const catalogue::CalendarSet& calendars = next->calendars().latest();
    if (std::optional<Rejection> refusal = calendars.refusal(calendar))
      return done(std::move(*refusal));
    const stored::Calendar* current = calendars.stored_calendar(calendar.id());
    const stored::Calendar before = current == nullptr ? stored::Calendar() : *current;
    calendar.set_version(before.version() + 1);
    calendar.set_edition(next->rules_edition() + 1);
    std::shared_ptr<const catalogue::Registry> with = next->with(calendar);
    const sla::Calendar* compiled = with->calendars().latest().compiled(calendar.id(), "");
    const std::vector<std::string> lines =
        catalogue::diff(before, calendar, today_in(compiled->zone(), now));
    taken.add_lines(calendar.id(), lines);
    v1::ApplyCalendarResponse::CalendarChange* shown = response->add_calendars();
    shown->set_calendar(calendar.id());
    for (const std::string& line : lines) {
      if (line.starts_with("! ")) {
        response->add_warnings(calendar.id() + ": " + line.substr(2));
      } else {
        shown->add_diff(line);
      }
    }
    const bool changes = current == nullptr || !shown->diff().empty();
    shown->set_version(changes ? calendar.version() : before.version());
    if (!changes) continue;
    next = std::move(with);
    calendar.set_version(before.version());  // what it was made from
    body.calendars.push_back(std::move(calendar));
  }
  taken.add_days_off(in_force->calendars().latest(), next->calendars().latest());
  if (!taken.empty() && !putting->take_away) {
    if (!putting->validate_only)
      return done(Rejection::invalid("take_away", "is not set, and this load " + taken.text()));
    response->add_warnings(taken.text() + " (take_away)");
  }
  if (putting->validate_only) {
    return work_long(services_, putting->call, done, [this, next, response, putting](Work& part) {
      Result<v1::ChangePreview> preview = preview_of(services_, *next, part);
      if (!preview) return putting->done(preview.error());
      *response->mutable_preview() = std::move(*preview);
      putting->done(std::move(*response));
    });
  }
  if (body.calendars.empty()) return done(std::move(*response));
  commit(putting, response, std::move(body));
}

void CalendarsApi::commit(const std::shared_ptr<Putting>& putting,
                          const std::shared_ptr<v1::ApplyCalendarResponse>& response,
                          partition::CalendarRequest body) {
  partition::Request out;
  out.bytes = putting->bytes;
  out.body = std::move(body);
  out.done = [this, response, putting](partition::Answer&& answer) mutable {
    if (answer.rejection && answer.rejection->code == RejectionCode::kStaleEtag &&
        --putting->attempts_left > 0) {
      return put(std::move(putting));
    }
    if (answer.rejection) return putting->done(std::move(*answer.rejection));
    for (const auto& change : response->calendars()) {
      if (change.diff_size() == 0) continue;
      spdlog::info("calendar: {} is version {} now, by {}", change.calendar(), change.version(),
                   written_caller(putting->call));
    }
    putting->done(std::move(*response));
  };
  services_.engine.submit(0, partition::Class::kPeople, std::move(out));
}

namespace {

// True of the calendars all have in common, and of those of an enterprise the caller may see.
bool may_see_calendar(const Call& call, const catalogue::Registry& registry,
                      const stored::Calendar& calendar) {
  if (calendar.tenant().empty() || call.caller == nullptr) return true;
  if (const catalogue::TenantRules* rules = registry.find(calendar.tenant()); rules != nullptr)
    return sees_tenant(call, *rules);
  // Of an enterprise without a catalogue yet: whoever may load it.
  return access::holds_everywhere(*call.caller, "calendars.apply");
}

}  // namespace

void CalendarsApi::get(const Call& call, const v1::GetCalendarRequest& request,
                       Done<v1::GetCalendarResponse> done) {
  const auto registry = services_.engine.catalogue().get();
  const stored::Calendar* calendar =
      registry->calendars().latest().stored_calendar(request.calendar());
  if (calendar == nullptr || !may_see_calendar(call, *registry, *calendar))
    return done(Rejection::of(RejectionCode::kNotFound, "no such calendar: " + request.calendar()));
  scan(services_, call, done, [registry, calendar, done](Work& work) {
    v1::GetCalendarResponse response;
    response.set_yaml(catalogue::to_yaml(*calendar));
    work.look_at(response.yaml().size() / kYamlBytesPerRow);
    response.set_version(calendar->version());
    response.set_edition(calendar->edition());
    done(std::move(response));
  });
}

void CalendarsApi::list(const Call& call, const v1::ListCalendarsRequest&,
                        Done<v1::ListCalendarsResponse> done) {
  const auto registry = services_.engine.catalogue().get();
  const catalogue::CalendarSet& calendars = registry->calendars().latest();
  v1::ListCalendarsResponse response;
  for (const std::string& id : calendars.ids()) {
    const stored::Calendar& calendar = *calendars.stored_calendar(id);
    if (!may_see_calendar(call, *registry, calendar)) continue;
    v1::ListCalendarsResponse::Calendar* shown = response.add_calendars();
    shown->set_id(id);
    shown->set_version(calendar.version());
    shown->set_name_zh(calendar.name_zh());
    shown->set_name_en(calendar.name_en());
    shown->set_parent(calendar.parent());
    shown->set_tenant(calendar.tenant());
    if (calendar.known_until() != 0)
      shown->set_known_until(catalogue::written_date(calendar.known_until()));
    shown->set_holidays(static_cast<std::uint32_t>(
        std::count_if(calendar.days().begin(), calendar.days().end(),
                      [](const auto& day) { return day.what() == stored::CalendarDay::HOLIDAY; })));
    shown->set_closures(static_cast<std::uint32_t>(calendar.closures_size()));
  }
  done(std::move(response));
}

void CalendarsApi::get_sweep(const Call&, const v1::GetSweepRequest&, Done<v1::Sweep> done) {
  const std::uint64_t edition = services_.engine.catalogue().get()->rules_edition();
  v1::Sweep sweep;
  sweep.set_edition(edition);
  sweep.set_partitions(services_.engine.partitions());
  for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
    const PartitionMetrics& metrics = services_.engine.metrics(id);
    sweep.set_moved(sweep.moved() + metrics.sweep_moved);
    if (metrics.rules_edition >= edition) sweep.set_partitions_done(sweep.partitions_done() + 1);
  }
  done(std::move(sweep));
}

}  // namespace casewheel::api
