// The parts of JPEG and PNG files: what is no part of the image is left out. Pixels are not looked at.
// Works on bytes of strangers; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace casewheel::attachments {

// Whether Exif, XMP and IPTC stay; either way their second parts (XMP's extension) and other images
// beside the first (CIPA DC-007) go.
enum class JpegNotes : std::uint8_t { kKept, kDropped };

// Which way up the image is to be shown, by Exif (CIPA DC-008, 4.6.5: 1 to 8) or XMP; 1 where
// nothing says so.
int orientation_of_exif(std::string_view tiff);
int orientation_of_xmp(std::string_view xmp);

// ITU T.81: from the start of the image to its end, and nothing behind it. Of notes that are
// dropped the
// orientation stays. False: it is no such file.
bool keep_jpeg_image(std::string* content, JpegNotes notes);

// PNG (third edition): all chunks but text (tEXt, zTXt, iTXt) and eXIf, and nothing behind IEND; of
// eXIf and XMP the
// orientation stays, or `orientation` where they say none. False: it is no such file.
bool keep_png_image(std::string* content, int orientation = 1);

}  // namespace casewheel::attachments
