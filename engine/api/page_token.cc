#include "engine/api/page_token.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <optional>
#include <utility>

#include "engine/access/secrets.h"
#include "engine/base/base64url.h"
#include "engine/base/digest.h"
#include "engine/partition/rows.h"

namespace casewheel::api {
namespace {

// 1 was written without a digest.
constexpr char kFormat = 2;
constexpr std::size_t kMacBytes = 16;
// Three numbers for each of 64 partitions, ten bytes each, in base64.
constexpr std::size_t kTokenChars = 3'000;

std::string hmac(std::string_view key, std::string_view text) {
  Sha256 digest{};
  unsigned size = 0;
  CASEWHEEL_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       digest.data(), &size) != nullptr &&
                      size == digest.size(),
                  "HMAC-SHA-256 failed");
  return std::string(bytes_of(digest));
}

// Of this list, tenant and filter alone: a token of any other does not open under it.
std::string key_of(std::string_view secret, std::uint8_t tenant_number, std::string_view list,
                   std::string_view filter) {
  const char tenant = static_cast<char>(tenant_number);
  const Sha256 scope = sha256_of_parts({"casewheel list token", list, {&tenant, 1}, filter});
  return hmac(secret, bytes_of(scope));
}

std::string filter_of(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> filter(request.New());
  filter->CopyFrom(request);
  for (const char* name : {"page_token", "page_size"}) {
    if (const auto* field = filter->GetDescriptor()->FindFieldByName(name))
      filter->GetReflection()->ClearField(filter.get(), field);
  }
  filter->DiscardUnknownFields();
  return partition::encode(*filter);
}

std::optional<std::vector<std::uint64_t>> numbers_of(std::string_view bytes, std::size_t count) {
  google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream input(&array);
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t& number : numbers) {
    google::protobuf::uint64 read = 0;
    if (!input.ReadVarint64(&read)) return std::nullopt;
    number = read;
  }
  if (static_cast<std::size_t>(input.CurrentPosition()) != bytes.size()) return std::nullopt;
  return numbers;
}

}  // namespace

ListTokens ListTokens::of(std::string_view secret, std::uint8_t tenant_number,
                          const google::protobuf::Message& request) {
  return {key_of(secret, tenant_number, request.GetDescriptor()->full_name(), filter_of(request)),
          "page_token"};
}

ListTokens ListTokens::of(const Services& services, std::uint8_t tenant_number,
                          std::string_view list, std::string field) {
  return {key_of(services.engine.installation().secret, tenant_number, list, {}), std::move(field)};
}

std::string ListTokens::mac(std::string_view place) const {
  return hmac(key_, place).substr(0, kMacBytes);
}

std::string ListTokens::make(const std::vector<std::uint64_t>& place) const {
  std::string bytes(1, kFormat);
  {
    google::protobuf::io::StringOutputStream string(&bytes);
    google::protobuf::io::CodedOutputStream output(&string);
    for (const std::uint64_t number : place) output.WriteVarint64(number);
  }
  return base64url(bytes + mac(bytes));
}

Result<std::vector<std::uint64_t>> ListTokens::read(std::string_view token,
                                                    std::size_t count) const {
  if (token.empty()) return std::vector<std::uint64_t>();
  if (token.size() > kTokenChars) return refusal();
  const std::optional<std::string> bytes = from_base64url(token);
  if (!bytes || bytes->size() < 1 + kMacBytes || bytes->front() != kFormat) return refusal();
  const std::string_view place(bytes->data(), bytes->size() - kMacBytes);
  if (!access::same_secret(mac(place), std::string_view(*bytes).substr(place.size())))
    return refusal();
  std::optional<std::vector<std::uint64_t>> numbers = numbers_of(place.substr(1), count);
  if (!numbers) return refusal();
  return *std::move(numbers);
}

Rejection ListTokens::refusal() const {
  return Rejection::invalid(field_,
                            "is not one this list gave for this tenant and this filter: send the "
                            "request of the page before, or start without a token");
}

Result<int> page_size_of(int asked, int preset, int most) {
  if (asked < 0 || asked > most)
    return Rejection::invalid("page_size", "must lie between 0 and " + std::to_string(most));
  return asked == 0 ? preset : asked;
}

}  // namespace casewheel::api
