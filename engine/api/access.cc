#include "engine/api/access.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <future>

#include "engine/access/passwords.h"
#include "engine/access/rate.h"
#include "engine/access/secrets.h"
#include "engine/api/access_words.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr PartitionId kBookPartition = 0;
constexpr DurationMs kSessionMs = 12 * kHourMs;  // a shift
constexpr DurationMs kReceiptsSessionMs = kHourMs;

Rejection wrong_password() {
  return Rejection::of(RejectionCode::kUnauthenticated, "name or password is wrong");
}

// The account that is meant by a name as it was typed: the name, or else that of an account without
// the spaces around it, in small letters. What is none may be anything, a password in the wrong
// place or a person's number: nothing of it is kept.
std::string meant_name(const access::Book& book, const std::string& typed) {
  if (account_name("name", typed)) return typed;
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  std::string_view rest = typed;
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
  if (rest.size() > limits::kIdChars) return {};
  std::string name(rest);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return book.account(name) ? name : std::string();
}

Rejection too_many(DurationMs wait_ms) {
  return Rejection::of(RejectionCode::kOverloaded, "too many failed attempts: try again later",
                       wait_ms);
}

Rejection no_such_user(const std::string& name) {
  return Rejection::of(RejectionCode::kNotFound, "no such user: " + name);
}

Rejection not_an_account() {
  return Rejection::of(RejectionCode::kFailedPrecondition,
                       "only who has signed in with a password can do this");
}

stored::Event own_event(const Call& call) {
  stored::Event event;
  event.mutable_actor()->set_role(stored::ADMINISTRATOR);
  if (call.caller != nullptr) event.mutable_actor()->set_id(call.caller->id);
  return event;
}

stored::Event changed(const Call& call, const stored::Account& account) {
  stored::Event event = own_event(call);
  *event.mutable_account_changed()->mutable_account() = account;
  return event;
}

template <typename Row>
Status load_rows(const storage::Store& store, storage::RowKind kind, access::Book* book,
                 std::uint64_t* passed_over) {
  storage::PassedOver passed;
  const std::string prefix = storage::kind_prefix(kind, kBookPartition);
  const Status status = storage::scan_readable(
      store, storage::Table::kState, prefix, storage::prefix_end(prefix),
      [&](std::string_view, std::string_view value) {
        Row row;
        if (row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
          book->put(row);
        } else {
          ++*passed_over;
        }
        return true;
      },
      &passed);
  *passed_over += passed.stretches.size();
  return status;
}

}  // namespace

Status load_book(const storage::Store& store, access::Book* book, std::uint64_t* passed_over) {
  using storage::RowKind;
  if (Status s = load_rows<stored::Account>(store, RowKind::kAccount, book, passed_over); !s)
    return s;
  if (Status s = load_rows<stored::ApiKey>(store, RowKind::kApiKey, book, passed_over); !s)
    return s;
  if (Status s = load_rows<stored::Session>(store, RowKind::kSession, book, passed_over); !s)
    return s;
  return load_rows<stored::SessionUse>(store, RowKind::kSessionUse, book, passed_over);
}

class AccessApi::Change {
 public:
  static std::shared_ptr<Change> begin(AccessApi& api, const std::string& name) {
    const std::scoped_lock lock(api.mutex_);
    if (!api.changing_.insert(name).second) return nullptr;
    return std::shared_ptr<Change>(new Change(api, name));
  }
  ~Change() { release(); }
  // Before the answer leaves: whoever has it may ask for the next change at once.
  void release() {
    const std::scoped_lock lock(api_.mutex_);
    if (!released_) api_.changing_.erase(name_);
    released_ = true;
  }
  static Rejection busy(const std::string& name) {
    return Rejection::of(RejectionCode::kStaleEtag, name + " is being changed: try again",
                         limits::kRetryAfterMs);
  }

 private:
  Change(AccessApi& api, std::string name) : api_(api), name_(std::move(name)) {}
  AccessApi& api_;
  std::string name_;
  bool released_ = false;
};

