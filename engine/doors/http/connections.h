// The connections of one listener, counted in all and by network, so that nobody keeps others out. One network
// has half of them; the last quarter of all is for networks that hold few; and where there is no room, one
// that only waits makes some: of the network that holds the most, first those that wait for a next request,
// then those whose request has not come yet. What is being answered is never ended for another.
// The one thread of the listener uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>

namespace casewheel::doors {

class Connections {
 public:
  explicit Connections(std::size_t most);
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // One connection, counted while it lasts, which may be longer than the listener.
  class Place {
   public:
    enum class Stage : std::uint8_t {
      kIdle,       // between two requests
      kBeginning,  // its handshake or its request has not come in whole
      kAnswered,   // its request is being answered
    };
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    void enter(Stage stage);
    // How it is ended from outside; to be set before anything is awaited.
    void end_by(std::function<void()> end) { end_ = std::move(end); }

   private:
    friend class Connections;
    Place(std::shared_ptr<Connections> all, std::string network, bool stands_for_many);
    bool evictable() const { return counted_ && !stands_for_many_ && stage_ != Stage::kAnswered; }
    void evict();
    void uncount();

    const std::shared_ptr<Connections> all_;
    const std::string network_;
    const bool stands_for_many_;
    Stage stage_ = Stage::kBeginning;
    std::uint64_t since_ = 0;  // by Connections::turn_
    bool counted_ = true;      // false once it is evicted: it may take a moment to end
    std::function<void()> end_;
  };

  // Null: there is no room. `stands_for_many`: a proxy, of which no share holds and whose connections are
  // never ended for others.
  static std::unique_ptr<Place> enter(const std::shared_ptr<Connections>& all, std::string network,
                                      bool stands_for_many);
  // Ends one that only waits, where there is one: descriptors have run out.
  bool make_room() { return evict_of(largest_network()); }

  std::size_t count() const { return count_; }

 private:
  std::size_t held(const std::string& network) const;
  // The network with the most connections that could be ended; empty: there is none.
  std::string largest_network() const;
  bool evict_of(const std::string& network);

  const std::size_t most_;
  const std::size_t most_of_network_;
  const std::size_t kept_;  // of all, for networks that hold less than `little_`
  const std::size_t little_;
  std::size_t count_ = 0;
  std::uint64_t turn_ = 0;  // counts changes of stage: which came first
  std::map<std::string, std::size_t> by_network_;
  std::unordered_set<Place*> places_;
};

}  // namespace casewheel::doors
