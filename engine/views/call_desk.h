// What goes on at the telephones: which call each agent is concerned with, who watches her screen, and the
// figures. A read model fed by the partitions' publications, rebuilt at start from the calls' rows; every
// method may be called from any thread. Who is at the other end is not in it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/partition/call_address.h"
#include "engine/partition/publication.h"
#include "engine/views/call_figures.h"
#include "engine/views/watch.h"

namespace casewheel::views {

using partition::CallAddress;

// One agent's screen: the call she is concerned with, then each one that changes. Taken at the watcher's
// own pace, as a Watch of the board; a call waits at most once. Letting go of it ends it.
class CallWatch {
 public:
  virtual ~CallWatch() = default;
  // The next call to show; empty: none, and on_available() follows. First of all the present one.
  struct Pop {
    std::uint64_t revision = 0;
    bool snapshot = false;               // what there was when the watch began
    std::optional<CallAddress> address;  // empty in a snapshot: there is none
  };
  virtual std::optional<Pop> take() = 0;
};

class CallDesk {
 public:
  explicit CallDesk(boost::asio::any_io_executor executor);
  ~CallDesk();
  CallDesk(const CallDesk&) = delete;
  CallDesk& operator=(const CallDesk&) = delete;

  // At start: every call of as long as figures are kept, once, in any order. What was published
  // meanwhile counts, whichever comes first; loaded() ends that.
  void load(PartitionId partition, const journal::v1::Call& call);
  void loaded();
  void on_commit(const partition::Publication& publication);
  void close();

  // Told of every call that is owed a call back, on the executor.
  void when_owed(std::function<void(const CallAddress&)> tell);

  // kOverloaded when too many watch.
  Result<std::shared_ptr<CallWatch>> watch(std::uint8_t tenant_number, const std::string& staff,
                                           std::shared_ptr<Watcher> watcher);

  using Hours = std::vector<std::pair<TimeMs, CallFigures>>;  // by their start, in order
  // As of CallFiguresBoard.
  Hours hours(std::uint8_t tenant_number, TimeMs from, TimeMs to, std::string_view line,
              std::string_view queue, std::size_t* looked = nullptr,
              std::uint64_t* unnamed = nullptr) const;
  bool knows_line(std::uint8_t tenant_number, std::string_view line) const;
  bool knows_queue(std::uint8_t tenant_number, std::string_view queue) const;
  std::size_t watches() const;

 private:
  class State;
  class Subscription;
  std::shared_ptr<State> state_;
};

}  // namespace casewheel::views
