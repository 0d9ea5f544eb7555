// The part of PrivacyApi that erases: at a person's wish, and when the time to keep is up.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <map>
#include <thread>

#include "engine/api/call_records.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"
#include "engine/api/privacy.h"
#include "engine/api/submitting.h"
#include "engine/api/work.h"
#include "engine/base/limits.h"
#include "engine/domain/decide.h"
#include "engine/partition/restored.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::api {
namespace {

// What waits in a partition's bulk queue at a time.
constexpr std::size_t kErasedAtATime = 256;

// The rule the case falls under; null when it is kept.
const stored::RetentionRule* rule_for(const stored::Catalogue& catalogue, stored::Kind kind) {
  for (const stored::RetentionRule& rule : catalogue.retention()) {
    if (rule.kinds().empty() ||
        std::find(rule.kinds().begin(), rule.kinds().end(), kind) != rule.kinds().end())
      return &rule;
  }
  return nullptr;
}

struct Overdue {
  std::uint64_t cases = 0;
  TimeMs oldest_close = kNever;
};

}  // namespace

PrivacyApi::Fate PrivacyApi::fate_of(const stored::CaseState& state, bool open_too) {
  if (state.erased_revision() == state.revision()) return Fate::kErasedBefore;
  return domain::is_open(state.status()) && !open_too ? Fate::kOpen : Fate::kErased;
}

// kNotFound where it is none of the tenant's.
Status PrivacyApi::wanted_case(const Desk& desk, const storage::Snapshot& snapshot,
                               const v1::ErasePersonRequest& request, const CaseAddress& address,
                               std::vector<CaseAddress>* cases, Wanted* wanted) const {
  if (address.id.tenant_number() != desk.rules->tenant_number())
    return {Status::Code::kNotFound, "of another tenant"};
  partition::CaseRecord record;
  Status status = partition::read_case(snapshot, address.partition, address.id, &record);
  stored::PartitionHead head;
  if (status) status = partition::read_head(snapshot, address.partition, &head);
  if (!status) return status;
  if (request.listed_before_restore() && partition::is_since_restore(head, record.state)) {
    wanted->since_restore.push_back(format_case_number(address.partition, address.id));
  } else {
    cases->push_back(address);
  }
  return {};
}

std::optional<Rejection> PrivacyApi::wanted_cases(
    const Desk& desk, const storage::Snapshot& snapshot, const v1::ErasePersonRequest& request,
    const char* field, const google::protobuf::RepeatedPtrField<std::string>& list,
    std::vector<CaseAddress>* cases, Wanted* wanted) const {
  for (const std::string& number : list) {
    const Result<CaseAddress> address = address_of(field, number);
    if (!address) return address.error();
    const Status status = wanted_case(desk, snapshot, request, *address, cases, wanted);
    if (status.code() == Status::Code::kNotFound) {
      wanted->unknown.push_back(number);
    } else if (!status) {
      wanted->unreadable.push_back(number);
    }
  }
  return std::nullopt;
}

Status PrivacyApi::wanted_call(const Desk& desk, const storage::Snapshot& snapshot,
                               const v1::ErasePersonRequest& request, const storage::Digest16& id,
                               Wanted* wanted) const {
  const PartitionId partition = services_.engine.route(id);
  partition::CallRecord record;
  Status status = partition::read_call(snapshot, partition, id, &record);
  stored::PartitionHead head;
  if (status) status = partition::read_head(snapshot, partition, &head);
  if (!status) return status;
  if (record.call.tenant() != desk.rules->tenant())
    return {Status::Code::kNotFound, "of another tenant"};
  if (request.listed_before_restore() && partition::is_since_restore(head, record.call)) {
    wanted->since_restore.push_back(call_name(id));
  } else {
    wanted->calls.emplace_back(partition, id);
  }
  return {};
}

