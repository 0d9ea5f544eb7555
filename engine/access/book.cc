#include "engine/access/book.h"

#include <absl/strings/string_view.h>

#include <mutex>
#include <utility>

#include "engine/access/secrets.h"

namespace casewheel::access {
namespace {

constexpr std::string_view kKeyIdPrefix = "key:";

absl::string_view key_of(std::string_view digest) { return {digest.data(), digest.size()}; }

std::vector<stored::Grant> list_of(
    const google::protobuf::RepeatedPtrField<stored::Grant>& grants) {
  return {grants.begin(), grants.end()};
}

}  // namespace

void Book::put(const stored::Account& account) {
  const std::unique_lock lock(mutex_);
  accounts_[account.name()] = account;
  absl::erase_if(sessions_, [&account](const auto& entry) {
    const HeldSession& session = entry.second;
    return session.account == account.name() && session.account_version != account.version();
  });
}

void Book::put(const stored::ApiKey& key) {
  auto caller = std::make_shared<Caller>();
  caller->kind = Caller::Kind::kKey;
  caller->id = std::string(kKeyIdPrefix) + key.id();
  caller->display_name = key.label();
  caller->grants = list_of(key.grants());
  caller->expires_ms = key.expires_ms();
  const std::unique_lock lock(mutex_);
  keys_[key.id()] = {key, std::move(caller)};
  if (key.certificate_digest().empty()) return;
  // One that was registered anew is the key's that lasts longest.
  std::string& holder = certificates_[key.certificate_digest()];
  const auto before = keys_.find(holder);
  if (before == keys_.end() || before->second.key.expires_ms() <= key.expires_ms())
    holder = key.id();
}

void Book::put(const stored::Session& session) {
  const std::unique_lock lock(mutex_);
  const auto account = accounts_.find(session.account());
  if (account == accounts_.end() || account->second.version() != session.account_version()) return;
  auto caller = std::make_shared<Caller>();
  caller->kind = Caller::Kind::kAccount;
  caller->id = account->second.name();
  caller->display_name = account->second.display_name();
  caller->tenant = account->second.tenant();
  caller->staff = account->second.staff();
  caller->grants = list_of(account->second.grants());
  caller->must_change_password = account->second.must_change_password();
  caller->expires_ms = session.expires_ms();
  caller->purpose = session.purpose();
  std::copy_n(session.digest().begin(), std::min(session.digest().size(), caller->session.size()),
              reinterpret_cast<char*>(caller->session.data()));
  sessions_[session.digest()] = {session.account(), session.account_version(), std::move(caller),
                                 std::make_unique<std::atomic<TimeMs>>(session.opened_ms()),
                                 session.opened_ms()};
}

void Book::put(const stored::SessionUse& use) {
  const std::unique_lock lock(mutex_);
  const auto found = sessions_.find(use.digest());
  if (found == sessions_.end()) {
    uses_of_nobody_.insert(use.digest());
    return;
  }
  HeldSession& session = found->second;
  session.recorded_ms = std::max<TimeMs>(session.recorded_ms, use.used_ms());
  session.used_ms->store(std::max<TimeMs>(session.used_ms->load(), use.used_ms()));
}

void Book::apply(const stored::Event& event) {
  if (event.has_account_changed()) return put(event.account_changed().account());
  if (event.has_key_changed()) return put(event.key_changed().key());
  if (event.has_session_opened()) return put(event.session_opened().session());
  for (const stored::SessionUse& use : event.sessions_used().uses()) put(use);
  const std::unique_lock lock(mutex_);
  if (event.has_account_removed()) accounts_.erase(event.account_removed().name());
  if (!event.has_session_ended()) return;
  sessions_.erase(event.session_ended().digest());
  uses_of_nobody_.erase(event.session_ended().digest());
}

std::optional<stored::Account> Book::account(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

std::optional<stored::ApiKey> Book::key(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(id);
  if (found == keys_.end()) return std::nullopt;
  return found->second.key;
}

std::vector<stored::Account> Book::accounts() const {
  const std::shared_lock lock(mutex_);
  std::vector<stored::Account> list;
  for (const auto& [name, account] : accounts_) list.push_back(account);
  return list;
}

std::vector<stored::ApiKey> Book::keys() const {
  const std::shared_lock lock(mutex_);
  std::vector<stored::ApiKey> list;
  for (const auto& [id, held] : keys_) list.push_back(held.key);
  return list;
}

bool Book::has_accounts() const {
  const std::shared_lock lock(mutex_);
  return !accounts_.empty();
}

std::vector<std::string> Book::sessions_of(std::string_view account) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> digests;
  for (const auto& [digest, session] : sessions_) {
    if (session.account == account) digests.push_back(digest);
  }
  return digests;
}

std::vector<std::string> Book::sessions_expired(TimeMs now) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> digests(uses_of_nobody_.begin(), uses_of_nobody_.end());
  for (const auto& [digest, session] : sessions_) {
    if (over(session, now)) digests.push_back(digest);
  }
  return digests;
}

