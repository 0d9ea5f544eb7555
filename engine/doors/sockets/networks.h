// A list of addresses and networks that an operator has named. Immutable; any thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel::doors {

class Networks {
 public:
  // Addresses (10.0.0.7, fd00::7) or networks (10.0.0.0/24, fd00::/64); other texts are passed
  // over.
  explicit Networks(const std::vector<std::string>& named = {});

  // Whether the text names an address or a network.
  static bool names_some(std::string_view text);

  bool contain(const std::string& address) const;
  bool contain(const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address address;
    unsigned bits;
  };
  static std::optional<Network> network_of(std::string_view text);

  std::vector<Network> networks_;
};

// An IPv4 address that came through a socket of both kinds is the same address. Nothing where the
// text is none.
std::optional<boost::asio::ip::address> parsed_address(std::string_view text);

}  // namespace casewheel::doors
