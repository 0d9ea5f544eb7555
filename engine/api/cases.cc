#include "engine/api/cases.h"

#include <boost/asio/post.hpp>

#include "engine/api/applicant_numbers.h"
#include "engine/api/call_records.h"
#include "engine/api/convert.h"
#include "engine/api/lodging_warnings.h"
#include "engine/api/submitting.h"

namespace casewheel::api {

v1::Case answered_case(const Services& services, const partition::Answer& answer) {
  const auto latest = services.engine.catalogue().get();
  return to_case(answer.partition, *answer.record,
                 *tenant_of(*latest, CaseId{answer.record->state.case_id()}));
}

namespace {

// The number that rings is the applicant's, where no other was given: it need not be typed, and the case is
// found by it. What was sent stays what the request's key stands for.
void add_caller(const Call& call, const Services& services, const v1::LodgeCaseRequest& request,
                domain::Lodge* lodge) {
  const std::optional<storage::Digest16> id = parse_call_name(request.call());
  if (!id) return;
  const Result<partition::CallRecord> record = read_call_for(call, services, *id);
  partition::Sealer sealer;
  stored::CallParty party;
  if (!record || record->call.tenant() != request.tenant() ||
      !partition::unseal_party(sealer, *record, &party) || party.number().empty())
    return;
  stored::Applicant& applicant = *lodge->personal.mutable_applicant();
  applicant.set_phone(party.number());
  applicant.set_dialled_phone(party.dialled_number());
}

}  // namespace

Done<v1::Case> warning_of_date(const Services& services, const NamedDate& date,
                               Done<v1::Case> done) {
  return [services, date, done = std::move(done)](Result<v1::Case> answer) {
    if (!answer) return done(std::move(answer));
    const auto registry = services.engine.catalogue().get();
    if (const catalogue::TenantRules* rules = registry->find(answer->tenant())) {
      add_date_warnings(date, *rules, answer->unit(), answer->county(),
                        services.engine.clock().read().now, answer->mutable_warnings());
    }
    done(std::move(answer));
  };
}

void CasesApi::decide_extension(const Call& call, const v1::DecideExtensionRequest& request,
                                Done<v1::Case> done) {
  const Result<CaseAddress> address = address_of("case_number", request.case_number());
  if (!request.granted() || !address) return act(call, request, std::move(done));
  // The date stands in the request, which is gone once it is decided.
  boost::asio::post(services_.pools.reads(), [this, call, request, address = *address,
                                              done = std::move(done)]() mutable {
    partition::CaseRecord record;
    if (partition::read_case(services_.engine.store(), address.partition, address.id, &record)) {
      for (const stored::ExtensionRequest& asked : record.state.extension_requests()) {
        if (asked.request() != request.extension_request()) continue;
        done = warning_of_date(services_, {"extension_request", asked.due_ms()}, std::move(done));
        break;
      }
    }
    act(call, request, std::move(done));
  });
}

void CasesApi::lodge(const Call& call, const v1::LodgeCaseRequest& request,
                     Done<v1::LodgeCaseResponse> done) {
  partition::Engine& engine = services_.engine;
  const Result<Desk> desk = desk_of(call, services_, "tenant", request.tenant());
  if (!desk) return done(desk.error());
  Result<partition::LodgeRequest> lodge = make_lodge(request, desk->who, engine.clock().read().now);
  if (!lodge) return done(lodge.error());

  if (request.call().empty() || !request.applicant().phone().empty())
    return submit_lodging(call, request, *desk, std::move(*lodge), std::move(done));
  boost::asio::post(
      services_.pools.reads(), [this, call, request, desk = *desk, lodge = std::move(*lodge),
                                done = std::move(done)]() mutable {
        add_caller(call, services_, request, &std::get<domain::Lodge>(lodge.command.action));
        submit_lodging(call, request, desk, std::move(lodge), std::move(done));
      });
}

void CasesApi::submit_lodging(const Call& call, const v1::LodgeCaseRequest& request,
                              const Desk& desk, partition::LodgeRequest lodge,
                              Done<v1::LodgeCaseResponse> done) {
  partition::Engine& engine = services_.engine;
  const TimeMs agreed = std::get<domain::Lodge>(lodge.command.action).agreed_ms;
  const PartitionId partition = engine.route(lodge.dedupe);
  partition::Request out;
  out.body = std::move(lodge);
  out.bytes = request.ByteSizeLong() + sizeof(partition::Request);
  out.give_up = call.give_up;
  v1::LodgeCaseResponse warned;
  add_warnings(request, *desk.rules, false, warned.mutable_warnings());
  out.done = [this, warned = std::move(warned), tenant = request.tenant(), of = request.call(),
              county = request.county(), desk, agreed,
              done = std::move(done)](partition::Answer&& answer) mutable {
    if (answer.rejection) return done(std::move(*answer.rejection));
    v1::LodgeCaseResponse lodged = to_lodged(answer);
    *lodged.mutable_warnings() = std::move(*warned.mutable_warnings());
    const stored::CaseState& state = answer.record->state;
    if (agreed != 0) {
      add_date_warnings({"agreed_time", agreed}, *desk.rules, state.unit(), state.county(),
                        services_.engine.clock().read().now, lodged.mutable_warnings());
    }
    add_county_warnings(county, state, lodged.mutable_warnings());
    if (of.empty()) return done(std::move(lodged));
    // After a crash between the two, the same request again does the second.
    link_call(services_, tenant, of, {answer.partition, CaseId{answer.record->state.case_id()}},
              desk.who,
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
