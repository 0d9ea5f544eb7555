// The table of rights: each is reachable by some role, and for actions on cases it names the roles the
// life cycle does.
#include <gtest/gtest.h>

#include <set>

#include "engine/access/rights.h"
#include "engine/domain/lifecycle.h"

namespace casewheel::access {
namespace {

TEST(Rights, EachHasARoleAndANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Right& right : rights()) {
    EXPECT_NE(right.roles, 0u) << right.name;
    EXPECT_TRUE(names.insert(right.name).second) << right.name;
    EXPECT_FALSE(right.zh.empty() || right.en.empty()) << right.name;
    EXPECT_EQ(find_right(right.name), &right);
    // The engine and the applicant act by other ways than roles.
    EXPECT_EQ(
        right.roles & (domain::role_bit(stored::ENGINE) | domain::role_bit(stored::APPLICANT)), 0u)
        << right.name;
  }
  EXPECT_EQ(find_right("cases.everything"), nullptr);
}

bool life_cycle_lets(domain::Verb verb, stored::Role role) {
  for (int kind = 1; kind <= stored::Kind_MAX; ++kind) {
    for (int status = 1; status <= stored::CaseStatus_MAX; ++status) {
      bool forbidden = false;
      if (domain::find_transition(verb, static_cast<stored::Kind>(kind),
                                  static_cast<stored::CaseStatus>(status), domain::role_bit(role),
                                  &forbidden) != nullptr)
        return true;
    }
  }
  return false;
}

TEST(Rights, AreThoseOfTheLifeCycle) {
  using domain::Verb;
  for (int value = static_cast<int>(Verb::kAssign);
       value <= static_cast<int>(Verb::kRemoveAttachment); ++value) {
    const auto verb = static_cast<Verb>(value);
    if (verb == Verb::kUseTrackingCode) continue;  // the applicant's, who has no right but that
    // Steps of a merge the engine takes behind the one its caller has the right to.
    if (verb == Verb::kReleaseMerge || verb == Verb::kAttachDuplicate ||
        verb == Verb::kDetachDuplicate || verb == Verb::kSettleUnmerge)
      continue;
    std::string_view right = "cases.act";
    if (verb == Verb::kAccept) right = "cases.accept";
    if (verb == Verb::kSuspend) right = "cases.suspend";
    if (verb == Verb::kRequestExtension) right = "cases.request_extension";
    if (verb == Verb::kAcknowledgeEscalation) right = "supervision.acknowledge";
    if (verb == Verb::kExtendClock || verb == Verb::kDecideExtension) right = "supervision.decide";
    if (verb == Verb::kErase) right = "privacy.erase";
    for (int r = stored::AGENT; r <= stored::Role_MAX; ++r) {
      const auto role = static_cast<stored::Role>(r);
      if (role == stored::OPERATOR) continue;  // asks nobody
      EXPECT_EQ((find_right(right)->roles & domain::role_bit(role)) != 0,
                life_cycle_lets(verb, role))
          << role_name(role) << " " << domain::verb_name(verb);
    }
  }
}

TEST(Rights, TheOperatorRunsTheInstallationAndSeesNoCase) {
  std::set<std::string_view> held;
  for (const Right& right : rights()) {
    if ((right.roles & domain::role_bit(stored::OPERATOR)) != 0) held.insert(right.name);
  }
  EXPECT_EQ(held, (std::set<std::string_view>{"engine.backup", "engine.operate", "engine.verify",
                                              "statistics.read"}));
}

TEST(Rights, RolesHaveNames) {
  for (int value = stored::AGENT; value <= stored::Role_MAX; ++value) {
    const auto role = static_cast<stored::Role>(value);
    EXPECT_EQ(role_named(role_name(role)),
              role == stored::ENGINE ? stored::ROLE_UNSPECIFIED : role);
  }
}

}  // namespace
}  // namespace casewheel::access
