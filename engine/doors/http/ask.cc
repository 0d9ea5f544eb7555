#include "engine/doors/http/ask.h"

#include <algorithm>

#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/field_words.h"
#include "engine/doors/http/limits.h"
#include "engine/doors/http/query.h"
#include "engine/doors/services/refusal.h"

namespace casewheel::doors {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kTimeoutDigits = 10;

TurnedAway turned_away(unsigned status, RpcCode code, std::string message) {
  return {status, refusal_of(code, std::move(message))};
}
TurnedAway invalid(std::string message) {
  return turned_away(400, RpcCode::kInvalidArgument, std::move(message));
}
TurnedAway refused(google::rpc::Status refusal) {
  const unsigned status = http_status(refusal.code());
  return {status, std::move(refusal)};
}

// Of "br, gzip;q=0.5": whether gzip is among them before identity. Connect lists encodings in the order they
// are liked in; of HTTP's weights "q=0" alone says something.
bool takes_gzip(std::string_view list) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    const std::size_t end = std::min(one.find(';'), one.size());
    const std::string_view weight = trimmed(one.substr(std::min(end + 1, one.size())));
    if (!weight.empty() && weight.find_first_not_of("qQ=0. ") == std::string_view::npos) continue;
    const std::string_view name = trimmed(one.substr(0, end));
    if (same_word(name, "gzip")) return true;
    if (same_word(name, "identity")) return false;
  }
  return false;
}

// Of "text/event-stream, */*;q=0.1": whether the type is among them by its name.
bool lists(std::string_view list, std::string_view type) {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    if (same_word(media_type_of(one), type)) return true;
  }
  return false;
}

// Nothing where the encoding is one nobody here can undo.
std::optional<bool> is_packed(std::string_view encoding) {
  if (encoding.empty() || same_word(encoding, "identity")) return false;
  if (same_word(encoding, "gzip")) return true;
  return std::nullopt;
}

google::rpc::Status not_undone(const std::string& name) {
  return refusal_of(RpcCode::kUnimplemented, name + ": must be gzip or identity");
}

std::optional<Codec> codec_named(std::string_view name) {
  if (same_word(name, "json")) return Codec::kJson;
  if (same_word(name, "proto")) return Codec::kProto;
  return std::nullopt;
}

std::optional<Codec> codec_of(std::string_view content_type, bool streams) {
  const std::string_view type = media_type_of(content_type);
  const std::string_view before = streams ? "application/connect+" : "application/";
  if (!same_word(type.substr(0, before.size()), before)) return std::nullopt;
  return codec_named(type.substr(before.size()));
}

Result<std::optional<std::chrono::milliseconds>> timeout_of(std::string_view text) {
  if (text.empty()) return std::optional<std::chrono::milliseconds>();
  if (text.size() > kTimeoutDigits ||
      text.find_first_not_of("0123456789") != std::string_view::npos)
    return Rejection::invalid("connect-timeout-ms", "must be a whole number of at most 10 digits");
  return std::optional(std::chrono::milliseconds(std::stoll(std::string(text))));
}

std::optional<TurnedAway> read_url(std::string_view text, Ask* ask) {
  Result<Query> query = read_query(text);
  if (!query) return refused(refusal_of(query.error()));
  const std::optional<Codec> codec = codec_named(query->encoding);
  if (!codec) return turned_away(415, RpcCode::kInvalidArgument, "encoding: must be json or proto");
  const std::optional<bool> packed = is_packed(query->compression);
  if (!packed) return refused(not_undone("compression"));
  ask->codec = *codec;
  ask->gzip_in = *packed;
  ask->message = std::move(query->message);
  return std::nullopt;
}