Result<PrivacyApi::Wanted> PrivacyApi::wanted_by(const Desk& desk,
                                                 const v1::ErasePersonRequest& request) const {
  Wanted wanted;
  const auto snapshot = services_.engine.store().snapshot();
  if (request.has_person()) {
    const Result<PersonDigests> digests =
        person_digests_of(services_, desk.rules->tenant_number(), "person.", request.person());
    if (!digests) return digests.error();
    Result<std::vector<CaseAddress>> cases =
        cases_of_person(services_, *snapshot, *digests, &wanted.stretches);
    if (!cases) return cases.error();
    std::uint32_t stretches = 0;
    const Result<std::vector<PersonCall>> calls =
        calls_of_person(services_, *snapshot, *digests, &stretches);
    if (!calls) return calls.error();
    wanted.stretches += stretches;
    const Result<std::vector<CaseAddress>> former =
        cases_of_person(services_, *snapshot, *digests, &wanted.stretches, Standing::kFormer);
    if (!former) return former.error();
    std::set_difference(former->begin(), former->end(), cases->begin(), cases->end(),
                        std::back_inserter(wanted.former), newer_case);
    wanted.cases = *std::move(cases);
    for (const PersonCall& call : *calls) wanted.calls.emplace_back(call.partition, call.id);
    return wanted;
  }
  if (auto refusal = wanted_cases(desk, *snapshot, request, "case_numbers", request.case_numbers(),
                                  &wanted.cases, &wanted))
    return *std::move(refusal);
  if (auto refusal = wanted_cases(desk, *snapshot, request, "former_case_numbers",
                                  request.former_case_numbers(), &wanted.former, &wanted))
    return *std::move(refusal);
  for (const std::string& name : request.calls()) {
    const std::optional<storage::Digest16> id = parse_call_name(name);
    if (!id) return Rejection::invalid("calls", "names no call: 32 hexadecimal digits");
    const Status status = wanted_call(desk, *snapshot, request, *id, &wanted);
    if (status.code() == Status::Code::kNotFound) {
      wanted.unknown.push_back(name);
    } else if (!status) {
      wanted.unreadable.push_back(name);
    }
  }
  return wanted;
}

Result<std::vector<partition::Answer>> PrivacyApi::ask_all(std::size_t count,
                                                           const RequestFor& request_for,
                                                           Work& work) {
  std::vector<partition::Answer> served;
  while (served.size() < count) {
    if (!work.awaited()) return not_awaited();
    const std::size_t slice = std::min(kErasedAtATime, count - served.size());
    std::vector<std::future<partition::Answer>> answers;
    for (std::size_t i = 0; i < slice; ++i) {
      auto answered = std::make_shared<std::promise<partition::Answer>>();
      answers.push_back(answered->get_future());
      auto [partition, body] = request_for(served.size() + i);
      partition::Request request;
      request.body = std::move(body);
      request.bytes = sizeof(partition::Request);
      request.done = [answered](partition::Answer&& answer) {
        answered->set_value(std::move(answer));
      };
      services_.engine.submit(partition, partition::Class::kBulk, std::move(request));
    }
    std::optional<Rejection> refusal;
    DurationMs wait_ms = 0;
    for (std::future<partition::Answer>& answered : answers) {
      partition::Answer answer = answered.get();
      const std::vector<std::string> left = discard_files(services_, answer.let_go);
      left_.insert(left_.end(), left.begin(), left.end());
      if (refusal || wait_ms != 0) continue;  // from the first that was refused on, all again
      if (answer.rejection && answer.rejection->code == RejectionCode::kOverloaded) {
        wait_ms = std::max<DurationMs>(answer.rejection->retry_after_ms, 1);
      } else if (answer.rejection && answer.rejection->code != RejectionCode::kWrongState &&
                 answer.rejection->code != RejectionCode::kDataLoss) {
        refusal = answer.rejection;
      } else {
        served.push_back(std::move(answer));
      }
    }
    if (refusal) return *refusal;
    if (wait_ms != 0) std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
  }
  return served;
}

