// A person as callers name her (by telephone, e-mail or customer number), and the cases she is known by.
// Any thread.
#pragma once

#include <vector>

#include "casewheel/v1/privacy.pb.h"
#include "engine/api/call.h"
#include "engine/partition/person.h"

namespace casewheel::api {

// Newest first.
bool newer_case(const CaseAddress& a, const CaseAddress& b);

// The digests her cases may be found under: as it was typed, then as it is dialled where that differs.
using PersonDigests = std::vector<storage::Digest16>;
Result<PersonDigests> person_digests(const Services& services, std::uint8_t tenant_number,
                                     const std::string& field, partition::PersonKey key,
                                     const std::string& text);

// Of a message whose oneof `key` says who: phone, email or customer_number. `prefix` stands before the
// names of its fields in what is refused.
template <typename Message>
Result<PersonDigests> person_digests_of(const Services& services, std::uint8_t tenant_number,
                                        const std::string& prefix, const Message& person) {
  using partition::PersonKey;
  if (person.key_case() == Message::kEmail)
    return person_digests(services, tenant_number, prefix + "email", PersonKey::kEmail,
                          person.email());
  if (person.key_case() == Message::kCustomerNumber)
    return person_digests(services, tenant_number, prefix + "customer_number",
                          PersonKey::kCustomerNumber, person.customer_number());
  return person_digests(services, tenant_number, prefix + "phone", PersonKey::kPhone,
                        person.phone());
}

// How the trail names a person: one name for the same person each time, which says no more.
std::string trail_name(const PersonDigests& digests);
bool is_trail_name(std::string_view text);
// Whom a request is about by that name; empty when it is about nobody.
std::string person_on_trail(const Services& services, const google::protobuf::Message& request);

// In which capacity the person stands in a case: as its applicant, or as who that was before a
// correction. Only export and erasure ask for the latter.
enum class Standing : std::uint8_t { kApplicant, kFormer };

// Newest first, of every partition; those that were erased are not among them. Stretches that cannot be
// read are added to `unreadable_stretches`.
Result<std::vector<CaseAddress>> cases_of_person(const Services& services,
                                                 const storage::Snapshot& snapshot,
                                                 const PersonDigests& digests,
                                                 std::uint32_t* unreadable_stretches,
                                                 Standing standing = Standing::kApplicant);

}  // namespace casewheel::api
