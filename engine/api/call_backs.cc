#include "engine/api/call_backs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>

#include "engine/api/lodging.h"
#include "engine/base/digest.h"
#include "engine/sla/zone.h"

namespace casewheel::api {
namespace {

// What cannot be settled is tried again, after twice as long each time: a catalogue that leaves no service
// to lodge under is mended in hours, a full disk in minutes.
constexpr std::chrono::seconds kTryAgain{10};
constexpr std::chrono::seconds kTryAgainMax{600};

const domain::Who kEngine{stored::ENGINE, "", domain::kEveryRole};

std::string request_id_of(const stored::Call& call) {
  return "call-back-" + call_name(partition::call_id_of(call.call_id()));
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
  Status bad;
  for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
    const std::string prefix = storage::kind_prefix(storage::RowKind::kUnsettledCall, id);
    const Status status =
        snapshot->scan(storage::Table::kState, prefix, storage::prefix_end(prefix),
                       [&](std::string_view key, std::string_view) {
                         const auto call = storage::decode_unsettled_call_key(key);
                         partition::CallRecord record;
                         if (!call) return true;
                         bad = partition::read_call(*snapshot, id, *call, &record);
                         if (bad && record.call.callback_owed())
                           owed.push_back({record.call.begun_ms(), {id, *call}});
                         return bad.is_ok();
                       });
    if (!status) return status;
    if (!bad) return bad;
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
  services_.engine.submit(partition, partition::Class::kPeople, std::move(request));
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
  if (!record.call.callback_owed()) return true;
  const auto registry = services_.engine.catalogue().get();
  const catalogue::TenantRules* rules = registry->find(record.call.tenant());
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
  const Result<std::vector<OpenCase>> open =
      open_cases_of(services_, *snapshot, rules,
                    partition::party_digests(services_.engine.installation().secret,
                                             rules.tenant_number(), call.party()));
  if (!open) return open.error();
  if (open->empty() || !open->front().callback) return lodge(call, rules);
  const OpenCase& stands = open->front();
  // Its own, lodged before the engine ended: nothing to add.
  if (stands.record.state.call_id() == call.call_id()) return stands.address;
  if (std::optional<Rejection> refusal = note(call, stands.address, rules)) return *refusal;
  return stands.address;
}

Result<CaseAddress> CallBacks::lodge(const stored::Call& call,
                                     const catalogue::TenantRules& rules) {
  v1::LodgeCaseRequest request;
  request.set_request_id(request_id_of(call));
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
  domain::Command command;
  command.action = domain::Note{told(call, rules)};
  command.who = kEngine;
  command.received_ms = services_.engine.clock().read().now;
  command.request_digest = short_digest(sha256(request_id_of(call)));
  command.body_digest = command.request_digest;
  return ask(address.partition, partition::ActRequest{address.id, std::nullopt, std::move(command)})
      .rejection;
}

}  // namespace casewheel::api
