#include "engine/api/cases.h"

#include <boost/asio/post.hpp>

#include "engine/api/applicant_numbers.h"
#include "engine/api/call_records.h"
#include "engine/api/submitting.h"

namespace casewheel::api {

v1::Case answered_case(const Services& services, const partition::Answer& answer) {
  const auto latest = services.engine.catalogue().get();
  return to_case(answer.partition, *answer.record,
                 *tenant_of(*latest, CaseId{answer.record->state.case_id()}));
}

void CasesApi::lodge(const Call& call, const v1::LodgeCaseRequest& request,
                     Done<v1::LodgeCaseResponse> done) {
  partition::Engine& engine = services_.engine;
  const Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  Result<partition::LodgeRequest> lodge = make_lodge(request, desk->who, engine.clock().read().now);
  if (!lodge) return done(lodge.error());

  const PartitionId partition = engine.route(lodge->dedupe);
  partition::Request out;
  out.body = std::move(*lodge);
  out.bytes = request.ByteSizeLong() + sizeof(partition::Request);
  out.give_up = call.give_up;
  v1::LodgeCaseResponse warned;
  add_warnings(request, *desk->rules, &warned);
  out.done = [this, warned = std::move(warned), tenant = request.tenant(), of = request.call(),
              who = desk->who, done = std::move(done)](partition::Answer&& answer) mutable {
    if (answer.rejection) return done(std::move(*answer.rejection));
    v1::LodgeCaseResponse lodged = to_lodged(answer);
    *lodged.mutable_warnings() = std::move(*warned.mutable_warnings());
    if (of.empty()) return done(std::move(lodged));
    // After a crash between the two, the same request again does the second.
    link_call(services_, tenant, of, {answer.partition, CaseId{answer.record->state.case_id()}},
              who,
              [lodged = std::move(lodged),
               done = std::move(done)](std::optional<Rejection> unlinked) mutable {
                if (unlinked) {
                  const bool unknown = unlinked->code == RejectionCode::kNotFound;
                  v1::Warning& warning = *lodged.add_warnings();
                  warning.set_field("call");
                  warning.set_text_zh(unknown ? "查無此通話，案件未與通話連結"
                                              : "案件尚未與通話連結，請以同一 request_id 再送一次");
                  warning.set_text_en(unknown ? "no such call: the case is not linked to one"
                                              : "not linked to the call yet: send the same again");
                }
                done(std::move(lodged));
              });
  };
  engine.submit(partition, partition::Class::kPeople, std::move(out));
}

void CasesApi::submit(const Call& call, CaseAddress address, domain::Command command,
                      std::size_t bytes, Done<v1::Case> done) {
  submit_command(call, services_, address, std::move(command), bytes,
                 [services = services_, done = std::move(done)](partition::Answer&& answer) {
                   if (answer.rejection) return done(std::move(*answer.rejection));
                   v1::Case out = answered_case(services, answer);
                   if (answer.let_go.empty()) return done(std::move(out));
                   boost::asio::post(services.pools.reads(),
                                     [services, let_go = std::move(answer.let_go),
                                      out = std::move(out), done]() mutable {
                                       discard_files(services, let_go);
                                       done(std::move(out));
                                     });
                 });
}

}  // namespace casewheel::api
