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

// Instants and durations beyond what protobuf's types can say (a date computed from one in the year 9999) are
// told as the last that they can: JSON has no word for others.
void set_time(google::protobuf::Timestamp* out, TimeMs time);
void set_duration(google::protobuf::Duration* out, DurationMs duration);
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

// The personal data of the case as it is now; false when the key does not fit any more (erased). Each of
// these knows by itself under which revision its text was sealed.
bool unseal(const partition::CaseRecord& record, stored::PersonalData* personal);
// The same of what was sealed with an event of the case, of its journal or kept in its row.
bool unseal(const partition::CaseRecord& record, const stored::Event& event,
            stored::PersonalData* personal);
bool unseal(const partition::CaseRecord& record, const stored::AttachmentState& attachment,
            stored::PersonalData* personal);
bool unseal(const partition::CaseRecord& record, const stored::ExtensionRequest& request,
            stored::PersonalData* personal);

// How much of what identifies persons is shown: kPlain only where that goes on the trail (privacy.h);
// kWithheld as kMasked, and what a correction replaced not at all.
enum class Shown : std::uint8_t { kMasked, kPlain, kWithheld };
std::string shown_text(const std::string& text, Shown shown);  // free text
std::string masked_url(const std::string& url);                // the site it leads to alone

// `facts`: what is sealed of it, where the key still fits; may be null.
v1::Attachment to_attachment(const partition::CaseRecord& record,
                             const stored::AttachmentState& attachment, Shown shown,
                             stored::FileFacts* facts = nullptr);

// Sets the sealed fields of a case as the API shows them; `service`: the case's, null where unknown.
void set_personal(v1::Case* out, const stored::PersonalData& personal,
                  const stored::Service* service, Shown shown);

// The whole case as the API shows it; personal data unsealed with its key.
v1::Case to_case(PartitionId partition, const partition::CaseRecord& record,
                 const catalogue::TenantRules& rules, Shown shown = Shown::kMasked);

}  // namespace casewheel::api
