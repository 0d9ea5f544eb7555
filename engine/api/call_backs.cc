#include "engine/api/call_backs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <limits>

#include "engine/api/lodging.h"
#include "engine/api/submitting.h"
#include "engine/base/digest.h"
#include "engine/domain/decide.h"
#include "engine/sla/zone.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

// What cannot be settled is tried again, after twice as long each time: a catalogue that leaves no service
// to lodge under is mended in hours, a full disk in minutes.
constexpr std::chrono::seconds kTryAgain{10};
constexpr std::chrono::seconds kTryAgainMax{600};

const domain::Who kEngine{stored::ENGINE, "", domain::kEveryRole};

std::string request_id_of(const std::string& call_id) {
  return std::string(kCallBackIds) + call_name(partition::call_id_of(call_id));
}

// A command of the engine's own that the same call leads to once.
domain::Command own(domain::Action action, const std::string& request_id, TimeMs now) {
  domain::Command command;
  command.action = std::move(action);
  command.who = kEngine;
  command.received_ms = now;
  command.request_digest = short_digest(sha256(request_id));
  command.body_digest = command.request_digest;
  return command;
}

// When it rang, on which line, why it ended.
std::string told(const stored::Call& call, const catalogue::TenantRules& rules) {
  const sla::Zone zone = sla::Zone::load(rules.catalogue().time_zone()).value_or(sla::Zone::utc());
  std::string when = zone.format(call.rang_ms(), false);
  when = when.substr(0, 16);
  std::replace(when.begin(), when.end(), 'T', ' ');
  std::string text = when + " 來電未接";
  if (!call.line().empty()) text += "，撥 " + call.line();
  if (!call.queue().empty()) text += "，佇列 " + call.queue();
  if (!call.cause().empty()) text += "（" + call.cause() + "）";
  return text;
}

}  // namespace

Status CallBacks::start() {
  struct Owed {
    TimeMs begun_ms;
    views::CallAddress address;
  };
  std::vector<Owed> owed;
  services_.board.calls().when_owed([this](const views::CallAddress& address) {
    boost::asio::post(thread_, [this, address] { take_up(address, kTryAgain); });
  });
  const auto snapshot = services_.engine.store().snapshot();
  for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
    const std::string prefix = storage::kind_prefix(storage::RowKind::kUnsettledCall, id);
    storage::PassedOver passed;
    const Status status = storage::scan_readable(
        *snapshot, storage::Table::kState, prefix, storage::prefix_end(prefix),
        [&](std::string_view key, std::string_view) {
          const auto call = storage::decode_unsettled_call_key(key);
          partition::CallRecord record;
          if (!call) return true;
          if (const Status read = partition::read_call(*snapshot, id, *call, &record); !read) {
            ++services_.engine.damage().passed_over;
            spdlog::error("call back: call {} cannot be read: {}", call_name(*call),
                          read.message());
          } else if (record.call.callback_owed() || record.call.callback_unfounded()) {
            owed.push_back({record.call.begun_ms(), {id, *call}});
          }
          return true;
        },
        &passed);
    if (!status) return status;
    services_.engine.damage().passed_over += passed.stretches.size();
  }
  std::sort(owed.begin(), owed.end(),
            [](const Owed& a, const Owed& b) { return a.begun_ms < b.begun_ms; });
  for (const Owed& call : owed)
    boost::asio::post(thread_, [this, address = call.address] { take_up(address, kTryAgain); });
  return {};
}

void CallBacks::stop() {
  services_.board.calls().when_owed(nullptr);
  thread_.stop();
  thread_.join();
}

void CallBacks::take_up(const views::CallAddress& address, std::chrono::seconds pause) {
  if (settle(address)) return;
  auto timer = std::make_shared<boost::asio::steady_timer>(thread_, pause);
  timer->async_wait([this, timer, address, pause](const boost::system::error_code& error) {
    if (!error) take_up(address, std::min(pause * 2, kTryAgainMax));
  });
}

partition::Answer CallBacks::ask(PartitionId partition, partition::RequestBody body) {
  auto answered = std::make_shared<std::promise<partition::Answer>>();
  std::future<partition::Answer> answer = answered->get_future();
  partition::Request request;
  request.body = std::move(body);
  request.bytes = sizeof(partition::Request);
  request.done = [answered](partition::Answer&& given) { answered->set_value(std::move(given)); };
  submit_following(services_.engine, partition, partition::Class::kPeople, std::move(request));
  return answer.get();
}

