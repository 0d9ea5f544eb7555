#include "engine/partition/person.h"

#include <algorithm>
#include <string>

#include "engine/base/digest.h"
#include "engine/base/half_width.h"
#include "engine/base/text.h"

namespace casewheel::partition {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The same as folded(), without its work for the texts that need none.
std::string comparable(std::string_view text, bool keep_all_signs) {
  std::string out;
  const std::string wide = is_ascii(text) ? std::string() : folded(text);
  const std::string_view source = is_ascii(text) ? text : std::string_view(wide);
  for (const char c : source) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80) {
      out.push_back(c);
    } else if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (keep_all_signs && c > ' ')) {
      out.push_back(c);
    }
  }
  return out;
}

std::string normalised(PersonKey key, std::string_view text) {
  if (key == PersonKey::kEmail) return comparable(text, true);
  std::string value =
      is_ascii(text) ? comparable(text, false) : comparable(with_ascii_digits(text), false);
  if (key == PersonKey::kPhone) {
    if (value.rfind("00886", 0) == 0) value.erase(0, 2);
    if (value.rfind("886", 0) == 0 && value.size() > 9) {
      value.erase(0, 3);
      if (value.front() != '0') value.insert(value.begin(), '0');
    }
  }
  return value;
}

}  // namespace

bool person_digest(std::string_view secret, std::uint8_t tenant_number, PersonKey key,
                   std::string_view text, storage::Digest16* digest) {
  const std::string value = normalised(key, text);
  if (value.empty()) return false;
  // "無" and "N/A" are nobody's number: those who are without one are not one person.
  if (key == PersonKey::kPhone && value.find_first_of("123456789") == value.npos) return false;
  const char kind[2] = {static_cast<char>(tenant_number), static_cast<char>(key)};
  const Sha256 whole = sha256_of_parts({secret, {kind, sizeof kind}, value});
  std::copy_n(whole.begin(), digest->size(), digest->begin());
  return true;
}

std::vector<storage::Digest16> person_digests(std::string_view secret, std::uint8_t tenant_number,
                                              const casewheel::journal::v1::Applicant& applicant) {
  std::vector<storage::Digest16> digests;
  const auto add = [&](PersonKey key, std::string_view text) {
    storage::Digest16 digest;
    // By most spellings they are the same.
    if (!text.empty() && person_digest(secret, tenant_number, key, text, &digest) &&
        std::find(digests.begin(), digests.end(), digest) == digests.end())
      digests.push_back(digest);
  };
  add(PersonKey::kPhone, applicant.phone());
  // What her telephone shows is the number alone; with the extension she is told from her colleagues.
  const std::string_view dialled = applicant.dialled_phone();
  add(PersonKey::kPhone, dialled);
  if (const std::size_t extension = dialled.find('x'); extension != dialled.npos)
    add(PersonKey::kPhone, dialled.substr(0, extension));
  add(PersonKey::kEmail, applicant.email());
  add(PersonKey::kCustomerNumber, applicant.customer_number());
  return digests;
}

std::vector<storage::Digest16> former_digests(
    std::string_view secret, std::uint8_t tenant_number,
    const casewheel::journal::v1::PersonalData& personal) {
  std::vector<storage::Digest16> former;
  if (personal.formerly().empty()) return former;
  const std::vector<storage::Digest16> present =
      person_digests(secret, tenant_number, personal.applicant());
  const auto holds = [](const auto& digests, const storage::Digest16& digest) {
    return std::find(digests.begin(), digests.end(), digest) != digests.end();
  };
  for (const casewheel::journal::v1::Applicant& earlier : personal.formerly()) {
    for (const storage::Digest16& digest : person_digests(secret, tenant_number, earlier)) {
      if (!holds(present, digest) && !holds(former, digest)) former.push_back(digest);
    }
  }
  return former;
}

std::vector<std::string> lookup_keys(std::string_view secret, PartitionId partition, CaseId id,
                                     const casewheel::journal::v1::PersonalData& personal) {
  std::vector<std::string> keys;
  for (const storage::Digest16& digest :
       person_digests(secret, id.tenant_number(), personal.applicant()))
    keys.push_back(storage::lookup_key(partition, digest, id));
  for (const storage::Digest16& digest : former_digests(secret, id.tenant_number(), personal))
    keys.push_back(storage::former_lookup_key(partition, digest, id));
  return keys;
}

}  // namespace casewheel::partition
