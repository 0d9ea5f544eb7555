// How a person's cases are found: by a keyed digest of the phone, e-mail or customer number, so that
// no row key holds any of them. How it is written (engine/base/half_width.h) does not matter, nor does
// case, nor +886 before a Taiwanese number. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/events.pb.h"
#include "engine/base/ids.h"
#include "storage/keys.h"

namespace casewheel::partition {

enum class PersonKey : std::uint8_t { kPhone = 1, kEmail = 2, kCustomerNumber = 3 };

// False when nothing comparable is left of the text; of a telephone, no digit but zeros.
bool person_digest(std::string_view secret, std::uint8_t tenant_number, PersonKey key,
                   std::string_view text, storage::Digest16* digest);

// All digests under which an applicant's case is found.
std::vector<storage::Digest16> person_digests(std::string_view secret, std::uint8_t tenant_number,
                                              const casewheel::journal::v1::Applicant& applicant);

// Those of who stood in the case before a correction and does no more: for export and erasure alone.
std::vector<storage::Digest16> former_digests(std::string_view secret, std::uint8_t tenant_number,
                                              const casewheel::journal::v1::PersonalData& personal);

// The keys of all look-up rows that lead to the case whose personal data this is.
std::vector<std::string> lookup_keys(std::string_view secret, PartitionId partition, CaseId id,
                                     const casewheel::journal::v1::PersonalData& personal);

}  // namespace casewheel::partition
