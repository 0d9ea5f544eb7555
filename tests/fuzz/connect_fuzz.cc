// What a stranger may send to the Connect door: whatever the bytes, what is read is bounded, and what is
// written of it is read as it was.
#include <string>
#include <string_view>

#include "casewheel/v1/cases.pb.h"
#include "engine/doors/http/base64.h"
#include "engine/doors/http/codec.h"
#include "engine/doors/http/connect_error.h"
#include "engine/doors/http/envelope.h"
#include "engine/doors/http/gzip.h"
#include "engine/doors/http/query.h"
#include "engine/doors/services/refusal.h"
#include "tests/fuzz/require.h"

namespace {

using namespace casewheel;
using namespace casewheel::doors;

constexpr std::size_t kBytesMax = 4096;

void check_message(Codec codec, const std::string& bytes) {
  ::casewheel::v1::LodgeCaseRequest request, again;
  if (const std::optional<Rejection> refused = decode(codec, bytes, &request)) {
    require(!refused->message.empty() && !error_json(doors::refusal_of(*refused)).empty());
    return;
  }
  require(!decode(codec, encode(codec, request), &again));
  require(again.SerializeAsString() == request.SerializeAsString());
}

void check_bytes(const std::string& bytes) {
  check_message(Codec::kJson, bytes);
  check_message(Codec::kProto, bytes);
  if (const Result<std::string> plain = gunzip(bytes, kBytesMax)) {
    require(plain->size() <= kBytesMax);
    require(*gunzip(gzip(*plain), kBytesMax) == *plain);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_bytes(text);
  if (const Heard<Envelope> read = read_envelope(text)) {
    require(envelope(read->flags, read->message) == text);
    check_bytes(std::string(read->message));
  }
  if (const Result<Query> query = read_query(text)) {
    require(query->message.size() <= text.size());
    check_bytes(query->message);
  }
  if (const auto bytes = from_base64(text)) require(from_base64(base64(*bytes)) == *bytes);
  return 0;
}
