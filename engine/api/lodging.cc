#include "engine/api/lodging.h"

#include <algorithm>

#include "engine/api/applicant_numbers.h"
#include "engine/api/plain_text.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/domain/apply.h"

namespace casewheel::api {
namespace {

// Cleans text fields one after the other and keeps every violation, so that a caller mends all at once.
class Cleaner {
 public:
  std::string line(const char* field, const std::string& text, std::size_t limit) {
    return clean(field, text, limit, TextKind::kLine);
  }
  std::string plain(const char* field, const std::string& text, std::size_t limit) {
    return take(plain_line(field, text, limit));
  }
  std::string free(const char* field, const std::string& text, std::size_t limit) {
    return clean(field, text, limit, TextKind::kFree);
  }
  void require(const char* field, bool present) {
    if (!present) fields_.push_back({field, "is required"});
  }
  template <typename T>
  T take(Result<T> result) {
    if (result) return *result;
    const Rejection refused = result.error();  // a copy each time it is asked for
    fields_.insert(fields_.end(), refused.fields.begin(), refused.fields.end());
    return T{};
  }
  bool ok() const { return fields_.empty(); }
  Rejection rejection() const {
    Rejection r;
    r.code = RejectionCode::kInvalidArgument;
    r.message = fields_.front().field + ": " + fields_.front().description;
    if (fields_.size() > 1) r.message += " (and " + std::to_string(fields_.size() - 1) + " more)";
    r.fields = fields_;
    return r;
  }