Result<std::vector<PrivacyApi::Fate>> PrivacyApi::erase(const Desk& desk,
                                                        std::span<const CaseAddress> cases,
                                                        const domain::Erase& how, Work& work) {
  const Result<std::vector<partition::Answer>> answers = ask_all(
      cases.size(),
      [&](std::size_t i) {
        domain::Command command;
        command.action = how;
        command.who = desk.who;
        command.received_ms = services_.engine.clock().read().now;
        return std::pair<PartitionId, partition::RequestBody>(
            cases[i].partition, partition::ActRequest{desk.rules->tenant_number(), cases[i].id,
                                                      std::nullopt, std::move(command)});
      },
      work);
  if (!answers) return answers.error();
  std::vector<Fate> fates;
  for (const partition::Answer& answer : *answers)
    fates.push_back(answer.rejection && answer.rejection->code == RejectionCode::kDataLoss
                        ? Fate::kUnreadable
                    : answer.rejection ? Fate::kOpen
                    : answer.duplicate ? Fate::kErasedBefore
                                       : Fate::kErased);
  return fates;
}

Result<PrivacyApi::Calls> PrivacyApi::erase_calls(const Desk& desk, const Calls& calls,
                                                  stored::EraseCause cause, Work& work,
                                                  std::vector<std::string>* unreadable_calls) {
  const Result<std::vector<partition::Answer>> answers = ask_all(
      calls.size(),
      [&](std::size_t i) {
        return std::pair<PartitionId, partition::RequestBody>(
            calls[i].first,
            partition::CallRequest{
                desk.rules->tenant(), calls[i].second, {domain::EraseCall{cause}, desk.who}});
      },
      work);
  if (!answers) return answers.error();
  Calls erased;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const partition::Answer& answer = (*answers)[i];
    if (!answer.rejection && !answer.duplicate) erased.push_back(calls[i]);
    if (answer.rejection && answer.rejection->code == RejectionCode::kDataLoss)
      unreadable_calls->push_back(call_name(calls[i].second));
  }
  return erased;
}

PrivacyApi::Calls PrivacyApi::erasable(const Calls& calls,
                                       std::vector<std::string>* unreadable_calls) const {
  Calls held;
  for (const auto& [partition, id] : calls) {
    partition::CallRecord record;
    const Status status = partition::read_call(services_.engine.store(), partition, id, &record);
    if (!status) unreadable_calls->push_back(call_name(id));
    if (status && record.call.erased_ms() == 0) held.emplace_back(partition, id);
  }
  return held;
}

Result<PrivacyApi::Calls> PrivacyApi::calls_past_keeping(const Desk& desk, bool* more,
                                                         std::uint32_t* unread) const {
  Calls calls;
  const std::uint32_t days = desk.rules->catalogue().hotline().keep_days();
  if (days == 0) return calls;
  const TimeMs until = services_.engine.clock().read().now - DurationMs{days} * kDayMs;
  if (until <= 0) return calls;
  const auto snapshot = services_.engine.store().snapshot();
  const std::uint8_t tenant_number = desk.rules->tenant_number();
  for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
    storage::PassedOver passed;
    const Status status = storage::scan_readable(
        *snapshot, storage::Table::kState, storage::call_tenant_prefix(id, tenant_number),
        storage::call_start(id, tenant_number, static_cast<std::uint64_t>(until)),
        [&](std::string_view key, std::string_view value) {
          partition::CallRecord record;
          const auto place = storage::decode_call_key(key);
          if (!place || !partition::decode_call(value, &record)) {
            ++*unread;
            return true;
          }
          if (record.call.ended_ms() == 0 || record.call.sealed().empty()) return true;
          *more = calls.size() == std::size_t{limits::kErasedAtOnceMax};
          if (!*more) calls.emplace_back(id, place->id);
          return !*more;
        },
        &passed);
    if (!status) return unreadable(status);
    *unread += static_cast<std::uint32_t>(passed.stretches.size());
  }
  return calls;
}

