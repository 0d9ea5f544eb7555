#include "engine/attachments/image_parts.h"

#include <string_view>

namespace casewheel::attachments {
namespace {

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

constexpr std::uint8_t kStart = 0xd8;
constexpr std::uint8_t kEnd = 0xd9;
constexpr std::uint8_t kScan = 0xda;
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

bool keep_jpeg_image(std::string* content, JpegNotes notes) {
  const std::string_view bytes = *content;
  if (!bytes.starts_with("\xff\xd8")) return false;
  std::string kept(bytes.substr(0, 2));
  std::size_t at = 2;
  bool scanned = false;
  while (at + 2 <= bytes.size()) {
    if (static_cast<std::uint8_t>(bytes[at]) != 0xff) return false;
    const auto marker = static_cast<std::uint8_t>(bytes[at + 1]);
    if (marker == 0xff) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == kEnd) {
      kept.append("\xff\xd9");
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
    if (!goes(marker, bytes.substr(at + 4, length - 2), notes)) {
      if (marker == kScan) end = behind_scan(bytes, end);
      scanned |= marker == kScan;
      kept.append(bytes.substr(at, end - at));
    }
    at = end;
  }
  // Cut off in its last scan, as interrupted transfers leave them: viewers show what there is.
  if (at < bytes.size() || !scanned) return false;
  kept.append("\xff\xd9");
  *content = std::move(kept);
  return true;
}

bool keep_png_image(std::string* content) {
  constexpr std::string_view kMark("\x89PNG\r\n\x1a\n", 8);
  constexpr std::size_t kAroundChunk = 12;  // length, type, check sum
  const std::string_view bytes = *content;
  if (!bytes.starts_with(kMark)) return false;
  std::string kept(kMark);
  std::size_t at = kMark.size();
  while (bytes.size() - at >= kAroundChunk) {
    const std::size_t length = big_endian(bytes.substr(at, 4));
    if (length > bytes.size() - at - kAroundChunk) return false;
    const std::string_view type = bytes.substr(at + 4, 4);
    const std::string_view chunk = bytes.substr(at, length + kAroundChunk);
    at += chunk.size();
    if (type == "tEXt" || type == "zTXt" || type == "iTXt" || type == "eXIf") continue;
    kept.append(chunk);
    if (type != "IEND") continue;
    *content = std::move(kept);
    return true;
  }
  return false;
}

}  // namespace casewheel::attachments
