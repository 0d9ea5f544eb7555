#include "engine/doors/http/proxies.h"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>

#include "engine/doors/http/field_words.h"

namespace casewheel::doors {
namespace {

namespace ip = boost::asio::ip;

// An IPv4 address that came through a socket of both kinds is the same address.
ip::address plain(const ip::address& address) {
  return address.is_v6() && address.to_v6().is_v4_mapped()
             ? ip::make_address_v4(ip::v4_mapped, address.to_v6())
             : address;
}

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(text, error);
  if (error) return std::nullopt;
  return plain(address);
}

// Of an element of the list, which may carry a port: 192.0.2.1, 192.0.2.1:8080, [fd00::1], [fd00::1]:8080.
std::optional<ip::address> forwarded_of(std::string_view element) {
  if (element.starts_with('[')) return address_of(element.substr(1, element.find(']') - 1));
  const std::size_t colon = element.find(':');
  if (colon == element.rfind(':')) element = element.substr(0, colon);
  return address_of(element);
}

}  // namespace

Proxies::Proxies(const std::vector<std::string>& trusted) {
  for (const std::string& text : trusted) {
    if (const auto network = network_of(text)) networks_.push_back(*network);
  }
}

bool Proxies::names_some(const std::string& text) { return network_of(text).has_value(); }

std::optional<Proxies::Network> Proxies::network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<ip::address> address = address_of(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned whole = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Network{*address, whole};
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), bits);
  if (error != std::errc() || end != digits.end() || bits > whole) return std::nullopt;
  return Network{*address, bits};
}

bool Proxies::trust(const ip::address& address) const {
  for (const Network& network : networks_) {
    if (address.is_v4() != network.address.is_v4()) continue;
    const auto bits = static_cast<unsigned short>(network.bits);
    const bool within = address.is_v4()
                            ? ip::network_v4(address.to_v4(), bits).network() ==
                                  ip::network_v4(network.address.to_v4(), bits).network()
                            : ip::network_v6(address.to_v6(), bits).network() ==
                                  ip::network_v6(network.address.to_v6(), bits).network();
    if (within) return true;
  }
  return false;
}

bool Proxies::trust(const std::string& address) const {
  if (networks_.empty()) return false;
  const std::optional<ip::address> parsed = address_of(address);
  return parsed && trust(*parsed);
}

std::string Proxies::client_of(const std::string& peer, const Head& head) const {
  if (!trust(peer)) return peer;
  std::string client = peer;
  // Each proxy adds at the end whom it saw: the nearest to us is the last.
  const auto [first, last] = head.equal_range("x-forwarded-for");
  for (auto field = std::make_reverse_iterator(last); field != std::make_reverse_iterator(first);
       ++field) {
    std::string_view list(field->value().data(), field->value().size());
    for (;;) {
      const std::size_t comma = list.rfind(',');
      const std::string_view element =
          trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
      const std::optional<ip::address> address = forwarded_of(element);
      if (!address) return client;  // a proxy that says nothing of use stands for whom it asks for
      client = address->to_string();
      if (!trust(*address)) return client;
      if (comma == std::string_view::npos) break;
      list = list.substr(0, comma);
    }
  }
  return client;
}

}  // namespace casewheel::doors
