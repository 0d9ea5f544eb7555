#include "engine/doors/sockets/networks.h"

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>

namespace casewheel::doors {

namespace ip = boost::asio::ip;

std::optional<ip::address> parsed_address(std::string_view text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(text, error);
  if (error) return std::nullopt;
  return address.is_v6() && address.to_v6().is_v4_mapped()
             ? ip::make_address_v4(ip::v4_mapped, address.to_v6())
             : address;
}

Networks::Networks(const std::vector<std::string>& named) {
  for (const std::string& text : named) {
    if (const auto network = network_of(text)) networks_.push_back(*network);
  }
}

bool Networks::names_some(std::string_view text) { return network_of(text).has_value(); }

std::optional<Networks::Network> Networks::network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<ip::address> address = parsed_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned whole = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Network{*address, whole};
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), bits);
  if (error != std::errc() || end != digits.end() || bits > whole) return std::nullopt;
  return Network{*address, bits};
}

bool Networks::contain(const ip::address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    if (address.is_v4() != network.address.is_v4()) return false;
    const auto bits = static_cast<unsigned short>(network.bits);
    return address.is_v4() ? ip::network_v4(address.to_v4(), bits).network() ==
                                 ip::network_v4(network.address.to_v4(), bits).network()
                           : ip::network_v6(address.to_v6(), bits).network() ==
                                 ip::network_v6(network.address.to_v6(), bits).network();
  });
}

bool Networks::contain(const std::string& address) const {
  if (networks_.empty()) return false;
  const std::optional<ip::address> parsed = parsed_address(address);
  return parsed && contain(*parsed);
}

}  // namespace casewheel::doors
