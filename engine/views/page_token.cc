// Format 1: web-safe base64 of a byte 1 and the key's two words, big-endian. See page_token.h; any
// thread.
#include "engine/views/page_token.h"

#include "absl/strings/escaping.h"

namespace casewheel::views {

namespace {

constexpr char kFormat = 1;
constexpr std::size_t kBytes = 1 + 8 + 8;

void append(std::uint64_t word, std::string* bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes->push_back(static_cast<char>(word >> shift));
}

std::uint64_t word_at(const std::string& bytes, std::size_t at) {
  std::uint64_t word = 0;
  for (std::size_t i = at; i < at + 8; ++i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

}  // namespace

std::string format_page_token(DueKey last) {
  std::string bytes(1, kFormat);
  append(last.high, &bytes);
  append(last.low, &bytes);
  return absl::WebSafeBase64Escape(bytes);
}

Result<DueKey> parse_page_token(const std::string& token, std::uint8_t tenant_number) {
  if (token.empty()) return DueKey::start_of_tenant(tenant_number);
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() != kBytes ||
      bytes[0] != kFormat) {
    return Rejection::invalid("page_token", "is not a token of this list");
  }
  const DueKey key{word_at(bytes, 1), word_at(bytes, 9)};
  if (key.tenant_number() != tenant_number) {
    return Rejection::invalid("page_token", "is of another tenant's list");
  }
  return key;
}

}  // namespace casewheel::views
