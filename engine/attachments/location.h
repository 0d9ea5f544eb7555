// Where a photograph was taken is nobody's business but the photographer's: taken out before it is kept.
// The pixels stay as they are, and so does which side is up. Works on bytes of strangers; any thread, one
// at a time.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::attachments {

// The image without its place: GPS of Exif, and what XMP and IPTC say of where. Of PNG without any text or
// Exif but the orientation; of JPEG without what stands behind the image. HEIC that names a place
// is refused, since nothing
// here can write it, and so is such a GIF; other types come back as they are. Refused, naming the field "content", where it
// cannot be read.
Result<std::string> without_location(std::string content, std::string_view media_type);

}  // namespace casewheel::attachments
