#include "engine/partition/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>

#include "engine/base/result.h"

namespace casewheel::partition {
namespace {

constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kNonceBytes = 12;

const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

std::array<std::uint8_t, kNonceBytes> nonce_of(std::uint32_t revision) {
  std::array<std::uint8_t, kNonceBytes> nonce{};
  for (int i = 0; i < 4; ++i)
    nonce[kNonceBytes - 1 - i] = static_cast<std::uint8_t>(revision >> (8 * i));
  return nonce;
}

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::uint8_t* bytes(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

}  // namespace

RandomBytes system_random() {
  struct Pool {
    std::array<std::uint8_t, 4096> bytes;
    std::size_t used = sizeof(bytes);
  };
  auto pool = std::make_shared<Pool>();
  return [pool](std::uint8_t* out, std::size_t size) {
    if (pool->used + size > pool->bytes.size()) {
      CASEWHEEL_CHECK(RAND_bytes(pool->bytes.data(), static_cast<int>(pool->bytes.size())) == 1,
                      "no random bytes");
      pool->used = 0;
    }
    std::memcpy(out, pool->bytes.data() + pool->used, size);
    std::memset(pool->bytes.data() + pool->used, 0, size);
    pool->used += size;
  };
}

Sealer::Sealer() : context_(EVP_CIPHER_CTX_new()) {}
Sealer::~Sealer() { EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(context_)); }

std::string Sealer::seal(const SealKey& key, std::uint32_t revision, std::string_view plain) {
  auto* context = static_cast<EVP_CIPHER_CTX*>(context_);
  const auto nonce = nonce_of(revision);
  std::string out(plain.size() + kTagBytes, '\0');
  int length = 0;
  int tail = 0;
  const bool ok =
      EVP_EncryptInit_ex(context, cipher(), nullptr, key.data(), nonce.data()) == 1 &&
      EVP_EncryptUpdate(context, bytes(out), &length, bytes(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context, bytes(out) + length, &tail) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, bytes(out) + plain.size()) == 1;
  CASEWHEEL_CHECK(ok, "sealing failed");
  return out;
}

bool Sealer::unseal(const SealKey& key, std::uint32_t revision, std::string_view sealed,
                    std::string* plain) {
  if (sealed.size() < kTagBytes) return false;
  auto* context = static_cast<EVP_CIPHER_CTX*>(context_);
  const auto nonce = nonce_of(revision);
  const std::size_t size = sealed.size() - kTagBytes;
  std::string tag(sealed.substr(size));
  plain->assign(size, '\0');
  int length = 0;
  int tail = 0;
  return EVP_DecryptInit_ex(context, cipher(), nullptr, key.data(), nonce.data()) == 1 &&
         EVP_DecryptUpdate(context, bytes(*plain), &length, bytes(sealed),
                           static_cast<int>(size)) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(context, bytes(*plain) + length, &tail) == 1;
}

}  // namespace casewheel::partition
