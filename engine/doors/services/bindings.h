// What answers each method, once for every door: bind(door, Of<Service>, handlers) names the methods of
// one service to door.unary(name, handlers, handler), door.server_stream<Request, Response>(name,
// make), where `make()` gives a new Feed, and door.client_stream<Request, Response>(name, make), where it
// gives a new Gathering. Intake.Ingest, a stream both ways, is each door's own.
#pragma once

#include <memory>

#include "casewheel/v1/access.grpc.pb.h"
#include "casewheel/v1/admin.grpc.pb.h"
#include "casewheel/v1/attachments.grpc.pb.h"
#include "casewheel/v1/calendars.grpc.pb.h"
#include "casewheel/v1/calls.grpc.pb.h"
#include "casewheel/v1/cases.grpc.pb.h"
#include "casewheel/v1/catalogue.grpc.pb.h"
#include "casewheel/v1/changes.grpc.pb.h"
#include "casewheel/v1/counter.grpc.pb.h"
#include "casewheel/v1/privacy.grpc.pb.h"
#include "casewheel/v1/public_cases.grpc.pb.h"
#include "casewheel/v1/supervision.grpc.pb.h"
#include "casewheel/v1/tracking.grpc.pb.h"
#include "engine/doors/services/attachment_streams.h"
#include "engine/doors/services/handlers.h"
#include "engine/doors/services/watch_feed.h"
#include "engine/doors/services/work_feed.h"

