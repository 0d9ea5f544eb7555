// The reverse proxies in front of the HTTP door: they say in "x-forwarded-for" for whom they ask, and what
// others say there is not believed. Any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/doors/http/ask.h"
#include "engine/doors/sockets/networks.h"

namespace casewheel::doors {

class Proxies {
 public:
  // Addresses (10.0.0.7, fd00::7) or networks (10.0.0.0/24, fd00::/64); what names neither is passed over.
  explicit Proxies(const std::vector<std::string>& trusted = {}) : networks_(trusted) {}

  // Whether the address is one of a proxy.
  bool trust(const std::string& address) const { return networks_.contain(address); }
  // Who asks: whoever is at the other end, or, where that is a proxy, the last address of the list that is none.
  std::string client_of(const std::string& peer, const Head& head) const;

 private:
  Networks networks_;
};

}  // namespace casewheel::doors
