#include "engine/daemon/daemon.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <set>

#include "engine/api/access.h"
#include "engine/api/call_backs.h"
#include "engine/api/merging.h"
#include "engine/api/slow_requests.h"
#include "engine/daemon/ending.h"
#include "engine/daemon/logging.h"
#include "engine/daemon/metrics_endpoint.h"
#include "engine/daemon/readiness.h"
#include "engine/daemon/service_notice.h"
#include "engine/doors/cti/cti_page.h"
#include "engine/doors/files/files_page.h"
#include "engine/doors/grpc/server.h"
#include "engine/doors/grpc/tls.h"
#include "engine/doors/http/server.h"
#include "engine/doors/intake/intake_page.h"
#include "engine/doors/open311/open311_page.h"
#include "engine/doors/openapi/page.h"
#include "engine/doors/pages/health_door.h"
#include "engine/doors/pages/tracking_door.h"
#include "engine/partition/holdings.h"
#include "storage/readable_scan.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::daemon {
namespace {

constexpr int kExitCannotStart = 1;
constexpr const char* kAdministrator = "admin";
constexpr DurationMs kGraceMs = 5 * kSecondMs;

std::string host_of(const std::string& address) { return address.substr(0, address.rfind(':')); }

void warn_of(const doors::Certificates& certificates) {
  const std::string concern = certificates.concern();
  if (!concern.empty()) spdlog::warn("TLS: {}", concern);
}

// Once a second: the board hears what time it is, and the operator of an alarm; changed certificates
// are taken; streams end whose callers may call no more.
class Ticker {
 public:
  // `certificates` may be null.
  Ticker(boost::asio::io_context& io, partition::Engine& engine, views::Board& board,
         const api::Admission& admission, doors::GrpcServer& grpc, doors::HttpServer& http,
         doors::Certificates* certificates)
      : timer_(io),
        engine_(engine),
        board_(board),
        admission_(admission),
        grpc_(grpc),
        http_(http),
        certificates_(certificates) {}
  void start() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      board_.tick(engine_.clock().read().now);
      const std::string alarm = engine_.clock().alarm();
      if (!alarm.empty() && alarm_.empty()) spdlog::error("clock: {}", alarm);
      if (alarm.empty() && !alarm_.empty()) spdlog::info("clock: all is well again");
      alarm_ = alarm;
      if (certificates_ != nullptr) look_at_certificates();
      admission_.write_denials();
      tell_damage();
      grpc_.cut_streams();
      http_.cut_streams();
      start();
    });
  }

 private:
  // Each damaged file once: it is served without what is in it.
  void tell_damage() {
    for (const std::string& file : engine_.store().damaged_files()) {
      if (!damaged_files_.insert(file).second) continue;
      spdlog::error(
          "damaged: {} cannot be read as a whole. What is in the damaged part is missing from "
          "every "
          "answer, the rest is served; its table is not compacted any more. Stop the engine and "
          "run "
          "`casewheel repair`, or restore a backup",
          file);
    }
  }
  void look_at_certificates() {
    using News = doors::Certificates::News;
    const News news = certificates_->look();
    if (news.kind == News::Kind::kRefused) spdlog::warn("TLS: {}", news.text);
    if (news.kind != News::Kind::kReplaced) return;
    spdlog::info("TLS: new certificate, {}", news.text);
    warn_of(*certificates_);
  }

  boost::asio::steady_timer timer_;
  partition::Engine& engine_;
  views::Board& board_;
  const api::Admission& admission_;
  doors::GrpcServer& grpc_;
  doors::HttpServer& http_;
  doors::Certificates* certificates_;
  std::string alarm_;
  std::set<std::string> damaged_files_;
};

// What is spoken over HTTP beside Connect.
doors::HttpServer::Pages pages_of(const Options& options, bool tls, const Readiness& readiness) {
  doors::HttpServer::Pages pages;
  pages.push_back(std::make_unique<doors::HealthDoor>("/healthz", [] { return std::string(); }));
  pages.push_back(
      std::make_unique<doors::HealthDoor>("/readyz", [&readiness] { return readiness.why_not(); }));
  pages.push_back(std::make_unique<doors::OpenApiPage>());
  pages.push_back(std::make_unique<doors::CtiPage>(tls));
  pages.push_back(std::make_unique<doors::IntakePage>());
  pages.push_back(std::make_unique<doors::FilesPage>());
  pages.push_back(std::make_unique<doors::TrackingDoor>());
  pages.push_back(std::make_unique<doors::IndexDoor>());
  pages.push_back(
      std::make_unique<doors::ReceiptDoor>(tls || options.public_url.starts_with("https://")));
  pages.push_back(std::make_unique<doors::Open311Page>(options.public_url, options.virtual_clock));
  return pages;
}

// Why it cannot start; of damage also what mends it.
std::string mendable(const Status& status, const Options& options) {
  // A table file that is gone is kNotFound, one that cannot be read may be kIoError.
  if (!storage::is_damage(status) && status.code() != Status::Code::kNotFound)
    return status.message();
  return status.message() + "; `casewheel repair --data " + options.data_directory +
         "` makes a new directory of what can be read, or restore a backup";
}

