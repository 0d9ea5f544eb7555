#include "engine/access/jwt.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "engine/base/base64url.h"
#include "engine/base/strict_json.h"
#include "engine/base/text.h"

namespace casewheel::access {
namespace {

namespace json = boost::json;

constexpr std::int64_t kYear9999S = 253'402'300'799;  // no token means a later second

TokenRefusal token_refused(TokenFault fault, std::string message) {
  return {fault, std::move(message)};
}
TokenRefusal bad_claim(std::string_view claim, std::string_view why) {
  return {TokenFault::kClaims, "claim " + std::string(claim) + " " + std::string(why)};
}

std::string_view view_of(const json::string& text) { return {text.data(), text.size()}; }

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  });
}

// "JWT" and "at+jwt" (RFC 9068), with or without "application/", in any case. Other kinds of token are
// told apart by this header (RFC 8725 section 3.11) and must not pass for one of these.
bool is_bearer_type(std::string_view type) {
  std::string lower(type);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view rest = lower;
  constexpr std::string_view kPrefix = "application/";
  if (rest.starts_with(kPrefix)) rest.remove_prefix(kPrefix.size());
  return rest == "jwt" || rest == "at+jwt";
}

TokenResult<Jws> read_header(const json::object& header) {
  // Extensions that must be understood, and none is.
  if (header.contains("crit"))
    return token_refused(TokenFault::kMalformed, "the token needs an extension (crit)");
  // A token that brings or points to its own key proves nothing; one that tries is no provider's.
  for (const std::string_view key : {"jwk", "jku", "x5u", "x5c"}) {
    if (header.contains(key))
      return token_refused(TokenFault::kMalformed,
                           "the token brings a key of its own (" + std::string(key) + ")");
  }
  if (header.contains("typ")) {
    const std::optional<std::string_view> type = string_member(header, "typ");
    if (!type || !is_bearer_type(*type))
      return token_refused(TokenFault::kMalformed,
                           "the token is of a type that is no bearer token");
  }
  Jws jws;
  const std::optional<std::string_view> name = string_member(header, "alg");
  if (!name) return token_refused(TokenFault::kMalformed, "the token names no algorithm");
  const std::optional<JwsAlgorithm> algorithm = jws_algorithm_named(*name);
  if (!algorithm)
    return token_refused(TokenFault::kAlgorithm,
                         "the algorithm is none of RS256, PS256, ES256 and EdDSA");
  jws.algorithm = *algorithm;
  if (header.contains("kid")) {
    const std::optional<std::string_view> kid = string_member(header, "kid");
    if (!kid || kid->empty() || kid->size() > kKeyIdBytesMax)
      return token_refused(TokenFault::kMalformed, "the token's kid is no name of a key");
    jws.kid = *kid;
  }
  return jws;
}

// A NumericDate: seconds since 1970, possibly with a fraction.
std::optional<TimeMs> instant_of(const json::value& value) {
  if (value.is_int64()) {
    const std::int64_t seconds = value.get_int64();
    if (seconds < 0 || seconds > kYear9999S) return std::nullopt;
    return seconds * kSecondMs;
  }
  if (!value.is_double()) return std::nullopt;
  const double seconds = value.get_double();
  if (!(seconds >= 0 && seconds <= static_cast<double>(kYear9999S))) return std::nullopt;
  return static_cast<TimeMs>(std::floor(seconds * kSecondMs));
}

