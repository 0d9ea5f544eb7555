// Between the public API and the engine: times, words, cases. No rules. Any thread.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/catalogue/catalogue.h"
#include "engine/partition/rows.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;
namespace stored = ::casewheel::journal::v1;

void set_time(google::protobuf::Timestamp* out, TimeMs time);
// 0 when absent; refused when out of range or not whole.
Result<TimeMs> time_of(const std::string& field, const google::protobuf::Timestamp* time);
Result<DurationMs> duration_of(const std::string& field,
                               const google::protobuf::Duration& duration);

std::string etag_of(std::uint32_t revision);
// 0 when empty.
Result<std::uint32_t> revision_of(const std::string& etag);

// An enum value a client sent, checked to be one we know.
template <typename Stored, typename Public>
Result<Stored> word_of(const std::string& field, Public value, bool (*known)(int)) {
  if (!known(static_cast<int>(value))) return Rejection::invalid(field, "is not a known value");
  return static_cast<Stored>(static_cast<int>(value));
}

// The whole case as the API shows it; personal data unsealed with its key.
v1::Case to_case(PartitionId partition, const partition::CaseRecord& record,
                 const catalogue::TenantRules& rules);

v1::LodgeCaseResponse to_lodged(PartitionId partition, const partition::CaseRecord& record,
                                bool duplicate, const catalogue::TenantRules& rules);

// One journal event as a line of history; personal data unsealed where the key still fits.
v1::HistoryEntry to_history(const stored::Event& event, TimeMs committed,
                            const partition::CaseRecord& record);

}  // namespace casewheel::api
