#include "engine/api/persons.h"

#include <algorithm>

#include "engine/api/applicant_numbers.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

constexpr std::string_view kTrailPrefix = "person:";
constexpr std::size_t kTrailNameBytes = 8;

template <typename Message>
std::string trail_name_of(const Services& services, const std::string& tenant,
                          const Message& person) {
  const auto registry = services.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(tenant);
  if (rules == nullptr) return {};
  const Result<PersonDigests> digests =
      person_digests_of(services, rules->tenant_number(), "", person);
  return digests ? trail_name(*digests) : std::string();
}

}  // namespace

std::string trail_name(const PersonDigests& digests) {
  const storage::Digest16& digest = digests.back();
  return std::string(kTrailPrefix) +
         hex({reinterpret_cast<const char*>(digest.data()), kTrailNameBytes});
}

bool is_trail_name(std::string_view text) {
  return text.size() == kTrailPrefix.size() + 2 * kTrailNameBytes &&
         text.starts_with(kTrailPrefix) &&
         text.find_first_not_of("0123456789abcdef", kTrailPrefix.size()) == text.npos;
}

std::string person_on_trail(const Services& services, const google::protobuf::Message& request) {
  const auto* type = request.GetDescriptor();
  const auto named_by = [&]<typename Request>(const Request& known) {
    return known.has_person() ? trail_name_of(services, known.tenant(), known.person())
                              : std::string();
  };
  if (type == v1::FindCasesByPersonRequest::descriptor()) {
    const auto& find = static_cast<const v1::FindCasesByPersonRequest&>(request);
    return trail_name_of(services, find.tenant(), find);
  }
  if (type == v1::ExportPersonRequest::descriptor())
    return named_by(static_cast<const v1::ExportPersonRequest&>(request));
  if (type == v1::ErasePersonRequest::descriptor())
    return named_by(static_cast<const v1::ErasePersonRequest&>(request));
  return {};
}

bool newer_case(const CaseAddress& a, const CaseAddress& b) {
  return a.id != b.id ? a.id > b.id : a.partition < b.partition;
}

Result<PersonDigests> person_digests(const Services& services, std::uint8_t tenant_number,
                                     const std::string& field, partition::PersonKey key,
                                     const std::string& text) {
  const Result<std::string> clean = clean_text(field, text, limits::kEmailChars, TextKind::kLine);
  if (!clean) return clean.error();
  PersonDigests digests;
  const auto add = [&](const std::string& known) {
    storage::Digest16 digest;
    if (!known.empty() &&
        partition::person_digest(services.engine.installation().secret, tenant_number, key, known,
                                 &digest) &&
        (digests.empty() || digests.front() != digest))
      digests.push_back(digest);
  };
  add(*clean);
  if (digests.empty() && key == partition::PersonKey::kPhone && !is_blank(*clean))
    return Rejection::invalid(field, "must hold the digits of a telephone number");
  if (digests.empty()) return Rejection::invalid(field, "is required");
  if (key == partition::PersonKey::kPhone) add(dialled_phone(*clean));
  return digests;
}

Result<std::vector<CaseAddress>> cases_of_person(const Services& services,
                                                 const storage::Snapshot& snapshot,
                                                 const PersonDigests& digests,
                                                 std::uint32_t* unreadable_stretches,
                                                 Standing standing) {
  std::vector<CaseAddress> addresses;
  storage::PassedOver passed;
  const bool former = standing == Standing::kFormer;
  const auto take = [&](std::string_view row, std::string_view) {
    if (auto address =
            former ? storage::decode_former_lookup_key(row) : storage::decode_lookup_key(row))
      addresses.push_back(*address);
    return true;
  };
  for (PartitionId id = 0; id < services.engine.partitions(); ++id) {
    for (const storage::Digest16& digest : digests) {
      const std::string prefix =
          former ? storage::former_lookup_prefix(id, digest) : storage::lookup_prefix(id, digest);
      const Status status = storage::scan_readable(snapshot, storage::Table::kState, prefix,
                                                   storage::prefix_end(prefix), take, &passed);
      if (!status) return unreadable(status);
    }
  }
  *unreadable_stretches += static_cast<std::uint32_t>(passed.stretches.size());
  services.engine.damage().passed_over += passed.stretches.size();
  std::sort(addresses.begin(), addresses.end(), newer_case);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace casewheel::api
