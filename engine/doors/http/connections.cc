#include "engine/doors/http/connections.h"

#include <algorithm>
#include <utility>

namespace casewheel::doors {

Connections::Connections(std::size_t most)
    : most_(most),
      most_of_network_(std::max<std::size_t>(1, most / 2)),
      kept_(most / 4),
      little_(std::max<std::size_t>(1, most / 64)) {}

std::size_t Connections::held(const std::string& network) const {
  const auto known = by_network_.find(network);
  return known == by_network_.end() ? 0 : known->second;
}

std::unique_ptr<Connections::Place> Connections::enter(const std::shared_ptr<Connections>& all,
                                                       std::string network, bool stands_for_many) {
  const std::size_t of_network = all->held(network);
  const bool share_is_used = of_network >= all->most_of_network_ ||
                             (all->count_ >= all->most_ - all->kept_ && of_network >= all->little_);
  if (!stands_for_many && share_is_used && !all->evict_of(network)) return nullptr;
  if (all->count_ >= all->most_ && !all->evict_of(all->largest_network())) return nullptr;
  return std::unique_ptr<Place>(new Place(all, std::move(network), stands_for_many));
}

std::string Connections::largest_network() const {
  std::map<std::string, std::size_t> evictable;
  for (const Place* place : places_) {
    if (place->evictable()) ++evictable[place->network_];
  }
  const auto largest = std::max_element(
      evictable.begin(), evictable.end(),
      [this](const auto& a, const auto& b) { return held(a.first) < held(b.first); });
  return largest == evictable.end() ? std::string() : largest->first;
}

bool Connections::evict_of(const std::string& network) {
  Place* first = nullptr;
  const auto before = [](const Place& a, const Place& b) {
    return std::pair(a.stage_, a.since_) < std::pair(b.stage_, b.since_);
  };
  for (Place* place : places_) {
    if (place->network_ == network && place->evictable() &&
        (first == nullptr || before(*place, *first)))
      first = place;
  }
  if (first == nullptr) return false;
  first->evict();
  return true;
}

Connections::Place::Place(std::shared_ptr<Connections> all, std::string network,
                          bool stands_for_many)
    : all_(std::move(all)), network_(std::move(network)), stands_for_many_(stands_for_many) {
  ++all_->count_;
  ++all_->by_network_[network_];
  all_->places_.insert(this);
  since_ = ++all_->turn_;
}

Connections::Place::~Place() {
  uncount();
  all_->places_.erase(this);
}

void Connections::Place::uncount() {
  if (!std::exchange(counted_, false)) return;
  --all_->count_;
  const auto of_network = all_->by_network_.find(network_);
  if (--of_network->second == 0) all_->by_network_.erase(of_network);
}

void Connections::Place::enter(Stage stage) {
  stage_ = stage;
  since_ = ++all_->turn_;
}

void Connections::Place::evict() {
  uncount();
  if (end_) end_();
}

}  // namespace casewheel::doors