bool PrivacyApi::purge() {
  left_ = discard_files(services_, left_);
  const Status status = services_.engine.store().purge(storage::Table::kState);
  if (!status) spdlog::warn("erasing: old copies remain for now: {}", status.message());
  return status.is_ok() && left_.empty();
}

Result<std::vector<PrivacyApi::Fate>> PrivacyApi::fates_of(const Desk& desk,
                                                           std::span<const CaseAddress> cases,
                                                           const domain::Erase& how, bool dry_run,
                                                           Work& work) {
  if (!dry_run) return erase(desk, cases, how, work);
  std::vector<Fate> fates;
  for (const CaseAddress& address : cases) {
    partition::CaseRecord record;
    const Status status =
        partition::read_case(services_.engine.store(), address.partition, address.id, &record);
    fates.push_back(status ? fate_of(record.state, how.open_too) : Fate::kUnreadable);
  }
  return fates;
}

void PrivacyApi::tell_fates(std::span<const CaseAddress> cases, const std::vector<Fate>& fates,
                            google::protobuf::RepeatedPtrField<std::string>* erased,
                            v1::ErasePersonResponse* response) {
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const std::string number = format_case_number(cases[i].partition, cases[i].id);
    if (fates[i] == Fate::kErasedBefore) {
      response->set_erased_before(response->erased_before() + 1);
    } else if (fates[i] == Fate::kUnreadable) {
      response->add_unreadable(number);
    } else {
      (fates[i] == Fate::kOpen ? response->mutable_open() : erased)->Add(std::string(number));
    }
  }
}

Result<v1::ErasePersonResponse> PrivacyApi::erase_now(const Desk& desk,
                                                      const v1::ErasePersonRequest& request,
                                                      Work& work) {
  const Result<Wanted> wanted = wanted_by(desk, request);
  if (!wanted) return wanted.error();
  const Result<std::vector<Fate>> fates = fates_of(
      desk, wanted->cases, {stored::AT_PERSONS_WISH, request.open_too()}, request.dry_run(), work);
  if (!fates) return fates.error();
  const Result<std::vector<Fate>> former =
      fates_of(desk, wanted->former, {stored::AT_PERSONS_WISH, request.open_too(), true},
               request.dry_run(), work);
  if (!former) return former.error();
  std::vector<std::string> unread = wanted->unreadable;
  const Result<Calls> calls =
      request.dry_run() ? Result<Calls>(erasable(wanted->calls, &unread))
                        : erase_calls(desk, wanted->calls, stored::AT_PERSONS_WISH, work, &unread);
  if (!calls) return calls.error();
  v1::ErasePersonResponse response;
  response.set_unreadable_stretches(wanted->stretches);
  const std::size_t unread_calls = unread.size() - wanted->unreadable.size();
  for (std::string& name : unread) response.add_unreadable(std::move(name));
  response.set_calls(static_cast<std::uint32_t>(calls->size()));
  for (const auto& [partition, id] : *calls) response.add_erased_calls(call_name(id));
  response.set_erased_before(
      static_cast<std::uint32_t>(wanted->calls.size() - calls->size() - unread_calls));
  for (const std::string& unknown : wanted->unknown) response.add_unknown(unknown);
  for (const std::string& left : wanted->since_restore) response.add_since_restore(left);
  tell_fates(wanted->cases, *fates, response.mutable_erased(), &response);
  tell_fates(wanted->former, *former, response.mutable_former(), &response);
  // Also when nothing was left to erase: an earlier call may have ended before it came to this.
  if (!request.dry_run()) response.set_purged(purge());
  return response;
}

