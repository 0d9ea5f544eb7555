// Turning a LodgeCaseRequest, however it came, into a request of a partition: checked for shape and
// limits, personal data cleaned, digests made. Shared by the unary call and the intake stream.
#pragma once

#include "casewheel/v1/cases.pb.h"
#include "engine/api/call.h"
#include "engine/api/cleaner.h"
#include "engine/api/convert.h"

namespace casewheel::api {

// What the names of the engine's own requests begin with; refused of everybody else, in whatever request.
inline constexpr std::string_view kCallBackIds = "call-back-";

// Of tenant and request_id: under it a case is lodged once.
storage::Digest16 dedupe_digest(std::string_view tenant, std::string_view request_id);

// request_id and body as digests for an action on a case; 0 and 0 where no id was given.
struct RequestDigests {
  std::uint64_t request = 0;
  std::uint64_t body = 0;
};
Result<RequestDigests> request_digests(const std::string& request_id,
                                       const google::protobuf::MessageLite& body);

// What a lodging, new or known, is answered with. A known one is promised again what it was promised
// at first, wherever its dates stand by now. Reads nothing: it runs on the answering thread.
v1::LodgeCaseResponse to_lodged(const partition::Answer& answer);

// What an applicant answered, cleaned; whether it is what the service asks is the domain's to say.
Result<domain::Answers> answers_of(const SentAttributes& sent);

// A fee as callers note it; `field` names it in what is refused.
Result<stored::NotedFee> fee_of(const std::string& field, const v1::NotedFee& noted);

Result<partition::LodgeRequest> make_lodge(const v1::LodgeCaseRequest& request,
                                           const domain::Who& who, TimeMs received);

}  // namespace casewheel::api
