#include "engine/api/recovery.h"

#include <algorithm>
#include <vector>

#include "engine/access/book.h"
#include "engine/access/passwords.h"
#include "engine/access/secrets.h"
#include "engine/api/access.h"
#include "engine/api/access_words.h"
#include "engine/partition/offline_record.h"
#include "engine/partition/rows.h"

namespace casewheel::api {
namespace {

Rejection no_such_user(const std::string& name, const access::Book& book) {
  std::string known;
  for (const stored::Account& account : book.accounts()) {
    if (is_administrator(account)) known += (known.empty() ? "" : ", ") + account.name();
  }
  return Rejection::of(RejectionCode::kNotFound,
                       "no such user: " + name + "; " +
                           (known.empty() ? "there is no administrator"
                                          : "administrators of the whole installation: " + known));
}

stored::Event audit_line(const std::string& name, const std::string& machine_user, TimeMs now) {
  stored::Event event;
  event.mutable_actor()->set_role(stored::ENGINE);
  stored::AuditRecord& line = *event.mutable_audit_recorded();
  line.set_now_ms(now);
  line.set_who("operator");
  line.set_from("offline");
  line.set_method("Access.ResetPassword");
  line.set_subject(name);
  line.set_outcome(stored::DONE);
  line.set_detail("casewheel user reset --data, by the machine's user " + machine_user);
  return event;
}

}  // namespace

Result<v1::UserPassword> reset_password_offline(storage::Store& store, const std::string& name,
                                                const std::string& machine_user, TimeMs now) {
  const auto failed = [](const Status& status) {
    return Rejection::of(RejectionCode::kFailedPrecondition, status.message());
  };
  access::Book book;
  std::uint64_t passed_over = 0;
  if (Status status = load_book(store, &book, &passed_over); !status) return failed(status);
  std::optional<stored::Account> account = book.account(name);
  if (!account) return no_such_user(name, book);
  stored::PartitionHead head;
  if (Status status = partition::read_head(*store.snapshot(), 0, &head); !status)
    return failed(status);
  const std::string password = access::new_one_time_password();
  account->set_version(std::max(account->version() + 1, head.restored().names_from()));
  account->set_password_hash(access::hash_password(password));
  account->set_must_change_password(true);
  account->set_password_ms(now);

  std::vector<stored::Event> events(1);
  events[0].mutable_actor()->set_role(stored::OPERATOR);
  *events[0].mutable_account_changed()->mutable_account() = *account;
  for (const std::string& digest : book.sessions_of(name)) {
    stored::Event end;
    end.mutable_actor()->set_role(stored::ENGINE);
    end.mutable_session_ended()->set_digest(digest);
    events.push_back(std::move(end));
  }
  events.push_back(audit_line(name, machine_user, now));
  if (Status status = partition::record_offline(store, std::move(events)); !status)
    return failed(status);
  v1::UserPassword answer;
  *answer.mutable_user() = to_user(*account);
  answer.set_one_time_password(password);
  return answer;
}

}  // namespace casewheel::api