Result<v1::ApplyRetentionResponse> PrivacyApi::retain_now(const Desk& desk, bool dry_run,
                                                          CaseAddress position,
                                                          const ListTokens& tokens, Work& work) {
  const stored::Catalogue& catalogue = desk.rules->catalogue();
  const TimeMs now = services_.engine.clock().read().now;
  std::vector<CaseAddress> cases;
  std::map<std::pair<stored::Kind, std::uint32_t>, Overdue> counts;
  int looked = 0;
  std::uint32_t unread = 0;
  bool more = false;
  const auto look_at = [&](std::string_view key, std::string_view value) {
    if (looked == limits::kRetentionRowsMax ||
        cases.size() == std::size_t{limits::kErasedAtOnceMax}) {
      more = true;
      return false;
    }
    ++looked;
    if (!work.goes_on()) {
      more = true;
      return false;
    }
    partition::CaseRecord record;
    const std::optional<CaseAddress> address = storage::decode_case_key(key);
    if (address) position = *address;
    if (!address || !partition::decode_case(value, address->id, &record)) {
      ++unread;
      return true;
    }
    const stored::CaseState& state = record.state;
    const stored::RetentionRule* rule = rule_for(catalogue, state.kind());
    if (rule == nullptr || fate_of(state, false) != Fate::kErased ||
        state.closed_ms() + DurationMs{rule->days()} * kDayMs > now)
      return true;
    cases.push_back(*address);
    Overdue& count = counts[{state.kind(), rule->days()}];
    ++count.cases;
    count.oldest_close = std::min(count.oldest_close, state.closed_ms());
    return true;
  };
  if (!catalogue.retention().empty()) {
    const auto snapshot = services_.engine.store().snapshot();
    for (PartitionId id = position.partition; id < services_.engine.partitions() && !more; ++id) {
      const bool goes_on = id == position.partition && position.id.value != 0;
      const storage::KeyRange range =
          storage::within(storage::case_tenant_prefix(id, desk.rules->tenant_number()),
                          goes_on ? storage::case_key(id, CaseId{position.id.value + 1}) : "", "");
      if (range.empty()) continue;
      storage::PassedOver passed;
      const Status status = storage::scan_readable(*snapshot, storage::Table::kState, range.begin,
                                                   range.end, look_at, &passed);
      if (!status) return unreadable(status);
      unread += static_cast<std::uint32_t>(passed.stretches.size());
    }
  }
  if (!work.awaited()) return not_awaited();
  v1::ApplyRetentionResponse response;
  for (const auto& [of, count] : counts) {
    v1::ApplyRetentionResponse::Count* out = response.add_erased();
    out->set_kind(static_cast<v1::Kind>(of.first));
    out->set_days(of.second);
    out->set_cases(count.cases);
    set_time(out->mutable_oldest_close_time(), count.oldest_close);
  }
  if (!dry_run) {
    Result<std::vector<Fate>> done = erase(desk, cases, {stored::RETENTION_ENDED}, work);
    if (!done) return done.error();
    unread += static_cast<std::uint32_t>(std::count(done->begin(), done->end(), Fate::kUnreadable));
  }
  response.set_unreadable(unread);
  if (more) {
    services_.engine.damage().passed_over += unread;
    response.set_next_page_token(tokens.make({position.id.value, position.partition}));
    return response;
  }
  // The calls come with the last of the cases.
  bool more_calls = false;
  const Result<Calls> calls = calls_past_keeping(desk, &more_calls, &unread);
  if (!calls) return calls.error();
  response.set_calls(calls->size());
  response.set_unreadable(unread);
  services_.engine.damage().passed_over += unread;
  if (dry_run) return response;
  std::vector<std::string> unread_calls;
  if (const Result<Calls> erased =
          erase_calls(desk, *calls, stored::RETENTION_ENDED, work, &unread_calls);
      !erased)
    return erased.error();
  response.set_unreadable(unread + static_cast<std::uint32_t>(unread_calls.size()));
  if (more_calls) {
    response.set_next_page_token(tokens.make({0, services_.engine.partitions()}));
  } else {
    response.set_purged(purge());
  }
  return response;
}

}  // namespace casewheel::api
