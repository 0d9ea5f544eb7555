// Bearer tokens: JSON Web Tokens (RFC 7519) in compact JWS form (RFC 7515), read as the best practices
// have it (RFC 8725): the algorithm has to be one of four and to suit the key, keys come from the
// provider's set alone, whatever may be written in two ways is refused. Pure: time and keys are
// arguments; any thread.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/jwks.h"
#include "engine/base/time.h"

namespace casewheel::access {

inline constexpr std::size_t kTokenBytesMax = 8 * 1024;  // what web servers take as one header
inline constexpr std::size_t kSubjectBytesMax = 255;     // OpenID Connect Core 1.0 section 2
inline constexpr std::size_t kTokenTextMax = 256;  // characters of a name, user name or address
inline constexpr std::size_t kTokenListMax = 200;  // groups, roles, audiences

enum class TokenFault : std::uint8_t {
  kMalformed,    // no token, or one that could be read in two ways
  kAlgorithm,    // an algorithm casewheel does not take
  kUnknownKey,   // signed with a key the provider does not publish (any longer)
  kSignature,    // the signature is not the key's
  kIssuer,       // somebody else's token
  kAudience,     // meant for somebody else
  kExpired,      //
  kNotYetValid,  // its time has not come, or it claims to be issued in the future
  kClaims,       // a claim is missing or of the wrong type, or the token is no bearer token
  kUnavailable,  // the provider's keys cannot be had now: the same token may be good later
};

// Why a token was refused. `message` is English and holds nothing of the token.
struct [[nodiscard]] TokenRefusal {
  TokenFault fault = TokenFault::kMalformed;
  std::string message;
};

template <typename T>
using TokenResult = boost::system::result<T, TokenRefusal>;

// What casewheel asks of a token.
struct TokenRules {
  std::string issuer;    // equal to `iss`, byte for byte
  std::string audience;  // among `aud`: casewheel's client id or resource
  // Whom tokens may have been issued to (`azp`); empty: anybody. An access token is meant for all that its
  // `aud` names, and for us where we are among them (RFC 9068, section 4).
  std::vector<std::string> authorized_parties;
  JwsAlgorithms algorithms = kEveryJwsAlgorithm;
  // How far the provider's clock may be from ours, either way.
  DurationMs leeway_ms = kMinuteMs;
  // Where groups and roles stand, outermost object first, e.g. {"realm_access", "roles"}.
  std::vector<std::string> groups_path = {"groups"};
  std::vector<std::string> roles_path = {"roles"};
  std::string name_claim = "preferred_username";  // how people are to be called
  std::string staff_claim = {};                   // her entry in the catalogue; empty: none is read
};

// What a token says. Texts are clean lines (engine/base/text.h) and empty where it says nothing.
struct TokenClaims {
  std::string issuer;
  std::string subject;              // who, for that issuer and for ever
  TimeMs expires_at = 0;            // without leeway
  std::optional<TimeMs> issued_at;  //
  std::string token_id;             // jti
  std::string client_id;           // the program it was issued to: `azp`, or `client_id` (RFC 9068)
  std::string preferred_username;  // may change hands: never an identity
  std::string email;
  bool email_verified = false;
  std::string name;
  std::string user_name;  // of TokenRules::name_claim
  std::string staff;      // of TokenRules::staff_claim
  std::vector<std::string> groups;
  std::vector<std::string> roles;
};

// A token taken apart, of which nothing is proven.
struct Jws {
  JwsAlgorithm algorithm = JwsAlgorithm::kRs256;
  std::optional<std::string> kid;
  std::string signed_bytes;  // header and payload as they were written
  std::string payload;
  std::string signature;
};

// Whether it has the form of one, for telling tokens of several kinds apart: three parts, the first of
// which is an object of JSON in base64url.
bool may_be_jws(std::string_view token);
TokenResult<Jws> parse_jws(std::string_view token);

// The key that has to have signed it. kUnknownKey when the set has none of that name, in which case
// the provider may have a new one; kAlgorithm when that key is for other algorithms.
TokenResult<const VerificationKey*> key_for(const Jws& jws, const KeySet& keys,
                                            JwsAlgorithms algorithms);

// The claims, with everything checked but the signature: never believe them without it.
TokenResult<TokenClaims> read_claims(const Jws& jws, const TokenRules& rules, TimeMs now);

// Signature, then claims.
TokenResult<TokenClaims> verify_jws(const Jws& jws, const KeySet& keys, const TokenRules& rules,
                                    TimeMs now);

}  // namespace casewheel::access