AccessApi::AccessApi(Services services) : services_(services), trail_(services) {}

AccessApi::~AccessApi() { passwords_.join(); }

void AccessApi::record(Events events, std::function<void(std::optional<Rejection>)> done) {
  partition::Request request;
  for (const stored::Event& event : events) request.bytes += event.ByteSizeLong();
  request.done = [this, events, done = std::move(done)](partition::Answer&& answer) {
    if (!answer.rejection) {
      for (const stored::Event& event : events) services_.book->apply(event);
    }
    done(std::move(answer.rejection));
  };
  request.body = partition::RecordRequest{std::move(events)};
  services_.engine.submit(kBookPartition, partition::Class::kPeople, std::move(request));
}

std::optional<Rejection> AccessApi::with_passwords(const Call& call, const std::string& account,
                                                   std::function<void()> work) {
  const std::string network = access::network_of(call.from);
  if (!places_.take(account, network)) {
    return Rejection::of(RejectionCode::kOverloaded, "too many people sign in at once",
                         2 * kSecondMs);
  }
  boost::asio::post(passwords_, [this, account, network, work = std::move(work)] {
    work();
    places_.leave(account, network);
  });
  return std::nullopt;
}

access::SignInGuard::Attempt AccessApi::attempt_of(const Call& call,
                                                   const std::string& name) const {
  const std::optional<stored::Account> account = services_.book->account(name);
  const TimeMs password_ms = account ? account->password_ms() : 0;
  return {name + " " + std::to_string(password_ms), access::network_of(call.from)};
}

stored::Event AccessApi::session_end(const std::string& digest) const {
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  event.mutable_session_ended()->set_digest(digest);
  return event;
}

void AccessApi::end_sessions(std::string_view account, Events* events) const {
  for (const std::string& digest : services_.book->sessions_of(account))
    events->push_back(session_end(digest));
}

void AccessApi::open_session(const Call& call, const stored::Account& account,
                             stored::SessionPurpose purpose, Events before,
                             Done<v1::SignInResponse> done) {
  const std::string token = access::new_token(access::kSessionPrefix);
  stored::Session session;
  session.set_digest(std::string(bytes_of(access::digest_of(token))));
  session.set_account(account.name());
  session.set_opened_ms(now());
  session.set_purpose(purpose);
  const bool for_receipts = purpose == stored::RECEIPTS;
  session.set_expires_ms(now() + (for_receipts ? kReceiptsSessionMs : kSessionMs));
  session.set_account_version(account.version());
  // Those that have run out are cleared away by whoever comes next.
  for (const std::string& digest : services_.book->sessions_expired(now()))
    before.push_back(session_end(digest));
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  *event.mutable_session_opened()->mutable_session() = session;
  before.push_back(std::move(event));
  stored::AuditRecord line = AuditTrail::record_of(call);
  line.set_who(account.name());
  line.set_subject(account.name());
  if (for_receipts) line.set_detail("for receipts alone");
  line.set_outcome(stored::DONE);
  before.push_back(trail_.event_of(std::move(line)));
  v1::SignInResponse response;
  response.set_token(token);
  set_time(response.mutable_expire_time(), session.expires_ms());
  response.set_must_change_password(account.must_change_password());
  record(std::move(before), [response, name = account.name(), from = call.from,
                             done = std::move(done)](std::optional<Rejection> refusal) {
    if (refusal) return done(std::move(*refusal));
    spdlog::info("sign-in: {} from {}", name, from);
    done(response);
  });
}

void AccessApi::refuse_sign_in(const Call& call, const std::string& name,
                               const Done<v1::SignInResponse>& done) {
  stored::AuditRecord line = AuditTrail::record_of(call);
  line.set_subject(name);
  if (name.empty()) line.set_detail("the name cannot be an account's");
  line.set_outcome(stored::FAILED);
  trail_.write(std::move(line));
  // A name that is nobody's may be anything, a password typed in the wrong place too.
  spdlog::warn("sign-in failed: {} from {}",
               services_.book->account(name) ? name : "a name without an account", call.from);
  done(wrong_password());
}

