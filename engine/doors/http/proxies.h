// The reverse proxies in front of the HTTP door: they say in "x-forwarded-for" for whom they ask, and what
// others say there is not believed. Any thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/doors/http/ask.h"

namespace casewheel::doors {

class Proxies {
 public:
  // Addresses (10.0.0.7, fd00::7) or networks (10.0.0.0/24, fd00::/64); what names neither is passed over.
  explicit Proxies(const std::vector<std::string>& trusted = {});

  // Whether the text names an address or a network.
  static bool names_some(const std::string& text);

  // Whether the address is one of a proxy.
  bool trust(const std::string& address) const;
  // Who asks: whoever is at the other end, or, where that is a proxy, the last address of the list that is none.
  std::string client_of(const std::string& peer, const Head& head) const;

 private:
  struct Network {
    boost::asio::ip::address address;
    unsigned bits;
  };
  static std::optional<Network> network_of(std::string_view text);
  bool trust(const boost::asio::ip::address& address) const;

  std::vector<Network> networks_;
};

}  // namespace casewheel::doors
