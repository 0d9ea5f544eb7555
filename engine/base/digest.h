// SHA-256 and short keyed digests. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace casewheel {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

// SHA-256 over the parts, each preceded by its length, so that ("ab","c") and ("a","bc") differ.
Sha256 sha256_of_parts(std::initializer_list<std::string_view> parts);

// The first eight bytes as a number, never 0 (0 stands for "none").
std::uint64_t short_digest(const Sha256& digest);

std::string hex(std::string_view bytes);
// Nothing where the text is not pairs of lower-case hexadecimal digits.
std::optional<std::string> bytes_of_hex(std::string_view text);
inline std::string_view bytes_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// A digest fed piece by piece.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void add(std::string_view bytes);
  void add_part(std::string_view bytes);  // with its length before it
  Sha256 finish();

 private:
  void* context_;
};

}  // namespace casewheel