namespace casewheel::doors {

namespace v1 = ::casewheel::v1;

// `Proto` is the service's class as protoc names it, e.g. v1::Cases.
template <typename Proto>
struct Of {};
template <typename... Protos>
struct Each {};

// Every service that is bound here, for Use<Proto...>.
template <template <typename...> typename Use>
using EveryService = Use<v1::Cases, v1::CatalogueService, v1::Calendars, v1::Supervision, v1::Admin,
                         v1::Access, v1::Privacy, v1::Tracking, v1::Changes, v1::Calls,
                         v1::Attachments, v1::Counter, v1::PublicCases>;

// A method whose answers are pulled from `handlers.watch(call, request, watcher)`.
template <typename Request, typename Response, typename Door, typename Api>
void watched(Door& door, const char* name, Api& handlers) {
  door.template server_stream<Request, Response>(name, [&handlers] {
    return std::make_unique<WatchFeed>([&handlers](const api::Call& call, const auto& request,
                                                   std::shared_ptr<views::Watcher> watcher) {
      return handlers.watch(call, static_cast<const Request&>(request), std::move(watcher));
    });
  });
}

template <typename Door>
void bind(Door& door, Of<v1::Cases>, Handlers& handlers) {
  using api::CasesApi;
  using api::ReadingApi;
  CasesApi& cases = handlers.cases;
  ReadingApi& reading = handlers.reading;
  door.unary("LodgeCase", cases, &CasesApi::lodge);
  door.unary("GetCase", reading, &ReadingApi::get);
  door.unary("ListCases", reading, &ReadingApi::list);
  door.unary("FindCasesByPerson", reading, &ReadingApi::find_by_person);
  door.unary("ListCaseHistory", reading, &ReadingApi::history);
  door.unary("AssignCase", cases, &CasesApi::act<v1::AssignCaseRequest>);
  door.unary("AcceptCase", cases, &CasesApi::act<v1::AcceptCaseRequest>);
  door.unary("TransferCase", cases, &CasesApi::act<v1::TransferCaseRequest>);
  door.unary("AddNote", cases, &CasesApi::act<v1::AddNoteRequest>);
  door.unary("RequestDocuments", cases, &CasesApi::act<v1::RequestDocumentsRequest>);
  door.unary("ReceiveDocuments", cases, &CasesApi::act<v1::ReceiveDocumentsRequest>);
  door.unary("ReplyCase", cases, &CasesApi::act<v1::ReplyCaseRequest>);
  door.unary("AgreeDate", cases, &CasesApi::act<v1::AgreeDateRequest>);
  door.unary("CloseCase", cases, &CasesApi::act<v1::CloseCaseRequest>);
  door.unary("ReopenCase", cases, &CasesApi::act<v1::ReopenCaseRequest>);
  door.unary("WithdrawCase", cases, &CasesApi::act<v1::WithdrawCaseRequest>);
  door.unary("MergeCase", cases, &CasesApi::merge);
  door.unary("UnmergeCase", cases, &CasesApi::unmerge);
  door.unary("SuspendCase", cases, &CasesApi::act<v1::SuspendCaseRequest>);
  door.unary("ResumeCase", cases, &CasesApi::act<v1::ResumeCaseRequest>);
  door.unary("ReclassifyCase", cases, &CasesApi::act<v1::ReclassifyCaseRequest>);
  door.unary("CorrectCase", cases, &CasesApi::correct);
  door.unary("RequestExtension", cases, &CasesApi::act<v1::RequestExtensionRequest>);
  door.unary("ExplainClock", handlers.explaining, &api::ExplainingApi::explain);
}

template <typename Door>
void bind(Door& door, Of<v1::CatalogueService>, Handlers& handlers) {
  using api::CatalogueApi;
  door.unary("ApplyCatalogue", handlers.catalogue, &CatalogueApi::apply);
  door.unary("GetCatalogue", handlers.catalogue, &CatalogueApi::get);
  door.unary("ListTenants", handlers.catalogue, &CatalogueApi::list_tenants);
}

template <typename Door>
void bind(Door& door, Of<v1::Calendars>, Handlers& handlers) {
  using api::CalendarsApi;
  CalendarsApi& calendars = handlers.calendars;
  door.unary("ApplyCalendar", calendars, &CalendarsApi::apply);
  door.unary("DeclareClosure", calendars, &CalendarsApi::declare_closure);
  door.unary("GetCalendar", calendars, &CalendarsApi::get);
  door.unary("ListCalendars", calendars, &CalendarsApi::list);
  door.unary("GetSweep", calendars, &CalendarsApi::get_sweep);
  door.unary("Simulate", calendars, &CalendarsApi::simulate);
}

template <typename Door>
void bind(Door& door, Of<v1::Supervision>, Handlers& handlers) {
  using api::CasesApi;
  using api::SupervisionApi;
  SupervisionApi& supervision = handlers.supervision;
  door.unary("ListDue", supervision, &SupervisionApi::list_due);
  door.unary("AcknowledgeEscalation", handlers.cases,
             &CasesApi::act<v1::AcknowledgeEscalationRequest>);
  door.unary("ExtendClock", handlers.cases, &CasesApi::act<v1::ExtendClockRequest>);
  door.unary("DecideExtension", handlers.cases, &CasesApi::decide_extension);
  door.unary("GetFigures", supervision, &SupervisionApi::get_figures);
  door.unary("ListExtensionRequests", supervision, &SupervisionApi::list_extension_requests);
  door.unary("ListNotices", supervision, &SupervisionApi::list_notices);
  watched<v1::WatchDueRequest, v1::WatchDueResponse>(door, "WatchDue", supervision);
}

template <typename Door>
void bind(Door& door, Of<v1::Changes>, Handlers& handlers) {
  door.unary("ListChanges", handlers.changes, &api::ChangesApi::list);
  watched<v1::WatchChangesRequest, v1::WatchChangesResponse>(door, "WatchChanges",
                                                             handlers.changes);
}

template <typename Door>
void bind(Door& door, Of<v1::Admin>, Handlers& handlers) {
  using api::AdministrationApi;
  AdministrationApi& administration = handlers.administration;
  door.unary("GetClock", administration, &AdministrationApi::get_clock);
  door.unary("AdvanceClock", administration, &AdministrationApi::advance_clock);
  door.unary("ConfirmClock", administration, &AdministrationApi::confirm_clock);
  door.unary("GetStatistics", administration, &AdministrationApi::get_statistics);
  using Verify = WorkFeed<v1::VerifyRequest, v1::VerifyResponse>;
  door.template server_stream<v1::VerifyRequest, v1::VerifyResponse>("Verify", [&handlers] {
    return std::make_unique<Verify>(handlers.services.pools.long_work(),
                                    [&handlers](const auto& request, const auto& send) {
                                      return handlers.administration.verify(request, send);
                                    });
  });
  using Backup = WorkFeed<v1::CreateBackupRequest, v1::CreateBackupResponse>;
  door.template server_stream<v1::CreateBackupRequest, v1::CreateBackupResponse>(
      "CreateBackup", [&handlers] {
        return std::make_unique<Backup>(handlers.services.pools.long_work(),
                                        [&handlers](const auto& request, const auto& send) {
                                          return handlers.administration.create_backup(request,
                                                                                       send);
                                        });
      });
}

template <typename Door>
void bind(Door& door, Of<v1::Access>, Handlers& handlers) {
  using api::AccessApi;
  AccessApi& access = handlers.access;
  door.unary("SignIn", access, &AccessApi::sign_in);
  door.unary("SignOut", access, &AccessApi::sign_out);
  door.unary("GetIdentity", access, &AccessApi::identity);
  door.unary("ChangePassword", access, &AccessApi::change_password);
  door.unary("ListRights", access, &AccessApi::list_rights);
  door.unary("CreateUser", access, &AccessApi::create_user);
  door.unary("ListUsers", access, &AccessApi::list_users);
  door.unary("UpdateUser", access, &AccessApi::update_user);
  door.unary("ResetPassword", access, &AccessApi::reset_password);
  door.unary("DeleteUser", access, &AccessApi::delete_user);
  door.unary("CreateKey", access, &AccessApi::create_key);
  door.unary("ListKeys", access, &AccessApi::list_keys);
  door.unary("RevokeKey", access, &AccessApi::revoke_key);
  door.unary("SearchAudit", access, &AccessApi::search_audit);
}

template <typename Door>
void bind(Door& door, Of<v1::Privacy>, Handlers& handlers) {
  using api::PrivacyApi;
  PrivacyApi& privacy = handlers.privacy;
  door.unary("RevealCase", privacy, &PrivacyApi::reveal);
  door.unary("ExportPerson", privacy, &PrivacyApi::export_person);
  door.unary("ErasePerson", privacy, &PrivacyApi::erase_person);
  door.unary("ApplyRetention", privacy, &PrivacyApi::apply_retention);
}

template <typename Door>
void bind(Door& door, Of<v1::Tracking>, Handlers& handlers) {
  using api::TrackingApi;
  door.unary("TrackCase", handlers.tracking, &TrackingApi::track);
  door.unary("IssueTrackingCode", handlers.tracking, &TrackingApi::issue_code);
  door.unary("ListToldUpdates", handlers.tracking, &TrackingApi::list_told);
}

template <typename Door>
void bind(Door& door, Of<v1::Calls>, Handlers& handlers) {
  using api::CallsApi;
  CallsApi& calls = handlers.calls;
  door.unary("RecordCallEvent", calls, &CallsApi::record);
  door.unary("GetCall", calls, &CallsApi::get);
  door.unary("ListCalls", calls, &CallsApi::list);
  door.unary("WrapUpCall", calls, &CallsApi::wrap_up);
  watched<v1::WatchScreenPopRequest, v1::ScreenPop>(door, "WatchScreenPop", calls);
  door.unary("GetCallStatistics", calls, &CallsApi::statistics);
  door.unary("PlanStaffing", calls, &CallsApi::plan_staffing);
}

template <typename Door>
void bind(Door& door, Of<v1::Attachments>, Handlers& handlers) {
  api::AttachmentsApi& attachments = handlers.attachments;
  door.template client_stream<v1::UploadAttachmentRequest, v1::Attachment>(
      "UploadAttachment",
      [&attachments] { return std::make_unique<UploadGathering>(attachments); });
  door.template server_stream<v1::DownloadAttachmentRequest, v1::DownloadAttachmentResponse>(
      "DownloadAttachment", [&attachments] { return std::make_unique<DownloadFeed>(attachments); });
  door.unary("RemoveAttachment", handlers.cases, &api::CasesApi::act<v1::RemoveAttachmentRequest>);
}

template <typename Door>
void bind(Door& door, Of<v1::Counter>, Handlers& handlers) {
  using api::CounterApi;
  door.unary("ListServices", handlers.counter, &CounterApi::list_services);
  door.unary("GetServiceGuide", handlers.counter, &CounterApi::guide);
  door.unary("CheckApplication", handlers.counter, &CounterApi::check);
  door.unary("RecordFee", handlers.cases, &api::CasesApi::act<v1::RecordFeeRequest>);
  door.unary("GetReceipt", handlers.counter, &CounterApi::receipt);
}

template <typename Door>
void bind(Door& door, Of<v1::PublicCases>, Handlers& handlers) {
  using api::PublicCasesApi;
  door.unary("ListPublicCases", handlers.public_cases, &PublicCasesApi::list);
  door.unary("GetPublicCase", handlers.public_cases, &PublicCasesApi::get);
}

}  // namespace casewheel::doors
