// Who may do what: grants of an account's own and by its entry in the catalogue, the cases they reach,
// and what is said to those who have none.
#include <gtest/gtest.h>

#include "domain_fixture.h"
#include "engine/access/caller.h"

namespace casewheel::access {
namespace {

// The tenant "utility" of domain_fixture.h: hq (boss) > north (nina) > line (lena, hans, dora).
class Callers : public ::testing::Test {
 protected:
  static stored::Grant grant(stored::Role role, const std::string& tenant = "",
                             const std::string& unit = "") {
    stored::Grant one;
    one.set_role(role);
    one.set_tenant(tenant);
    one.set_unit(unit);
    return one;
  }
  static Caller caller(std::vector<stored::Grant> grants, const std::string& staff = "") {
    Caller one;
    one.kind = Caller::Kind::kAccount;
    one.id = "someone";
    one.grants = std::move(grants);
    one.staff = staff;
    if (!staff.empty()) one.tenant = "utility";
    return one;
  }
  bool admitted(const Caller& caller, std::string_view right) const {
    return !admit(caller, right, *registry_).has_value();
  }
  Result<domain::Who> permitted(const Caller& caller, std::string_view right) const {
    return permit(caller, right, *registry_->find("utility"));
  }

  std::shared_ptr<const catalogue::Registry> registry_ = domain::registry_of_tests();
};

TEST_F(Callers, NobodyIsLetInOnlyWhereEverybodyIs) {
  const Caller nobody;
  EXPECT_TRUE(admitted(nobody, kPublic));
  for (const std::string_view right : {kSignedIn, std::string_view("cases.read")})
    EXPECT_EQ(admit(nobody, right, *registry_)->code, RejectionCode::kUnauthenticated);
}

TEST_F(Callers, TheDenialNamesTheRight) {
  const Caller agent = caller({grant(stored::AGENT, "utility")});
  EXPECT_TRUE(admitted(agent, kSignedIn));
  EXPECT_TRUE(admitted(agent, "cases.lodge"));
  const std::optional<Rejection> denied = admit(agent, "catalogue.apply", *registry_);
  ASSERT_TRUE(denied);
  EXPECT_EQ(denied->code, RejectionCode::kNotPermitted);
  EXPECT_NE(denied->message.find("catalogue.apply"), std::string::npos);
}

TEST_F(Callers, WhatIsTheInstallationsIsHeldForAllOfIt) {
  EXPECT_TRUE(admitted(caller({grant(stored::ADMINISTRATOR)}), "access.manage"));
  EXPECT_FALSE(admitted(caller({grant(stored::ADMINISTRATOR, "utility")}), "access.manage"));
  EXPECT_TRUE(admitted(caller({grant(stored::ADMINISTRATOR, "utility")}), "statistics.read"));
}

TEST_F(Callers, AOneTimePasswordOpensNothingElse) {
  Caller fresh = caller({grant(stored::ADMINISTRATOR)});
  fresh.must_change_password = true;
  EXPECT_TRUE(admitted(fresh, kOwnAccount));
  EXPECT_FALSE(admitted(fresh, kSignedIn)) << "an empty list would say that there is nothing";
  EXPECT_FALSE(admitted(fresh, "access.manage"));
}

TEST_F(Callers, HerEntryInTheCatalogueGrantsWhatItSays) {
  const Result<domain::Who> hans = permitted(caller({}, "hans"), "cases.act");
  ASSERT_TRUE(hans.has_value());
  EXPECT_EQ(hans->id, "hans");
  EXPECT_EQ(hans->role, stored::HANDLER);
  ASSERT_NE(hans->territory, nullptr);
  EXPECT_TRUE(hans->territory->covers("line", stored::COMPLAINT, ""));
  EXPECT_FALSE(hans->territory->covers("north", stored::COMPLAINT, ""));
  EXPECT_TRUE(hans->territory->covers("north", stored::COMPLAINT, "hans")) << "in his hands";
  // Supervisor of the unit north and its head: all below it too.
  const Result<domain::Who> nina = permitted(caller({}, "nina"), "supervision.decide");
  ASSERT_TRUE(nina.has_value());
  EXPECT_TRUE(nina->territory->covers("line", stored::COMPLAINT, ""));
  EXPECT_FALSE(nina->territory->covers("hq", stored::COMPLAINT, ""));
  EXPECT_FALSE(permitted(caller({}, "hans"), "supervision.decide").has_value());
  EXPECT_FALSE(permitted(caller({}, "who-has-left"), "cases.act").has_value());
}

TEST_F(Callers, WhoWasToldOfACaseReachesIt) {
  const Result<domain::Who> hans = permitted(caller({}, "hans"), "cases.act");
  stored::CaseState state;
  state.set_unit("hq");
  EXPECT_FALSE(hans->territory->covers(state));
  state.add_escalations()->add_recipients("hans");
  EXPECT_TRUE(hans->territory->covers(state));
}

TEST_F(Callers, GrantsAddUpAndAWholeOneLiftsTheLimits) {
  stored::Grant complaints = grant(stored::HANDLER, "utility", "hq");
  complaints.add_kinds(stored::COMPLAINT);
  const Result<domain::Who> part =
      permitted(caller({complaints, grant(stored::HANDLER, "utility", "line")}), "cases.act");
  EXPECT_TRUE(part->territory->covers("hq", stored::COMPLAINT, ""));
  EXPECT_FALSE(part->territory->covers("elsewhere", stored::INQUIRY, ""));
  EXPECT_TRUE(part->territory->covers("line", stored::INQUIRY, ""));
  const Result<domain::Who> whole =
      permitted(caller({complaints, grant(stored::AGENT)}), "cases.act");
  EXPECT_EQ(whole->territory, nullptr);
  // The one that holds everywhere is no agent's: it does not carry the handler's further.
  EXPECT_NE(permitted(caller({complaints, grant(stored::AGENT)}), "cases.suspend")->territory,
            nullptr);
}

TEST_F(Callers, ATenantOfOthersIsDeniedLikeOneThatIsNotThere) {
  const Caller stranger = caller({grant(stored::AGENT, "elsewhere")});
  EXPECT_FALSE(sees(stranger, *registry_->find("utility")));
  const Result<domain::Who> who = permitted(stranger, "cases.read");
  EXPECT_EQ(who.error().code, RejectionCode::kInvalidArgument);
  EXPECT_EQ(who.error().message, no_such_tenant("tenant", "utility").message);
  EXPECT_FALSE(holds_everywhere(stranger, "cases.read"));
  EXPECT_TRUE(holds_everywhere(caller({grant(stored::AGENT)}), "cases.read"));
}

}  // namespace
}  // namespace casewheel::access
