#include "engine/api/lodging.h"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "engine/api/cleaner.h"
#include "engine/api/lodging_warnings.h"
#include "engine/api/plain_text.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

constexpr int kFeesMax = 16;
constexpr std::size_t kReceiptChars = 40;
constexpr std::uint32_t kFeeAmountMax = 100'000'000;  // New Taiwan dollars

// Names the engine gives its own requests by: whoever could take one beforehand would keep the engine from
// doing its work, since a request_id stands for one thing only.
bool is_engines_own(std::string_view request_id) { return request_id.starts_with(kCallBackIds); }
constexpr const char* kEnginesOwn =
    "must not begin with \"call-back-\": such names are the engine's own";

std::string at(const char* list, int index, const char* field) {
  return std::string(list) + "[" + std::to_string(index) + "]" + field;
}

void clean_fees(Cleaner& c, const v1::LodgeCaseRequest& request, stored::CaseLodged* out) {
  if (request.fees_size() > kFeesMax) return c.refuse("fees", "lists more than 16");
  for (int i = 0; i < request.fees_size(); ++i)
    *out->add_fees() = c.take(fee_of(at("fees", i, ""), request.fees(i)));
}

std::string clean_call(Cleaner& c, const std::string& call) {
  if (call.empty()) return {};
  const bool hex = call.size() == 32 && call.find_first_not_of("0123456789abcdef") == call.npos;
  if (!hex) {
    c.refuse("call", "is no id of a call: 32 hexadecimal digits");
    return {};
  }
  return absl::HexStringToBytes(call);
}

}  // namespace

v1::LodgeCaseResponse to_lodged(const partition::Answer& answer) {
  const stored::CaseState& state = answer.record->state;
  v1::LodgeCaseResponse out;
  out.set_case_number(format_case_number(answer.partition, CaseId{state.case_id()}));
  set_time(out.mutable_received_time(), state.received_ms());
  for (const stored::PromisedDate& promised : answer.promises) {
    v1::Promise* promise = out.add_promises();
    promise->set_kind(static_cast<v1::ClockKind>(promised.kind()));
    set_time(promise->mutable_due_time(), promised.due_ms());
    promise->set_provisional(promised.provisional());
  }
  out.set_duplicate(answer.duplicate);
  out.set_etag(etag_of(state.revision()));
  return out;
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
  if (is_engines_own(*clean)) return Rejection::invalid("request_id", kEnginesOwn);
  return RequestDigests{short_digest(sha256(*clean)),
                        short_digest(sha256(body.SerializeAsString()))};
}

Result<domain::Answers> answers_of(const SentAttributes& sent) {
  Cleaner c;
  domain::Answers answers;
  clean_attributes(c, sent, &answers);
  if (!c.ok()) return c.rejection();
  return answers;
}

Result<stored::NotedFee> fee_of(const std::string& field, const v1::NotedFee& noted) {
  Cleaner c;
  stored::NotedFee fee;
  c.require(field + ".fee", !noted.fee().empty());
  fee.set_fee(c.line(field + ".fee", noted.fee(), limits::kIdChars));
  fee.set_receipt(c.plain(field + ".receipt", noted.receipt(), kReceiptChars));
  if (noted.amount() > kFeeAmountMax)
    c.refuse(field + ".amount", "is more than 100,000,000 New Taiwan dollars");
  if (!noted.paid() && !noted.receipt().empty())
    c.refuse(field + ".receipt", "is of a payment, and paid is not set");
  fee.set_amount(noted.amount());
  fee.set_paid(noted.paid());
  if (!c.ok()) return c.rejection();
  return fee;
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
  c.require("subject", !is_blank(request.subject()));
  const std::string request_id = c.line("request_id", request.request_id(), limits::kIdChars);
  if (who.role != stored::ENGINE && is_engines_own(request_id)) c.refuse("request_id", kEnginesOwn);

  domain::Lodge lodge;
  stored::CaseLodged& facts = lodge.facts;
  facts.set_service(c.line("service", request.service(), limits::kIdChars));
  facts.set_unit(c.line("unit", request.unit(), limits::kIdChars));
  facts.set_handler(c.line("handler", request.handler(), limits::kIdChars));
  facts.set_language(c.take(language_of(request.language())));
  facts.set_external_reference(
      c.plain("external_reference", request.external_reference(), limits::kIdChars));
  facts.set_county(county_as_meant(c.plain("county", request.county(), limits::kIdChars)));
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
  if (request.has_applicant())
    clean_applicant(c, request.applicant(), personal.mutable_applicant());
  if (request.has_place()) clean_place(c, request.place(), personal.mutable_place());
  if (!request.attributes().empty())
    clean_attributes(c, request.attributes(), personal.mutable_attributes());
  personal.set_media_url(clean_url(c, request.media_url()));
  if (!request.fees().empty()) clean_fees(c, request, &facts);
  facts.set_call_id(clean_call(c, request.call()));
  if (!c.ok()) return c.rejection();

  out.dedupe = dedupe_digest(out.tenant, request_id);
  out.command.body_digest = short_digest(sha256(request.SerializeAsString()));
  out.command.action = std::move(lodge);
  return out;
}

}  // namespace casewheel::api