void Book::use(const HeldSession& session, TimeMs now) const {
  session.used_ms->store(now);
  if (session_idle_ms_ > 0 && now - session.recorded_ms >= record_every_ms()) uses_wait_ = true;
}

bool Book::uses_wait(TimeMs now) const {
  if (!uses_wait_) return false;
  TimeMs looked = uses_looked_at_ms_;
  const bool due = now - looked >= std::min(kMinuteMs, record_every_ms()) || now < looked;
  if (!due || !uses_looked_at_ms_.compare_exchange_strong(looked, now)) return false;
  uses_wait_ = false;
  return true;
}

stored::SessionsUsed Book::uses_to_record() const {
  stored::SessionsUsed out;
  const std::shared_lock lock(mutex_);
  for (const auto& [digest, session] : sessions_) {
    const TimeMs used_ms = session.used_ms->load();
    if (used_ms - session.recorded_ms < record_every_ms()) continue;
    if (out.uses_size() == kUsesRecordedAtOnce) {
      uses_wait_ = true;
      break;
    }
    stored::SessionUse& use = *out.add_uses();
    use.set_digest(digest);
    use.set_used_ms(used_ms);
  }
  return out;
}

bool Book::over(const HeldSession& session, TimeMs now) const {
  return session.caller->expires_ms <= now ||
         (session_idle_ms_ > 0 && now - session.used_ms->load() >= session_idle_ms_);
}

bool Book::stands(const Caller& caller, TimeMs now, bool used) const {
  if (caller.kind == Caller::Kind::kToken) return caller.expires_ms > now;
  const std::shared_lock lock(mutex_);
  if (caller.kind == Caller::Kind::kKey) {
    const auto found = keys_.find(std::string_view(caller.id).substr(kKeyIdPrefix.size()));
    return found != keys_.end() && found->second.caller->expires_ms > now;
  }
  if (caller.kind != Caller::Kind::kAccount) return true;
  const auto found = sessions_.find(key_of(bytes_of(caller.session)));
  if (found == sessions_.end() || over(found->second, now)) return false;
  if (used) use(found->second, now);
  return true;
}

std::shared_ptr<const Caller> Book::find(std::string_view token, TimeMs now,
                                         stored::SessionPurpose purpose) const {
  const auto in_time = [now](std::shared_ptr<const Caller> caller) {
    return caller->expires_ms > now ? std::move(caller) : nullptr;
  };
  if (token.starts_with(kSessionPrefix)) {
    // Looked for by its digest: how long that takes says nothing about the token.
    const Sha256 digest = digest_of(token);
    const std::shared_lock lock(mutex_);
    const auto found = sessions_.find(key_of(bytes_of(digest)));
    if (found == sessions_.end() || over(found->second, now)) return nullptr;
    if (found->second.caller->purpose != purpose) return nullptr;
    use(found->second, now);
    return found->second.caller;
  }
  const std::optional<KeyToken> parts = parse_key_token(token);
  if (!parts || purpose != stored::SESSION_PURPOSE_UNSPECIFIED) return nullptr;
  const Sha256 digest = digest_of(parts->secret);
  const std::shared_lock lock(mutex_);
  const auto found = keys_.find(parts->id);
  if (found == keys_.end() || !same_secret(found->second.key.secret_digest(), bytes_of(digest)))
    return nullptr;
  return in_time(found->second.caller);
}

std::shared_ptr<const Caller> Book::find_certificate(std::string_view digest, TimeMs now) const {
  const std::shared_lock lock(mutex_);
  const auto found = certificates_.find(key_of(digest));
  if (found == certificates_.end()) return nullptr;
  const std::shared_ptr<const Caller>& caller = keys_.find(found->second)->second.caller;
  return caller->expires_ms > now ? caller : nullptr;
}

}  // namespace casewheel::access