// Null, as some providers write what they do not know, is absence.
const json::value* claim_of(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

TokenResult<std::optional<TimeMs>> instant_claim(const json::object& claims,
                                                 std::string_view name) {
  const json::value* value = claim_of(claims, name);
  if (value == nullptr) return std::optional<TimeMs>();
  const std::optional<TimeMs> instant = instant_of(*value);
  if (!instant) return bad_claim(name, "is no time in seconds");
  return instant;
}

TokenResult<std::string> text_claim(const json::object& claims, std::string_view name) {
  const json::value* value = claim_of(claims, name);
  if (value == nullptr) return std::string();
  if (!value->is_string()) return bad_claim(name, "is not a string");
  Result<std::string> clean =
      clean_text(name, view_of(value->get_string()), kTokenTextMax, TextKind::kLine);
  if (!clean) return bad_claim(name, "is too long or has control characters");
  return *std::move(clean);
}

// A list of strings, or one string alone, at the end of the path.
TokenResult<std::vector<std::string>> list_claim(const json::object& claims,
                                                 const std::vector<std::string>& path) {
  std::vector<std::string> list;
  const json::object* within = &claims;
  const json::value* value = nullptr;
  for (std::size_t i = 0; i < path.size(); ++i) {
    value = claim_of(*within, path[i]);
    if (value == nullptr) return list;
    if (i + 1 == path.size()) break;
    if (!value->is_object()) return bad_claim(path[i], "is not an object");
    within = &value->get_object();
  }
  if (value == nullptr) return list;
  const auto add = [&list](const json::value& entry) {
    if (!entry.is_string()) return false;
    const std::string_view text = view_of(entry.get_string());
    // Compared byte for byte with what is configured, so nothing is normalised here.
    if (text.empty() || text.size() > kTokenTextMax || has_control_character(text)) return false;
    list.emplace_back(text);
    return true;
  };
  if (!value->is_array()) {
    if (!add(*value)) return bad_claim(path.back(), "is not a list of strings");
    return list;
  }
  const json::array& entries = value->get_array();
  if (entries.size() > kTokenListMax) return bad_claim(path.back(), "has too many entries");
  for (const json::value& entry : entries)
    if (!add(entry)) return bad_claim(path.back(), "is not a list of strings");
  return list;
}

// `aud` and `azp`. Nothing when they are in order.
std::optional<TokenRefusal> audience_fault(const json::object& claims, const TokenRules& rules) {
  TokenResult<std::vector<std::string>> audiences = list_claim(claims, {"aud"});
  if (!audiences) return audiences.error();
  if (std::find(audiences->begin(), audiences->end(), rules.audience) == audiences->end())
    return token_refused(TokenFault::kAudience, "the token is meant for another audience");
  const json::value* party = claim_of(claims, "azp");
  if (party != nullptr && !party->is_string()) return bad_claim("azp", "is not a string");
  const std::vector<std::string>& parties = rules.authorized_parties;
  if (parties.empty()) return std::nullopt;
  if (party == nullptr)
    return token_refused(TokenFault::kAudience, "the token does not say whom it was issued to");
  const std::string_view name = view_of(party->get_string());
  if (std::find(parties.begin(), parties.end(), name) == parties.end())
    return token_refused(TokenFault::kAudience, "the token was issued to another party");
  return std::nullopt;
}

// `exp`, `nbf` and `iat`; fills in the claims. Nothing when the token is valid now.
std::optional<TokenRefusal> time_fault(const json::object& claims, DurationMs leeway_ms, TimeMs now,
                                       TokenClaims* out) {
  const TokenResult<std::optional<TimeMs>> expires = instant_claim(claims, "exp");
  if (!expires) return expires.error();
  if (!*expires) return bad_claim("exp", "is missing");
  const TokenResult<std::optional<TimeMs>> begins = instant_claim(claims, "nbf");
  if (!begins) return begins.error();
  const TokenResult<std::optional<TimeMs>> issued = instant_claim(claims, "iat");
  if (!issued) return issued.error();
  if (now - leeway_ms >= **expires)
    return token_refused(TokenFault::kExpired, "the token has expired");
  if (*begins && now + leeway_ms < **begins)
    return token_refused(TokenFault::kNotYetValid, "the token is not valid yet");
  if (*issued && now + leeway_ms < **issued)
    return token_refused(TokenFault::kNotYetValid, "the token was issued in the future");
  out->expires_at = **expires;
  out->issued_at = *issued;
  return std::nullopt;
}

// What it says of its subject. Nothing when all is in order.
std::optional<TokenRefusal> fill_in(const json::object& claims, const TokenRules& rules,
                                    TokenClaims* out) {
  struct Text {
    std::string_view name;
    std::string* value;
  };
  std::string party;
  for (const Text& text :
       {Text{"jti", &out->token_id}, Text{"client_id", &out->client_id}, Text{"azp", &party},
        Text{"email", &out->email}, Text{"preferred_username", &out->preferred_username},
        Text{"name", &out->name}, Text{rules.name_claim, &out->user_name},
        Text{rules.staff_claim, &out->staff}}) {
    if (text.name.empty()) continue;
    TokenResult<std::string> value = text_claim(claims, text.name);
    if (!value) return value.error();
    *text.value = *std::move(value);
  }
  if (!party.empty()) out->client_id = std::move(party);
  const json::value* verified = claim_of(claims, "email_verified");
  out->email_verified = verified != nullptr && verified->is_bool() && verified->get_bool();
  TokenResult<std::vector<std::string>> groups = list_claim(claims, rules.groups_path);
  if (!groups) return groups.error();
  out->groups = *std::move(groups);
  TokenResult<std::vector<std::string>> roles = list_claim(claims, rules.roles_path);
  if (!roles) return roles.error();
  out->roles = *std::move(roles);
  return std::nullopt;
}

}  // namespace

