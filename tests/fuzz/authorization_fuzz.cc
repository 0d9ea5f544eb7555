// What a stranger may show to be let in, and what an administrator may register: whatever the bytes, a
// header gives at most what it holds, no token but the ones that were made finds anybody, no certificate
// is known in two forms, and no claim grants what it does not say.
#include <algorithm>
#include <string>
#include <string_view>

#include "engine/access/book.h"
#include "engine/access/certificate.h"
#include "engine/access/secrets.h"
#include "engine/access/token_callers.h"
#include "engine/doors/services/refusal.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel;

constexpr TimeMs kNow = 1'770'000'000'000;
constexpr std::string_view kSession = "cws_fuzzed_session";
constexpr std::string_view kKey = "cwk_0a_fuzzed_secret";

access::Book& book() {
  static access::Book book;
  static const bool filled = [] {
    access::stored::Account account;
    account.set_name("chen");
    book.put(account);
    access::stored::Session session;
    session.set_digest(std::string(bytes_of(access::digest_of(kSession))));
    session.set_account("chen");
    session.set_expires_ms(kNow + kHourMs);
    book.put(session);
    access::stored::ApiKey key;
    key.set_id("0a");
    key.set_secret_digest(std::string(bytes_of(access::digest_of("fuzzed_secret"))));
    key.set_expires_ms(kNow + kHourMs);
    book.put(key);
    access::stored::ApiKey by_certificate;
    by_certificate.set_id("0b");
    by_certificate.set_certificate_digest(std::string(32, 'c'));
    by_certificate.set_expires_ms(kNow + kHourMs);
    book.put(by_certificate);
    return true;
  }();
  require(filled);
  return book;
}

void check_header(std::string_view text) {
  const std::string_view token = doors::bearer_token(text);
  require(token.empty() || (text.ends_with(token) && text.size() == token.size() + 7));
  for (const std::string_view shown : {text, token}) {
    const auto caller = book().find(shown, kNow);
    require((caller != nullptr) == (shown == kSession || shown == kKey));
    require(!caller || !access::may_be_jws(shown));
  }
  require((book().find_certificate(text, kNow) != nullptr) == (text == std::string(32, 'c')));
}

void check_certificate(std::string_view text) {
  const Result<access::ClientCertificate> read = access::read_certificate("certificate", text);
  if (!read) {
    require(read.error().fields.size() == 1 && read.error().fields[0].field == "certificate");
    return;
  }
  require(text.size() <= access::kCertificateBytesMax);
  if (text.find("-----BEGIN ") == std::string_view::npos)
    return require(read->digest == sha256(text));
  // As TLS shows it later; here a block of another name may stand before it.
  const std::string_view alone = text.substr(std::min(text.find("-----BEGIN "), text.size()));
  if (const auto shown = access::digest_of_pem(alone)) require(*shown == read->digest);
}

void check_claims(std::string_view text) {
  access::TokenClaims claims;
  claims.subject = "u";
  claims.user_name = text;
  claims.roles = {std::string(text)};
  claims.staff = text;
  std::size_t ignored = 0;
  const access::Caller caller = access::caller_of(claims, 0, &ignored);
  require(caller.id.starts_with("oidc:"));
  require(caller.grants.size() + ignored >= 1 && ignored <= 2);
  for (const access::stored::Grant& grant : caller.grants) {
    std::string written(access::role_name(grant.role()));
    if (!grant.tenant().empty()) written += "@" + grant.tenant();
    if (!grant.unit().empty()) written += "/" + grant.unit();
    require(written == text);
  }
  require(caller.tenant.empty() == caller.staff.empty());
  if (!caller.staff.empty()) require(caller.tenant + "/" + caller.staff == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_header(text);
  check_certificate(text);
  check_claims(text);
  return 0;
}
