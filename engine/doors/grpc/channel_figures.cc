#include "engine/doors/grpc/channel_figures.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <memory>
#include <string_view>

#include "engine/doors/sockets/networks.h"

namespace casewheel::doors {
namespace {

namespace json = boost::json;

constexpr int kSocketsAtOnce = 500;

// An answer of channelz, which is JSON and the caller's to free.
json::object read(char* answer) {
  const std::unique_ptr<char, decltype(&gpr_free)> owned(answer, gpr_free);
  if (owned == nullptr) return {};
  boost::system::error_code error;
  json::value value = json::parse(owned.get(), error);
  if (error || !value.is_object()) return {};
  return std::move(value.as_object());
}

const json::object* object_in(const json::object& from, std::string_view name) {
  const json::value* value = from.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

// Numbers of 64 bits are strings in protobuf's JSON, and zeros are left out.
std::uint64_t number_in(const json::object& from, std::string_view name) {
  const json::value* value = from.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  std::uint64_t number = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

// use(entry) for each object of the list.
template <typename Use>
void each_in(const json::object& from, std::string_view name, Use use) {
  const json::value* value = from.if_contains(name);
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return;
  for (const json::value& entry : *list) {
    if (const json::object* object = entry.if_object()) use(*object);
  }
}

}  // namespace

std::string peer_of(const std::string& address, unsigned short port) {
  const auto parsed = parsed_address(address);
  return (parsed ? parsed->to_string() : address) + " " + std::to_string(port);
}

std::string peer_of_name(const std::string& name) {
  const std::size_t kind = name.find(" ipv");
  const std::size_t colon = name.rfind(':');
  if (kind == std::string::npos || colon == std::string::npos || colon < kind + 6) return {};
  std::string host = name.substr(kind + 6, colon - kind - 6);
  for (const std::string_view bracket : {"%5B", "%5D", "[", "]"}) {
    if (const std::size_t at = host.find(bracket); at != std::string::npos)
      host.erase(at, bracket.size());
  }
  unsigned short port = 0;
  std::from_chars(name.data() + colon + 1, name.data() + name.size(), port);
  return peer_of(host, port);
}

void ChannelReader::read_new() {
  if (!server_) {
    each_in(read(grpc_channelz_get_servers(0)), "server", [this](const json::object& server) {
      const json::object* ref = object_in(server, "ref");
      if (ref != nullptr) server_ = static_cast<std::int64_t>(number_in(*ref, "serverId"));
    });
  }
  if (!server_) return;
  for (bool more = true; more;) {
    more = false;
    const json::object answer =
        read(grpc_channelz_get_server_sockets(*server_, next_id_, kSocketsAtOnce));
    each_in(answer, "socketRef", [&](const json::object& socket) {
      const auto id = static_cast<std::int64_t>(number_in(socket, "socketId"));
      const json::value* name = socket.if_contains("name");
      if (name == nullptr || !name->is_string()) return;
      ids_[peer_of_name(std::string(name->as_string()))] = id;
      next_id_ = id + 1;
      more = true;
    });
    if (answer.contains("end")) break;
  }
}

std::optional<ChannelFigures> ChannelReader::figures_of(const std::string& peer) {
  if (!ids_.contains(peer)) read_new();
  const auto id = ids_.find(peer);
  if (id == ids_.end()) return std::nullopt;
  const json::object answer = read(grpc_channelz_get_socket(id->second));
  const json::object* socket = object_in(answer, "socket");
  const json::object* data = socket == nullptr ? nullptr : object_in(*socket, "data");
  if (data == nullptr) {
    ids_.erase(id);
    return std::nullopt;
  }
  ChannelFigures figures;
  figures.streams_started = number_in(*data, "streamsStarted");
  figures.streams_reset = number_in(*data, "streamsFailed");
  figures.streams_ended = figures.streams_reset + number_in(*data, "streamsSucceeded");
  figures.messages = number_in(*data, "messagesReceived");
  figures.answers = number_in(*data, "messagesSent");
  return figures;
}

}  // namespace casewheel::doors
