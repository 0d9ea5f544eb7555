#include "engine/doors/grpc/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/base/limits.h"
#include "engine/doors/grpc/access_service.h"
#include "engine/doors/grpc/admin_service.h"
#include "engine/doors/grpc/calendars_service.h"
#include "engine/doors/grpc/cases_service.h"
#include "engine/doors/grpc/intake_service.h"
#include "engine/doors/grpc/privacy_service.h"
#include "engine/doors/grpc/supervision_service.h"
#include "engine/doors/grpc/tls.h"
#include "engine/doors/grpc/tracking_service.h"

namespace casewheel::doors {

namespace {

constexpr std::chrono::milliseconds kLookForCalls{20};

// What one connection may cost, whoever is at its other end.
void bound_connections(::grpc::ServerBuilder& builder) {
  // A token of the provider is 8 KiB at most.
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 16 * 1024);
  // A gateway may hold every watcher there can be on one connection, and calls beside them.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4096);
  // A handshake takes milliseconds; who takes longer holds a socket. gRPC's own limit is two minutes.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // Clients open an idle connection again without noticing.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 15 * 60'000);
  // Clients behind a firewall may keep a connection alive, idle or not, but not by a flood: a third ping
  // sooner than this ends it.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  // A watcher whose machine went away without a word is noticed within two minutes, not hours.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 60'000);
}

}  // namespace

struct GrpcServer::Handlers {
  Handlers(Doorway& doorway, api::Services services, api::AccessApi& access,
           boost::asio::thread_pool& long_work)
      : cases(services),
        reading(services),
        explaining(services),
        supervision(services),
        catalogue(services),
        calendars(services),
        administration(services),
        privacy(services),
        tracking(services),
        cases_service(doorway, cases, reading, explaining),
        catalogue_service(doorway, catalogue),
        calendars_service(doorway, calendars),
        supervision_service(doorway, cases, supervision),
        intake_service(doorway, services),
        admin_service(doorway, administration, long_work),
        access_service(doorway, access),
        privacy_service(doorway, privacy),
        tracking_service(doorway, tracking) {}

  api::CasesApi cases;
  api::ReadingApi reading;
  api::ExplainingApi explaining;
  api::SupervisionApi supervision;
  api::CatalogueApi catalogue;
  api::CalendarsApi calendars;
  api::AdministrationApi administration;
  api::PrivacyApi privacy;
  api::TrackingApi tracking;
  CasesService cases_service;
  CatalogueDoor catalogue_service;
  CalendarsService calendars_service;
  SupervisionService supervision_service;
  IntakeService intake_service;
  AdminService admin_service;
  AccessService access_service;
  PrivacyService privacy_service;
  TrackingService tracking_service;
};

GrpcServer::GrpcServer(api::Services services, api::AccessApi& access,
                       api::Admission::Limits limits)
    : services_(services),
      admission_(services, limits),
      doorway_(&admission_),
      handlers_(std::make_unique<Handlers>(doorway_, services, access, long_work_)) {}

GrpcServer::~GrpcServer() { stop(0); }

Status GrpcServer::start(const std::string& address, const Certificates* certificates) {
  ::grpc::EnableDefaultHealthCheckService(true);
  ::grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  ::grpc::ServerBuilder builder;
  credentials_ = certificates == nullptr ? ::grpc::InsecureServerCredentials()
                                         : tls_credentials(*certificates);
  builder.AddListeningPort(address, credentials_, &port_);
  // Two engines on one port would each get half of the calls. TLS needs it too: see tls_credentials.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(limits::kMessageBytes);
  builder.SetMaxSendMessageSize(limits::kMessageBytes * 4);
  bound_connections(builder);
  builder.RegisterService(&handlers_->cases_service);
  builder.RegisterService(&handlers_->catalogue_service);
  builder.RegisterService(&handlers_->calendars_service);
  builder.RegisterService(&handlers_->supervision_service);
  builder.RegisterService(&handlers_->intake_service);
  builder.RegisterService(&handlers_->admin_service);
  builder.RegisterService(&handlers_->access_service);
  builder.RegisterService(&handlers_->privacy_service);
  builder.RegisterService(&handlers_->tracking_service);
  for (const ::grpc::Service* service : std::initializer_list<const ::grpc::Service*>{
           &handlers_->cases_service, &handlers_->catalogue_service, &handlers_->calendars_service,
           &handlers_->supervision_service, &handlers_->intake_service, &handlers_->admin_service,
           &handlers_->access_service, &handlers_->privacy_service, &handlers_->tracking_service}) {
    CASEWHEEL_CHECK(!service->has_synchronous_methods(), "a method has no handler");
  }
  server_ = builder.BuildAndStart();
  if (!server_ || port_ == 0)
    return {Status::Code::kBusy, "cannot listen on " + address + ": is the port taken?"};
  // Under the empty name, and for those who ask about one service.
  server_->GetHealthCheckService()->SetServingStatus("", true);
  for (const char* service :
       {v1::Cases::service_full_name(), v1::CatalogueService::service_full_name(),
        v1::Calendars::service_full_name(), v1::Supervision::service_full_name(),
        v1::Intake::service_full_name(), v1::Admin::service_full_name(),
        v1::Access::service_full_name(), v1::Privacy::service_full_name(),
        v1::Tracking::service_full_name()}) {
    server_->GetHealthCheckService()->SetServingStatus(service, true);
  }
  return {};
}

void GrpcServer::stop(DurationMs grace_ms) {
  if (server_) {
    server_->GetHealthCheckService()->SetServingStatus(false);
    // gRPC also waits until each connected client has answered a ping, and one that makes no call
    // may not look at its connection for seconds: when no call runs, connections are cut. Calls that
    // gRPC took and nobody here has seen end with them; their callers are told UNAVAILABLE.
    std::atomic<bool> ended{false};
    std::thread cut([&] {
      while (!ended) {
        std::this_thread::sleep_for(kLookForCalls);
        if (doorway_.calls().none()) grpc_server_cancel_all_calls(server_->c_server());
      }
    });
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
    ended = true;
    cut.join();
    server_->Wait();
    server_.reset();
  }
  long_work_.join();
}

}  // namespace casewheel::doors
