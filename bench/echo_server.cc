// The bar for `lodge_unary_vs_echo`: a LodgeCase that answers at once with an answer of the usual
// size and does nothing else, on the same callback API. Prints one line when it serves; ends on
// SIGTERM.
#include <grpcpp/server_builder.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "casewheel/v1/cases.grpc.pb.h"

namespace casewheel::bench {
namespace {

class Echo : public v1::Cases::CallbackService {
 public:
  explicit Echo(int promises) {
    answer_.set_case_number("01115072300001005");
    answer_.set_etag("1");
    answer_.mutable_received_time()->set_seconds(1784000000);
    answer_.mutable_received_time()->set_nanos(123'000'000);
    for (int i = 0; i < promises; ++i) {
      v1::Promise& promise = *answer_.add_promises();
      promise.set_kind(v1::CLOCK_KIND_REPLY);
      *promise.mutable_due_time() = answer_.received_time();
    }
  }

  grpc::ServerUnaryReactor* LodgeCase(grpc::CallbackServerContext* context,
                                      const v1::LodgeCaseRequest*,
                                      v1::LodgeCaseResponse* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  v1::LodgeCaseResponse answer_;
};

int run(int argc, char** argv) {
  CLI::App app{"echo_server: answers LodgeCase at once"};
  std::string listen = "127.0.0.1:0";
  int promises = 3;
  app.add_option("--listen", listen, "host:port");
  app.add_option("--promises", promises, "in every answer")->check(CLI::Range(0, 100));
  CLI11_PARSE(app, argc, argv);

  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before gRPC starts its threads

  Echo echo(promises);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&echo);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  std::printf("echo ready: grpc=127.0.0.1:%d\n", port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace
}  // namespace casewheel::bench

int main(int argc, char** argv) { return casewheel::bench::run(argc, argv); }
