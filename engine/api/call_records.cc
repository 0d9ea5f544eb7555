#include "engine/api/call_records.h"

#include <algorithm>

#include "engine/access/masking.h"
#include "engine/api/applicant_numbers.h"
#include "engine/api/audit.h"
#include "engine/base/digest.h"
#include "engine/base/half_width.h"
#include "engine/domain/decide.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

std::string number_of(const stored::CallCase& at) {
  return format_case_number(static_cast<PartitionId>(at.partition()), CaseId{at.case_id()});
}

void set_when(google::protobuf::Timestamp* (v1::Call::*field)(), v1::Call* out, TimeMs at) {
  if (at != 0) set_time((out->*field)(), at);
}

// As it is found by, so that nothing has the look of a telephone that does not lead to its caller.
std::string masked_number(const stored::CallParty& party) {
  const std::string& dialled = party.dialled_number();
  if (!dialled.empty()) return access::mask_phone(dialled);
  if (party.number().empty() || is_number_text(party.number()))
    return access::mask_phone(party.number());
  return "***";
}

}  // namespace

storage::Digest16 call_id(std::string_view tenant, std::string_view exchange_call) {
  const Sha256 whole = sha256_of_parts({"call", tenant, exchange_call});
  storage::Digest16 id;
  std::copy_n(whole.begin(), id.size(), id.begin());
  return id;
}

std::string call_name(const storage::Digest16& id) {
  return hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

std::optional<storage::Digest16> parse_call_name(std::string_view name) {
  storage::Digest16 id{};
  if (name.size() != id.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0) return std::nullopt;
    id[i / 2] = static_cast<std::uint8_t>(id[i / 2] << 4 | digit);
  }
  return id;
}

v1::Call to_call(const partition::CallRecord& record, Shown shown) {
  partition::Sealer sealer;
  stored::Call call;
  if (!partition::open_call(sealer, record, &call)) call.clear_party();
  v1::Call out;
  out.set_id(call_name(partition::call_id_of(call.call_id())));
  out.set_etag(etag_of(call.version()));
  out.set_tenant(call.tenant());
  out.set_direction(static_cast<v1::CallDirection>(call.direction()));
  out.set_line(call.line());
  out.set_queue(shown_text(call.queue(), shown));
  const stored::CallParty& party = call.party();
  out.set_number(shown == Shown::kPlain ? party.number() : masked_number(party));
  out.set_name(shown == Shown::kPlain ? party.name() : access::mask_name(party.name()));
  set_when(&v1::Call::mutable_ring_time, &out, call.rang_ms());
  set_when(&v1::Call::mutable_queue_time, &out, call.queued_ms());
  set_when(&v1::Call::mutable_answer_time, &out, call.answered_ms());
  set_when(&v1::Call::mutable_end_time, &out, call.ended_ms());
  set_when(&v1::Call::mutable_wrap_up_time, &out, call.wrapped_ms());
  set_when(&v1::Call::mutable_erase_time, &out, call.erased_ms());
  out.set_agent(call.agent());
  out.set_seat(shown_text(call.seat(), shown));
  out.set_end(static_cast<v1::CallEnd>(call.end()));
  out.set_cause(shown_text(call.cause(), shown));
  for (const stored::CallCase& lodged : call.cases()) out.add_case_numbers(number_of(lodged));
  if (call.has_callback()) out.set_callback_case_number(number_of(call.callback()));
  out.set_callback_owed(call.callback_owed());
  out.set_exchange_call(shown_text(call.exchange_call(), shown));
  *out.mutable_ringing() = call.ringing();
  for (const stored::CallTransfer& answer : call.transfers()) {
    v1::Call::Transfer& transfer = *out.add_transfers();
    transfer.set_agent(answer.agent());
    transfer.set_seat(shown_text(answer.seat(), shown));
    set_time(transfer.mutable_answer_time(), answer.answered_ms());
  }
  return out;
}

Result<partition::CallRecord> read_call_for(const Call& call, const Services& services,
                                            const storage::Digest16& id) {
  partition::CallRecord record;
  const Status status =
      partition::read_call(services.engine.store(), services.engine.route(id), id, &record);
  const Rejection unknown = Rejection::of(RejectionCode::kNotFound, "no such call");
  if (status.code() == Status::Code::kNotFound) return unknown;
  if (!status) return unreadable(status);
  const auto registry = services.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(record.call.tenant());
  if (rules == nullptr || !sees_tenant(call, *rules)) return unknown;
  const Result<domain::Who> who = who_is(call, *rules);
  if (!who) return who.error();
  if (call.line != nullptr) call.line->set_tenant(rules->tenant());
  if (!partition::covers(*who, *rules, record.call)) return unknown;
  return record;
}

