// A call's rows: what its events add up to, and what leads to it. Key layouts: storage/keys.h. The
// partition and the replay of verify both go through it. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/catalogue.h"
#include "engine/domain/call.h"
#include "engine/partition/call_address.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {

struct CallRecord {
  SealKey key{};
  stored::Call call;  // as stored: who is at the other end is sealed
};

storage::CallPlace place_of(const stored::Call& call);

// Value of a call row: the sealing key, then Call; as of a case.
std::string encode_call(const CallRecord& record);
bool decode_call(std::string_view value, CallRecord* record);

// The row itself, of a new one its place, and whether something is still to be done with it.
void write_call(storage::Batch* batch, PartitionId partition, const CallRecord& record,
                bool is_new);

// Who is at the other end; false when the key does not fit any more (erased).
bool unseal_party(Sealer& sealer, const CallRecord& record, stored::CallParty* party);

// The call with all that is sealed of it in the clear, who is at the other end included. `plain`:
// the sealed bytes as they were. False when the key does not fit; of an erased call there is
// nothing to open.
bool open_call(Sealer& sealer, const CallRecord& record, stored::Call* open,
               std::string* plain = nullptr);
// Takes out of an open call what is not to be stored in the clear, and gives it back to be sealed.
// Names the catalogue lists, and words of the convention, are nobody's and stay.
stored::CallParty take_sealed_part(const stored::Hotline& hotline, stored::Call* open);

// All digests under which the calls of that number are found: those its owner's cases are found
// under.
std::vector<storage::Digest16> party_digests(std::string_view secret, std::uint8_t tenant_number,
                                             const stored::CallParty& party);

// True where somebody who may reach these cases of the tenant may reach the call: calls belong to the unit
// of who answered, the others to the unit that calls back.
bool covers(const domain::Who& who, const catalogue::TenantRules& rules, const stored::Call& call);

// kNotFound when there is no such call; kCorruption when the bytes are not what they should be.
Status read_call(const storage::Store& store, PartitionId partition, const storage::Digest16& id,
                 CallRecord* record);
Status read_call(const storage::Snapshot& snapshot, PartitionId partition,
                 const storage::Digest16& id, CallRecord* record);

// Every call of a tenant's last `kept`, counted back from the newest of each partition; newest
// first. Open, save who is at the other end. Rows, and stretches of them, that cannot be read are
// counted and left out.
Status visit_recent_calls(const storage::Store& store, DurationMs kept,
                          const std::function<void(PartitionId, const stored::Call&)>& visit,
                          std::uint64_t* passed_over);

}  // namespace casewheel::partition
