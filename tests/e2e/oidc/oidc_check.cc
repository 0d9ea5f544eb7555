// The engine's verifier of tokens on standard input and output, for tests with a real provider:
//
//   oidc_check ISSUER AUDIENCE PAUSE_MS
//
// "verify TOKEN" answers "accepted", subject, client, user name, roles and groups, or "refused", the
// fault and the reason; "refresh" fetches the provider's keys once and answers "fetched", how often that
// was done and what went wrong. Fields are parted by tabs.
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "engine/access/oidc.h"

namespace {

using namespace casewheel;

const char* name_of(access::TokenFault fault) {
  switch (fault) {
    case access::TokenFault::kMalformed:
      return "malformed";
    case access::TokenFault::kAlgorithm:
      return "algorithm";
    case access::TokenFault::kUnknownKey:
      return "unknown_key";
    case access::TokenFault::kSignature:
      return "signature";
    case access::TokenFault::kIssuer:
      return "issuer";
    case access::TokenFault::kAudience:
      return "audience";
    case access::TokenFault::kExpired:
      return "expired";
    case access::TokenFault::kNotYetValid:
      return "not_yet_valid";
    case access::TokenFault::kClaims:
      return "claims";
    case access::TokenFault::kUnavailable:
      return "unavailable";
  }
  return "?";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + word;
  return out;
}

std::string verify(access::OidcVerifier& verifier, const std::string& token) {
  std::promise<std::string> answer;
  verifier.verify(token, machine_clock().system_ms(),
                  [&answer](const access::TokenResult<access::TokenClaims>& verdict) {
                    if (!verdict) {
                      answer.set_value(std::string("refused\t") + name_of(verdict.error().fault) +
                                       '\t' + verdict.error().message);
                      return;
                    }
                    answer.set_value("accepted\t" + verdict->subject + '\t' + verdict->client_id +
                                     '\t' + verdict->preferred_username + '\t' +
                                     joined(verdict->roles) + '\t' + joined(verdict->groups));
                  });
  return answer.get_future().get();
}

std::string refresh(access::OidcVerifier& verifier) {
  const std::uint64_t before = verifier.state().fetches;
  while (verifier.state().fetches == before) {
    verifier.refresh();  // does nothing during the pause after another
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const access::OidcVerifier::State state = verifier.state();
  return "fetched\t" + std::to_string(state.fetches) + '\t' + state.failure;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: oidc_check ISSUER AUDIENCE PAUSE_MS\n";
    return 2;
  }
  access::OidcConfig config;
  config.rules.issuer = argv[1];
  config.rules.audience = argv[2];
  config.pause_ms = std::atoll(argv[3]);
  if (const Status fit = check(config); !fit) {
    std::cerr << fit.message() << '\n';
    return 2;
  }
  access::OidcVerifier verifier(config, access::make_https_source({}), machine_clock());
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "refresh")
      std::cout << refresh(verifier) << std::endl;
    else
      std::cout << verify(verifier, line.substr(line.find(' ') + 1)) << std::endl;
  }
  return 0;
}
