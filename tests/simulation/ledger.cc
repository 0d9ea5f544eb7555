// See ledger.h.
#include "tests/simulation/ledger.h"

#include <algorithm>

namespace casewheel::simulation {
namespace {

bool refused_for_now(const partition::Answer& answer) {
  return answer.rejection && answer.rejection->code == RejectionCode::kDiskFull;
}

}  // namespace

void Ledger::acknowledged(CaseAddress address, std::uint32_t revision) {
  std::uint32_t& known = revisions[key_of(address)];
  known = std::max(known, revision);
}

void Ledger::sent(const Asked& asked) {
  if (asked.body == Asked::Body::kOther) return;
  if (asked.what == Asked::What::kLodge && lodgings[asked.index].fate == Fate::kRejected)
    lodgings[asked.index].fate = Fate::kUnknown;
  if (asked.what == Asked::What::kAct && deeds[asked.index].fate == Fate::kRejected)
    deeds[asked.index].fate = Fate::kUnknown;
}

std::string Ledger::settle(const Asked& asked, const partition::Answer& answer) {
  if (answer.rejection) ++rejections[answer.rejection->code];
  if (refused_for_now(answer)) return {};
  if (asked.what == Asked::What::kLodge) return settle_lodge(asked, answer);
  if (asked.what == Asked::What::kAct) return settle_act(asked, answer);
  if (const auto* checkpoint = std::get_if<partition::CheckpointRequest>(&asked.request);
      checkpoint && !answer.rejection) {
    cursors[{checkpoint->source, asked.partition}] = checkpoint->position;
  }
  if (const auto* call = std::get_if<partition::CallRequest>(&asked.request)) {
    if (answer.rejection) return {};
    if (!answer.call) return "told of a call and no call";
    std::uint32_t& known = calls[{asked.partition, call->id}];
    if (answer.call->call.version() < known) return "a call went back to an earlier version";
    known = answer.call->call.version();
  }
  if (const auto* record = std::get_if<partition::RecordRequest>(&asked.request);
      record && !answer.rejection) {
    ++trail[record->events.back().audit_recorded().subject()];
  }
  return {};
}

std::string Ledger::settle_lodge(const Asked& asked, const partition::Answer& answer) {
  Lodging& lodging = lodgings[asked.index];
  const bool known = lodging.fate == Fate::kAcknowledged;
  if (asked.body == Asked::Body::kOther) {
    if (!answer.rejection || answer.rejection->code != RejectionCode::kConflict)
      return "a used key with another body was no conflict";
    return {};
  }
  if (answer.rejection) {
    if (known) return "a key that made a case was rejected: " + answer.rejection->message;
    lodging.fate = Fate::kRejected;
    return {};
  }
  if (!answer.record) return "lodged without a case";
  const CaseAddress address{answer.partition, CaseId{answer.record->state.case_id()}};
  if (known && !(address == lodging.address)) return "one key, two cases";
  if (answer.lodged == answer.duplicate) return "a case is both new and known, or neither";
  if (known && answer.lodged) return "a known key made a case again";
  // One whose fate is unknown may turn out either way.
  if (!known && asked.body == Asked::Body::kFirst && !answer.lodged) return "a new key was known";
  if (!known) cases.push_back(address);
  lodging.fate = Fate::kAcknowledged;
  lodging.address = address;
  acknowledged(address, answer.record->state.revision());
  return {};
}

std::string Ledger::settle_act(const Asked& asked, const partition::Answer& answer) {
  Deed& deed = deeds[asked.index];
  const std::uint32_t before = revisions[key_of(deed.address)];
  // Whether or not it changed anything.
  const bool known = deed.fate == Fate::kAcknowledged && deed.request.command.request_digest != 0;
  if (asked.body == Asked::Body::kOther) {
    if (known && (!answer.rejection || answer.rejection->code != RejectionCode::kConflict))
      return "a used request_id with another body was no conflict";
    return {};
  }
  if (answer.rejection) {
    if (known) return "a request that was done before was rejected: " + answer.rejection->message;
    if (deed.fate != Fate::kAcknowledged) deed.fate = Fate::kRejected;
    return {};
  }
  if (!answer.record) return "done without a case";
  if (known && !answer.duplicate) return "the same request was done twice";
  // The record is the case after the batch, so at least as far as anything told before.
  if (answer.record->state.revision() < before) return "a case went back to an earlier revision";
  deed.fate = Fate::kAcknowledged;
  if (!answer.duplicate && deed.request.command.request_digest != 0) {
    deed.did_something = true;
    done[key_of(deed.address)].push_back(asked.index);
  }
  deed.revision = answer.record->state.revision();
  acknowledged(deed.address, deed.revision);
  return {};
}

}  // namespace casewheel::simulation
