#include "engine/doors/http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace casewheel::doors {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say gzip, and nothing else
constexpr std::size_t kStep = 64 * 1024;

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib reads only
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  CASEWHEEL_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, MAX_MEM_LEVEL,
                               Z_DEFAULT_STRATEGY) == Z_OK,
                  "no memory for zlib");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int ended = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  CASEWHEEL_CHECK(ended == Z_STREAM_END, "zlib's own bound is too small");
  return packed;
}

Result<std::string> gunzip(std::string_view packed, std::size_t bytes_max, bool* longer) {
  const auto refuse_longer = [&] {
    if (longer != nullptr) *longer = true;
    return too_long(bytes_max);
  };
  z_stream stream{};
  CASEWHEEL_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK, "no memory for zlib");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ended(&stream, inflateEnd);
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    const std::size_t known = bytes.size();
    if (known > bytes_max) return refuse_longer();
    bytes.resize(std::min(known + kStep, bytes_max + 1));
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + known);
    stream.avail_out = static_cast<uInt>(bytes.size() - known);
    code = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(bytes.size() - stream.avail_out);
    if (code != Z_STREAM_END && (code != Z_OK || stream.avail_out > 0))
      return Rejection::of(RejectionCode::kInvalidArgument, "the message is not whole gzip");
  }
  if (stream.avail_in > 0)
    return Rejection::of(RejectionCode::kInvalidArgument, "something follows the gzip message");
  if (bytes.size() > bytes_max) return refuse_longer();
  return bytes;
}

Rejection too_long(std::size_t bytes_max) {
  return Rejection::invalid("request", "is longer than " + std::to_string(bytes_max) + " bytes");
}

}  // namespace casewheel::doors
