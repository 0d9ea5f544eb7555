#include "engine/api/cases.h"

#include <boost/asio/post.hpp>

#include "engine/api/applicant_numbers.h"
#include "engine/api/call_records.h"
#include "engine/api/submitting.h"

namespace casewheel::api {
namespace {

Rejection no_such_case() { return Rejection::of(RejectionCode::kNotFound, "no such case"); }

}  // namespace

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
                   const auto latest = services.engine.catalogue().get();
                   v1::Case out =
                       to_case(answer.partition, *answer.record,
                               *tenant_of(*latest, CaseId{answer.record->state.case_id()}));
                   if (answer.let_go.empty()) return done(std::move(out));
                   boost::asio::post(services.readers, [services, let_go = std::move(answer.let_go),
                                                        out = std::move(out), done]() mutable {
                     discard_files(services, let_go);
                     done(std::move(out));
                   });
                 });
}

// Two cases, perhaps of two partitions: first the one that goes on takes the duplicate in, then the
// duplicate ends. If the engine dies between, the same call again finishes the work: taking in twice
// changes nothing.
void CasesApi::merge(const Call& call, const v1::MergeCaseRequest& request, Done<v1::Case> done) {
  const Result<CaseAddress> duplicate = address_of("case_number", request.case_number());
  if (!duplicate) return done(duplicate.error());
  const Result<CaseAddress> into = address_of("into_case_number", request.into_case_number());
  if (!into) return done(into.error());
  if (*duplicate == *into)
    return done(Rejection::invalid("into_case_number", "is the case itself"));
  if (duplicate->id.tenant_number() != into->id.tenant_number()) {
    return done(Rejection::invalid("into_case_number", "belongs to another tenant"));
  }
  // What the second half would refuse is refused before the first has left its mark.
  const Result<RequestDigests> digests = request_digests(request.request_id(), request);
  if (!digests) return done(digests.error());
  const Result<std::uint32_t> revision = revision_of(request.etag());
  if (!revision) return done(revision.error());
  const std::shared_ptr<const catalogue::Registry> registry = services_.engine.catalogue().get();
  const catalogue::TenantRules* rules = tenant_of(*registry, duplicate->id);
  if (rules == nullptr || !sees_tenant(call, *rules)) return done(no_such_case());
  const Result<domain::Who> who = who_is(call, *rules);
  if (!who) return done(who.error());
  partition::CaseRecord record;
  const Status status =
      partition::read_case(services_.engine.store(), duplicate->partition, duplicate->id, &record);
  if (status.code() == Status::Code::kNotFound) return done(no_such_case());
  if (!status) return done(unreadable(status));
  const auto latest = catalogue_for(services_.engine, record);
  rules = tenant_of(*latest, duplicate->id);
  domain::Command trial;
  trial.action = domain::Merge{into->partition, into->id};
  trial.who = *who;
  trial.expected_revision = *revision;
  trial.request_digest = digests->request;
  trial.body_digest = digests->body;
  domain::Moment moment;
  moment.now = trial.received_ms = services_.engine.clock().read().now;
  if (Result<domain::Events> events = domain::decide(record.state, trial, moment, *rules); !events)
    return done(events.error());
  domain::Command attach;
  attach.action = domain::AttachDuplicate{duplicate->partition, duplicate->id};
  submit(call, *into, std::move(attach), sizeof(domain::Command),
         [this, call, request, done = std::move(done)](Result<v1::Case> attached) {
           if (!attached) return done(attached.error());
           act(call, request, done);
         });
}

}  // namespace casewheel::api
