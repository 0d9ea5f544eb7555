// Who gets a connection, and whose is ended for another's.
#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "engine/doors/http/connections.h"

namespace casewheel::doors {
namespace {

using Place = Connections::Place;
using Stage = Place::Stage;

class Door : public ::testing::Test {
 protected:
  // Null: no room. Its end is noted under its name.
  Place* come(const std::string& network, Stage stage, const std::string& name = "",
              bool proxy = false) {
    std::unique_ptr<Place> place = Connections::enter(all_, network, proxy);
    if (place == nullptr) return nullptr;
    place->enter(stage);
    place->end_by([this, name] { ended_.push_back(name); });
    places_.push_back(std::move(place));
    return places_.back().get();
  }
  int fill(const std::string& network, Stage stage, int most) {
    int count = 0;
    while (count < most && come(network, stage, network) != nullptr && ended_.empty()) ++count;
    return count;
  }

  const std::shared_ptr<Connections> all_ = std::make_shared<Connections>(128);
  std::list<std::unique_ptr<Place>> places_;
  std::vector<std::string> ended_;
};

TEST_F(Door, TwoNetworksAtWorkLeaveRoomToAThird) {
  EXPECT_EQ(fill("a", Stage::kAnswered, 1000), 64) << "half";
  EXPECT_EQ(fill("b", Stage::kAnswered, 1000), 32) << "all but the last quarter";
  EXPECT_EQ(all_->count(), 96u);
  EXPECT_NE(come("c", Stage::kAnswered), nullptr);
  EXPECT_NE(come("c", Stage::kAnswered), nullptr);
  EXPECT_EQ(come("c", Stage::kAnswered), nullptr) << "of the last quarter a little each";
  EXPECT_NE(come("d", Stage::kAnswered), nullptr);
  EXPECT_TRUE(ended_.empty());
}

TEST_F(Door, AFullShareIsMadeRoomInByItsOwnIdle) {
  for (int i = 0; i < 64; ++i) come("a", Stage::kIdle, "a" + std::to_string(i));
  EXPECT_NE(come("a", Stage::kBeginning, "new"), nullptr);
  EXPECT_EQ(ended_, std::vector<std::string>{"a0"}) << "the one that has waited longest";
  EXPECT_EQ(all_->count(), 64u);
}

TEST_F(Door, TheIdleGoFirstThenWhoSendsNoRequest) {
  come("a", Stage::kBeginning, "slow head");
  come("a", Stage::kIdle, "idle");
  for (int i = 2; i < 64; ++i) come("a", Stage::kAnswered, "busy");
  EXPECT_NE(come("a", Stage::kAnswered, "1"), nullptr);
  EXPECT_NE(come("a", Stage::kAnswered, "2"), nullptr);
  EXPECT_EQ(ended_, (std::vector<std::string>{"idle", "slow head"}));
  EXPECT_EQ(come("a", Stage::kAnswered, "3"), nullptr) << "what is answered is let be";
}

TEST_F(Door, ManyNetworksWithAFewEachGiveWayToNewOnes) {
  for (int i = 0; i < 96; ++i) come("n" + std::to_string(i), Stage::kIdle, "few");
  for (int i = 0; i < 32; ++i) come("m" + std::to_string(i), Stage::kIdle, "few");
  EXPECT_EQ(all_->count(), 128u);
  EXPECT_NE(come("new", Stage::kBeginning), nullptr);
  EXPECT_EQ(all_->count(), 128u);
  EXPECT_EQ(ended_.size(), 1u);
}

TEST_F(Door, AProxyStandsForManyAndIsLetBe) {
  for (int i = 0; i < 100; ++i) EXPECT_NE(come("proxy", Stage::kIdle, "", true), nullptr) << i;
  come("a", Stage::kIdle, "a");
  EXPECT_TRUE(all_->make_room());
  EXPECT_EQ(ended_, std::vector<std::string>{"a"});
  EXPECT_FALSE(all_->make_room());
}

TEST_F(Door, WhatWasEndedIsCountedNoMore) {
  Place* place = come("a", Stage::kIdle, "a");
  EXPECT_TRUE(all_->make_room());
  EXPECT_EQ(all_->count(), 0u);
  place->enter(Stage::kIdle);  // it takes a moment to notice
  EXPECT_FALSE(all_->make_room());
  places_.clear();
  EXPECT_EQ(all_->count(), 0u);
}

}  // namespace
}  // namespace casewheel::doors
