// What a check by unit takes, counted and not timed: as much memory is asked for under a thousand units as
// under ten, and none to hold a case against it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "engine/access/caller.h"

namespace {
std::atomic<std::size_t> asked_for{0};
}  // namespace

void* operator new(std::size_t size) {
  ++asked_for;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace casewheel::access {
namespace {

std::shared_ptr<const catalogue::Registry> registry_of(int units) {
  stored::Catalogue catalogue;
  catalogue.set_tenant("power");
  catalogue.set_tenant_number(7);
  catalogue.set_version(1);
  catalogue.set_time_zone("Asia/Taipei");
  for (int i = 0; i < units; ++i) {
    stored::Unit* unit = catalogue.add_units();
    unit->set_id("u" + std::to_string(i));
    if (i > 0) unit->set_parent("u" + std::to_string((i - 1) / 3));
  }
  stored::Staff* staff = catalogue.add_staff();
  staff->set_id("hans");
  staff->set_unit("u1");
  std::vector<stored::Catalogue> versions;
  versions.push_back(std::move(catalogue));
  return catalogue::Registry::of(std::move(versions));
}

struct Cost {
  std::size_t permit = 0;
  std::size_t covers = 0;
};
Cost cost_of(int units) {
  const auto registry = registry_of(units);
  Caller caller;
  caller.kind = Caller::Kind::kAccount;
  caller.id = "hans";
  caller.tenant = "power";
  caller.staff = "hans";
  const std::string inside = "u4";  // below u1
  const std::string outside = "u2";
  const std::size_t before = asked_for;
  const Result<domain::Who> who = permit(caller, "cases.read", *registry->find("power"));
  const std::size_t permitted = asked_for;
  EXPECT_TRUE(who.has_value());
  const std::size_t held = asked_for;
  const bool covers = who->territory->covers(inside, stored::COMPLAINT, "") &&
                      !who->territory->covers(outside, stored::COMPLAINT, "");
  const Cost cost{permitted - before, asked_for - held};
  EXPECT_TRUE(covers);
  return cost;
}

TEST(UnitChecks, CostAsMuchUnderAThousandUnitsAsUnderTen) {
  cost_of(10);  // what is made once is made
  const Cost few = cost_of(10);
  const Cost many = cost_of(1000);
  EXPECT_EQ(few.permit, many.permit);
  EXPECT_LT(many.permit, 40u);
  EXPECT_EQ(few.covers, 0u);
  EXPECT_EQ(many.covers, 0u);
}

}  // namespace
}  // namespace casewheel::access
