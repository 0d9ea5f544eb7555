// A request as it came over the wire: the message, or why it could not be decoded. gRPC 1.51's
// callback API tells no handler of bytes it cannot decode: it answers a call with UNIMPLEMENTED and
// no word, and ends a stream as though the client had sent everything. So gRPC is given this type
// instead, which any bytes decode to. Any thread.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <memory>
#include <string>

#include "engine/base/result.h"

namespace casewheel::doors {

template <typename Message>
struct Decoded {
  Message message;
  std::unique_ptr<Rejection> fault;  // set where the bytes are no such message
};

// What the sender hears of bytes that do not parse: the fields whose text is not UTF-8, or that the
// whole is no such message.
Rejection undecodable(const google::protobuf::Descriptor& type, const std::string& bytes);

std::string bytes_of(const ::grpc::ByteBuffer& buffer);

}  // namespace casewheel::doors

// Reads the message where gRPC has it, without a copy, as gRPC's own traits do.
template <typename Message>
class grpc::SerializationTraits<casewheel::doors::Decoded<Message>> {
 public:
  static Status Deserialize(ByteBuffer* buffer, casewheel::doors::Decoded<Message>* out) {
    out->fault.reset();
    bool parsed = false;
    {
      ProtoBufferReader reader(buffer);
      if (!reader.status().ok()) return reader.status();
      parsed = out->message.ParseFromZeroCopyStream(&reader);
    }
    if (!parsed) {
      out->fault = std::make_unique<casewheel::Rejection>(casewheel::doors::undecodable(
          *Message::descriptor(), casewheel::doors::bytes_of(*buffer)));
    }
    buffer->Clear();
    return Status::OK;
  }
};
