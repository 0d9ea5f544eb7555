// What one HTTP request asks, by its head alone: https://connectrpc.com/docs/protocol. Any thread.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "engine/doors/http/codec.h"
#include "engine/doors/http/connect_methods.h"
#include "google/rpc/status.pb.h"

namespace casewheel::doors {

using Head = boost::beast::http::request_header<boost::beast::http::fields>;

struct Ask {
  const ConnectMethod* method = nullptr;
  Codec codec = Codec::kJson;
  bool gzip_in = false;         // the message is packed; of a stream: it may be
  bool gzip_out = false;        // the answer may be
  bool events = false;          // a stream is written as Server-Sent Events
  std::string last_event = {};  // of those: the id of the last one the client has
  std::optional<std::string> message = std::nullopt;  // of a GET; else it is the body
  std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
  std::optional<google::rpc::Status> fault =
      std::nullopt;  // why a stream is refused, told in its own way

  bool streams() const { return method->kind == ConnectMethod::Kind::kServerStream; }
  const char* answer_type() const;
};

// What the protocol itself refuses, before it is known who calls.
struct TurnedAway {
  unsigned status = 400;
  google::rpc::Status refusal = {};
  std::string allow = {};        // the methods of HTTP that would do
  std::string accept_post = {};  // the content types that would
};

// Fields that have to be said once, if at all, and are there twice: two readers would take two different
// ones. Or more fields than are looked at.
std::optional<TurnedAway> ill_formed(const Head& head);

// Whether the body is said to be transferred in another way than chunked, as a proxy may understand and
// this does not: where it ends is then not known, and nothing behind it is a request.
bool ends_unknown(const Head& head);

boost::system::result<Ask, TurnedAway> read_ask(const Head& head, const ConnectMethods& methods,
                                                std::chrono::steady_clock::time_point now);

// A field, empty where there is none.
std::string_view field_of(const Head& head, std::string_view name);

}  // namespace casewheel::doors
