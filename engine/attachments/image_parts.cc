#include "engine/attachments/image_parts.h"

#include <string_view>

namespace casewheel::attachments {
namespace {

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::string written(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 0xff),
          static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

constexpr int kUpright = 1;
constexpr std::string_view kExif("Exif\0\0", 6);
constexpr std::string_view kXmp("http://ns.adobe.com/xap/1.0/\0", 29);

bool is_orientation(int value) { return value >= 1 && value <= 8; }

// TIFF with one entry in its only directory: tag 0x0112, one SHORT.
std::string exif_of(int orientation) {
  return std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) +
         static_cast<char>(orientation) + std::string(6, '\0');
}

// ISO 3309, as PNG has it.
std::uint32_t check_sum(std::string_view bytes) {
  std::uint32_t sum = 0xffffffff;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}

constexpr std::uint8_t kStart = 0xd8;
constexpr std::uint8_t kEnd = 0xd9;
constexpr std::uint8_t kScan = 0xda;
constexpr std::uint8_t kApp0 = 0xe0;
constexpr std::uint8_t kApp1 = 0xe1;
constexpr std::uint8_t kApp2 = 0xe2;
constexpr std::uint8_t kApp13 = 0xed;
constexpr std::uint8_t kComment = 0xfe;

bool stands_alone(std::uint8_t marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

// Whether a segment is left out; `payload`: behind its length.
bool goes(std::uint8_t marker, std::string_view payload, JpegNotes notes) {
  if (marker == kApp2) return payload.starts_with(std::string_view("MPF\0", 4));
  if (marker == kApp1 && payload.starts_with("http://ns.adobe.com/xmp/extension/")) return true;
  return notes == JpegNotes::kDropped &&
         (marker == kApp1 || marker == kApp13 || marker == kComment);
}

// Behind the coded data that follows a scan's head: where the next marker begins.
std::size_t behind_scan(std::string_view bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    if (static_cast<std::uint8_t>(bytes[at]) != 0xff) continue;
    const auto next = static_cast<std::uint8_t>(bytes[at + 1]);
    if (next != 0x00 && next != 0xff && !stands_alone(next)) return at;
  }
  return bytes.size();
}

}  // namespace

int orientation_of_exif(std::string_view tiff) {
  const bool little = tiff.starts_with("II");
  if (tiff.size() < 8 || (!little && !tiff.starts_with("MM"))) return kUpright;
  const auto number = [&](std::size_t at, std::size_t length) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(tiff[little ? at + length - 1 - i : at + i]);
      value = value << 8 | byte;
    }
    return value;
  };
  constexpr std::size_t kEntry = 12;
  const std::size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return kUpright;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (at + kEntry > tiff.size()) break;
    if (number(at, 2) != 0x0112 || number(at + 2, 2) != 3) continue;
    const int value = static_cast<int>(number(at + 8, 2));
    return is_orientation(value) ? value : kUpright;
  }
  return kUpright;
}

int orientation_of_xmp(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  const std::size_t at = xmp.find(kName);
  if (at == std::string_view::npos || xmp.size() - at < kName.size() + 3) return kUpright;
  xmp.remove_prefix(at + kName.size());
  std::size_t value = 0;  // an attribute or an element
  if (xmp.starts_with("=\"") || xmp.starts_with("='")) value = 2;
  if (xmp.starts_with(">")) value = 1;
  if (value == 0) return kUpright;
  const int number = xmp[value] - '0';
  return is_orientation(number) ? number : kUpright;
}

