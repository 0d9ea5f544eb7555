// Office calendars: loading, previewing and putting them in force, sudden closures, what if. Parsing
// and what reads the store run on the readers' threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "casewheel/v1/calendars.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class Work;

class CalendarsApi {
 public:
  explicit CalendarsApi(Services services) : services_(services) {}

  void apply(const Call& call, const v1::ApplyCalendarRequest& request,
             Done<v1::ApplyCalendarResponse> done);
  void declare_closure(const Call& call, const v1::DeclareClosureRequest& request,
                       Done<v1::ApplyCalendarResponse> done);
  void get(const Call& call, const v1::GetCalendarRequest& request,
           Done<v1::GetCalendarResponse> done);
  void list(const Call& call, const v1::ListCalendarsRequest& request,
            Done<v1::ListCalendarsResponse> done);
  void get_sweep(const Call& call, const v1::GetSweepRequest& request, Done<v1::Sweep> done);
  void simulate(const Call& call, const v1::SimulateRequest& request,
                Done<v1::SimulateResponse> done);

 private:
  // Calendars as they are to be, made from those in force.
  struct Change {
    std::vector<stored::Calendar> calendars;
    std::vector<std::string> warnings;
  };
  struct Putting {
    std::function<Result<Change>(const catalogue::CalendarSet&)> make;
    Call call;
    domain::Who who;
    bool validate_only = false;
    bool take_away = false;  // dates that stand and are not listed
    std::size_t bytes = 0;
    int attempts_left = 8;
    Done<v1::ApplyCalendarResponse> done;
  };
  // Makes the change, shows it, and puts it in force; again when another one came between.
  void put(std::shared_ptr<Putting> putting);
  void put_now(std::shared_ptr<Putting> putting, Work& work);
  void commit(const std::shared_ptr<Putting>& putting,
              const std::shared_ptr<v1::ApplyCalendarResponse>& response,
              partition::CalendarRequest body);

  Services services_;
};

}  // namespace casewheel::api