// Processes start with few for the sake of select(), which we do not use.
void allow_open_files() {
  constexpr rlim_t kEnough = 65'536;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= kEnough) return;
  files.rlim_cur = std::min(files.rlim_max, kEnough);
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

// Tells the data directory from a copy of it: a copy keeps every byte, but no inode. 0: not known.
std::uint64_t inode_of(const std::string& directory) {
  struct stat found {};
  return ::stat(directory.c_str(), &found) == 0 ? found.st_ino : 0;
}

void warn_of_restore(const partition::Installation& installation) {
  if (!installation.first_after_restore) return;
  spdlog::warn(
      "this directory was {}: case numbers skip ahead, and what was named since then is refused",
      installation.copied ? "copied" : "restored from a backup");
}

// What is started, by whom and with what; and what everybody should know of it who reads the log.
void tell_start(const Options& options) {
  spdlog::info("casewheeld {} starts, as process {} of user {}", CASEWHEEL_VERSION, ::getpid(),
               ::geteuid());
  spdlog::info("configuration: {}", listed(options));
  if (!options.authenticate)
    spdlog::warn(
        "AUTH IS OFF: whoever reaches {} or {} may read and change everything, and the audit trail "
        "does not know who it was. For trials on one machine only",
        options.listen, options.http.empty() ? "no HTTP address" : options.http);
  if (options.insecure) spdlog::warn("--insecure: addresses beyond loopback are not looked at");
}

}  // namespace