bool keep_jpeg_image(std::string* content, JpegNotes notes) {
  const std::string_view bytes = *content;
  if (!bytes.starts_with("\xff\xd8")) return false;
  std::string kept(bytes.substr(0, 2));
  std::size_t at = 2;
  bool scanned = false;
  // Behind the start and what JFIF wants first.
  std::size_t notes_at = 2;
  int orientation = kUpright;
  const auto turn = [&] {
    if (orientation == kUpright) return;
    const std::string exif = std::string(kExif) + exif_of(orientation);
    const std::size_t length = exif.size() + 2;
    kept.insert(notes_at, std::string("\xff\xe1") + static_cast<char>(length >> 8) +
                              static_cast<char>(length) + exif);
  };
  while (at + 2 <= bytes.size()) {
    if (static_cast<std::uint8_t>(bytes[at]) != 0xff) return false;
    const auto marker = static_cast<std::uint8_t>(bytes[at + 1]);
    if (marker == 0xff) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == kEnd) {
      kept.append("\xff\xd9");
      turn();
      *content = std::move(kept);
      return true;
    }
    if (marker == kStart || marker == 0x00) return false;
    if (stands_alone(marker)) {
      kept.append(bytes.substr(at, 2));
      at += 2;
      continue;
    }
    if (at + 4 > bytes.size()) return false;
    const std::size_t length = big_endian(bytes.substr(at + 2, 2));
    if (length < 2 || at + 2 + length > bytes.size()) return false;
    std::size_t end = at + 2 + length;
    const std::string_view payload = bytes.substr(at + 4, length - 2);
    if (goes(marker, payload, notes)) {
      if (marker == kApp1 && notes == JpegNotes::kDropped && orientation == kUpright) {
        if (payload.starts_with(kExif))
          orientation = orientation_of_exif(payload.substr(kExif.size()));
        if (payload.starts_with(kXmp)) orientation = orientation_of_xmp(payload);
      }
    } else {
      if (marker == kScan) end = behind_scan(bytes, end);
      scanned |= marker == kScan;
      kept.append(bytes.substr(at, end - at));
      if (marker == kApp0 && kept.size() == 2 + end - at) notes_at = kept.size();
    }
    at = end;
  }
  // Cut off in its last scan, as interrupted transfers leave them: viewers show what there is.
  if (at < bytes.size() || !scanned) return false;
  kept.append("\xff\xd9");
  turn();
  *content = std::move(kept);
  return true;
}

bool keep_png_image(std::string* content, int orientation) {
  constexpr std::string_view kMark("\x89PNG\r\n\x1a\n", 8);
  constexpr std::size_t kAroundChunk = 12;  // length, type, check sum
  const std::string_view bytes = *content;
  if (!bytes.starts_with(kMark)) return false;
  std::string kept(kMark);
  std::size_t at = kMark.size();
  std::size_t notes_at = 0;  // before the pixels
  int said = kUpright;
  while (bytes.size() - at >= kAroundChunk) {
    const std::size_t length = big_endian(bytes.substr(at, 4));
    if (length > bytes.size() - at - kAroundChunk) return false;
    const std::string_view type = bytes.substr(at + 4, 4);
    const std::string_view chunk = bytes.substr(at, length + kAroundChunk);
    at += chunk.size();
    const std::string_view payload = chunk.substr(8, length);
    if (type == "eXIf" && said == kUpright) said = orientation_of_exif(payload);
    if (type == "iTXt" && said == kUpright && payload.starts_with("XML:com.adobe.xmp"))
      said = orientation_of_xmp(payload);
    if (type == "tEXt" || type == "zTXt" || type == "iTXt" || type == "eXIf") continue;
    if (type == "IDAT" && notes_at == 0) notes_at = kept.size();
    kept.append(chunk);
    if (type != "IEND") continue;
    if (said == kUpright && is_orientation(orientation)) said = orientation;
    if (said != kUpright && notes_at != 0) {
      const std::string exif = exif_of(said);
      const std::string named = "eXIf" + exif;
      kept.insert(notes_at, written(static_cast<std::uint32_t>(exif.size())) + named +
                                written(check_sum(named)));
    }
    *content = std::move(kept);
    return true;
  }
  return false;
}

}  // namespace casewheel::attachments
