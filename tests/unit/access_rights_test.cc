// The table of rights: each is reachable by some role, and the life cycle of a case lets nobody do what
// the table does not.
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

TEST(Rights, RolesHaveNames) {
  for (int value = stored::AGENT; value <= stored::Role_MAX; ++value) {
    const auto role = static_cast<stored::Role>(value);
    EXPECT_EQ(role_named(role_name(role)),
              role == stored::ENGINE ? stored::ROLE_UNSPECIFIED : role);
  }
}

}  // namespace
}  // namespace casewheel::access