bool CallBacks::settle(const views::CallAddress& address) {
  partition::CallRecord record;
  const Status status =
      partition::read_call(services_.engine.store(), address.partition, address.id, &record);
  if (!status) {
    spdlog::error("call back: call {} cannot be read: {}", call_name(address.id), status.message());
    return status.code() == Status::Code::kNotFound;
  }
  if (!record.call.callback_owed() && !record.call.callback_unfounded()) return true;
  const auto registry = services_.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(record.call.tenant());
  if (record.call.callback_unfounded())
    return rules == nullptr || withdraw(address, record, *rules);
  partition::Sealer sealer;
  stored::Call open;
  if (rules == nullptr || !partition::open_call(sealer, record, &open)) return true;
  const Result<CaseAddress> stands = case_for(open, *rules);
  if (!stands) {
    spdlog::warn("call back: no case for call {} yet: {}", call_name(address.id),
                 stands.error().message);
    return false;
  }
  const partition::Answer linked =
      ask(address.partition,
          partition::CallRequest{
              record.call.tenant(), address.id, {domain::CallBackBy{*stands}, kEngine}});
  return !linked.rejection;
}

// Who rings again before she was called back is called back once.
Result<CaseAddress> CallBacks::case_for(const stored::Call& call,
                                        const catalogue::TenantRules& rules) {
  const auto snapshot = services_.engine.store().snapshot();
  // All of them: the case that stands for calling back may be an old one.
  const Result<OpenCases> open =
      open_cases_of(services_, *snapshot, rules,
                    partition::party_digests(services_.engine.installation().secret,
                                             rules.tenant_number(), call.party()),
                    std::numeric_limits<std::size_t>::max());
  if (!open) return open.error();
  if (open->cases.empty() || !open->cases.front().callback) return lodge(call, rules);
  const OpenCase& stands = open->cases.front();
  // Its own, lodged before the engine ended: nothing to add.
  if (stands.record.state.call_id() == call.call_id()) return stands.address;
  if (std::optional<Rejection> refusal = note(call, stands.address, rules)) return *refusal;
  return stands.address;
}

Result<CaseAddress> CallBacks::lodge(const stored::Call& call,
                                     const catalogue::TenantRules& rules) {
  v1::LodgeCaseRequest request;
  request.set_request_id(request_id_of(call.call_id()));
  request.set_tenant(rules.tenant());
  request.set_service(rules.catalogue().hotline().callback_service());
  request.set_channel(v1::CHANNEL_HOTLINE);
  request.set_subject("未接來電回撥");
  request.set_description(told(call, rules));
  request.mutable_applicant()->set_phone(call.party().number());
  request.set_call(call_name(partition::call_id_of(call.call_id())));
  Result<partition::LodgeRequest> lodging =
      make_lodge(request, kEngine, services_.engine.clock().read().now);
  if (!lodging) return lodging.error();
  auto& facts = std::get<domain::Lodge>(lodging->command.action);
  facts.facts.set_call_id(call.call_id());
  facts.personal.mutable_applicant()->set_dialled_phone(call.party().dialled_number());
  // The same call gives the same case, whatever else was told of it meanwhile.
  lodging->command.body_digest = short_digest(sha256(request.request_id()));
  const PartitionId partition = services_.engine.route(lodging->dedupe);
  const partition::Answer answer = ask(partition, std::move(*lodging));
  if (answer.rejection) return *answer.rejection;
  return CaseAddress{partition, CaseId{answer.record->state.case_id()}};
}

std::optional<Rejection> CallBacks::note(const stored::Call& call, CaseAddress address,
                                         const catalogue::TenantRules& rules) {
  return ask(address.partition,
             partition::ActRequest{
                 rules.tenant_number(), address.id, std::nullopt,
                 own(domain::Note{told(call, rules)}, request_id_of(call.call_id()),
                     services_.engine.clock().read().now)})
      .rejection;
}

Result<std::optional<CaseAddress>> CallBacks::case_made_of(const std::string& call_id,
                                                           const std::string& tenant) const {
  const storage::Digest16 digest = dedupe_digest(tenant, request_id_of(call_id));
  const PartitionId partition = services_.engine.route(digest);
  std::string value;
  const Status read = services_.engine.store().get(storage::Table::kState,
                                                   storage::dedupe_key(partition, digest), &value);
  if (read.code() == Status::Code::kNotFound) return std::optional<CaseAddress>();
  stored::DedupeRow row;
  if (read && !row.ParseFromString(value))
    return unreadable({Status::Code::kCorruption, "a dedupe row cannot be decoded"});
  if (!read) return unreadable(read);
  return std::optional(CaseAddress{partition, CaseId{row.case_id()}});
}

