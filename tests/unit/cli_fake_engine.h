// An engine of a hundred lines for the tests of the command line: real gRPC on a port of its own,
// cases in a map, and faults on request. It keeps what it was told, in the order it was told.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "casewheel/v1/admin.grpc.pb.h"
#include "casewheel/v1/calendars.grpc.pb.h"
#include "casewheel/v1/cases.grpc.pb.h"
#include "casewheel/v1/catalogue.grpc.pb.h"
#include "casewheel/v1/intake.grpc.pb.h"
#include "casewheel/v1/supervision.grpc.pb.h"
#include "engine/base/ids.h"
#include "engine/cli/command_line.h"
#include "engine/cli/times.h"

namespace casewheel::cli {

class FakeEngine : v1::Admin::Service,
                   v1::Intake::Service,
                   v1::Cases::Service,
                   v1::CatalogueService::Service,
                   v1::Calendars::Service,
                   v1::Supervision::Service {
 public:
  FakeEngine() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(static_cast<v1::Admin::Service*>(this));
    builder.RegisterService(static_cast<v1::Intake::Service*>(this));
    builder.RegisterService(static_cast<v1::Cases::Service*>(this));
    builder.RegisterService(static_cast<v1::CatalogueService::Service*>(this));
    builder.RegisterService(static_cast<v1::Calendars::Service*>(this));
    builder.RegisterService(static_cast<v1::Supervision::Service*>(this));
    server_ = builder.BuildAndStart();
  }
  ~FakeEngine() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  struct Ran {
    int code = 0;
    std::string out, err;
  };
  // Runs the command line against this engine.
  Ran run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--zone", "UTC"});
    return run_in_tenants_zone(std::move(arguments));
  }
  // The same with somebody at a terminal, who answers `typed`.
  Ran run_in_tenants_zone(std::vector<std::string> arguments, std::istream* typed = nullptr) const {
    arguments.insert(arguments.begin(), {"casewheel", "--address", address()});
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    std::ostringstream out, err;
    Ran ran;
    ran.code = run_command_line(static_cast<int>(pointers.size()), pointers.data(), out, err, false,
                                typed);
    ran.out = out.str();
    ran.err = err.str();
    return ran;
  }

  // How it behaves.
  bool is_virtual = true;
  TimeMs now_ms = 0;
  std::uint32_t window = 4;
  int overload_every = 0;  // every so many items is refused once
  int cut_every = 0;       // every so many items the stream ends, before the item is answered
  std::uint64_t resume_after = 0;
  std::set<std::string> invalid;          // request ids
  std::set<std::string> invalid_replies;  // request ids of cases whose reply is refused
  std::set<std::string> warned;           // request ids with a warning
  std::string catalogue = "tenants: []";
  v1::ListTenantsResponse tenants;
  grpc::Status refusal;                  // answers LodgeCase, when set
  std::map<std::string, bool> breached;  // request ids whose agreed date the engine finds broken

  // What it was told.
  std::vector<std::string> told;  // "advance 1000", "lodge id @now", "close id @now"
  std::vector<std::string> sources;
  std::string actor;
  v1::LodgeCaseRequest lodged;
  v1::ReplyCaseRequest replied;
  v1::SuspendCaseRequest suspended;
  v1::ReclassifyCaseRequest reclassified;
  v1::RequestExtensionRequest asked;
  v1::DecideExtensionRequest decided;
  v1::ReceiveDocumentsRequest received;
  v1::AgreeDateRequest agreed;
  v1::ApplyCatalogueRequest applied;
  v1::ApplyCalendarRequest loaded;
  v1::DeclareClosureRequest closed;
  v1::SimulateRequest simulated;
  v1::ChangePreview preview;  // what a dry run answers

 private:
  struct Stored {
    std::string body, number;
    bool closed = false, replied = false;
  };

  std::string number_of(std::size_t sequence) const {
    return format_case_number(3, CaseId::make(61, 1150101, static_cast<std::uint32_t>(sequence)));
  }

  grpc::Status GetClock(grpc::ServerContext*, const v1::GetClockRequest*,
                        v1::ClockInfo* clock) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    clock->set_is_virtual(is_virtual);
    *clock->mutable_now() = to_timestamp(now_ms);
    return grpc::Status::OK;
  }

  grpc::Status AdvanceClock(grpc::ServerContext*, const v1::AdvanceClockRequest* request,
                            v1::ClockInfo* clock) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const TimeMs to =
        request->has_time() ? to_ms(request->time()) : now_ms + request->by().seconds() * 1000;
    if (to < now_ms) return {grpc::StatusCode::INVALID_ARGUMENT, "time never goes back"};
    now_ms = to;
    told.push_back("advance " + std::to_string(now_ms / 1000));
    *clock->mutable_now() = to_timestamp(now_ms);
    return grpc::Status::OK;
  }

  grpc::Status GetCatalogue(grpc::ServerContext*, const v1::GetCatalogueRequest*,
                            v1::GetCatalogueResponse* r) override {
    r->set_yaml(catalogue);
    return grpc::Status::OK;
  }

  grpc::Status ListTenants(grpc::ServerContext*, const v1::ListTenantsRequest*,
                           v1::ListTenantsResponse* r) override {
    *r = tenants;
    return grpc::Status::OK;
  }

  grpc::Status ListDue(grpc::ServerContext*, const v1::ListDueRequest* request,
                       v1::ListDueResponse* response) override {
    const int from = request->page_token().empty() ? 0 : std::stoi(request->page_token());
    const int until = std::min(3, from + std::min(2, request->page_size()));
    for (int i = from; i < until; ++i) {
      auto* due = response->add_cases();
      due->set_case_number(number_of(static_cast<std::size_t>(i)));
      *due->mutable_due_time() = to_timestamp(0);
    }
    if (until < 3) response->set_next_page_token(std::to_string(until));
    *response->mutable_as_of() = to_timestamp(51 * kHourMs);
    return grpc::Status::OK;
  }

  grpc::Status WatchDue(grpc::ServerContext*, const v1::WatchDueRequest*,
                        grpc::ServerWriter<v1::WatchDueResponse>* out) override {
    v1::WatchDueResponse message;
    message.mutable_snapshot()->add_cases()->set_case_number(number_of(1));
    message.mutable_snapshot()->set_complete(true);
    out->Write(message);
    message.set_removed(number_of(1));
    out->Write(message);
    return grpc::Status::OK;
  }

  grpc::Status LodgeCase(grpc::ServerContext* context, const v1::LodgeCaseRequest* request,
                         v1::LodgeCaseResponse* r) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = context->client_metadata().find("casewheel-actor");
    actor = found == context->client_metadata().end()
                ? ""
                : std::string(found->second.data(), found->second.size());
    lodged = *request;
    r->set_case_number(number_of(1));
    return refusal;
  }

  grpc::Status ReplyCase(grpc::ServerContext*, const v1::ReplyCaseRequest* request,
                         v1::Case* changed) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    replied = *request;
    changed->set_case_number(request->case_number());
    changed->set_status(v1::CASE_STATUS_REPLIED);
    return grpc::Status::OK;
  }

  // Keeps what was asked; answers with the case's number.
  template <typename Request>
  grpc::Status keep(const Request& request, Request* kept, v1::Case* changed) {
    const std::lock_guard<std::mutex> lock(mutex_);
    *kept = request;
    changed->set_case_number(request.case_number());
    return grpc::Status::OK;
  }
  grpc::Status SuspendCase(grpc::ServerContext*, const v1::SuspendCaseRequest* request,
                           v1::Case* changed) override {
    changed->set_suspended_for(request->reason());
    return keep(*request, &suspended, changed);
  }
  grpc::Status ReclassifyCase(grpc::ServerContext*, const v1::ReclassifyCaseRequest* request,
                              v1::Case* changed) override {
    return keep(*request, &reclassified, changed);
  }
  grpc::Status RequestExtension(grpc::ServerContext*, const v1::RequestExtensionRequest* request,
                                v1::Case* changed) override {
    return keep(*request, &asked, changed);
  }
  grpc::Status DecideExtension(grpc::ServerContext*, const v1::DecideExtensionRequest* request,
                               v1::Case* changed) override {
    return keep(*request, &decided, changed);
  }
  grpc::Status ReceiveDocuments(grpc::ServerContext*, const v1::ReceiveDocumentsRequest* request,
                                v1::Case* changed) override {
    return keep(*request, &received, changed);
  }
  grpc::Status AgreeDate(grpc::ServerContext*, const v1::AgreeDateRequest* request,
                         v1::Case* changed) override {
    return keep(*request, &agreed, changed);
  }
  grpc::Status ExplainClock(grpc::ServerContext*, const v1::ExplainClockRequest* request,
                            v1::ClockExplanation* answer) override {
    answer->set_case_number(request->case_number());
    v1::ClockAccount* account = answer->add_clocks();
    account->set_clock(request->clock());
    account->set_text_zh("期限 2 月 13 日\n第二行");
    account->set_text_en("Due Fri 2026-02-13");
    return grpc::Status::OK;
  }

  grpc::Status ApplyCatalogue(grpc::ServerContext*, const v1::ApplyCatalogueRequest* request,
                              v1::ApplyCatalogueResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    applied = *request;
    if (request->validate_only() && request->to_open_cases())
      *response->mutable_preview() = preview;
    return grpc::Status::OK;
  }
  void answer_change(bool validate_only, v1::ApplyCalendarResponse* response) {
    auto* change = response->add_calendars();
    change->set_calendar("national");
    change->set_version(2);
    change->add_diff("+ 2026-02-04 holiday 水利節");
    response->add_warnings("national: 2027 is unknown");
    if (validate_only) *response->mutable_preview() = preview;
  }
  grpc::Status ApplyCalendar(grpc::ServerContext*, const v1::ApplyCalendarRequest* request,
                             v1::ApplyCalendarResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    loaded = *request;
    answer_change(request->validate_only(), response);
    return grpc::Status::OK;
  }
  grpc::Status DeclareClosure(grpc::ServerContext*, const v1::DeclareClosureRequest* request,
                              v1::ApplyCalendarResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed = *request;
    answer_change(request->validate_only(), response);
    return grpc::Status::OK;
  }
  grpc::Status ListCalendars(grpc::ServerContext*, const v1::ListCalendarsRequest*,
                             v1::ListCalendarsResponse* response) override {
    response->add_calendars()->set_id("national");
    return grpc::Status::OK;
  }
  grpc::Status GetCalendar(grpc::ServerContext*, const v1::GetCalendarRequest* request,
                           v1::GetCalendarResponse* response) override {
    response->set_yaml("calendars: [" + request->calendar() + "]\n");
    return grpc::Status::OK;
  }
  grpc::Status GetSweep(grpc::ServerContext*, const v1::GetSweepRequest*,
                        v1::Sweep* sweep) override {
    sweep->set_partitions(4);
    sweep->set_partitions_done(3);
    return grpc::Status::OK;
  }
  grpc::Status Simulate(grpc::ServerContext*, const v1::SimulateRequest* request,
                        v1::SimulateResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    simulated = *request;
    for (const char* unit : {"north", "south"}) {
      v1::SimulateResponse::Line* line = response->add_lines();
      line->set_unit(unit);
      line->set_kind(v1::KIND_COMPLAINT);
      line->set_clock(v1::CLOCK_KIND_REPLY);
      line->set_met_then(3);
      line->set_broken(4);
    }
    response->set_cases(7);
    return grpc::Status::OK;
  }

  grpc::Status GetCase(grpc::ServerContext*, const v1::GetCaseRequest* request,
                       v1::Case* view) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, stored] : cases_) {
      if (stored.number != request->case_number()) continue;
      view->set_case_number(stored.number);
      auto* clock = view->add_clocks();
      clock->set_kind(v1::CLOCK_KIND_AGREED_DATE);
      const bool broken = breached.count(id) > 0;
      clock->set_breached(broken);
      clock->set_status(!stored.closed ? v1::CLOCK_STATUS_RUNNING
                        : broken       ? v1::CLOCK_STATUS_BROKEN
                                       : v1::CLOCK_STATUS_MET);
      return grpc::Status::OK;
    }
    return {grpc::StatusCode::NOT_FOUND, "no such case"};
  }

  void take(const v1::IngestItem& item, v1::IngestResult* result) {
    const bool is_close = item.has_close();
    const bool is_reply = item.has_reply();
    const std::string id = item.has_lodge() ? item.lodge().request_id() : item.case_of();
    told.push_back((is_close   ? "close "
                    : is_reply ? "reply "
                               : "lodge ") +
                   id + " @" + std::to_string(now_ms / 1000));
    result->set_outcome(v1::IngestResult::INVALID);
    result->set_reason("INVALID_ARGUMENT");
    if (invalid.count(id) > 0 || (is_reply && invalid_replies.count(id) > 0)) {
      result->set_error("service: no such service");
      return;
    }
    Stored& stored = cases_[id];
    const std::string body = item.lodge().SerializeAsString();
    if (is_reply) {
      result->set_outcome(stored.replied ? v1::IngestResult::DUPLICATE : v1::IngestResult::APPLIED);
      stored.replied = true;
      replied = item.reply();
    } else if (is_close) {
      result->set_outcome(stored.closed ? v1::IngestResult::DUPLICATE : v1::IngestResult::APPLIED);
      stored.closed = true;
    } else if (stored.number.empty()) {
      stored = {body, number_of(cases_.size()), false};
      result->set_outcome(v1::IngestResult::CREATED);
      if (warned.count(id) > 0) {
        v1::Warning& warning = *result->add_warnings();
        warning.set_field("applicant.phone");
        warning.set_text_en("look it up");
      }
    } else {
      result->set_outcome(stored.body == body ? v1::IngestResult::DUPLICATE
                                              : v1::IngestResult::CONFLICT);
    }
    result->set_case_number(stored.number);
  }

  grpc::Status Ingest(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::IngestResponse, v1::IngestRequest>* stream) override {
    v1::IngestRequest request;
    if (!stream->Read(&request) || !request.has_open())
      return {grpc::StatusCode::INVALID_ARGUMENT, "open first"};
    v1::IngestResponse opened;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sources.push_back(request.open().source());
      opened.mutable_opened()->set_window(window);
      opened.mutable_opened()->set_resume_after(resume_after);
    }
    stream->Write(opened);
    std::uint64_t highest = 0;
    std::set<std::uint64_t> refused;
    while (stream->Read(&request)) {
      v1::IngestResponse response;
      v1::IngestResult& result = *response.mutable_result();
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++items_;
        const std::uint64_t position = request.item().position();
        if (refused.erase(position) == 0 && position <= highest) {
          return {grpc::StatusCode::INVALID_ARGUMENT, "positions must rise"};
        }
        highest = std::max(highest, position);
        result.set_position(position);
        if (overload_every > 0 && items_ % overload_every == 0) {
          refused.insert(position);
          result.set_outcome(v1::IngestResult::OVERLOADED);
          result.set_retry_after_ms(1);
        } else {
          take(request.item(), &result);
        }
        // Cut after the work was done and before it is answered: what a client must not do twice.
        if (cut_every > 0 && items_ % cut_every == 0)
          return {grpc::StatusCode::UNAVAILABLE, "restarting"};
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  std::mutex mutex_;
  std::map<std::string, Stored> cases_;
  int items_ = 0;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace casewheel::cli
