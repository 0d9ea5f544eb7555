// The parts of JPEG and PNG files: what is no part of the image is left out. Pixels are not looked at.
// Works on bytes of strangers; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace casewheel::attachments {

// Whether Exif, XMP and IPTC stay; either way their second parts (XMP's extension) and other images
// beside the first (CIPA DC-007) go.
enum class JpegNotes : std::uint8_t { kKept, kDropped };

// ITU T.81: from the start of the image to its end, and nothing behind it. False: it is no such file.
bool keep_jpeg_image(std::string* content, JpegNotes notes);

// PNG (third edition): all chunks but text (tEXt, zTXt, iTXt) and eXIf, and nothing behind IEND. False: it
// is no such file.
bool keep_png_image(std::string* content);

}  // namespace casewheel::attachments
