#include "engine/doors/services/undecodable.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <vector>

#include "engine/base/text.h"

namespace casewheel::doors {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Adds the fields whose text is not UTF-8; false where the bytes are no message of this type.
bool find_faulty_text(CodedInputStream& in, const Descriptor& type, const std::string& path,
                      std::vector<std::string>* fields) {
  while (const std::uint32_t tag = in.ReadTag()) {
    const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool is_text = field != nullptr && field->type() == FieldDescriptor::TYPE_STRING;
    const bool is_message = field != nullptr && field->type() == FieldDescriptor::TYPE_MESSAGE;
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED ||
        (!is_text && !is_message)) {
      if (!WireFormatLite::SkipField(&in, tag)) return false;
      continue;
    }
    int size = 0;
    if (!in.ReadVarintSizeAsInt(&size)) return false;
    const std::string name = path + field->name();
    if (is_message) {
      const auto [limit, depth_left] = in.IncrementRecursionDepthAndPushLimit(size);
      if (depth_left < 0) return false;
      if (!find_faulty_text(in, *field->message_type(), name + ".", fields)) return false;
      if (!in.DecrementRecursionDepthAndPopLimit(limit)) return false;
      continue;
    }
    std::string text;
    if (!in.ReadString(&text, size)) return false;
    if (!is_utf8(text) && std::find(fields->begin(), fields->end(), name) == fields->end())
      fields->push_back(name);
  }
  return in.ConsumedEntireMessage();
}

}  // namespace

Rejection undecodable(const Descriptor& type, const std::string& bytes) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  std::vector<std::string> fields;
  if (!find_faulty_text(in, type, "", &fields) || fields.empty()) {
    return Rejection::of(RejectionCode::kInvalidArgument,
                         "the request cannot be decoded as " + type.full_name());
  }
  Rejection rejection = Rejection::invalid(fields.front(), "holds text that is not UTF-8");
  for (std::size_t i = 1; i < fields.size(); ++i)
    rejection.fields.push_back({fields[i], rejection.fields.front().description});
  return rejection;
}

}  // namespace casewheel::doors
