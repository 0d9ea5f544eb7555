// Nothing personal is stored in the clear: every field of text or bytes of every stored message is listed
// here with the reason why it may be stored as it is, and one that is not listed fails. What a caller may
// write freely is sealed under a key that erasing destroys, or refused where it holds a person's number.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "casewheel/journal/v1/events.pb.h"
#include "casewheel/journal/v1/rows.pb.h"

namespace casewheel::partition {
namespace {

namespace pb = google::protobuf;
namespace stored = casewheel::journal::v1;

enum class Why {
  kSealed,    // part of PersonalData or CallParty, or of what they are sealed into
  kInMemory,  // in the clear in memory alone, and taken out before it is stored: see the test below
  kEngines,   // made by the engine: digests, keys, positions, states as bytes
  kCatalogued,  // an id that is in the catalogue, or the catalogue and its calendars themselves
  kForm,        // of a form that holds no free text: language_of(), media types found by content
  kRefused,     // free, and refused where it holds a person's number: api/plain_text.h
  kAccounts,    // who works here and what their systems are called, given by administrators
  kTrail,       // as the audit trail writes it, numbers of persons masked: AuditTrail::event_of()
};

// "Message.field"; of whole messages "Message.*".
const std::map<std::string, Why>& reasons() {
  static const auto* known = new std::map<std::string, Why>{
      {"PersonalData.*", Why::kSealed},
      {"Place.*", Why::kSealed},
      {"AnsweredAttribute.*", Why::kSealed},
      {"FileFacts.*", Why::kSealed},
      {"Applicant.*", Why::kSealed},
      {"CallParty.*", Why::kSealed},
      {"Event.sealed", Why::kSealed},
      {"CaseState.sealed", Why::kSealed},
      {"AttachmentState.sealed", Why::kSealed},
      {"ExtensionRequest.sealed", Why::kSealed},
      {"Call.sealed", Why::kSealed},

      {"Call.line", Why::kInMemory},
      {"Call.queue", Why::kInMemory},
      {"Call.seat", Why::kInMemory},
      {"Call.cause", Why::kInMemory},
      {"Call.exchange_call", Why::kInMemory},
      {"CallTransfer.seat", Why::kInMemory},

      {"JournalEntry.prev_hash", Why::kEngines},
      {"PartitionHead.hash", Why::kEngines},
      {"Installation.secret", Why::kEngines},
      {"CaseLodged.dedupe_digest", Why::kEngines},
      {"CaseLodged.call_id", Why::kEngines},
      {"CaseState.call_id", Why::kEngines},
      {"Call.call_id", Why::kEngines},
      {"CallErased.call_id", Why::kEngines},
      {"TrackingCodeIssued.digest", Why::kEngines},
      {"TrackingCode.digest", Why::kEngines},
      {"AttachmentAdded.blob", Why::kEngines},
      {"AttachmentState.blob", Why::kEngines},
      {"CatalogueApplied.request_digest", Why::kEngines},
      {"SessionEnded.digest", Why::kEngines},
      {"SessionUse.digest", Why::kEngines},
      {"Session.digest", Why::kEngines},
      {"RequestsForgotten.until_key", Why::kEngines},
      {"EntryLost.hash", Why::kEngines},
      {"JournalRepaired.head", Why::kEngines},
      {"CaseRestated.state", Why::kEngines},
      {"Row.*", Why::kEngines},

      {"Actor.id", Why::kAccounts},
      {"Account.*", Why::kAccounts},
      {"Grant.*", Why::kAccounts},
      {"ApiKey.*", Why::kAccounts},
      {"Session.account", Why::kAccounts},
      {"AccountRemoved.name", Why::kAccounts},
      {"AttachmentState.added_by", Why::kAccounts},
      {"EscalationState.acknowledged_by", Why::kAccounts},
      {"ExtensionRequest.requested_by", Why::kAccounts},

      {"Catalogue.*", Why::kCatalogued},
      {"Hotline.*", Why::kCatalogued},
      {"Unit.*", Why::kCatalogued},
      {"Staff.*", Why::kCatalogued},
      {"Service.*", Why::kCatalogued},
      {"Attribute.*", Why::kCatalogued},
      {"AttributeValue.*", Why::kCatalogued},
      {"Fee.*", Why::kCatalogued},
      {"PolicyMatch.*", Why::kCatalogued},
      {"Policy.*", Why::kCatalogued},
      {"Calendar.*", Why::kCatalogued},
      {"CalendarDay.*", Why::kCatalogued},
      {"Closure.*", Why::kCatalogued},
      {"CaseLodged.tenant", Why::kCatalogued},
      {"CaseLodged.service", Why::kCatalogued},
      {"CaseLodged.unit", Why::kCatalogued},
      {"CaseLodged.handler", Why::kCatalogued},
      {"CaseAssigned.handler", Why::kCatalogued},
      {"CaseTransferred.unit", Why::kCatalogued},
      {"CaseTransferred.handler", Why::kCatalogued},
      {"CaseReclassified.service", Why::kCatalogued},
      {"DateAgreed.approved_by", Why::kCatalogued},
      {"ClockStarted.policy", Why::kCatalogued},
      {"ClockStarted.calendar", Why::kCatalogued},
      {"ClockExtended.calendar", Why::kCatalogued},
      {"ClockMoved.reference", Why::kCatalogued},  // reasons of calendars and names of policies
      {"ClockMoved.policy", Why::kCatalogued},
      {"ClockMoved.calendar", Why::kCatalogued},
      {"StepFired.recipients", Why::kCatalogued},
      {"ExtensionRequested.recipients", Why::kCatalogued},
      {"ExtensionRequest.recipients", Why::kCatalogued},
      {"DatesMoved.recipients", Why::kCatalogued},
      {"HandledBy.staff", Why::kCatalogued},
      {"PassedPost.unit", Why::kCatalogued},
      {"PassedPost.staff", Why::kCatalogued},
      {"IntakeCheckpointed.tenant", Why::kCatalogued},
      {"NotedFee.fee", Why::kCatalogued},
      {"Call.tenant", Why::kCatalogued},
      {"Call.agent", Why::kCatalogued},
      {"Call.ringing", Why::kCatalogued},
      {"CallTransfer.agent", Why::kCatalogued},
      {"CaseState.tenant", Why::kCatalogued},
      {"CaseState.service", Why::kCatalogued},
      {"CaseState.unit", Why::kCatalogued},
      {"CaseState.handler", Why::kCatalogued},
      {"ClockState.policy", Why::kCatalogued},
      {"CarriedPromise.policy", Why::kCatalogued},
      {"ClockState.calendar", Why::kCatalogued},
      {"EscalationState.recipients", Why::kCatalogued},
      {"EscalationState.moved_by", Why::kCatalogued},
      {"ClockRow.unit", Why::kCatalogued},
      {"ClockRow.handler", Why::kCatalogued},
      {"ClockRow.service", Why::kCatalogued},

      {"CaseLodged.language", Why::kForm},
      {"CaseState.language", Why::kForm},
      {"CaseCorrected.language", Why::kForm},
      {"AttachmentAdded.media_type", Why::kForm},
      {"AttachmentState.media_type", Why::kForm},

      {"CaseLodged.external_reference", Why::kRefused},
      {"CaseLodged.county", Why::kRefused},
      {"CaseCorrected.external_reference", Why::kRefused},
      {"CaseCorrected.county", Why::kRefused},
      {"CaseLodged.missing_documents", Why::kRefused},
      {"CaseState.external_reference", Why::kRefused},
      {"CaseState.county", Why::kRefused},
      {"CaseState.missing_documents", Why::kRefused},
      {"DocumentsRequested.documents", Why::kRefused},
      {"DocumentsReceived.documents", Why::kRefused},
      {"ClockStarted.county", Why::kRefused},
      {"ClockMoved.county", Why::kRefused},
      {"ClockExtended.county", Why::kRefused},
      {"ClockState.county", Why::kRefused},
      {"ClockRow.county", Why::kRefused},
      {"NotedFee.receipt", Why::kRefused},
      {"IntakeCheckpointed.source", Why::kRefused},

      {"AuditRecord.*", Why::kTrail},
  };
  return *known;
}

void collect(const pb::FileDescriptor* file, std::set<const pb::FileDescriptor*>* files) {
  if (file->package() != "casewheel.journal.v1" || !files->insert(file).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) collect(file->dependency(i), files);
}

void visit(const pb::Descriptor* message,
           const std::function<void(const pb::FieldDescriptor*)>& see) {
  for (int i = 0; i < message->field_count(); ++i) see(message->field(i));
  for (int i = 0; i < message->nested_type_count(); ++i) visit(message->nested_type(i), see);
}

TEST(ClearText, EveryStoredFieldIsListedWithItsReason) {
  std::set<const pb::FileDescriptor*> files;
  collect(stored::JournalEntry::descriptor()->file(), &files);
  collect(stored::CaseState::descriptor()->file(), &files);
  int seen = 0;
  for (const pb::FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      visit(file->message_type(i), [&seen](const pb::FieldDescriptor* field) {
        if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING) return;
        ++seen;
        const std::string message = field->containing_type()->name();
        EXPECT_TRUE(reasons().contains(message + "." + field->name()) ||
                    reasons().contains(message + ".*"))
            << message << "." << field->name()
            << " is stored in the clear and may hold what erasing has to reach: seal it, give it a "
               "form, "
               "or refuse numbers of persons in it, and list it here";
      });
    }
  }
  EXPECT_GT(seen, 100);
}

}  // namespace
}  // namespace casewheel::partition
