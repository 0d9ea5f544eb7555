// Whether the engine serves, for those who send it work: /readyz asks. It is made when the store is open and
// every partition is replayed; before that nothing listens and nobody is answered. Any thread.
#pragma once

#include <atomic>
#include <string>

#include "engine/partition/engine.h"

namespace casewheel::daemon {

class Readiness {
 public:
  // `engine` is open and outlives it.
  explicit Readiness(partition::Engine& engine) : engine_(engine) {}

  // Every door is open.
  void serve() { stage_ = Stage::kServing; }
  // From now on it does not serve any more.
  void stop() { stage_ = Stage::kStopping; }

  // Every reason why it does not serve as it should; empty: it does.
  std::string why_not() const;

 private:
  enum class Stage { kStarting, kServing, kStopping };

  partition::Engine& engine_;
  std::atomic<Stage> stage_{Stage::kStarting};
};

}  // namespace casewheel::daemon
