#include "engine/daemon/options.h"

#include <absl/time/time.h>
#include <arpa/inet.h>

#include <CLI/CLI.hpp>

#include "engine/base/limits.h"

namespace casewheel::daemon {
namespace {

constexpr int kExitUsage = 2;  // as of casewheel, the command line

}  // namespace

bool is_loopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  in_addr literal{};
  if (::inet_pton(AF_INET, host.c_str(), &literal) == 1) return ntohl(literal.s_addr) >> 24 == 127;
  return host == "localhost" || host == "[::1]";
}

Parsed parse_options(int argc, char** argv, Options* options, int* exit_code) {
  CLI::App app{
      "casewheeld: the casewheel engine. Takes in cases, promises each a date, escalates what is "
      "late."};
  app.set_version_flag("--version", "casewheel 0.1.0");
  app.set_config("--config", "",
                 "Read options from this file (key = value, keys as the long options)");
  std::string clock = "real";
  app.add_option("--data", options->data_directory, "Data directory; made when it does not exist")
      ->required();
  app.add_option("--listen", options->listen, "Address of the gRPC API; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--metrics", options->metrics,
                 "Address of the Prometheus endpoint; empty for none")
      ->capture_default_str();
  app.add_option("--clock", clock,
                 "real, virtual, or virtual:2026-01-05T09:00:00+08:00 to start there")
      ->capture_default_str();
  app.add_option("--partitions", options->partitions,
                 "Partitions of a new data directory; fixed afterwards")
      ->check(CLI::Range(1, limits::kPartitionsMax))
      ->capture_default_str();
  app.add_option("--disk-reserve-mib", options->disk_reserve_mib,
                 "Free space below which no work is taken")
      ->capture_default_str();
  app.add_flag("--insecure", options->insecure,
               "Allow listening beyond loopback although callers are not authenticated");
  app.add_option("--log-level", options->log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_flag("--log-json", options->log_json, "One JSON object a log line");
  try {
    app.parse(argc, argv);
    options->virtual_clock = clock.rfind("virtual", 0) == 0;
    if (clock.rfind("virtual:", 0) == 0) {
      absl::Time start;
      std::string error;
      if (!absl::ParseTime(absl::RFC3339_full, clock.substr(8), &start, &error)) {
        throw CLI::ValidationError("--clock",
                                   "'" + clock.substr(8) + "' is no RFC 3339 time: " + error);
      }
      options->virtual_start = absl::ToUnixMillis(start);
    } else if (clock != "real" && clock != "virtual") {
      throw CLI::ValidationError("--clock", "must be real, virtual or virtual:TIME");
    }
    for (const std::string& address : {options->listen, options->metrics}) {
      if (!address.empty() && !options->insecure && !is_loopback(address)) {
        throw CLI::ValidationError(
            "--listen", address +
                            " is not a loopback address, and callers are not authenticated: " +
                            "anybody who reaches it may read and change every case. --insecure "
                            "allows it all the same");
      }
    }
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? 0 : kExitUsage;
    return Parsed::kExit;
  }
  return Parsed::kRun;
}

}  // namespace casewheel::daemon
