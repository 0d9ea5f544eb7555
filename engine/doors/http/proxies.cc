#include "engine/doors/http/proxies.h"

#include <optional>
#include <string_view>

#include "engine/doors/http/field_words.h"

namespace casewheel::doors {
namespace {

namespace ip = boost::asio::ip;

// Of an element of the list, which may carry a port: 192.0.2.1, 192.0.2.1:8080, [fd00::1], [fd00::1]:8080.
std::optional<ip::address> forwarded_of(std::string_view element) {
  if (element.starts_with('[')) return parsed_address(element.substr(1, element.find(']') - 1));
  const std::size_t colon = element.find(':');
  if (colon == element.rfind(':')) element = element.substr(0, colon);
  return parsed_address(element);
}

}  // namespace

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
      if (!networks_.contain(*address)) return client;
      if (comma == std::string_view::npos) break;
      list = list.substr(0, comma);
    }
  }
  return client;
}

}  // namespace casewheel::doors
