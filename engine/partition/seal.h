// Sealing personal data: AES-256-GCM (NIST SP 800-38D) under a key of the case's own, which lies in
// the case row and nowhere else. Destroying the key makes every sealed copy unreadable, in the
// journal and in backups of it too. The nonce is the event's revision: a key never meets it twice.
// A Sealer belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace casewheel::partition {

inline constexpr std::size_t kSealKeyBytes = 32;
using SealKey = std::array<std::uint8_t, kSealKeyBytes>;

// Fills with unpredictable bytes. Tests give their own; the engine's is OpenSSL's generator, drawn
// in blocks.
using RandomBytes = std::function<void(std::uint8_t* out, std::size_t size)>;
RandomBytes system_random();

class Sealer {
 public:
  Sealer();
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  // Ciphertext followed by the 16-byte tag.
  std::string seal(const SealKey& key, std::uint32_t revision, std::string_view plain);
  // False when the key is not the one, or the bytes were changed.
  bool unseal(const SealKey& key, std::uint32_t revision, std::string_view sealed,
              std::string* plain);

 private:
  void* context_;
};

}  // namespace casewheel::partition