std::optional<TurnedAway> read_body_fields(const Head& head, Ask* ask) {
  const bool streams = ask->streams();
  const std::optional<Codec> codec = codec_of(field_of(head, "content-type"), streams);
  if (!codec) {
    const char* types = streams ? "application/connect+json, application/connect+proto"
                                : "application/json, application/proto";
    TurnedAway away = turned_away(415, RpcCode::kInvalidArgument,
                                  std::string("content-type: must be one of ") + types);
    away.accept_post = types;
    return away;
  }
  ask->codec = *codec;
  const char* name = streams ? "connect-content-encoding" : "content-encoding";
  const std::optional<bool> packed = is_packed(field_of(head, name));
  if (!packed || (streams && is_packed(field_of(head, "content-encoding")) != false)) {
    ask->fault = not_undone(name);
  } else {
    ask->gzip_in = *packed;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TurnedAway> ill_formed(const Head& head) {
  if (static_cast<std::size_t>(std::distance(head.begin(), head.end())) > limits::kHttpHeadFields)
    return turned_away(
        431, RpcCode::kResourceExhausted,
        "the request has more than " + std::to_string(limits::kHttpHeadFields) + " fields");
  for (const char* name :
       {"host", "authorization", "content-type", "content-encoding", "origin", "casewheel-actor",
        "connect-protocol-version", "connect-timeout-ms", "connect-content-encoding"}) {
    if (head.count(name) > 1) return invalid(std::string(name) + ": is there twice");
  }
  return std::nullopt;
}

bool ends_unknown(const Head& head) {
  const std::size_t said = head.count("transfer-encoding");
  return said > 1 || (said == 1 && !same_word(field_of(head, "transfer-encoding"), "chunked"));
}

std::string_view field_of(const Head& head, std::string_view name) {
  const auto value = head[boost::beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

const char* Ask::answer_type() const {
  if (events) return "text/event-stream";
  if (streams())
    return codec == Codec::kJson ? "application/connect+json" : "application/connect+proto";
  return codec == Codec::kJson ? "application/json" : "application/proto";
}

boost::system::result<Ask, TurnedAway> read_ask(const Head& head, const ConnectMethods& methods,
                                                std::chrono::steady_clock::time_point now) {
  if (std::optional<TurnedAway> away = ill_formed(head)) return *std::move(away);
  const std::string_view target(head.target().data(), head.target().size());
  const std::string_view path = target.substr(0, std::min(target.find('?'), target.size()));
  Ask ask;
  ask.method = methods.find(path);
  if (ask.method == nullptr)
    return turned_away(404, RpcCode::kUnimplemented, "there is no such method");
  if (ask.method->kind == ConnectMethod::Kind::kManyRequests) {
    return turned_away(505, RpcCode::kUnimplemented,
                       "a stream of requests takes HTTP/2: this method is there over gRPC");
  }
  if (ask.streams() && head.version() < 11)
    return turned_away(505, RpcCode::kUnimplemented, "a stream takes HTTP/1.1");
  const bool get = head.method() == http::verb::get;
  if (head.method() != http::verb::post && !(get && ask.method->by_get())) {
    TurnedAway away = turned_away(405, RpcCode::kUnimplemented, "the method is not asked that way");
    away.allow = ask.method->by_get() ? "GET, POST" : "POST";
    return away;
  }
  if (get && ask.streams()) {
    if (!lists(field_of(head, "accept"), "text/event-stream")) {
      return turned_away(406, RpcCode::kUnimplemented,
                         "accept: a stream is asked by GET as text/event-stream, else by POST");
    }
    ask.events = true;
    ask.last_event = field_of(head, "last-event-id");
  }
  std::optional<TurnedAway> away =
      get ? read_url(target.substr(std::min(path.size() + 1, target.size())), &ask)
          : read_body_fields(head, &ask);
  if (away) return *std::move(away);
  const std::string_view version = field_of(head, "connect-protocol-version");
  if (!version.empty() && version != "1")
    ask.fault = refusal_of(Rejection::invalid("connect-protocol-version", "must be 1"));
  const auto timeout = timeout_of(field_of(head, "connect-timeout-ms"));
  if (!timeout) {
    ask.fault = refusal_of(timeout.error());
  } else if (*timeout) {
    ask.give_up = now + **timeout;
  }
  if (ask.events && ask.codec != Codec::kJson)
    ask.fault = refusal_of(Rejection::invalid("encoding", "of events must be json"));
  if (ask.fault && (!ask.streams() || ask.events)) return refused(*ask.fault);
  if (ask.events) return ask;
  // Who says nothing of it takes what she sends.
  const char* accepts = ask.streams() ? "connect-accept-encoding" : "accept-encoding";
  ask.gzip_out = head.count(accepts) == 0 ? ask.gzip_in : takes_gzip(field_of(head, accepts));
  return ask;
}

}  // namespace casewheel::doors