bool may_be_jws(std::string_view token) {
  return token.starts_with("ey") && std::count(token.begin(), token.end(), '.') == 2;
}

TokenResult<Jws> parse_jws(std::string_view token) {
  if (token.size() > kTokenBytesMax)
    return token_refused(TokenFault::kMalformed,
                         "the token is longer than " + std::to_string(kTokenBytesMax) + " bytes");
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return token_refused(TokenFault::kMalformed, "the token does not have three parts");
  const std::optional<std::string> header = from_base64url(token.substr(0, first));
  std::optional<std::string> payload = from_base64url(token.substr(first + 1, second - first - 1));
  std::optional<std::string> signature = from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature)
    return token_refused(TokenFault::kMalformed, "a part of the token is not base64url");
  const Result<json::object> fields =
      parse_json_object("the token's header", *header, {.bytes_max = kTokenBytesMax});
  if (!fields) return token_refused(TokenFault::kMalformed, fields.error().message);
  TokenResult<Jws> jws = read_header(*fields);
  if (!jws) return jws;
  if (signature->empty()) return token_refused(TokenFault::kMalformed, "the token is not signed");
  jws->signed_bytes = token.substr(0, second);
  jws->payload = *std::move(payload);
  jws->signature = *std::move(signature);
  return jws;
}

TokenResult<const VerificationKey*> key_for(const Jws& jws, const KeySet& keys,
                                            JwsAlgorithms algorithms) {
  if ((algorithms & algorithm_bit(jws.algorithm)) == 0)
    return token_refused(TokenFault::kAlgorithm, "the algorithm is not allowed here");
  const VerificationKey* key =
      jws.kid ? keys.find(*jws.kid, jws.algorithm) : keys.only(jws.algorithm);
  if (key != nullptr) return key;
  if (jws.kid && keys.knows(*jws.kid))
    return token_refused(TokenFault::kAlgorithm, "the algorithm does not suit the key");
  return token_refused(TokenFault::kUnknownKey,
                       jws.kid ? "the token is signed with a key the provider does not publish"
                               : "the token does not say with which key it is signed");
}

TokenResult<TokenClaims> read_claims(const Jws& jws, const TokenRules& rules, TimeMs now) {
  const Result<json::object> parsed =
      parse_json_object("the token's claims", jws.payload, {.bytes_max = kTokenBytesMax});
  if (!parsed) return token_refused(TokenFault::kMalformed, parsed.error().message);
  const json::object& claims = *parsed;
  TokenClaims out;
  const std::optional<std::string_view> issuer = string_member(claims, "iss");
  if (!issuer || *issuer != rules.issuer)
    return token_refused(TokenFault::kIssuer, "the token is of another issuer");
  out.issuer = rules.issuer;
  if (std::optional<TokenRefusal> fault = audience_fault(claims, rules)) return *std::move(fault);
  if (std::optional<TokenRefusal> fault = time_fault(claims, rules.leeway_ms, now, &out))
    return *std::move(fault);
  const std::optional<std::string_view> subject = string_member(claims, "sub");
  if (!subject || subject->empty()) return bad_claim("sub", "is missing");
  if (subject->size() > kSubjectBytesMax || has_control_character(*subject))
    return bad_claim("sub", "is too long or has control characters");
  out.subject = *subject;
  // Whoever presents a token bound to a key would have to prove that he has it (RFC 8705, RFC 9449),
  // and a notice of an event, such as a logout, opens nothing (RFC 8417).
  if (claims.contains("cnf"))
    return token_refused(TokenFault::kClaims, "the token is bound to a key of its holder (cnf)");
  if (claims.contains("events"))
    return token_refused(TokenFault::kClaims, "the token is a notice of an event (events)");
  if (std::optional<TokenRefusal> fault = fill_in(claims, rules, &out)) return *std::move(fault);
  return out;
}

TokenResult<TokenClaims> verify_jws(const Jws& jws, const KeySet& keys, const TokenRules& rules,
                                    TimeMs now) {
  const TokenResult<const VerificationKey*> key = key_for(jws, keys, rules.algorithms);
  if (!key) return key.error();
  if (!(*key)->verifies(jws.algorithm, jws.signed_bytes, jws.signature))
    return token_refused(TokenFault::kSignature, "the signature is not the key's");
  return read_claims(jws, rules, now);
}

}  // namespace casewheel::access