void AccessApi::sign_in(const Call& call, const v1::SignInRequest& request,
                        Done<v1::SignInResponse> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  if (!v1::SessionPurpose_IsValid(request.purpose()))
    return done(Rejection::invalid("purpose", "is not a known value"));
  const auto purpose = static_cast<stored::SessionPurpose>(request.purpose());
  const std::string name = meant_name(*services_.book, request.name());
  const access::SignInGuard::Attempt attempt = attempt_of(call, name);
  if (const DurationMs wait = guard_.begin(attempt, now()); wait > 0) return done(too_many(wait));
  // What no password can belong to has failed, and is counted and logged like any other failure.
  if (name.empty() || name != request.name() ||
      request.password().size() > access::kPasswordBytesMax)
    return refuse_sign_in(call, name, done);
  std::optional<Rejection> full = with_passwords(
      call, name, [this, call, attempt, name, purpose, password = request.password(), done] {
        const std::optional<stored::Account> account = services_.book->account(name);
        const bool open = account && !account->disabled();
        const std::string hash = open ? account->password_hash() : std::string();
        if (!access::password_fits(password, hash)) return refuse_sign_in(call, name, done);
        guard_.succeeded(attempt, now());
        // Changed while the password was looked at: the sign-in is of the account as it was.
        const std::shared_ptr<Change> change = Change::begin(*this, name);
        const std::optional<stored::Account> latest = services_.book->account(name);
        if (change == nullptr || !latest || latest->version() != account->version())
          return done(Change::busy(name));
        open_session(call, *account, purpose, {},
                     [change, done](Result<v1::SignInResponse> response) {
                       change->release();
                       done(response);
                     });
      });
  if (!full) return;
  guard_.withdrawn(attempt);
  done(std::move(*full));
}

void AccessApi::sign_out(const Call& call, const v1::SignOutRequest& request,
                         Done<v1::SignOutResponse> done) {
  if (call.caller == nullptr || call.caller->kind != access::Caller::Kind::kAccount)
    return done(not_an_account());
  Events events;
  if (request.everywhere()) {
    end_sessions(call.caller->id, &events);
  } else {
    events.push_back(session_end(std::string(bytes_of(call.caller->session))));
  }
  stored::AuditRecord line = AuditTrail::record_of(call);
  line.set_subject(call.caller->id);
  line.set_outcome(stored::DONE);
  events.push_back(trail_.event_of(std::move(line)));
  record(std::move(events), [done = std::move(done)](std::optional<Rejection> refusal) {
    if (refusal) return done(std::move(*refusal));
    done(v1::SignOutResponse());
  });
}

void AccessApi::identity(const Call& call, const v1::GetIdentityRequest&, Done<v1::Identity> done) {
  v1::Identity identity;
  if (call.caller == nullptr) {
    identity.set_name(call.actor);
    identity.set_kind("operator");
    for (const access::Right& right : access::rights())
      identity.add_rights(std::string(right.name));
    return done(std::move(identity));
  }
  const auto registry = services_.engine.catalogue().get();
  const access::Caller& caller = *call.caller;
  identity.set_name(caller.id);
  identity.set_kind(access::kind_name(caller.kind));
  identity.set_display_name(caller.display_name);
  identity.set_tenant(caller.tenant);
  identity.set_staff(caller.staff);
  for (const stored::Grant& grant : access::grants_of(caller, *registry))
    *identity.add_grants() = to_grant(grant);
  for (const access::Right& right : access::rights()) {
    if (!access::admit(caller, right.name, *registry)) identity.add_rights(std::string(right.name));
  }
  set_time(identity.mutable_expire_time(), caller.expires_ms);
  identity.set_must_change_password(caller.must_change_password);
  done(std::move(identity));
}

