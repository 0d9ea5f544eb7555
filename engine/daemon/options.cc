#include "engine/daemon/options.h"

#include <absl/time/time.h>
#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <tuple>

#include "engine/base/limits.h"
#include "engine/daemon/configuration.h"
#include "engine/doors/sockets/networks.h"

namespace casewheel::daemon {
namespace {

constexpr int kExitUsage = 2;  // as of casewheel, the command line

// Short, so that a key is known about as soon as the provider signs with it; a flood of made-up names of
// keys costs the provider a request a second.
constexpr DurationMs kOidcPauseMs = 1 * kSecondMs;

// Why the engine must not listen there; empty when it may. TLS alone does not open an address to
// others: it hides what is said, but does not tell who may say it; and passwords are not sent where
// others can read them.
std::string refused_address(const Options& options, const std::string& address, bool asks_callers,
                            const char* port) {
  const std::size_t colon = address.rfind(':');
  const bool bracketed = !address.empty() && address.back() == ']';
  if (colon == std::string::npos || bracketed)
    return address + " has no port: write " + address + ":" + port;
  const std::string digits = address.substr(colon + 1);
  const bool is_port = !digits.empty() && digits.size() <= 5 &&
                       digits.find_first_not_of("0123456789") == std::string::npos &&
                       std::stoi(digits) <= 65'535;
  if (!is_port && is_loopback(address))
    return address + " has no port from 0 to 65535 behind its colon, such as " +
           address.substr(0, colon) + ":" + port;
  if (is_loopback(address)) return "";
  if (options.insecure)
    return is_port ? "" : address + " is not an address and a port, such as 127.0.0.1:" + port;
  if (!asks_callers) {
    return address +
           " is not a loopback address, and callers are not authenticated there: anybody who "
           "reaches it may use it. --insecure allows it all the same";
  }
  if (options.tls.certificate.empty()) {
    return address +
           " is not a loopback address, and what is said there can be read on the way, passwords "
           "too: give --tls-cert and --tls-key. --insecure allows it all the same";
  }
  return "";
}

void add_tls_options(CLI::App& app, doors::TlsFiles& tls) {
  CLI::Option* certificate = app.add_option(
      "--tls-cert", tls.certificate,
      "Speak TLS 1.2 or 1.3 alone, on every address, with the certificate in this PEM file, its "
      "chain behind it; read anew when it changes");
  CLI::Option* key =
      app.add_option("--tls-key", tls.key, "Its private key, in PEM, without a passphrase");
  CLI::Option* client_ca =
      app.add_option("--tls-client-ca", tls.client_ca,
                     "Ask clients for a certificate, and take none that no authority in this PEM "
                     "file has signed");
  // A variable of a script that is not set must not end in plaintext.
  for (CLI::Option* option : {certificate, key, client_ca}) {
    option->check([](const std::string& file) { return file.empty() ? "names no file" : ""; });
  }
  certificate->needs(key);
  key->needs(certificate);
  client_ca->needs(certificate);
  app.add_flag("--tls-require-client-cert", tls.client_required,
               "Take no connection without a client's certificate")
      ->needs(client_ca);
}

// Those of the OpenID Connect provider, as they are typed.
struct OidcOptions {
  access::OidcConfig config;
  std::string grants_claim = "casewheel_grants";
  std::string ca;
};

void add_oidc_options(CLI::App& app, OidcOptions& oidc) {
  access::TokenRules& rules = oidc.config.rules;
  rules.staff_claim = "casewheel_staff";
  CLI::Option* issuer = app.add_option(
      "--oidc-issuer", rules.issuer,
      "Take bearer tokens (JWT) of this OpenID Connect provider too, as its tokens name it: an "
      "https:// URL, where its metadata is found");
  CLI::Option* audience =
      app.add_option("--oidc-audience", rules.audience,
                     "What a token must be meant for: the engine's name at the provider");
  issuer->needs(audience);
  for (CLI::Option* option :
       {audience,
        app.add_option("--oidc-jwks-uri", oidc.config.jwks_uri,
                       "Where the provider's keys are; without, its metadata says it"),
        app.add_option("--oidc-authorized-party", rules.authorized_parties,
                       "Take only tokens that were issued to this client of the provider (azp); "
                       "may be given several times"),
        app.add_option("--oidc-name-claim", rules.name_claim,
                       "The claim that names the caller; where a token has none, sub does")
            ->capture_default_str(),
        app.add_option("--oidc-grants-claim", oidc.grants_claim,
                       "The claim that lists what is granted: ROLE, ROLE@TENANT or "
                       "ROLE@TENANT/UNIT")
            ->capture_default_str(),
        app.add_option("--oidc-staff-claim", rules.staff_claim,
                       "The claim that names her entry in the catalogue, whose roles and unit are "
                       "hers: TENANT/STAFFID")
            ->capture_default_str(),
        app.add_option("--oidc-ca", oidc.ca,
                       "PEM file with the authorities to trust for the provider's certificate; "
                       "without, those of the machine")
            ->check(CLI::ExistingFile)}) {
    option->needs(issuer);
  }
}

// What the engine asks of tokens; nothing where no provider is named.
std::optional<access::OidcConfig> oidc_of(const OidcOptions& oidc, bool authenticate) {
  if (oidc.config.rules.issuer.empty()) return std::nullopt;
  if (!authenticate)
    throw CLI::ValidationError("--oidc-issuer", "with --auth off nobody is asked for a token");
  access::OidcConfig config = oidc.config;
  config.rules.groups_path = {};  // what the provider's groups are called means nothing here
  config.rules.roles_path = {};
  if (!oidc.grants_claim.empty()) config.rules.roles_path = {oidc.grants_claim};
  config.pause_ms = kOidcPauseMs;
  if (const Status fit = access::check(config); !fit)
    throw CLI::ValidationError("--oidc", fit.message());
  return config;
}

// What is typed as a word and stands in Options as something else.
struct Typed {
  std::string clock = "real";
  std::string auth = "on";
  OidcOptions oidc;
};

void add_address_options(CLI::App& app, Options* options) {
  app.add_option("--listen", options->listen, "Address of the gRPC API; port 0 takes a free one")
      ->capture_default_str();
  app.add_option(
         "--grpc-network", options->grpc_networks,
         "Where gRPC is served without a client's certificate, ADDRESS or ADDRESS/BITS; may be "
         "repeated. None: this machine alone; others need --tls-client-ca and a certificate")
      ->allow_extra_args(false)
      ->check([](const std::string& network) {
        return doors::Networks::names_some(network) ? "" : "is no address and no network";
      });
  app.add_option("--http", options->http,
                 "Address of the same API in the Connect protocol, over HTTP/1.1; empty for none")
      ->capture_default_str();
  app.add_option(
         "--http-origin", options->http_origins,
         "A web site whose pages may call there, as browsers name it (https://HOST); may be "
         "repeated. None: no page may")
      ->allow_extra_args(false)
      ->check([](const std::string& origin) {
        const bool named = origin.starts_with("https://") || origin.starts_with("http://");
        return named && origin.find('/', origin.find("//") + 2) == std::string::npos
                   ? ""
                   : "is no origin, https://HOST or https://HOST:PORT";
      });
  app.add_option(
         "--http-proxy", options->http_proxies,
         "A reverse proxy in front of --http, ADDRESS or ADDRESS/BITS, whose X-Forwarded-For is "
         "believed; may be repeated. None: whoever connects is who calls")
      ->allow_extra_args(false)
      ->check([](const std::string& proxy) {
        return doors::Networks::names_some(proxy) ? "" : "is no address and no network";
      });
  app.add_option("--public-url", options->public_url,
                 "Where people reach the HTTP door, https://HOST: receipts lead there")
      ->check([](const std::string& url) {
        const bool named = url.starts_with("https://") || url.starts_with("http://");
        return named && url.size() <= 200 && url.back() != '/' &&
                       url.find_first_of(" \"<>?#") == std::string::npos
                   ? ""
                   : "must begin with https:// or http:// and have no / at its end";
      });
  app.add_option("--metrics", options->metrics,
                 "Address of the Prometheus endpoint; empty for none")
      ->capture_default_str();
  app.add_flag("--insecure", options->insecure,
               "Allow listening beyond loopback although callers are not authenticated");
}

void add_store_options(CLI::App& app, Options* options, Typed* typed) {
  app.add_option("--data", options->data_directory, "Data directory; made when it does not exist")
      ->required();
  app.add_option("--clock", typed->clock,
                 "real, virtual, or virtual:2026-01-05T09:00:00+08:00 to start there")
      ->capture_default_str();
  app.add_option("--partitions", options->partitions,
                 "Partitions of a new data directory; fixed afterwards")
      ->check(CLI::Range(1, limits::kPartitionsMax))
      ->capture_default_str();
  app.add_option("--disk-reserve-mib", options->disk_reserve_mib,
                 "Free space below which no work is taken")
      ->capture_default_str();
  app.add_option("--memory-limit-mib", options->memory_limit_mib,
                 "What the process may have of the machine's memory; 0: all, or what its control "
                 "group may have. Long before that gRPC's connections are cut")
      ->capture_default_str();
}

void add_caller_options(CLI::App& app, Options* options, Typed* typed) {
  app.add_option(
         "--auth", typed->auth,
         "on: callers sign in, or show a key; off: whoever reaches the address is believed, "
         "for trials and measurements on one machine")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_option(
         "--session-idle", options->session_idle_min,
         "Minutes without a call after which whoever signed in has to do so again; 0: none. "
         "What only watches makes no call")
      ->check(CLI::Range(0, 24 * 60))
      ->capture_default_str();
  app.add_option("--rate-identity", options->calls_of_identity,
                 "Calls a second of one account, key or person, and after a pause twice as many at "
                 "once")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--rate-address", options->calls_of_address,
                 "The same of one address, of callers nobody knows")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  add_oidc_options(app, typed->oidc);
}

void add_log_options(CLI::App& app, Options* options) {
  app.add_option("--log-level", options->log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_flag("--log-json", options->log_json, "One JSON object a log line");
  app.add_option("--slow-request-ms", options->slow_request_ms,
                 "A request that takes longer is logged as slow, by its method; 0: none is")
      ->check(CLI::Range(0, 3'600'000))
      ->capture_default_str();
}

void read_clock(const std::string& clock, Options* options) {
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
}

void check_addresses(const Options& options) {
  for (const auto& [option, address, asks_callers, port] :
       {std::tuple{"--listen", options.listen, options.authenticate, "7400"},
        std::tuple{"--http", options.http, options.authenticate, "7480"},
        std::tuple{"--metrics", options.metrics, false, "7401"}}) {
    const std::string refused =
        address.empty() ? "" : refused_address(options, address, asks_callers, port);
    if (!refused.empty()) throw CLI::ValidationError(option, refused);
  }
  if (!options.tls.certificate.empty() && !is_ip_address(options.listen)) {
    throw CLI::ValidationError(
        "--listen", options.listen + " is a name; with TLS it must be an IP address in digits");
  }
  if (!is_loopback(options.listen) && options.tls.client_ca.empty() &&
      options.grpc_networks.empty()) {
    throw CLI::ValidationError(
        "--listen", options.listen +
                        " is not a loopback address, and gRPC is served there to nobody: give "
                        "--tls-client-ca for clients with a certificate, or --grpc-network for "
                        "networks you trust. Everybody else comes by --http");
  }
}

// Every option but those that end the process, with what is in effect.
std::map<std::string, std::string> settings_of(const CLI::App& app) {
  std::map<std::string, std::string> settings;
  for (const std::string& key : keys_of(app)) {
    const CLI::Option* option = app.get_option("--" + key);
    const bool is_flag = option->get_items_expected_max() == 0;
    std::string text = is_flag ? "false" : option->get_default_str();
    if (option->count() != 0) {
      text.clear();
      for (const std::string& value : option->results()) text += (text.empty() ? "" : ",") + value;
    }
    settings[key] = std::move(text);
  }
  return settings;
}

// Throws CLI::ParseError.
void read(CLI::App& app, int argc, char** argv, Options* options) {
  app.set_version_flag("--version", "casewheel " CASEWHEEL_VERSION);
  app.set_config("--config", "",
                 "Read options from this file (key = value, keys as the long options)");
  app.config_formatter(make_checked_config(app));
  app.footer(
      "Signals: SIGTERM and SIGINT end it, SIGHUP reads the configuration anew.\n"
      "Exit codes: 0 ended by a signal; 1 cannot start or go on, the log says why; 2 the options "
      "or "
      "the configuration cannot be taken.");
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("casewheeld: ") + error.what() + "\nsee casewheeld --help\n";
  });
  Typed typed;
  add_store_options(app, options, &typed);
  add_address_options(app, options);
  add_tls_options(app, options->tls);
  add_caller_options(app, options, &typed);
  add_log_options(app, options);
  app.parse(argc, argv);
  options->authenticate = typed.auth == "on";
  options->oidc = oidc_of(typed.oidc, options->authenticate);
  options->oidc_ca = typed.oidc.ca;
  read_clock(typed.clock, options);
  check_addresses(*options);
  options->settings = settings_of(app);
}

constexpr const char* kDescription =
    "casewheeld: the casewheel engine. Takes in cases, promises each a date, escalates what is "
    "late.";

}  // namespace

bool is_ip_address(const std::string& address) {
  std::string host = address.substr(0, address.rfind(':'));
  in6_addr literal{};  // has room for the shorter one
  if (::inet_pton(AF_INET, host.c_str(), &literal) == 1) return true;
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  host = host.substr(1, host.size() - 2);
  return ::inet_pton(AF_INET6, host.c_str(), &literal) == 1;
}

bool is_loopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  in_addr literal{};
  if (::inet_pton(AF_INET, host.c_str(), &literal) == 1) return ntohl(literal.s_addr) >> 24 == 127;
  return host == "localhost" || host == "[::1]";
}

Parsed parse_options(int argc, char** argv, Options* options, int* exit_code) {
  CLI::App app{kDescription};
  try {
    read(app, argc, argv, options);
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? 0 : kExitUsage;
    return Parsed::kExit;
  }
  return Parsed::kRun;
}

std::string read_options_again(int argc, char** argv, Options* options) {
  CLI::App app{kDescription};
  try {
    read(app, argc, argv, options);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

}  // namespace casewheel::daemon
