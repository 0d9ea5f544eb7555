// What an operator may set, from the command line or a configuration file (CLI11's TOML subset:
// `--config FILE`, keys as the long options; see configuration.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/access/oidc.h"
#include "engine/base/limits.h"
#include "engine/base/time.h"
#include "engine/doors/tls/certificates.h"

namespace casewheel::daemon {

struct Options {
  std::string data_directory;
  std::string listen = "127.0.0.1:7400";
  std::string metrics = "127.0.0.1:7401";  // empty: none
  std::string http = "127.0.0.1:7480";     // empty: none
  std::vector<std::string> http_origins;   // whose pages may call it
  std::vector<std::string> http_proxies;   // in front of it
  std::vector<std::string> grpc_networks;  // served over gRPC without a client's certificate
  std::uint64_t memory_limit_mib = 0;  // what the process may have; 0: what the machine gives it
  std::string public_url;              // where people reach the HTTP door; empty: unknown
  bool virtual_clock = false;
  TimeMs virtual_start = 0;
  std::uint32_t partitions = 1;
  std::uint64_t disk_reserve_mib = 256;
  doors::TlsFiles tls;                     // of all listeners; no certificate: plaintext
  bool authenticate = true;                // --auth
  std::optional<access::OidcConfig> oidc;  // whose tokens are taken beside accounts and keys
  std::string oidc_ca;  // PEM with the authorities of that provider; empty: the machine's
  std::uint32_t session_idle_min = 60;  // a session not used for so long is over; 0: never for that
  int calls_of_identity = limits::kCallsOfIdentity;  // a second
  int calls_of_address = limits::kCallsOfAddress;    // of callers nobody knows
  bool insecure = false;  // listen beyond loopback although callers are not authenticated
  std::string log_level = "info";
  bool log_json = false;
  std::int64_t slow_request_ms = 1000;  // from where on a request is logged as slow; 0: none is
  // All of these as text, by the long option: what is in effect, for the log and to see what a new reading
  // changes. No option is a secret: keys and certificates are named by their files.
  std::map<std::string, std::string> settings;
};

enum class Parsed { kRun, kExit };
// kExit with the code to end with, after help, version or a usage error was printed.
Parsed parse_options(int argc, char** argv, Options* options, int* exit_code);
// The same arguments again, with the configuration file as it stands now: why they cannot be taken, and
// nothing is printed; empty: `options` holds them.
std::string read_options_again(int argc, char** argv, Options* options);

// Whether `address` (host:port) is a loopback one: "localhost", or a literal of 127.0.0.0/8 or ::1. No
// other name is believed, whatever it looks like.
bool is_loopback(const std::string& address);
// Whether the host of `address` is an IP address in digits, one of IPv6 in brackets.
bool is_ip_address(const std::string& address);

}  // namespace casewheel::daemon