void AccessApi::change_password(const Call& call, const v1::ChangePasswordRequest& request,
                                Done<v1::SignInResponse> done) {
  if (call.caller == nullptr || call.caller->kind != access::Caller::Kind::kAccount)
    return done(not_an_account());
  const std::string name = call.caller->id;
  if (std::optional<Rejection> bad =
          access::refuse_password("new_password", request.new_password(), name))
    return done(std::move(*bad));
  if (access::same_secret(request.old_password(), request.new_password()))
    return done(Rejection::invalid("new_password", "is the old one"));
  const std::shared_ptr<Change> change = Change::begin(*this, name);
  if (change == nullptr) return done(Change::busy(name));
  const access::SignInGuard::Attempt attempt = attempt_of(call, name);
  if (const DurationMs wait = guard_.begin(attempt, now()); wait > 0) return done(too_many(wait));
  if (request.old_password().size() > access::kPasswordBytesMax) {
    change->release();
    return refuse_sign_in(call, name, done);
  }
  std::optional<Rejection> full =
      with_passwords(call, name, [this, call, request, name, attempt, change, done] {
        std::optional<stored::Account> account = services_.book->account(name);
        if (!account) return done(no_such_user(name));
        if (!access::password_fits(request.old_password(), account->password_hash())) {
          change->release();
          return refuse_sign_in(call, name, done);
        }
        guard_.succeeded(attempt, now());
        account->set_password_hash(access::hash_password(request.new_password()));
        account->set_must_change_password(false);
        account->set_password_ms(now());
        account->set_version(next_version(*account));
        Events events{changed(call, *account)};
        end_sessions(name, &events);
        open_session(call, *account, stored::SESSION_PURPOSE_UNSPECIFIED, std::move(events),
                     [change, done](Result<v1::SignInResponse> response) {
                       change->release();
                       done(response);
                     });
      });
  if (!full) return;
  guard_.withdrawn(attempt);
  done(std::move(*full));
}

void AccessApi::list_rights(const Call&, const v1::ListRightsRequest&,
                            Done<v1::ListRightsResponse> done) {
  done(rights_table());
}

void AccessApi::create_user(const Call& call, const v1::CreateUserRequest& request,
                            Done<v1::UserPassword> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  Result<stored::Account> account = account_of(request.user(), *services_.engine.catalogue().get());
  if (!account) return done(account.error());
  const std::shared_ptr<Change> change = Change::begin(*this, account->name());
  if (change == nullptr) return done(Change::busy(account->name()));
  if (services_.book->account(account->name()))
    return done(Rejection::of(RejectionCode::kConflict, "there is a user of that name"));
  const std::string who = call.caller == nullptr ? std::string() : call.caller->id;
  std::optional<Rejection> full = with_passwords(
      call, who, [this, call, change, account = std::move(*account), done]() mutable {
        const std::string password = access::new_one_time_password();
        account.set_version(next_version(account));
        account.set_password_hash(access::hash_password(password));
        account.set_must_change_password(true);
        account.set_password_ms(now());
        v1::UserPassword response;
        *response.mutable_user() = to_user(account);
        response.set_one_time_password(password);
        record({changed(call, account)},
               [change, response, done](std::optional<Rejection> refusal) {
                 change->release();
                 if (refusal) return done(std::move(*refusal));
                 done(response);
               });
      });
  if (full) done(std::move(*full));
}

void AccessApi::list_users(const Call&, const v1::ListUsersRequest&,
                           Done<v1::ListUsersResponse> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  v1::ListUsersResponse response;
  for (const stored::Account& account : services_.book->accounts())
    *response.add_users() = to_user(account);
  done(std::move(response));
}

