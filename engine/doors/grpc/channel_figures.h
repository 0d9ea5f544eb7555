// What gRPC counts of each of its connections, by its channelz service: the one thing it tells of
// them. One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace casewheel::doors {

struct ChannelFigures {
  std::uint64_t streams_started = 0;
  std::uint64_t streams_ended = 0;
  std::uint64_t streams_reset = 0;  // of those: by the client, or with the connection
  std::uint64_t messages = 0;       // received whole
  std::uint64_t answers = 0;        // messages sent

  std::uint64_t streams_held() const {
    return streams_started > streams_ended ? streams_started - streams_ended : 0;
  }
  bool operator==(const ChannelFigures&) const = default;
};

// "127.0.0.1 50312", of the name gRPC gives a connection, "chttp2 ipv4:127.0.0.1:50312" and
// "chttp2 ipv6:%5B::1%5D:50312"; empty where the name is another.
std::string peer_of_name(const std::string& name);
// The same of an address, without a port, and a port.
std::string peer_of(const std::string& address, unsigned short port);

class ChannelReader {
 public:
  // Nothing where gRPC has no such connection (yet): before its handshake has ended, and after its
  // end.
  std::optional<ChannelFigures> figures_of(const std::string& peer);
  void forget(const std::string& peer) { ids_.erase(peer); }

 private:
  void read_new();

  std::map<std::string, std::int64_t> ids_;  // of sockets, by peer
  std::int64_t next_id_ = 0;                 // from which on they are not known yet
  std::optional<std::int64_t> server_;
};

}  // namespace casewheel::doors
