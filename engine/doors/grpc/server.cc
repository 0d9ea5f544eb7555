#include "engine/doors/grpc/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <tuple>

#include "engine/base/limits.h"
#include "engine/doors/grpc/intake_service.h"
#include "engine/doors/grpc/methods.h"
#include "engine/doors/grpc/tls.h"
#include "engine/doors/services/bindings.h"

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

// What all connections together may hold of messages under way: they are kept before anybody is asked who
// she is, and those that never end for as long as their client likes. Beyond it calls are ended with
// RESOURCE_EXHAUSTED. What was read in one piece counts until the last of it is gone, so the process may
// grow by more than this, to some 900 MiB when attacked. A thousand feeds of changes take 122 MiB in all.
void bound_memory(::grpc::ServerBuilder& builder) {
  ::grpc::ResourceQuota quota("doors");
  quota.Resize(std::size_t{512} * 1024 * 1024);
  builder.SetResourceQuota(quota);
}

}  // namespace

struct GrpcServer::Table {
  template <typename Proto>
  struct Service final : Methods<Proto> {
    Service(Doorway& doorway, Handlers& handlers) : Methods<Proto>(doorway) {
      bind(*this, Of<Proto>{}, handlers);
    }
  };
  template <typename... Protos>
  struct Services {
    Services(Doorway& doorway, Handlers& handlers)
        : bound(std::make_unique<Service<Protos>>(doorway, handlers)...) {}
    template <typename Use>
    void each(Use use) const {
      (use(*std::get<std::unique_ptr<Service<Protos>>>(bound), Protos::service_full_name()), ...);
    }
    std::tuple<std::unique_ptr<Service<Protos>>...> bound;
  };

  Table(Doorway& doorway, Handlers& handlers)
      : services(doorway, handlers), intake(doorway, handlers.services) {}

  // use(service, its full name)
  template <typename Use>
  void each(Use use) {
    services.each(use);
    use(intake, v1::Intake::service_full_name());
  }

  EveryService<Services> services;
  IntakeService intake;
};

GrpcServer::GrpcServer(Handlers& handlers)
    : doorway_(&handlers.admission), table_(std::make_unique<Table>(doorway_, handlers)) {}

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
  bound_memory(builder);
  table_->each([&](::grpc::Service& service, const char*) {
    CASEWHEEL_CHECK(!service.has_synchronous_methods(), "a method has no handler");
    builder.RegisterService(&service);
  });
  server_ = builder.BuildAndStart();
  if (!server_ || port_ == 0)
    return {Status::Code::kBusy, "cannot listen on " + address + ": is the port taken?"};
  // Under the empty name, and for those who ask about one service.
  server_->GetHealthCheckService()->SetServingStatus("", true);
  table_->each([this](const ::grpc::Service&, const char* name) {
    server_->GetHealthCheckService()->SetServingStatus(name, true);
  });
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
}

}  // namespace casewheel::doors