void AccessApi::update_user(const Call& call, const v1::UpdateUserRequest& request,
                            Done<v1::User> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  Result<stored::Account> wanted = account_of(request.user(), *services_.engine.catalogue().get());
  if (!wanted) return done(wanted.error());
  const Result<std::uint32_t> version = revision_of(request.user().etag());
  if (!version) return done(version.error());
  const std::shared_ptr<Change> change = Change::begin(*this, wanted->name());
  if (change == nullptr) return done(Change::busy(wanted->name()));
  std::optional<stored::Account> account = services_.book->account(wanted->name());
  if (!account) return done(no_such_user(wanted->name()));
  if (*version != 0 && *version != account->version())
    return done(Rejection::of(RejectionCode::kStaleEtag, "the user has changed: read it again"));
  const bool loses_it = is_administrator(*account) && !is_administrator(*wanted);
  if (loses_it && is_last_administrator(*services_.book, account->name()))
    return done(last_administrator());
  account->set_display_name(wanted->display_name());
  account->set_tenant(wanted->tenant());
  account->set_staff(wanted->staff());
  *account->mutable_grants() = wanted->grants();
  account->set_disabled(wanted->disabled());
  account->set_version(next_version(*account));
  Events events{changed(call, *account)};
  end_sessions(account->name(), &events);
  record(std::move(events), [change, user = to_user(*account),
                             done = std::move(done)](std::optional<Rejection> refusal) {
    change->release();
    if (refusal) return done(std::move(*refusal));
    done(user);
  });
}

void AccessApi::reset_password(const Call& call, const v1::ResetPasswordRequest& request,
                               Done<v1::UserPassword> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  const std::string name = request.name();
  const std::shared_ptr<Change> change = Change::begin(*this, name);
  if (change == nullptr) return done(Change::busy(name));
  if (!services_.book->account(name)) return done(no_such_user(name));
  const std::string who = call.caller == nullptr ? std::string() : call.caller->id;
  std::optional<Rejection> full = with_passwords(call, who, [this, call, change, name, done] {
    stored::Account account = *services_.book->account(name);
    const std::string password = access::new_one_time_password();
    account.set_version(next_version(account));
    account.set_password_hash(access::hash_password(password));
    account.set_must_change_password(true);
    account.set_password_ms(now());
    Events events{changed(call, account)};
    end_sessions(name, &events);
    v1::UserPassword response;
    *response.mutable_user() = to_user(account);
    response.set_one_time_password(password);
    record(std::move(events), [change, response, done](std::optional<Rejection> no) {
      change->release();
      if (no) return done(std::move(*no));
      done(response);
    });
  });
  if (full) done(std::move(*full));
}

void AccessApi::delete_user(const Call& call, const v1::DeleteUserRequest& request,
                            Done<v1::DeleteUserResponse> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  const std::string name = request.name();
  const std::shared_ptr<Change> change = Change::begin(*this, name);
  if (change == nullptr) return done(Change::busy(name));
  if (!services_.book->account(name)) return done(no_such_user(name));
  if (is_last_administrator(*services_.book, name)) return done(last_administrator());
  Events events;
  end_sessions(name, &events);
  stored::Event removed = own_event(call);
  removed.mutable_account_removed()->set_name(name);
  events.push_back(std::move(removed));
  record(std::move(events), [change, done = std::move(done)](std::optional<Rejection> refusal) {
    change->release();
    if (refusal) return done(std::move(*refusal));
    done(v1::DeleteUserResponse());
  });
}

