#include "engine/doors/grpc/decoded.h"

#include <vector>

namespace casewheel::doors {

std::string bytes_of(const ::grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<::grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const ::grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace casewheel::doors
