// The catalogue in force, shared by all partitions and the API: replaced as a whole, read without
// waiting. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "engine/catalogue/catalogue.h"

namespace casewheel::partition {

class CatalogueHolder {
 public:
  std::shared_ptr<const catalogue::Registry> get() const {
    const std::scoped_lock lock(mutex_);
    return registry_;
  }
  void set(std::shared_ptr<const catalogue::Registry> registry) {
    const std::scoped_lock lock(mutex_);
    registry_ = std::move(registry);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const catalogue::Registry> registry_ = catalogue::Registry::empty();
};

}  // namespace casewheel::partition
