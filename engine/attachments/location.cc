#include "engine/attachments/location.h"

#include <algorithm>
#include <array>
#include <exception>
#include <exiv2/exiv2.hpp>
#include <mutex>

#include "engine/attachments/image_parts.h"

namespace casewheel::attachments {
namespace {

// Of XMP: the GPS of Exif, and the places of IPTC Core and Extension and of Photoshop.
constexpr std::array<std::string_view, 9> kPlacesOfXmp = {
    "Xmp.iptc.Location",           "Xmp.iptc.CountryCode", "Xmp.iptcExt.LocationShown",
    "Xmp.iptcExt.LocationCreated", "Xmp.photoshop.City",   "Xmp.photoshop.State",
    "Xmp.photoshop.Country",       "Xmp.dc.coverage",      "Xmp.xmpDM.shotLocation"};
// Of IPTC's older record: City, Sublocation, Province and the countries.
constexpr std::array<std::string_view, 5> kPlacesOfIptc = {
    "Iptc.Application2.City", "Iptc.Application2.SubLocation", "Iptc.Application2.ProvinceState",
    "Iptc.Application2.CountryCode", "Iptc.Application2.CountryName"};

bool is_place_of_exif(const std::string& key, const std::string& group) {
  return group == "GPSInfo" || key == "Exif.Image.GPSTag" || key == "Exif.Photo.GPSTag";
}
bool is_place_of_xmp(const std::string& key) {
  if (key.find("GPS") != std::string::npos || key.find("gps") != std::string::npos) return true;
  return std::any_of(kPlacesOfXmp.begin(), kPlacesOfXmp.end(),
                     [&key](std::string_view place) { return key.starts_with(place); });
}

template <typename Data, typename IsPlace>
bool erase_places(Data& data, IsPlace is_place) {
  bool any = false;
  for (auto it = data.begin(); it != data.end();) {
    const bool place = is_place(*it);
    any |= place;
    it = place ? data.erase(it) : std::next(it);
  }
  return any;
}

// Whether there were any.
bool erase_places(Exiv2::Image& image) {
  bool any = erase_places(image.exifData(), [](const Exiv2::Exifdatum& one) {
    return is_place_of_exif(one.key(), one.groupName());
  });
  any |= erase_places(image.xmpData(),
                      [](const Exiv2::Xmpdatum& one) { return is_place_of_xmp(one.key()); });
  any |= erase_places(image.iptcData(), [](const Exiv2::Iptcdatum& one) {
    return std::find(kPlacesOfIptc.begin(), kPlacesOfIptc.end(), one.key()) != kPlacesOfIptc.end();
  });
  return any;
}

// Exiv2's XMP is one thread's at a time.
std::mutex& exiv2_lock() {
  static std::mutex mutex;
  static const bool ready = [] {
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
    Exiv2::enableBMFF(true);
    return Exiv2::XmpParser::initialize();
  }();
  static_cast<void>(ready);
  return mutex;
}

enum class Written : std::uint8_t { kSame, kAnew, kCannot };

// `kAnew`: there was a place, and `content` is without it. `kCannot`: it cannot be read, or there is a
// place that cannot be taken out.
Written take_out(std::string* content, bool may_write) {
  const std::scoped_lock lock(exiv2_lock());
  try {
    const auto image = Exiv2::ImageFactory::open(
        reinterpret_cast<const Exiv2::byte*>(content->data()), static_cast<long>(content->size()));
    image->readMetadata();
    if (!erase_places(*image)) return Written::kSame;
    if (!may_write) return Written::kCannot;
    image->writeMetadata();
    Exiv2::BasicIo& io = image->io();
    if (io.open() != 0) return Written::kCannot;
    const Exiv2::DataBuf bytes = io.read(static_cast<long>(io.size()));
    io.close();
    content->assign(reinterpret_cast<const char*>(bytes.pData_),
                    static_cast<std::size_t>(bytes.size_));
    return Written::kAnew;
  } catch (const std::exception&) {
    return Written::kCannot;
  }
}

// By Exif in PNG's older forms ("Raw profile type exif", compressed or not); 1 where nothing can be
// read.
int orientation_by_exiv2(const std::string& content) {
  const std::scoped_lock lock(exiv2_lock());
  try {
    const auto image = Exiv2::ImageFactory::open(
        reinterpret_cast<const Exiv2::byte*>(content.data()), static_cast<long>(content.size()));
    image->readMetadata();
    const auto exif = image->exifData().findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
    if (exif != image->exifData().end()) return static_cast<int>(exif->toLong());
    const auto xmp = image->xmpData().findKey(Exiv2::XmpKey("Xmp.tiff.Orientation"));
    return xmp == image->xmpData().end() ? 1 : static_cast<int>(xmp->toLong());
  } catch (const std::exception&) {
    return 1;
  }
}

// What no reader of XMP understood may still be there for another.
bool says_place(std::string_view content) {
  return content.find("GPSLatitude") != std::string_view::npos;
}

Rejection unreadable_image() {
  return Rejection::invalid("content", "is an image that cannot be read: it may be damaged");
}

}  // namespace

Result<std::string> without_location(std::string content, std::string_view media_type) {
  if (media_type == "image/png") {
    if (!keep_png_image(&content, orientation_by_exiv2(content))) return unreadable_image();
  } else if (media_type == "image/jpeg") {
    if (!keep_jpeg_image(&content, JpegNotes::kKept)) return unreadable_image();
    Written written = take_out(&content, true);
    if (written == Written::kAnew && !keep_jpeg_image(&content, JpegNotes::kKept))
      return unreadable_image();
    if (says_place(content)) written = Written::kCannot;
    if (written == Written::kCannot && !keep_jpeg_image(&content, JpegNotes::kDropped))
      return unreadable_image();
  } else if (media_type == "image/webp") {
    if (take_out(&content, true) == Written::kCannot || says_place(content))
      return unreadable_image();
  } else if (media_type == "image/heic") {
    if (take_out(&content, false) == Written::kCannot || says_place(content)) {
      return Rejection::invalid("content",
                                "is HEIC that names a place, or cannot be read: send it as JPEG");
    }
  } else if (media_type == "image/gif" && says_place(content)) {
    return Rejection::invalid("content", "is GIF that names a place: send it as JPEG");
  }
  return content;
}

}  // namespace casewheel::attachments