void link_call(const Services& services, const std::string& tenant, const std::string& call,
               CaseAddress lodged, const domain::Who& who,
               std::function<void(std::optional<Rejection>)> done) {
  const std::optional<storage::Digest16> id = parse_call_name(call);
  if (!id) return done(Rejection::of(RejectionCode::kNotFound, "no such call"));
  partition::Request request;
  request.body = partition::CallRequest{tenant, *id, {domain::LinkCase{lodged}, who}};
  request.bytes = sizeof(partition::Request);
  request.done = [done = std::move(done)](partition::Answer&& answer) {
    done(std::move(answer.rejection));
  };
  services.engine.submit(services.engine.route(*id), partition::Class::kPeople, std::move(request));
}

std::string dialled_caller(const std::string& number) {
  std::string dialled = dialled_phone(number);
  if (!dialled.empty()) return dialled;
  const bool international =
      number.size() >= 10 && number.size() <= 15 && number.front() != '0' &&
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return international ? dialled_phone("+" + number) : std::string();
}

bool newer_call(const PersonCall& a, const PersonCall& b) {
  return a.begun_ms != b.begun_ms ? a.begun_ms > b.begun_ms : a.id > b.id;
}

Result<std::vector<PersonCall>> calls_of_person(const Services& services,
                                                const storage::Snapshot& snapshot,
                                                const PersonDigests& digests,
                                                std::uint32_t* unreadable_stretches) {
  storage::PassedOver passed;
  std::vector<PersonCall> calls;
  for (PartitionId partition = 0; partition < services.engine.partitions(); ++partition) {
    for (const storage::Digest16& digest : digests) {
      const std::string prefix = storage::call_lookup_prefix(partition, digest);
      const Status status = storage::scan_readable(
          snapshot, storage::Table::kState, prefix, storage::prefix_end(prefix),
          [&](std::string_view key, std::string_view) {
            if (const auto id = storage::decode_call_lookup_key(key))
              calls.push_back({0, partition, *id});
            return true;
          },
          &passed);
      if (!status) return unreadable(status);
    }
  }
  *unreadable_stretches = static_cast<std::uint32_t>(passed.stretches.size());
  services.engine.damage().passed_over += passed.stretches.size();
  for (PersonCall& call : calls) {
    std::string value;
    // Without its place it stands last; whoever reads the call itself is told.
    if (!snapshot.get(storage::Table::kState, storage::call_place_key(call.partition, call.id),
                      &value))
      continue;
    if (const auto place = storage::decode_call_place(call.id, value))
      call.begun_ms = place->begun_ms;
  }
  std::sort(calls.begin(), calls.end(), newer_call);
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return calls;
}

Result<OpenCases> open_cases_of(const Services& services, const storage::Snapshot& snapshot,
                                const catalogue::TenantRules& rules, const PersonDigests& digests,
                                std::size_t looked_at_max) {
  std::uint32_t stretches = 0;
  Result<std::vector<CaseAddress>> known = cases_of_person(services, snapshot, digests, &stretches);
  if (!known) return known.error();
  OpenCases out;
  out.shortened = known->size() > looked_at_max;
  known->resize(std::min(known->size(), looked_at_max));
  const std::string& callback_service = rules.catalogue().hotline().callback_service();
  std::vector<OpenCase>& open = out.cases;
  for (const CaseAddress& address : *known) {
    OpenCase found{address, {}};
    const Status status =
        partition::read_case(snapshot, address.partition, address.id, &found.record);
    if (!status) {
      ++services.engine.damage().passed_over;
      continue;
    }
    if (!domain::is_open(found.record.state.status())) continue;
    found.callback = !callback_service.empty() && found.record.state.service() == callback_service;
    open.push_back(std::move(found));
  }
  std::stable_sort(open.begin(), open.end(),
                   [](const OpenCase& a, const OpenCase& b) { return a.callback && !b.callback; });
  return out;
}

}  // namespace casewheel::api
