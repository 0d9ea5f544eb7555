// What strangers send as files, on arbitrary bytes: its type is told, and images come back as images,
// smaller or refused, and the same when they come once more.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/attachments/image_parts.h"
#include "engine/attachments/location.h"
#include "engine/attachments/media_type.h"
#include "tests/fuzz/require.h"

using casewheel::require;
namespace attachments = casewheel::attachments;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)attachments::media_type_of(bytes);
  const auto name = attachments::file_name_of("name", bytes);
  if (name) {
    const auto again = attachments::file_name_of("name", *name);
    require(again && *again == *name);
  }
  for (const char* type : {"image/jpeg", "image/png", "image/webp", "image/heic"}) {
    const auto kept = attachments::without_location(bytes, type);
    if (!kept) continue;
    const std::string_view kind(type);
    if (kind == "image/jpeg") require(kept->starts_with("\xff\xd8") && kept->ends_with("\xff\xd9"));
    // Text and Exif go; the orientation alone comes back as a chunk of 38 bytes.
    if (kind == "image/png") require(kept->size() <= bytes.size() + 38);
    if (kind != "image/png" && kind != "image/jpeg") continue;
    std::string again = *kept;
    const bool image = kind == "image/png"
                           ? attachments::keep_png_image(&again)
                           : attachments::keep_jpeg_image(&again, attachments::JpegNotes::kKept);
    require(image && again == *kept);
  }
  return 0;
}