void AccessApi::create_key(const Call& call, const v1::CreateKeyRequest& request,
                           Done<v1::NewKey> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  const TimeMs from = now();
  Result<stored::ApiKey> key = key_of(request, *services_.engine.catalogue().get(), from);
  if (!key) return done(key.error());
  Events events;
  std::shared_ptr<Change> change;
  if (!request.replaces().empty()) {
    change = Change::begin(*this, "key:" + request.replaces());
    if (change == nullptr) return done(Change::busy("key " + request.replaces()));
    std::optional<stored::ApiKey> old = services_.book->key(request.replaces());
    if (!old) return done(Rejection::of(RejectionCode::kNotFound, "no such key to replace"));
    if (request.grants().empty()) *key->mutable_grants() = old->grants();
    if (key->label().empty()) key->set_label(old->label());
    const Result<DurationMs> overlap = overlap_of(request);
    if (!overlap) return done(overlap.error());
    old->set_replaced_by(key->id());
    old->set_expires_ms(std::min<TimeMs>(old->expires_ms(), from + *overlap));
    stored::Event event = own_event(call);
    *event.mutable_key_changed()->mutable_key() = *old;
    events.push_back(std::move(event));
  }
  if (key->grants().empty()) return done(Rejection::invalid("grants", "at least one is required"));
  v1::NewKey response;
  std::shared_ptr<Change> registering;
  if (key->certificate_digest().empty()) {
    const std::string secret = access::new_token("");
    key->set_secret_digest(std::string(bytes_of(access::digest_of(secret))));
    response.set_token(std::string(access::kKeyPrefix) + key->id() + "_" + secret);
  } else {
    const std::string name = "certificate:" + hex(key->certificate_digest());
    registering = Change::begin(*this, name);
    if (registering == nullptr) return done(Change::busy("the certificate"));
    if (const auto holder = services_.book->find_certificate(key->certificate_digest(), from)) {
      return done(Rejection::of(RejectionCode::kConflict,
                                "the certificate is registered already, as " + holder->id));
    }
  }
  if (call.caller != nullptr) key->set_created_by(call.caller->id);
  if (call.line != nullptr) call.line->set_subject(key->id());
  stored::Event event = own_event(call);
  *event.mutable_key_changed()->mutable_key() = *key;
  events.push_back(std::move(event));
  *response.mutable_key() = to_key(*key, from);
  record(std::move(events),
         [change, registering, response, done = std::move(done)](std::optional<Rejection> refusal) {
           if (change != nullptr) change->release();
           if (registering != nullptr) registering->release();
           if (refusal) return done(std::move(*refusal));
           done(response);
         });
}

void AccessApi::list_keys(const Call&, const v1::ListKeysRequest&,
                          Done<v1::ListKeysResponse> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  v1::ListKeysResponse response;
  for (const stored::ApiKey& key : services_.book->keys())
    *response.add_keys() = to_key(key, now());
  done(std::move(response));
}

void AccessApi::revoke_key(const Call& call, const v1::RevokeKeyRequest& request,
                           Done<v1::Key> done) {
  if (services_.book == nullptr) return done(nobody_signs_in());
  const std::shared_ptr<Change> change = Change::begin(*this, "key:" + request.id());
  if (change == nullptr) return done(Change::busy("key " + request.id()));
  std::optional<stored::ApiKey> key = services_.book->key(request.id());
  if (!key) return done(Rejection::of(RejectionCode::kNotFound, "no such key: " + request.id()));
  key->set_expires_ms(std::min<TimeMs>(key->expires_ms(), now()));
  stored::Event event = own_event(call);
  *event.mutable_key_changed()->mutable_key() = *key;
  record({std::move(event)}, [change, shown = to_key(*key, now()),
                              done = std::move(done)](std::optional<Rejection> refusal) {
    change->release();
    if (refusal) return done(std::move(*refusal));
    done(shown);
  });
}

Result<std::optional<std::string>> AccessApi::first_administrator(std::string_view name) {
  if (services_.book->has_accounts()) return std::optional<std::string>();
  stored::Account account;
  account.set_name(std::string(name));
  account.set_version(next_version(account));
  account.add_grants()->set_role(stored::ADMINISTRATOR);
  const std::string password = access::new_one_time_password();
  account.set_password_hash(access::hash_password(password));
  account.set_must_change_password(true);
  account.set_password_ms(now());
  std::promise<std::optional<Rejection>> durable;
  record({changed(Call{}, account)},
         [&durable](std::optional<Rejection> refusal) { durable.set_value(std::move(refusal)); });
  if (std::optional<Rejection> refusal = durable.get_future().get()) return std::move(*refusal);
  return std::optional<std::string>(password);
}

}  // namespace casewheel::api
