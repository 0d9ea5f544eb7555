// Simulate of calendars.h: the other world is put together as it would be put in force, and asked.
#include "engine/api/calendars.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/catalogue/calendar/calendar_yaml.h"
#include "engine/catalogue/yaml.h"
#include "engine/partition/what_if.h"

namespace casewheel::api {
namespace {

using World = std::shared_ptr<const catalogue::Registry>;

Result<World> with_calendars(World world, const std::string& yaml) {
  Result<std::vector<stored::Calendar>> parsed = catalogue::parse_calendars(yaml, "calendars_yaml");
  if (!parsed) return parsed.error();
  for (stored::Calendar& calendar : *parsed) {
    const catalogue::CalendarSet& calendars = world->calendars().latest();
    if (std::optional<Rejection> refusal = calendars.refusal(calendar)) return std::move(*refusal);
    const stored::Calendar* current = calendars.stored_calendar(calendar.id());
    calendar.set_version(current == nullptr ? 1 : current->version() + 1);
    calendar.set_edition(world->rules_edition() + 1);
    world = world->with(std::move(calendar));
  }
  return world;
}

Result<World> with_catalogue(World world, const std::string& yaml, const std::string& tenant) {
  Result<std::vector<stored::Catalogue>> parsed = catalogue::parse_catalogue(yaml, "yaml");
  if (!parsed) return parsed.error();
  for (stored::Catalogue& next : *parsed) {
    if (next.tenant() != tenant) continue;
    if (std::optional<Rejection> refusal = world->refusal(next)) return std::move(*refusal);
    next.set_version(world->find(tenant)->version() + 1);
    next.set_rules_edition(world->rules_edition() + 1);
    return world->with(std::move(next));
  }
  return Rejection::invalid("yaml", "does not hold the tenant " + tenant);
}

void add_line(v1::SimulateResponse& response, const partition::WhatIf::Line& line) {
  v1::SimulateResponse::Line* out = response.add_lines();
  out->set_unit(line.unit);
  out->set_kind(static_cast<v1::Kind>(line.kind));
  out->set_clock(static_cast<v1::ClockKind>(line.clock));
  out->set_met_then(line.happened.met);
  out->set_broken_then(line.happened.broken);
  out->set_open_then(line.happened.open);
  out->set_met(line.otherwise.met);
  out->set_broken(line.otherwise.broken);
  out->set_open(line.otherwise.open);
}

}  // namespace

void CalendarsApi::simulate(const Call& call, const v1::SimulateRequest& request,
                            Done<v1::SimulateResponse> done) {
  Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  World world = std::move(desk->registry);
  const std::shared_ptr<const domain::Territory> territory = desk->who.territory;
  if (request.yaml().size() > limits::kCatalogueBytes)
    return done(Rejection::invalid("yaml", "is longer than 4 MiB"));
  if (request.calendars_yaml().size() > limits::kCatalogueBytes)
    return done(Rejection::invalid("calendars_yaml", "is longer than 4 MiB"));
  const Result<TimeMs> from =
      time_of("received_from", request.has_received_from() ? &request.received_from() : nullptr);
  if (!from) return done(from.error());
  if (*from == 0) return done(Rejection::invalid("received_from", "is required"));
  const Result<TimeMs> until =
      time_of("received_until", request.has_received_until() ? &request.received_until() : nullptr);
  if (!until) return done(until.error());
  if (*until == 0) return done(Rejection::invalid("received_until", "is required"));
  if (*until <= *from)
    return done(Rejection::invalid("received_until", "must lie after received_from"));

  work_long(
      services_, call, done,
      [this, request, territory, world = std::move(world), from = *from, until = *until,
       done](Work& work) mutable {
        work.look_at((request.yaml().size() + request.calendars_yaml().size()) / kYamlBytesPerRow);
        if (!request.calendars_yaml().empty()) {
          Result<World> other = with_calendars(world, request.calendars_yaml());
          if (!other) return done(other.error());
          world = std::move(*other);
        }
        if (!request.yaml().empty()) {
          Result<World> other = with_catalogue(world, request.yaml(), request.tenant());
          if (!other) return done(other.error());
          world = std::move(*other);
        }
        partition::WhatIf report;
        const Status status = partition::what_if(
            services_.engine.store(), services_.engine.partitions(), *world->find(request.tenant()),
            from, until, services_.engine.clock().read().now, [&] { return work.goes_on(); },
            &report, territory.get());
        if (!work.awaited()) return done(not_awaited());
        if (!status) return done(unreadable(status));
        services_.engine.damage().passed_over += report.unreadable;
        v1::SimulateResponse response;
        for (const partition::WhatIf::Line& line : report.lines) add_line(response, line);
        response.set_cases(report.cases);
        done(std::move(response));
      });
}

}  // namespace casewheel::api
