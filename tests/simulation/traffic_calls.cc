// The part of Traffic that stands for telephone exchanges: the events of a few calls at a time, in any order,
// again, with some left out; cases lodged during them, call-backs, erasure.
#include "engine/base/digest.h"
#include "tests/simulation/tenants.h"
#include "tests/simulation/traffic.h"

namespace casewheel::simulation {
namespace {

// Calls that events are still told of.
constexpr std::uint64_t kCallsAtATime = 6;

storage::Digest16 call_digest(std::uint64_t call) {
  const Sha256 whole = sha256("call " + std::to_string(call));
  storage::Digest16 digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

domain::CallAction Traffic::call_action(std::uint64_t call) {
  const std::uint64_t die = random_.below(100);
  if (die < 6 && !ledger_.cases.empty()) return domain::LinkCase{random_.pick(ledger_.cases)};
  if (die < 12 && !ledger_.cases.empty()) return domain::CallBackBy{random_.pick(ledger_.cases)};
  if (die < 16) return domain::EraseCall{stored::AT_PERSONS_WISH};
  if (die < 17) return domain::EndUnended{};
  if (die < 22) return domain::CallBackWithdrawn{};
  const TimeMs now = world_.clock().read().now;
  domain::CallNews news;
  news.what = static_cast<domain::CallNews::What>(random_.below(5));
  news.dated = random_.percent(50);
  news.at_ms = news.dated ? std::max<TimeMs>(now - random_.between(0, 2 * kHourMs), 1) : now;
  news.exchange_call = "call-" + std::to_string(call);
  if (random_.percent(90))
    news.direction = random_.percent(80) ? stored::INBOUND : stored::OUTBOUND;
  if (random_.percent(70)) news.line = "1911";
  if (random_.percent(60)) {
    const std::string number = "09" + std::to_string(10'000'000 + call % 20);
    news.party.set_number(number);
    if (random_.percent(80)) news.party.set_dialled_number("+886" + number.substr(1));
  }
  if (random_.percent(20)) news.party.set_name(text());
  if (random_.percent(50)) news.ringing = {random_.pick(kStaff), random_.pick(kStaff)};
  if (random_.percent(80)) {
    news.agent = random_.pick(kStaff);
  } else {
    news.seat = random_.percent(50) ? domain::kVoicemail : "seat";
  }
  static const std::vector<std::string> causes = {"cancel",   "normalClearing", "busy",
                                                  "noAnswer", "forwarded",      ""};
  news.cause = random_.pick(causes);
  return news;
}

Asked Traffic::call() {
  if (calls_ == 0 || random_.percent(15)) ++calls_;
  const std::uint64_t number =
      calls_ - random_.below(std::min<std::uint64_t>(calls_, kCallsAtATime));
  partition::CallRequest request;
  request.tenant = tenant_name(number % kTenants);
  request.id = call_digest(number);
  request.command.action = call_action(number);
  request.command.who = who();
  Asked asked{Asked::What::kOther, Asked::Body::kFirst, 0,
              static_cast<PartitionId>(request.id[15] % world_.partitions()), std::move(request)};
  // Exchanges send what was not answered again, and sometimes what was.
  if (random_.percent(15)) waiting_.push_back(asked);
  return asked;
}

}  // namespace casewheel::simulation
