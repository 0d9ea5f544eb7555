// Calls as stored and as the API shows them, and what ties them to cases and persons. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "casewheel/v1/calls.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"
#include "engine/api/persons.h"
#include "engine/partition/call_rows.h"

namespace casewheel::api {

// Of what the exchange calls it, within the tenant.
storage::Digest16 call_id(std::string_view tenant, std::string_view exchange_call);
// As the API names it, and back; empty when it is none.
std::string call_name(const storage::Digest16& id);
std::optional<storage::Digest16> parse_call_name(std::string_view name);

v1::Call to_call(const partition::CallRecord& record, Shown shown = Shown::kMasked);

// The call as stored, for somebody who may see it. Reads the store.
Result<partition::CallRecord> read_call_for(const Call& call, const Services& services,
                                            const storage::Digest16& id);

// Puts a case on the record of the call it was lodged during; tells why not: kNotFound where the tenant has no
// such call.
void link_call(const Services& services, const std::string& tenant, const std::string& call,
               CaseAddress lodged, const domain::Who& who,
               std::function<void(std::optional<Rejection>)> done);

// The number as it is dialled, E.164; also of exchanges that leave the "+" out. Empty: it cannot be.
std::string dialled_caller(const std::string& number);

// The calls of a number, newest first.
struct PersonCall {
  std::uint64_t begun_ms = 0;
  PartitionId partition = 0;
  storage::Digest16 id{};
  bool operator==(const PersonCall&) const = default;
};
bool newer_call(const PersonCall& a, const PersonCall& b);
Result<std::vector<PersonCall>> calls_of_person(const Services& services,
                                                const storage::Snapshot& snapshot,
                                                const PersonDigests& digests,
                                                std::uint32_t* unreadable_stretches);

// A person's open case.
struct OpenCase {
  CaseAddress address;
  partition::CaseRecord record;
  bool callback = false;
};
struct OpenCases {
  std::vector<OpenCase> cases;  // those that stand for calling back first, then newest first
  bool shortened = false;       // of more cases than were looked at: the newest were
};
Result<OpenCases> open_cases_of(const Services& services, const storage::Snapshot& snapshot,
                                const catalogue::TenantRules& rules, const PersonDigests& digests,
                                std::size_t looked_at_max);

}  // namespace casewheel::api
