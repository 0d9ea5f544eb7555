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
#include "engine/doors/grpc/limits.h"
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
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kGrpcStreamsMax);
  // By its figures connections are judged: see Conduct.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 1);
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
// grow by more than this, to some 900 MiB when attacked: MemoryWatch allows for that. A thousand feeds of
// changes take 122 MiB in all.
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

GrpcServer::GrpcServer(Handlers& handlers, GrpcRules rules, GrpcMetrics& metrics)
    : doorway_(&handlers.admission, handlers.services.slow),
      table_(std::make_unique<Table>(doorway_, handlers)),
      connections_(std::move(rules), metrics) {}

GrpcServer::~GrpcServer() { stop(0); }

Status GrpcServer::start(const std::string& address, const Certificates* certificates) {
  ::grpc::EnableDefaultHealthCheckService(true);
  ::grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  if (Status status = connections_.listen(address, &port_); !status) return status;
  ::grpc::ServerBuilder builder;
  const auto acceptor_with = [&](std::shared_ptr<::grpc::ServerCredentials> credentials) {
    credentials_.push_back(credentials);
    return builder.experimental().AddExternalConnectionAcceptor(
        ::grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        std::move(credentials));
  };
  std::unique_ptr<GrpcConnections::Acceptor> open = acceptor_with(
      certificates == nullptr ? ::grpc::InsecureServerCredentials()
                              : tls_credentials(*certificates, ClientCertificate::kAsConfigured));
  std::unique_ptr<GrpcConnections::Acceptor> certified;
  if (certificates != nullptr && !certificates->files().client_ca.empty())
    certified = acceptor_with(tls_credentials(*certificates, ClientCertificate::kRequired));
  builder.SetMaxReceiveMessageSize(limits::kMessageBytes);
  builder.SetMaxSendMessageSize(limits::kMessageBytes * 4);
  bound_connections(builder);
  bound_memory(builder);
  table_->each([&](::grpc::Service& service, const char*) {
    CASEWHEEL_CHECK(!service.has_synchronous_methods(), "a method has no handler");
    builder.RegisterService(&service);
  });
  server_ = builder.BuildAndStart();
  if (!server_) return {Status::Code::kUnknown, "gRPC does not start its server"};
  // Under the empty name, and for those who ask about one service.
  server_->GetHealthCheckService()->SetServingStatus("", true);
  table_->each([this](const ::grpc::Service&, const char* name) {
    server_->GetHealthCheckService()->SetServingStatus(name, true);
  });
  connections_.serve(std::move(open), std::move(certified));
  return {};
}

void GrpcServer::stop(DurationMs grace_ms) {
  if (server_) {
    server_->GetHealthCheckService()->SetServingStatus(false);
    connections_.close();
    // gRPC also waits until each connected client has answered a ping, and one that makes no call
    // may not look at its connection for seconds: when no call runs, connections are cut. Calls that
    // gRPC took and nobody here has seen end with them; their callers are told UNAVAILABLE.
    std::atomic<bool> ended{false};
    const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
    std::thread cut([&] {
      while (!ended) {
        std::this_thread::sleep_for(kLookForCalls);
        if (doorway_.calls().none()) grpc_server_cancel_all_calls(server_->c_server());
        if (std::chrono::steady_clock::now() > patience) connections_.cut_all();
      }
    });
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
    ended = true;
    cut.join();
    server_->Wait();
    connections_.end();
    server_.reset();
  }
}

}  // namespace casewheel::doors