int run(const Options& options, Reload::Read read) {
  // What is stored holds personal data and the keys to it: it is nobody else's, whatever the shell says.
  ::umask(0077);
  (void)std::signal(SIGPIPE, SIG_IGN);  // who reads the output may go before the engine does
  (void)std::signal(SIGHUP, SIG_IGN);   // until it can be heeded: it must not end the start
  allow_open_files();
  doors::pin_tls_suites();
  start_logging(options);
  tell_start(options);
  const auto cannot_start = [](const std::string& why) {
    spdlog::error("cannot start: {}", why);
    return kExitCannotStart;
  };

  std::unique_ptr<doors::Certificates> certificates;
  if (!options.tls.certificate.empty()) {
    if (Status status = doors::Certificates::open(options.tls, &certificates); !status)
      return cannot_start(status.message());
    spdlog::info("TLS: certificate {}", doors::describe(*certificates->current()));
    warn_of(*certificates);
  }

  std::optional<Ending> ending;  // goes last: until then the end is bounded
  std::unique_ptr<storage::Store> store;
  storage::RocksOptions rocks;
  rocks.path = options.data_directory;
  rocks.create_if_missing = true;
  if (Status status = storage::open_rocks(rocks, &store); !status)
    return cannot_start(mendable(status, options));

  boost::asio::io_context io;
  boost::asio::thread_pool answers(1);
  api::Pools pools(api::Pools::Sizes::of_this_machine());
  boost::asio::thread_pool views_thread(1);
  views::Board board(views_thread.get_executor());

  partition::Engine::Options engine_options;
  engine_options.partitions = options.partitions;
  engine_options.virtual_clock = options.virtual_clock;
  engine_options.virtual_start = options.virtual_start;
  engine_options.disk_reserve_bytes = options.disk_reserve_mib << 20;
  engine_options.place = inode_of(options.data_directory);
  engine_options.answers = answers.get_executor();
  views::Tail tail;
  partition::Listeners listeners({&board, &tail});
  engine_options.listener = &listeners;
  engine_options.fatal = [](const std::string& why) {
    // What was written is not known: only a fresh look at the store can tell.
    spdlog::critical("ending: {}", why);
    spdlog::shutdown();
    std::_Exit(EXIT_FAILURE);
  };
  partition::Engine engine(std::move(store), std::move(engine_options));
  if (Status opened = engine.open(); !opened) return cannot_start(mendable(opened, options));
  warn_of_restore(engine.installation());
  std::uint64_t passed_over = 0;

  std::unique_ptr<storage::Shelf> shelf;
  const auto find_holder = [&engine](std::string_view blob) {
    return partition::find_holder(engine.store(), engine.partitions(), blob);
  };
  if (Status status = storage::Shelf::open(storage::shelf_of(options.data_directory),
                                           engine.installation().secret, find_holder, &shelf);
      !status)
    return cannot_start(status.message());
  // What a crash left behind, beside the first calls.
  std::future<void> swept = std::async(std::launch::async, [&shelf] {
    if (const Status status = shelf->sweep(); !status)
      spdlog::warn("attachments: files may be left that no case has: {}", status.message());
  });

  access::Book book(options.session_idle_min * kMinuteMs);
  RefusalMetrics refusals;
  api::SlowRequests slow(options.slow_request_ms);
  Readiness readiness(engine);
  api::Services services{engine, board, pools, options.authenticate ? &book : nullptr};
  services.refusals = &refusals;
  services.slow = &slow;
  services.tail = &tail;
  services.shelf = shelf.get();
  services.public_url = options.public_url;
  std::unique_ptr<access::TokenCallers> tokens;
  if (options.oidc) {
    access::DocumentLimits limits;
    limits.ca_file = options.oidc_ca;
    tokens = std::make_unique<access::TokenCallers>(
        *options.oidc, access::make_https_source(limits), machine_clock());
    services.tokens = tokens.get();
  }
  if (Status loaded = api::load_book(engine.store(), &book, &passed_over); !loaded)
    return cannot_start(mendable(loaded, options));
  engine.damage().passed_over += passed_over;
  if (passed_over > 0)
    spdlog::error("{} rows of calls, accounts, keys or sessions are damaged and left out",
                  passed_over);
  // A first administrator is made where there is no account: not where none can be read.
  if (options.authenticate && passed_over > 0 && !book.has_accounts())
    return cannot_start(mendable({Status::Code::kCorruption, "no account can be read"}, options));
  api::AccessApi access(services);
  if (options.authenticate) {
    const Result<std::optional<std::string>> password = access.first_administrator(kAdministrator);
    if (!password) return cannot_start(password.error().message);
    if (*password) {
      // On standard output alone, once: it is in no log and no file.
      std::printf("casewheeld: first start. Sign in as %s with the one-time password %s\n",
                  kAdministrator, (*password)->c_str());
      spdlog::info(
          "first start: the account {} is made. Its one-time password was on the standard output; "
          "where "
          "it is lost, `casewheel user reset {} --data {}` shows a new one while the engine is "
          "stopped",
          kAdministrator, kAdministrator, options.data_directory);
    }
  }
  if (Status resumed = api::resume_merges(services); !resumed)
    return cannot_start(resumed.message());
  api::CallBacks call_backs(services);
  if (Status started = call_backs.start(); !started) return cannot_start(started.message());
  doors::HttpMetrics http_metrics;
  doors::GrpcMetrics grpc_metrics;
  MetricsEndpoint metrics(services, {http_metrics, grpc_metrics}, readiness, certificates.get());
  if (!options.metrics.empty()) {
    if (Status status = metrics.start(options.metrics); !status)
      return cannot_start(status.message());
  }
  doors::Handlers handlers(services, access, {options.calls_of_identity, options.calls_of_address});
  doors::GrpcServer grpc(
      handlers, {doors::Networks(options.grpc_networks), options.memory_limit_mib}, grpc_metrics);
  if (Status status = grpc.start(options.listen, certificates.get()); !status)
    return cannot_start(status.message());
  doors::HttpServer http(handlers, {options.http_origins, options.http_proxies},
                         pages_of(options, certificates != nullptr, readiness), http_metrics);
  if (!options.http.empty()) {
    if (Status status = http.start(options.http, certificates.get()); !status)
      return cannot_start(status.message());
  }
  Ticker ticker(io, engine, board, handlers.admission, grpc, http, certificates.get());
  ticker.start();

  // From before it is known to serve: who waits for that may send a signal at once.
  Reload reload(options, std::move(read), {engine, book, handlers.admission, slow, grpc});
  int ended_by = 0;
  ending.emplace(
      [&io, &ended_by](int signal) {
        boost::asio::post(io, [&io, &ended_by, signal] {
          ended_by = signal;
          io.stop();
        });
      },
      [&io, &reload] { boost::asio::post(io, [&reload] { reload.run(); }); });

  spdlog::info("serving: start {}, {} partitions, {} open cases, {} clock",
               engine.installation().epoch, engine.partitions(), board.open_cases(),
               engine.clock().is_virtual() ? "virtual" : "real");
  readiness.serve();
  const auto shown = [](const std::string& address, int port) {
    return (address.empty() ? "-" : host_of(address)) + ":" + std::to_string(port);
  };
  std::printf(
      "casewheeld ready: grpc=%s metrics=%s http=%s\n", shown(options.listen, grpc.port()).c_str(),
      shown(options.metrics, metrics.port()).c_str(), shown(options.http, http.port()).c_str());
  std::fflush(stdout);
  tell_service_manager("READY=1");

  io.run();

  spdlog::info("stopping: {}", ended_by == SIGINT ? "SIGINT" : "SIGTERM");
  readiness.stop();
  tell_service_manager("STOPPING=1");
  board.close();
  handlers.changes.close();
  if (tokens) tokens->stop();
  // Calls under way are served for a while. What the engine cannot answer by then (time that cannot go
  // on because the disk is full) is answered by its end: the server waits for every call.
  std::future<void> http_closed = std::async(std::launch::async, [&http] { http.stop(kGraceMs); });
  std::future<void> grpc_closed = std::async(std::launch::async, [&grpc] { grpc.stop(kGraceMs); });
  const auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(kGraceMs);
  http_closed.wait_until(patience);
  grpc_closed.wait_until(patience);
  handlers.admission.store_all_denials(kGraceMs);
  engine.stop();
  ending->stored();
  call_backs.stop();
  http_closed.wait();
  grpc_closed.wait();
  pools.join_long_work();
  tokens.reset();  // its thread may be letting go of a call it has just answered
  answers.join();
  pools.join();
  views_thread.join();
  spdlog::info("stopped");
  return EXIT_SUCCESS;
}

}  // namespace casewheel::daemon
