#include "engine/base/base64url.h"

#include <array>
#include <cstdint>

namespace casewheel {
namespace {

constexpr std::string_view kBase64UrlLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoBase64UrlLetter = 0xff;

constexpr std::array<std::uint8_t, 256> base64url_values() {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t& value : values) value = kNoBase64UrlLetter;
  for (std::size_t i = 0; i < kBase64UrlLetters.size(); ++i)
    values[static_cast<unsigned char>(kBase64UrlLetters[i])] = static_cast<std::uint8_t>(i);
  return values;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += kBase64UrlLetters[(pending >> (bits - 6)) & 0x3f];
  }
  if (bits > 0) text += kBase64UrlLetters[(pending << (6 - bits)) & 0x3f];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  static constexpr std::array<std::uint8_t, 256> kValues = base64url_values();
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNoBase64UrlLetter) return std::nullopt;
    pending = (pending << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((pending >> bits) & 0xff);
    }
  }
  if ((pending & ((1u << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace casewheel
