// What may be done, and by which roles: the one table behind every door. Each RPC names its right
// (option casewheel.v1.right of proto/casewheel/v1/rights.proto); a person, key or system holds rights
// through the roles it was granted. Pure data, callable from any thread.
#pragma once

#include <span>
#include <string_view>

#include "engine/domain/command.h"

namespace casewheel::access {

namespace stored = ::casewheel::journal::v1;

// Whether a right can be held for one tenant, or only for the installation as a whole.
enum class Scope : std::uint8_t { kTenant, kInstallation };

// When the line on the trail is durable: soon after the answer; before anything is shown; or, of what
// cannot be taken back, before it is begun, with a second line for its outcome.
enum class OnRecord : std::uint8_t { kSoon, kBeforeShown, kBeforeDone };

struct Right {
  std::string_view name;   // as RPCs and denials have it, e.g. "cases.act"
  domain::RoleMask roles;  // who holds it
  std::string_view zh;     // what it allows, for people
  std::string_view en;
  Scope scope = Scope::kTenant;
  OnRecord on_record = OnRecord::kSoon;
  bool own_cases = true;  // holds for the cases in one's own hands, whichever unit's they are
};

// Rights every caller has, named or not: to ask for a way in.
inline constexpr std::string_view kPublic = "public";
// Rights of everybody who has signed in: the words all share.
inline constexpr std::string_view kSignedIn = "signed_in";
// The same of one's own account alone, which is all there is until a one-time password was changed.
inline constexpr std::string_view kOwnAccount = "own_account";

std::span<const Right> rights();
// True of those three: they are in no table.
constexpr bool is_everybodys(std::string_view right) {
  return right == kPublic || right == kSignedIn || right == kOwnAccount;
}

// Null when there is no such right.
const Right* find_right(std::string_view name);

// Stable lower-case name of a role as accounts and the command line have it, e.g. "unit_head".
std::string_view role_name(stored::Role role);
// ROLE_UNSPECIFIED when there is none of that name. ENGINE cannot be granted.
stored::Role role_named(std::string_view name);

}  // namespace casewheel::access
