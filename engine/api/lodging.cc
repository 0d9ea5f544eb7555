#include "engine/api/lodging.h"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "engine/api/applicant_numbers.h"
#include "engine/api/plain_text.h"
#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/base/violations.h"

namespace casewheel::api {
namespace {

constexpr int kAttributesMax = 64;  // twice what a service may ask
constexpr int kAttributeValuesMax = 256;
constexpr std::size_t kAttributeBytesMax = 16'000;  // 4,000 characters of Chinese
constexpr std::size_t kUrlChars = 2'000;
constexpr int kFeesMax = 16;
constexpr std::size_t kReceiptChars = 40;
constexpr std::uint32_t kFeeAmountMax = 100'000'000;  // New Taiwan dollars

// Cleans text fields one after the other and keeps every violation, so that a caller mends all at once.
class Cleaner {
 public:
  std::string line(const std::string& field, const std::string& text, std::size_t limit) {
    return clean(field, text, limit, TextKind::kLine);
  }
  std::string plain(const std::string& field, const std::string& text, std::size_t limit) {
    return take(plain_line(field, text, limit));
  }
  std::string free(const std::string& field, const std::string& text, std::size_t limit) {
    return clean(field, text, limit, TextKind::kFree);
  }
  void require(const std::string& field, bool present) {
    if (!present) fields_.push_back({field, "is required"});
  }
  template <typename T>
  T take(Result<T> result) {
    if (result) return *result;
    const Rejection refused = result.error();  // a copy each time it is asked for
    fields_.insert(fields_.end(), refused.fields.begin(), refused.fields.end());
    return T{};
  }
  void refuse(const std::string& field, const char* why) { fields_.push_back({field, why}); }
  bool ok() const { return fields_.empty(); }
  Rejection rejection() const { return refusal_of(fields_); }

 private:
  std::string clean(const std::string& field, const std::string& text, std::size_t limit,
                    TextKind kind) {
    return take(clean_text(field, text, limit, kind));
  }
  std::vector<FieldViolation> fields_;
};

// Names the engine gives its own requests by: whoever could take one beforehand would keep the engine from
// doing its work, since a request_id stands for one thing only.
bool is_engines_own(std::string_view request_id) { return request_id.starts_with(kCallBackIds); }
constexpr const char* kEnginesOwn =
    "must not begin with \"call-back-\": such names are the engine's own";

std::string at(const char* list, int index, const char* field) {
  return std::string(list) + "[" + std::to_string(index) + "]" + field;
}

void clean_place(Cleaner& c, const v1::Place& place, stored::Place* out) {
  out->set_address(c.line("place.address", place.address(), limits::kAddressChars));
  out->set_address_id(c.line("place.address_id", place.address_id(), limits::kIdChars));
  if (!place.has_position()) return;
  const double latitude = place.position().latitude();
  const double longitude = place.position().longitude();
  // Written so that what is no number is refused too.
  if (!(latitude >= -90 && latitude <= 90))
    c.refuse("place.position.latitude", "lies outside -90 to 90");
  if (!(longitude >= -180 && longitude <= 180))
    c.refuse("place.position.longitude", "lies outside -180 to 180");
  out->set_has_position(true);
  out->set_latitude(latitude);
  out->set_longitude(longitude);
}

void clean_attributes(Cleaner& c, const SentAttributes& sent, domain::Answers* out) {
  if (sent.size() > kAttributesMax) return c.refuse("attributes", "lists more than 64");
  for (int i = 0; i < sent.size(); ++i) {
    const v1::Attribute& attribute = sent[i];
    const std::string field = at("attributes", i, "");
    if (attribute.values_size() > kAttributeValuesMax) {
      c.refuse(field, "has more than 256 values");
      continue;
    }
    stored::AnsweredAttribute& answer = *out->Add();
    answer.set_code(c.line(field + ".code", attribute.code(), limits::kIdChars));
    std::size_t bytes = 0;
    for (const std::string& value : attribute.values()) {
      std::string clean = c.free(field + ".values", value, limits::kTextChars);
      bytes += clean.size();
      if (!clean.empty()) answer.add_values(std::move(clean));
    }
    if (bytes > kAttributeBytesMax)
      c.refuse(field + ".values", "are longer than 16,000 bytes together");
  }
}

std::string clean_url(Cleaner& c, const std::string& url) {
  if (url.empty()) return {};
  std::string clean = c.line("media_url", url, kUrlChars);
  const bool known = clean.starts_with("https://") || clean.starts_with("http://");
  if (!clean.empty() && (!known || clean.find_first_of(" \"<>\\") != std::string::npos))
    c.refuse("media_url", "is no https: or http: address");
  return clean;
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
