// Signing in, accounts and keys. What is changed is an event of partition 0 and counts once that is
// durable. Thread-safe; passwords are worked on by a thread of their own.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "casewheel/v1/access.pb.h"
#include "engine/access/sign_in_guard.h"
#include "engine/api/audit.h"
#include "engine/api/call.h"

namespace casewheel::api {

// Fills the book from the store, before the doors open. An account, key or session whose row cannot be read
// is left out and counted: it opens nothing.
Status load_book(const storage::Store& store, access::Book* book, std::uint64_t* passed_over);

class AccessApi {
 public:
  explicit AccessApi(Services services);
  ~AccessApi();

  void sign_in(const Call& call, const v1::SignInRequest& request, Done<v1::SignInResponse> done);
  void sign_out(const Call& call, const v1::SignOutRequest& request,
                Done<v1::SignOutResponse> done);
  void identity(const Call& call, const v1::GetIdentityRequest& request, Done<v1::Identity> done);
  void change_password(const Call& call, const v1::ChangePasswordRequest& request,
                       Done<v1::SignInResponse> done);
  void list_rights(const Call& call, const v1::ListRightsRequest& request,
                   Done<v1::ListRightsResponse> done);

  void create_user(const Call& call, const v1::CreateUserRequest& request,
                   Done<v1::UserPassword> done);
  void list_users(const Call& call, const v1::ListUsersRequest& request,
                  Done<v1::ListUsersResponse> done);
  void update_user(const Call& call, const v1::UpdateUserRequest& request, Done<v1::User> done);
  void reset_password(const Call& call, const v1::ResetPasswordRequest& request,
                      Done<v1::UserPassword> done);
  void delete_user(const Call& call, const v1::DeleteUserRequest& request,
                   Done<v1::DeleteUserResponse> done);

  void create_key(const Call& call, const v1::CreateKeyRequest& request, Done<v1::NewKey> done);
  void list_keys(const Call& call, const v1::ListKeysRequest& request,
                 Done<v1::ListKeysResponse> done);
  void revoke_key(const Call& call, const v1::RevokeKeyRequest& request, Done<v1::Key> done);

  void search_audit(const Call& call, const v1::SearchAuditRequest& request,
                    Done<v1::SearchAuditResponse> done) {
    trail_.search(call, request, std::move(done));
  }

  // On an installation without accounts: makes the administrator and gives her one-time password, which
  // nobody will see again; nullopt where there are accounts. Waits until that is durable: for the
  // daemon's start, never on a thread of the engine's.
  Result<std::optional<std::string>> first_administrator(std::string_view name);

 private:
  // One change of a name at a time, so that none is made from what another has changed meanwhile.
  class Change;
  using Events = std::vector<stored::Event>;

  void record(Events events, std::function<void(std::optional<Rejection>)> done);
  // On the passwords' thread, unless too many wait for it: of that account, of the caller's network, or
  // of all.
  std::optional<Rejection> with_passwords(const Call& call, const std::string& account,
                                          std::function<void()> work);
  access::SignInGuard::Attempt attempt_of(const Call& call, const std::string& name) const;
  void open_session(const Call& call, const stored::Account& account,
                    stored::SessionPurpose purpose, Events before, Done<v1::SignInResponse> done);
  stored::Event session_end(const std::string& digest) const;
  void end_sessions(std::string_view account, Events* events) const;
  void refuse_sign_in(const Call& call, const std::string& name,
                      const Done<v1::SignInResponse>& done);
  TimeMs now() const { return services_.engine.clock().system_ms(); }
  // Of a change of the account: its etag, which no lost history may have given out.
  std::uint32_t next_version(const stored::Account& account) const {
    return std::max(account.version() + 1, services_.engine.names_from());
  }

  Services services_;
  AuditTrail trail_;
  access::SignInGuard guard_;
  access::PasswordPlaces places_;
  std::mutex mutex_;
  std::set<std::string> changing_;
  boost::asio::thread_pool passwords_{1};
};

}  // namespace casewheel::api
