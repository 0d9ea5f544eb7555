// A request as it came over the wire: its bytes, then the message, or why it could not be decoded.
// gRPC 1.51's callback API tells no handler of bytes it cannot decode: it answers a call with
// UNIMPLEMENTED and no word, and ends a stream as though the client had sent everything. It also decodes
// before anybody can ask who calls. So gRPC is given this type instead, which any bytes "decode" to, and
// which is decoded once the caller is known. That the bytes are in memory by then cannot be helped:
// gRPC hands a call over with its whole message, up to limits::kMessageBytes.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/doors/services/undecodable.h"

namespace casewheel::doors {

std::string bytes_of(const ::grpc::ByteBuffer& buffer);

// One thread at a time: that of the call. gRPC hands it out as const.
template <typename Message>
struct Decoded {
  mutable ::grpc::ByteBuffer bytes;          // empty once they are decoded
  mutable Message message;                   // after decode()
  mutable std::unique_ptr<Rejection> fault;  // set where the bytes are no such message

  // Reads the message where gRPC has it, without a copy, as gRPC's own traits do. False: see `fault`.
  bool decode() const {
    fault.reset();
    bool parsed = false;
    {
      ::grpc::ProtoBufferReader reader(&bytes);
      parsed = reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
    }
    if (!parsed)
      fault = std::make_unique<Rejection>(undecodable(*Message::descriptor(), bytes_of(bytes)));
    bytes.Clear();
    return parsed;
  }
};

}  // namespace casewheel::doors

template <typename Message>
class grpc::SerializationTraits<casewheel::doors::Decoded<Message>> {
 public:
  static Status Deserialize(ByteBuffer* buffer, casewheel::doors::Decoded<Message>* out) {
    if (!buffer->Valid()) return {StatusCode::INTERNAL, "no message"};
    out->bytes.Clear();
    out->bytes.Swap(buffer);
    return Status::OK;
  }
};
