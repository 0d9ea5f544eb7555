#include "engine/doors/http/envelope.h"

namespace casewheel::doors {
namespace {

google::rpc::Status broken(const char* what) { return refusal_of(RpcCode::kInvalidArgument, what); }

// A stream of answers takes one request, no more and no less: other numbers are calls of methods
// there are none of.
google::rpc::Status not_one(const char* what) { return refusal_of(RpcCode::kUnimplemented, what); }

}  // namespace

std::string envelope(std::uint8_t flags, std::string_view message) {
  std::string bytes;
  bytes.reserve(kEnvelopePrefix + message.size());
  bytes.push_back(static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(message.size() >> shift & 0xff));
  bytes.append(message);
  return bytes;
}

Heard<Envelope> read_envelope(std::string_view bytes) {
  if (bytes.empty()) return not_one("the request has no message");
  if (bytes.size() < kEnvelopePrefix) return broken("the request has no whole enveloped message");
  Envelope read{static_cast<std::uint8_t>(bytes[0]), bytes.substr(kEnvelopePrefix)};
  std::uint32_t size = 0;
  for (std::size_t i = 1; i < kEnvelopePrefix; ++i)
    size = size << 8 | static_cast<std::uint8_t>(bytes[i]);
  if ((read.flags & ~kEnvelopeGzip) != 0) return broken("the message's envelope has unknown flags");
  if (size > read.message.size()) return broken("the enveloped message is cut short");
  if (size < read.message.size()) return not_one("the request has more than one message");
  return read;
}

}  // namespace casewheel::doors
