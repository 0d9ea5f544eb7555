// What every handler gets and gives, whatever door the call came through. Handlers never block: they
// answer through Done, now or later, on any thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "engine/access/book.h"
#include "engine/access/caller.h"
#include "engine/access/rate.h"
#include "engine/access/token_callers.h"
#include "engine/api/pools.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/partition/engine.h"
#include "engine/views/board.h"
#include "engine/views/tail.h"
#include "storage/shelf/shelf.h"

namespace casewheel::api {

namespace stored = ::casewheel::journal::v1;

// A method as callers name it, and what it asks of them; from its descriptor, once.
struct Method {
  std::string name;   // "Cases.GetCase"
  std::string right;  // a right, or one of everybody's: access::is_everybodys
  access::OnRecord on_record = access::OnRecord::kSoon;
};

class TrailLine;
class SlowRequests;

struct Call {
  // As the caller named himself, believed where nobody has to sign in; empty: the local operator.
  std::string actor;
  std::shared_ptr<const access::Caller> caller = nullptr;  // where nobody has to sign in
  const Method* method = nullptr;                          // set by Admission
  std::string from = {};                                   // address, without the port
  // What goes on the trail when it is known how the call ended; null: nothing does. See audit.h.
  std::shared_ptr<TrailLine> line = nullptr;
  std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
  // Whether the caller has gone. To be asked until the answer is given, from any thread; null: it cannot
  // be known.
  std::function<bool()> gone = nullptr;
  access::Rate* rate = nullptr;  // what the caller's calls are counted by; null: they are not
};

// Whether somebody waits for the answer.
inline bool is_awaited(const Call& call) {
  return (call.gone == nullptr || !call.gone()) &&
         (call.give_up == std::chrono::steady_clock::time_point::max() ||
          std::chrono::steady_clock::now() < call.give_up);
}

template <typename T>
using Done = std::function<void(Result<T>)>;

// What the handlers work with; outlives them.
struct Services {
  partition::Engine& engine;
  views::Board& board;
  Pools& pools;                            // for work that reads the store
  access::Book* book = nullptr;            // null: callers are believed, see Call::actor
  access::TokenCallers* tokens = nullptr;  // null: there is no OpenID Connect provider
  RefusalMetrics* refusals = nullptr;      // null: they are not counted
  views::Tail* tail = nullptr;             // null: changes are not served
  storage::Shelf* shelf = nullptr;         // null: there are no attachments
  SlowRequests* slow = nullptr;            // null: how long a call takes is not looked at
  std::string public_url =
      {};  // where people reach the HTTP door, without a slash behind; or empty
};

// As whom the caller acts within a tenant, and on which of its cases. A tenant that is not hers is
// denied like one that does not exist.
Result<domain::Who> who_is(const Call& call, const catalogue::TenantRules& tenant);
// As whom she acts on the installation as a whole.
domain::Who operator_of(const Call& call);
// Who calls and from where, for the log: the account, key or staff id, never a person's name.
std::string written_caller(const Call& call);
bool sees_tenant(const Call& call, const catalogue::TenantRules& tenant);
// The tenant a request names, for a caller who may do there what the method is for.
struct Desk {
  std::shared_ptr<const catalogue::Registry> registry;  // keeps the rules alive
  const catalogue::TenantRules* rules = nullptr;
  domain::Who who;
};
Result<Desk> desk_of(const Call& call, const Services& services, std::string_view field,
                     const std::string& tenant);

// The case as stored, for somebody who may see it; one of an unknown tenant or partition is no case.
// Reads the store: on services.pools.
Result<partition::CaseRecord> read_case_for(const Call& call, const Services& services,
                                            const CaseAddress& address);

// The case a caller names, checked for form and check digit.
Result<CaseAddress> address_of(const std::string& field, const std::string& case_number);
const catalogue::TenantRules* tenant_of(const catalogue::Registry& registry, CaseId id);

// The catalogue in force, once it knows all that the case was laid under: a row that has just been
// written can be read a moment before the catalogue of the same batch is in force. May wait for that
// moment; never on a partition's thread.
std::shared_ptr<const catalogue::Registry> catalogue_for(partition::Engine& engine,
                                                         const partition::CaseRecord& record);

}  // namespace casewheel::api
