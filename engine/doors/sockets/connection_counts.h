// How many connections are open, in all and from one address, or network of IPv6. One thread at a
// time.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "engine/access/rate.h"

namespace casewheel::doors {

class ConnectionCounts {
 public:
  // `address` as text, without the port.
  void add(const std::string& address) {
    ++all_;
    ++by_network_[access::network_of(address)];
  }
  void remove(const std::string& address) {
    --all_;
    const auto found = by_network_.find(access::network_of(address));
    if (--found->second == 0) by_network_.erase(found);
  }

  std::size_t all() const { return all_; }
  std::size_t from_network_of(const std::string& address) const {
    const auto found = by_network_.find(access::network_of(address));
    return found == by_network_.end() ? 0 : found->second;
  }

 private:
  std::size_t all_ = 0;
  std::map<std::string, std::size_t> by_network_;
};

}  // namespace casewheel::doors