Result<bool> CallBacks::stands_on_another(const partition::CallRecord& record, CaseAddress address,
                                          const catalogue::TenantRules& rules) const {
  partition::Sealer sealer;
  stored::Call call;
  if (!partition::open_call(sealer, record, &call)) return true;  // nobody can know any more
  const auto snapshot = services_.engine.store().snapshot();
  std::uint32_t stretches = 0;
  const auto calls =
      calls_of_person(services_, *snapshot,
                      partition::party_digests(services_.engine.installation().secret,
                                               rules.tenant_number(), call.party()),
                      &stretches);
  if (!calls) return calls.error();
  if (stretches != 0)  // that other one may be among them
    return unreadable({Status::Code::kCorruption, "the calls of a number cannot all be read"});
  for (const PersonCall& one : *calls) {
    partition::CallRecord other;
    if (const Status read = partition::read_call(*snapshot, one.partition, one.id, &other); !read)
      return unreadable(read);
    if (other.call.call_id() != record.call.call_id() && other.call.has_callback() &&
        other.call.callback().case_id() == address.id.value &&
        other.call.callback().partition() == address.partition && !other.call.callback_unfounded())
      return true;
  }
  return false;
}

// Withdraws the case made of a missed call, or tells whoever works on it.
std::optional<Rejection> CallBacks::take_back(const partition::CallRecord& record,
                                              CaseAddress address,
                                              const catalogue::TenantRules& rules) {
  partition::CaseRecord made;
  if (const Status read =
          partition::read_case(services_.engine.store(), address.partition, address.id, &made);
      !read)
    return unreadable(read);
  const stored::CaseState& state = made.state;
  if (state.status() == stored::CLOSED || state.status() == stored::WITHDRAWN) return {};
  const Result<std::optional<CaseAddress>> made_by_engine = case_made_of(
      state.call_id().empty() ? record.call.call_id() : state.call_id(), rules.tenant());
  if (!made_by_engine) return made_by_engine.error();
  const Result<bool> needed = stands_on_another(record, address, rules);
  if (!needed) return needed.error();
  const std::string request_id = request_id_of(record.call.call_id()) + "-back";
  partition::Sealer sealer;
  stored::Call call;
  if (!partition::open_call(sealer, record, &call)) call = record.call;
  const std::string why = told(call, rules) + "；此通來電其後已有人接聽，無須回撥";
  const TimeMs now = services_.engine.clock().read().now;
  const bool ours = *made_by_engine == std::optional(address);
  if (ours && !*needed && domain::is_open(state.status()) && state.status() != stored::REPLIED) {
    const partition::Answer answer = ask(
        address.partition, partition::ActRequest{rules.tenant_number(), address.id, std::nullopt,
                                                 own(domain::Withdraw{why}, request_id, now)});
    if (!answer.rejection || answer.rejection->code != RejectionCode::kWrongState)
      return answer.rejection;
  }
  const partition::Answer noted =
      ask(address.partition, partition::ActRequest{rules.tenant_number(), address.id, std::nullopt,
                                                   own(domain::Note{why}, request_id, now)});
  if (noted.rejection && noted.rejection->code == RejectionCode::kWrongState) return {};
  return noted.rejection;
}

bool CallBacks::withdraw(const views::CallAddress& call, const partition::CallRecord& record,
                         const catalogue::TenantRules& rules) {
  std::optional<CaseAddress> made;
  if (record.call.has_callback()) {
    made = CaseAddress{static_cast<PartitionId>(record.call.callback().partition()),
                       CaseId{record.call.callback().case_id()}};
  } else {
    const Result<std::optional<CaseAddress>> found =
        case_made_of(record.call.call_id(), rules.tenant());
    if (!found) return false;
    made = *found;
  }
  if (made) {
    if (const std::optional<Rejection> refusal = take_back(record, *made, rules)) {
      spdlog::warn("call back: the case of call {} is not withdrawn yet: {}", call_name(call.id),
                   refusal->message);
      return false;
    }
  }
  return !ask(call.partition,
              partition::CallRequest{
                  record.call.tenant(), call.id, {domain::CallBackWithdrawn{}, kEngine}})
              .rejection;
}

}  // namespace casewheel::api
