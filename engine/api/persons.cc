#include "engine/api/persons.h"

#include <algorithm>

#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "storage/keys.h"

namespace casewheel::api {
namespace {

constexpr std::size_t kTrailNameBytes = 8;

template <typename Message>
std::string trail_name_of(const Services& services, const std::string& tenant,
                          const Message& person) {
  const auto registry = services.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(tenant);
  if (rules == nullptr) return {};
  const Result<storage::Digest16> digest =
      person_digest_of(services, rules->tenant_number(), "", person);
  return digest ? trail_name(*digest) : std::string();
}

}  // namespace

std::string trail_name(const storage::Digest16& digest) {
  return "person:" + hex({reinterpret_cast<const char*>(digest.data()), kTrailNameBytes});
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

Result<storage::Digest16> person_digest(const Services& services, std::uint8_t tenant_number,
                                        const std::string& field, partition::PersonKey key,
                                        const std::string& text) {
  const Result<std::string> clean = clean_text(field, text, limits::kEmailChars, TextKind::kLine);
  if (!clean) return clean.error();
  storage::Digest16 digest;
  if (!partition::person_digest(services.engine.installation().secret, tenant_number, key, *clean,
                                &digest)) {
    return Rejection::invalid(field, "is required");
  }
  return digest;
}

Result<std::vector<CaseAddress>> cases_of_person(const Services& services,
                                                 const storage::Snapshot& snapshot,
                                                 const storage::Digest16& digest) {
  std::vector<CaseAddress> addresses;
  for (PartitionId id = 0; id < services.engine.partitions(); ++id) {
    const std::string prefix = storage::lookup_prefix(id, digest);
    const Status status = snapshot.scan(storage::Table::kState, prefix, storage::prefix_end(prefix),
                                        [&](std::string_view row, std::string_view) {
                                          if (auto address = storage::decode_lookup_key(row))
                                            addresses.push_back(*address);
                                          return true;
                                        });
    if (!status) return unreadable(status);
  }
  std::sort(addresses.begin(), addresses.end(), newer_case);
  return addresses;
}

}  // namespace casewheel::api
