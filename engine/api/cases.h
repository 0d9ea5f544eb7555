// Lodging cases and acting on them: check, route to the partition, answer when it is durable.
// Thread-safe; answers come on the engine's answering threads.
#pragma once

#include <type_traits>

#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/supervision.pb.h"
#include "engine/api/actions.h"
#include "engine/api/call.h"
#include "engine/api/correcting.h"
#include "engine/api/lodging.h"
#include "engine/api/lodging_warnings.h"

namespace casewheel::api {

// The case of an answer that has one, as it is shown.
v1::Case answered_case(const Services& services, const partition::Answer& answer);

// Adds to the answer what is to be asked about a date that was named (add_date_warnings).
Done<v1::Case> warning_of_date(const Services& services, const NamedDate& date,
                               Done<v1::Case> done);

// The date a request names for a case; at 0 where it names none, or one that is refused anyway.
template <typename Request>
NamedDate named_date(const Request& request) {
  [[maybe_unused]] const auto at = [](const char* field, const google::protobuf::Timestamp& time) {
    const Result<TimeMs> read = time_of(field, &time);
    return NamedDate{field, read ? *read : 0};
  };
  if constexpr (std::is_same_v<Request, v1::AgreeDateRequest>)
    return at("agreed_time", request.agreed_time());
  else if constexpr (std::is_same_v<Request, v1::RequestExtensionRequest> ||
                     std::is_same_v<Request, v1::ExtendClockRequest>)
    return at("due_time", request.due_time());
  else
    return {""};
}

class CasesApi {
 public:
  explicit CasesApi(Services services) : services_(services) {}

  void lodge(const Call& call, const v1::LodgeCaseRequest& request,
             Done<v1::LodgeCaseResponse> done);
  // In merging.cc.
  void merge(const Call& call, const v1::MergeCaseRequest& request, Done<v1::Case> done);
  void unmerge(const Call& call, const v1::UnmergeCaseRequest& request, Done<v1::Case> done);

  // In correcting.cc.
  void correct(const Call& call, const v1::CorrectCaseRequest& request,
               Done<v1::CorrectCaseResponse> done);

  // As act(), and asks about the date that is granted.
  void decide_extension(const Call& call, const v1::DecideExtensionRequest& request,
                        Done<v1::Case> done);

  // Every other action on a case, of the cases and the supervision service.
  template <typename Request>
  void act(const Call& call, const Request& request, Done<v1::Case> done) {
    Result<domain::Action> action = action_of(request);
    if (!action) return done(action.error());
    const Result<RequestDigests> digests = request_digests(request.request_id(), request);
    if (!digests) return done(digests.error());
    const Result<std::uint32_t> revision = revision_of(request.etag());
    if (!revision) return done(revision.error());
    const Result<CaseAddress> address = address_of("case_number", request.case_number());
    if (!address) return done(address.error());
    domain::Command command;
    command.action = std::move(*action);
    command.expected_revision = *revision;
    command.request_digest = digests->request;
    command.body_digest = digests->body;
    if (const NamedDate date = named_date(request); date.at != 0)
      done = warning_of_date(services_, date, std::move(done));
    submit(call, *address, std::move(command), request.ByteSizeLong(), std::move(done));
  }

 private:
  void submit_lodging(const Call& call, const v1::LodgeCaseRequest& request, const Desk& desk,
                      partition::LodgeRequest lodge, Done<v1::LodgeCaseResponse> done);
  void submit(const Call& call, CaseAddress address, domain::Command command, std::size_t bytes,
              Done<v1::Case> done);

  Services services_;
};

}  // namespace casewheel::api
