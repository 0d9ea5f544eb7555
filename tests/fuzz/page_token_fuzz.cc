// Page tokens and etags a caller sends back: a token is refused unless this list has given it, whatever
// the bytes, and a true one with a byte changed is too.
#include <memory>
#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/api/convert.h"
#include "engine/api/page_token.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string token(reinterpret_cast<const char*>(data), size);
  static const auto tokens =
      api::ListTokens::of("fuzzed secret", 31, v1::ListCasesRequest::default_instance());
  for (const std::size_t numbers : {1U, 2U, 8U}) {
    const Result<std::vector<std::uint64_t>> place = tokens.read(token, numbers);
    if (place) {
      require(token.empty() || tokens.make(*place) == token);
    } else {
      require(place.error().fields.size() == 1 && place.error().fields[0].field == "page_token");
    }
  }
  std::string altered = tokens.make({size, 7});
  if (size > 0) {
    altered[data[0] % altered.size()] ^= 1;
    require(!tokens.read(altered, 2));
  }
  const Result<std::uint32_t> revision = api::revision_of(token);
  if (revision && *revision != 0) require(*api::revision_of(api::etag_of(*revision)) == *revision);
  if (!revision) require(revision.error().fields.at(0).field == "etag");
  return 0;
}
