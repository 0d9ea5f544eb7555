// The calendars service over gRPC: every method to its handler.
#pragma once

#include "casewheel/v1/calendars.grpc.pb.h"
#include "engine/api/calendars.h"
#include "engine/doors/grpc/methods.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

class CalendarsService final : public Methods<v1::Calendars> {
 public:
  CalendarsService(Doorway& doorway, api::CalendarsApi& calendars) : Methods(doorway) {
    using api::CalendarsApi;
    unary("ApplyCalendar", calendars, &CalendarsApi::apply);
    unary("DeclareClosure", calendars, &CalendarsApi::declare_closure);
    unary("GetCalendar", calendars, &CalendarsApi::get);
    unary("ListCalendars", calendars, &CalendarsApi::list);
    unary("GetSweep", calendars, &CalendarsApi::get_sweep);
    unary("Simulate", calendars, &CalendarsApi::simulate);
  }
};

}  // namespace casewheel::doors