 private:
  std::string clean(const char* field, const std::string& text, std::size_t limit, TextKind kind) {
    return take(clean_text(field, text, limit, kind));
  }
  std::vector<FieldViolation> fields_;
};

using Clocks = google::protobuf::RepeatedPtrField<stored::ClockState>;

bool belongs_to_lodging(const stored::Event& event, const stored::CaseState& begun,
                        bool lacked_documents) {
  switch (event.what_case()) {
    case stored::Event::kCaseLodged:
    case stored::Event::kClockStarted:
    case stored::Event::kDateAgreed:
    case stored::Event::kClockStopped:
    case stored::Event::kClockPaused:
      return true;
    case stored::Event::kDocumentsRequested:
      return lacked_documents && begun.documents_requested() == 0;
    default:
      return false;
  }
}

// The clocks that lodging the case started, as they began; empty when the entry cannot be read.
Clocks clocks_at_lodging(partition::Engine& engine, const partition::Answer& answer) {
  const stored::CaseState& state = answer.record->state;
  stored::CaseState begun;
  std::string bytes;
  stored::JournalEntry entry;
  if (state.journal_seqs().empty() ||
      !engine.log().read_one(answer.partition, state.journal_seqs(0), &bytes) ||
      !entry.ParseFromString(bytes)) {
    return {};
  }
  bool lacked_documents = false;
  for (const stored::Event& event : entry.events()) {
    if (event.case_id() != state.case_id()) continue;
    lacked_documents |= event.case_lodged().missing_documents_size() > 0;
    // What follows the lodging in one batch is another request's.
    if (!belongs_to_lodging(event, begun, lacked_documents)) break;
    domain::apply(begun, event, entry.seq(), entry.now_ms());
  }
  return std::move(*begun.mutable_clocks());
}

}  // namespace

v1::LodgeCaseResponse lodged_answer(partition::Engine& engine, const partition::Answer& answer) {
  const auto registry = engine.catalogue().get();
  const stored::CaseState& state = answer.record->state;
  const catalogue::TenantRules* rules = tenant_of(*registry, CaseId{state.case_id()});
  if (answer.duplicate) {
    const Clocks promised = clocks_at_lodging(engine, answer);
    if (!promised.empty())
      return to_lodged(answer.partition, *answer.record, true, *rules, promised);
  }
  return to_lodged(answer.partition, *answer.record, answer.duplicate, *rules, state.clocks());
}

storage::Digest16 dedupe_digest(std::string_view tenant, std::string_view request_id) {
  const Sha256 whole = sha256_of_parts({tenant, request_id});
  storage::Digest16 digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

Result<RequestDigests> request_digests(const std::string& request_id,
                                       const google::protobuf::MessageLite& body) {
  if (request_id.empty()) return RequestDigests{};
  Result<std::string> clean =
      clean_text("request_id", request_id, limits::kIdChars, TextKind::kLine);
  if (!clean) return clean.error();
  return RequestDigests{short_digest(sha256(*clean)),
                        short_digest(sha256(body.SerializeAsString()))};
}

Result<partition::LodgeRequest> make_lodge(const v1::LodgeCaseRequest& request,
                                           const domain::Who& who, TimeMs received) {
  Cleaner c;
  partition::LodgeRequest out;
  out.tenant = request.tenant();
  out.command.who = who;
  out.command.received_ms = received;

  c.require("request_id", !request.request_id().empty());
  c.require("tenant", !request.tenant().empty());
  c.require("service", !request.service().empty());
  c.require("channel", request.channel() != v1::CHANNEL_UNSPECIFIED);
  c.require("subject", !request.subject().empty());
  const std::string request_id = c.line("request_id", request.request_id(), limits::kIdChars);

  domain::Lodge lodge;
  stored::CaseLodged& facts = lodge.facts;
  facts.set_service(c.line("service", request.service(), limits::kIdChars));
  facts.set_unit(c.line("unit", request.unit(), limits::kIdChars));
  facts.set_handler(c.line("handler", request.handler(), limits::kIdChars));
  facts.set_language(request.language().empty() ? "zh-TW"
                                                : c.line("language", request.language(), 35));
  facts.set_external_reference(
      c.plain("external_reference", request.external_reference(), limits::kIdChars));
  facts.set_county(c.plain("county", request.county(), limits::kIdChars));
  facts.set_kind(c.take(word_of<stored::Kind>("kind", request.kind(), &stored::Kind_IsValid)));
  facts.set_priority(
      c.take(word_of<stored::Priority>("priority", request.priority(), &stored::Priority_IsValid)));
  facts.set_channel(
      c.take(word_of<stored::Channel>("channel", request.channel(), &stored::Channel_IsValid)));
  facts.set_received_ms(c.take(
      time_of("received_time", request.has_received_time() ? &request.received_time() : nullptr)));
  lodge.agreed_ms =
      c.take(time_of("agreed_time", request.has_agreed_time() ? &request.agreed_time() : nullptr));
  if (request.missing_documents_size() > static_cast<int>(limits::kDocumentsPerRequest)) {
    return Rejection::invalid("missing_documents", "lists more than 64 documents");
  }
  for (const std::string& document : request.missing_documents()) {
    c.require("missing_documents", !document.empty());
    facts.add_missing_documents(c.plain("missing_documents", document, limits::kDocumentChars));
  }
  stored::PersonalData& personal = lodge.personal;
  personal.set_subject(c.line("subject", request.subject(), limits::kSubjectChars));
  personal.set_description(c.free("description", request.description(), limits::kTextChars));
  if (request.has_applicant()) {
    stored::Applicant& applicant = *personal.mutable_applicant();
    applicant.set_name(c.line("applicant.name", request.applicant().name(), limits::kNameChars));
    applicant.set_phone(
        c.line("applicant.phone", request.applicant().phone(), limits::kPhoneChars));
    applicant.set_dialled_phone(dialled_phone(applicant.phone()));
    applicant.set_email(
        c.line("applicant.email", request.applicant().email(), limits::kEmailChars));
    applicant.set_address(
        c.line("applicant.address", request.applicant().address(), limits::kAddressChars));
    applicant.set_customer_number(c.line("applicant.customer_number",
                                         request.applicant().customer_number(),
                                         limits::kCustomerNumberChars));
  }
  if (!c.ok()) return c.rejection();

  out.dedupe = dedupe_digest(out.tenant, request_id);
  out.command.body_digest = short_digest(sha256(request.SerializeAsString()));
  out.command.action = std::move(lodge);
  return out;
}

}  // namespace casewheel::api
