// Page tokens and etags a caller sends back: what is accepted is one that could have been given out.
#include <string>

#include "engine/api/convert.h"
#include "engine/views/page_token.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace casewheel;
  const std::string token(reinterpret_cast<const char*>(data), size);
  const Result<views::DueKey> key = views::parse_page_token(token, 31);
  if (key) {
    require(key->tenant_number() == 31);
    if (!token.empty())
      require(*views::parse_page_token(views::format_page_token(*key), 31) == *key);
  } else {
    require(key.error().fields.size() == 1 && key.error().fields[0].field == "page_token");
  }
  const Result<std::uint32_t> revision = api::revision_of(token);
  if (revision && *revision != 0) require(*api::revision_of(api::etag_of(*revision)) == *revision);
  if (!revision) require(revision.error().fields.at(0).field == "etag");
  return 0;
}
