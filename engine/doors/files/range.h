// Which part of a file is asked for: RFC 9110, section 14. One range; of several the whole is sent, as a
// server may. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace casewheel::doors {

struct ByteRange {
  enum class Kind : std::uint8_t { kWhole, kPart, kNone };  // none: 416
  Kind kind = Kind::kWhole;
  std::uint64_t begin = 0;
  std::uint64_t length = 0;
};

// `if_range`: the field's value, empty where there is none; another ETag than the file's: the whole.
ByteRange range_of(std::string_view range, std::string_view if_range, std::string_view etag,
                   std::uint64_t bytes);

// "bytes 0-99/1000"
std::string content_range(const ByteRange& range, std::uint64_t bytes);

// Whether "W/"a", "b"" names the ETag, weakly compared as If-None-Match does; "*" names any.
bool names_etag(std::string_view list, std::string_view etag);

// RFC 6266 and 8187: attachment; filename="…"; filename*=UTF-8''…
std::string disposition_of(std::string_view name);

}  // namespace casewheel::doors
