// See traffic.h.
#include "tests/simulation/traffic.h"

#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "tests/simulation/calendars.h"
#include "tests/simulation/tenants.h"

namespace casewheel::simulation {
namespace {

const std::vector<std::string> kDocuments = {"申請書", "身分證", "印章"};

storage::Digest16 key_digest(std::uint64_t key) {
  const Sha256 whole = sha256("key " + std::to_string(key));
  storage::Digest16 digest;
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

std::string Traffic::text() { return "文字 " + std::to_string(random_.below(1000)); }

domain::Who Traffic::who() {
  static const std::vector<stored::Role> roles = {stored::AGENT,           stored::COUNTER_STAFF,
                                                  stored::HANDLER,         stored::SUPERVISOR,
                                                  stored::INTEGRATOR_ROLE, stored::OPERATOR};
  const stored::Role role = random_.pick(roles);
  return {role, random_.pick(kStaff),
          random_.percent(75) ? domain::kEveryRole : domain::role_bit(role)};
}

Asked Traffic::send(const Lodging& lodging, std::size_t index, Asked::Body body) {
  partition::LodgeRequest request = lodging.request;
  request.command.received_ms = world_.clock().read().now;
  if (body == Asked::Body::kOther) request.command.body_digest ^= 0x55;
  return {Asked::What::kLodge, body, index, lodging.partition, std::move(request)};
}

Asked Traffic::send(const Deed& deed, std::size_t index, Asked::Body body) {
  ledger_.deeds[index].asked_at = std::max(
      ledger_.deeds[index].asked_at, body == Asked::Body::kFirst ? world_.clock().read().now : 0);
  partition::ActRequest request = deed.request;
  request.tenant_number = deed.address.id.tenant_number();
  request.command.received_ms = world_.clock().read().now;
  if (body == Asked::Body::kOther) request.command.body_digest ^= 0x55;
  return {Asked::What::kAct, body, index, deed.address.partition, std::move(request)};
}

partition::LodgeRequest Traffic::new_lodge() {
  const TimeMs now = world_.clock().read().now;
  const std::size_t tenant = random_.below(kTenants);
  partition::LodgeRequest request;
  request.tenant = random_.percent(2) ? "nobody" : tenant_name(tenant);
  request.dedupe = key_digest(++keys_);
  request.command.who = who();
  request.command.request_digest = short_digest(sha256("lodge " + std::to_string(keys_)));
  request.command.body_digest = random_.next() | 1;
  domain::Lodge lodge;
  lodge.facts.set_service(random_.percent(2) ? "no-such" : random_.pick(kServices));
  lodge.facts.set_channel(static_cast<stored::Channel>(random_.between(1, 8)));
  if (random_.percent(40))
    lodge.facts.set_priority(static_cast<stored::Priority>(random_.between(1, 4)));
  if (random_.percent(20)) lodge.facts.set_kind(static_cast<stored::Kind>(random_.between(1, 7)));
  if (random_.percent(20))
    lodge.facts.set_unit(random_.percent(10) ? "no-such" : random_.pick(kUnits));
  if (random_.percent(30))
    lodge.facts.set_handler(random_.percent(5) ? "no-such" : random_.pick(kStaff));
  if (random_.percent(35))
    lodge.facts.set_received_ms(now -
                                random_.between(0, random_.percent(50) ? 10 * kDayMs : kHourMs));
  if (random_.percent(2)) lodge.facts.set_received_ms(now + kDayMs);
  if (random_.percent(3)) lodge.facts.set_received_ms(now + random_.between(1, 10 * kSecondMs));
  if (random_.percent(20)) lodge.agreed_ms = now + random_.between(-kHourMs, 4 * kDayMs);
  if (random_.percent(80)) lodge.facts.set_county(random_.pick(kCounties));
  if (random_.percent(15)) lodge.facts.add_missing_documents(random_.pick(kDocuments));
  if (lodge.facts.service() == "supply" && random_.percent(30)) {
    lodge.facts.add_fees()->set_fee("form");
    stored::AnsweredAttribute& answer = *lodge.personal.add_attributes();
    answer.set_code("kw");
    answer.add_values(random_.percent(10) ? "many" : std::to_string(random_.below(100)));
    lodge.personal.mutable_place()->set_address(text());
  }
  lodge.personal.set_subject(text());
  lodge.personal.mutable_applicant()->set_name(text());
  if (random_.percent(50))
    lodge.personal.mutable_applicant()->set_phone("09" +
                                                  std::to_string(10'000'000 + random_.below(20)));
  if (random_.percent(30))
    lodge.personal.mutable_applicant()->set_email("a" + std::to_string(random_.below(9)) +
                                                  "@example.tw");
  request.command.action = std::move(lodge);
  return request;
}

Asked Traffic::lodge() {
  Lodging& lodging = ledger_.lodgings.emplace_back();
  lodging.request = new_lodge();
  lodging.partition = static_cast<PartitionId>(lodging.request.dedupe[15] % world_.partitions());
  return send(lodging, ledger_.lodgings.size() - 1, Asked::Body::kFirst);
}

Asked Traffic::lodge_in(PartitionId partition) {
  Asked asked = lodge();
  asked.partition = ledger_.lodgings[asked.index].partition = partition;
  return asked;
}

Asked Traffic::storm_lodge(TimeMs agreed_ms) {
  Asked asked = lodge();
  auto& request = std::get<partition::LodgeRequest>(asked.request);
  Lodging& lodging = ledger_.lodgings[asked.index];
  request.tenant = tenant_name(random_.below(kTenants));
  auto& lodge = std::get<domain::Lodge>(request.command.action);
  lodge.facts.clear_unit();
  lodge.facts.clear_handler();
  lodge.facts.clear_received_ms();
  lodge.facts.set_service("supply");
  lodge.agreed_ms = agreed_ms;
  lodging.request = request;
  return asked;
}

Asked Traffic::lodge_again() {
  const std::size_t index = random_.below(ledger_.lodgings.size());
  const Lodging& lodging = ledger_.lodgings[index];
  const bool other = lodging.fate == Fate::kAcknowledged && random_.percent(40);
  return send(lodging, index, other ? Asked::Body::kOther : Asked::Body::kSame);
}

Asked Traffic::act_again() {
  const CaseAddress address = random_.pick(ledger_.cases);
  const auto done = ledger_.done.find(key_of(address));
  if (done == ledger_.done.end()) return act();
  // Requests are known for seven days at least; older ones may be new.
  const std::vector<std::size_t>& deeds = done->second;
  const std::size_t index = random_.pick(deeds);
  if (ledger_.deeds[index].asked_at + 7 * kDayMs <= world_.clock().read().now) return act();
  return send(ledger_.deeds[index], index,
              random_.percent(40) ? Asked::Body::kOther : Asked::Body::kSame);
}

void Traffic::ask_again_unanswered() {
  for (std::size_t i = 0; i < ledger_.lodgings.size(); ++i) {
    if (ledger_.lodgings[i].fate == Fate::kUnknown)
      waiting_.push_back(send(ledger_.lodgings[i], i, Asked::Body::kSame));
  }
  for (std::size_t i = ledger_.deeds.size() < 64 ? 0 : ledger_.deeds.size() - 64;
       i < ledger_.deeds.size(); ++i) {
    if (ledger_.deeds[i].fate == Fate::kUnknown)
      waiting_.push_back(send(ledger_.deeds[i], i, Asked::Body::kSame));
  }
}

Asked Traffic::act() {
  Deed& deed = ledger_.deeds.emplace_back();
  deed.address = random_.pick(ledger_.cases);
  if (focus_ && random_.percent(70)) {
    deed.address = *focus_;
  } else if (random_.percent(60)) {  // those at work on a case come back to it
    deed.address = ledger_.cases[ledger_.cases.size() - 1 -
                                 random_.below(std::min<std::size_t>(ledger_.cases.size(), 6))];
  }
  partition::CaseRecord record;
  const Status status =
      partition::read_case(world_.store, deed.address.partition, deed.address.id, &record);
  CASEWHEEL_CHECK(status.is_ok(), "an acknowledged case is gone: " +
                                      format_case_number(deed.address.partition, deed.address.id));
  const TimeMs now = world_.clock().read().now;
  domain::Command& command = deed.request.command;
  command.action = action(record.state, now);
  command.who = who();
  command.request_digest =
      random_.percent(90) ? short_digest(sha256("act " + std::to_string(++keys_))) : 0;
  command.body_digest = random_.next() | 1;
  if (command.request_digest != 0 && random_.percent(30)) {
    command.expected_revision = record.state.revision();
    if (random_.percent(30)) command.expected_revision -= random_.below(command.expected_revision);
  }
  if (random_.percent(10)) {
    for (const Lodging& lodging : ledger_.lodgings) {
      if (lodging.fate == Fate::kAcknowledged && lodging.address == deed.address)
        deed.request.lodged_under = lodging.request.dedupe;
    }
  } else {
    deed.request.id = deed.address.id;
  }
  if (random_.percent(2)) {
    deed.request.lodged_under.reset();
    deed.request.id.value ^= 0xff00;  // nobody's
    deed.address.id = deed.request.id;
  }
  const std::size_t index = ledger_.deeds.size() - 1;
  undo_later(ledger_.deeds[index].address, ledger_.deeds[index].request.command.action,
             record.state);
  return send(ledger_.deeds[index], index, Asked::Body::kFirst);
}

// A change of what a case is, or its end, is often a mistake: what undoes it goes out next.
void Traffic::undo_later(CaseAddress address, const domain::Action& action,
                         const stored::CaseState& before) {
  const bool ends = std::holds_alternative<domain::Close>(action) ||
                    std::holds_alternative<domain::Withdraw>(action);
  const bool reclassifies = std::holds_alternative<domain::Reclassify>(action);
  if ((!ends && !reclassifies) || random_.percent(50)) return;
  Deed& undoing = ledger_.deeds.emplace_back();
  undoing.address = address;
  undoing.request.id = address.id;
  undoing.request.command.action =
      ends ? domain::Action(domain::Reopen{text(), true})
           : domain::Action(
                 domain::Reclassify{before.priority(), before.service(), before.kind(), text()});
  undoing.request.command.who = {stored::OPERATOR, "op", domain::kEveryRole};
  undoing.request.command.request_digest = short_digest(sha256("undo " + std::to_string(++keys_)));
  undoing.request.command.body_digest = 9;
  waiting_.push_back(send(undoing, ledger_.deeds.size() - 1, Asked::Body::kFirst));
}

TimeMs Traffic::stated(const stored::CaseState& state, TimeMs now) {
  if (random_.percent(70)) return 0;
  const catalogue::TenantRules* rules =
      world_.catalogue.get()->find_number(CaseId{state.case_id()}.tenant_number());
  if (random_.percent(40) && state.clocks_size() > 0 && rules != nullptr) {
    const stored::ClockState& clock = state.clocks(
        static_cast<int>(random_.below(static_cast<std::uint64_t>(state.clocks_size()))));
    const TimeMs due = rules->due(clock);  // kNever while it is paused
    return due == kNever ? now : std::min(now, due + random_.between(-1, 1));
  }
  if (random_.percent(10)) return now + kHourMs;
  if (random_.percent(5)) return state.received_ms() - 1;
  return random_.between(std::min(state.received_ms(), now), now);
}

// What moves dates: suspensions, resumptions and documents told late, other priorities and services,
// extensions asked for and decided.
domain::Action Traffic::action_on_time(const stored::CaseState& state, TimeMs now) {
  if (state.status() == stored::SUSPENDED && random_.percent(40))
    return domain::Resume{text(), stated(state, now)};
  if (state.extension_requests_size() > 0 && random_.percent(50))
    return domain::DecideExtension{state.extension_requests(0).request(), random_.percent(70),
                                   text()};
  switch (random_.below(6)) {
    case 0:
    case 1: {
      static const std::vector<stored::PauseReason> reasons = {
          stored::AWAITING_OTHER_AGENCY, stored::AT_APPLICANTS_WISH, stored::FORCE_MAJEURE,
          stored::AWAITING_APPLICANT_DOCUMENTS};
      return domain::Suspend{random_.pick(reasons), text(), stated(state, now)};
    }
    case 2:
      return domain::Resume{text(), stated(state, now)};
    case 3: {
      domain::Reclassify other;
      if (random_.percent(60))
        other.priority = static_cast<stored::Priority>(random_.between(1, 4));
      if (random_.percent(40))
        other.service = random_.percent(5) ? "no-such" : random_.pick(kServices);
      if (random_.percent(15)) other.kind = static_cast<stored::Kind>(random_.between(1, 7));
      return other;
    }
    default: {
      domain::RequestExtension ask;
      ask.clock = state.clocks_size() == 0
                      ? 1
                      : state
                            .clocks(static_cast<int>(
                                random_.below(static_cast<std::uint64_t>(state.clocks_size()))))
                            .clock();
      ask.due_ms = now + random_.between(-kHourMs, 10 * kDayMs);
      ask.reason = text();
      return ask;
    }
  }
}

// What was taken down wrong: a telephone by which the case is found, a county whose closures it heeds.
domain::Action Traffic::correction() {
  domain::Correct correct;
  correct.reason = text();
  if (random_.percent(60)) {
    correct.fields.push_back(stored::CORRECTED_PHONE);
    if (random_.percent(90))
      correct.personal.mutable_applicant()->set_phone(
          "09" + std::to_string(10'000'000 + random_.below(20)));
  }
  if (random_.percent(20)) {
    correct.fields.push_back(stored::CORRECTED_EMAIL);
    correct.personal.mutable_applicant()->set_email("a" + std::to_string(random_.below(9)) +
                                                    "@example.tw");
  }
  if (random_.percent(50)) {
    correct.fields.push_back(stored::CORRECTED_COUNTY);
    if (random_.percent(90)) correct.county = random_.pick(kCounties);
  }
  return correct;
}

// Codes are given out, shown in time, too late, again, or wrongly.
domain::Action Traffic::action_on_tracking(const stored::CaseState& state) {
  if (!state.has_tracking_code() || random_.percent(30))
    return domain::IssueTrackingCode{std::to_string(++keys_), random_.between(1, 2 * kDayMs)};
  return domain::UseTrackingCode{random_.percent(80) ? state.tracking_code().digest() : "no-such"};
}

// Few contents, so that cases and attachments share them; what is removed may be gone already.
domain::Action Traffic::action_on_attachments(const stored::CaseState& state) {
  if (state.attachments_size() > 0 && random_.percent(60)) {
    const std::uint64_t held = static_cast<std::uint64_t>(state.attachments_size());
    const auto& attachment = state.attachments(static_cast<int>(random_.below(held)));
    return domain::RemoveAttachment{random_.percent(90) ? attachment.attachment() : 1, text()};
  }
  const std::string content = "content " + std::to_string(random_.below(12));
  domain::AddAttachment add;
  add.facts.set_media_type("text/plain");
  add.facts.set_bytes(random_.percent(10) ? limits::kAttachmentBytesPerCase : content.size());
  add.facts.set_blob(std::string(bytes_of(sha256("blob of " + content))));
  add.file.set_name(text());
  add.file.set_content_digest(std::string(bytes_of(sha256(content))));
  return add;
}

// Fees are noted, paid, and corrected; some are none of the service's.
domain::Action Traffic::action_on_fees() {
  domain::RecordFee record;
  record.fee.set_fee(random_.percent(10) ? "no-such" : random_.percent(60) ? "form" : "survey");
  if (random_.percent(50))
    record.fee.set_amount(static_cast<std::uint32_t>(random_.between(1, 5000)));
  record.fee.set_paid(random_.percent(50));
  if (record.fee.paid()) record.fee.set_receipt("R" + std::to_string(++keys_));
  return record;
}

domain::Action Traffic::action(const stored::CaseState& state, TimeMs now) {
  if (focus_ && random_.percent(20))
    return domain::RequestDocuments{{random_.pick(kDocuments)}, text()};
  if (random_.percent(state.has_tracking_code() ? 15 : 3)) return action_on_tracking(state);
  if (random_.percent(4)) return correction();
  // An ended case is left alone by most others: what follows a reopening would hardly ever come about.
  if (!domain::is_open(state.status()) && random_.percent(12))
    return domain::Reopen{text(), random_.percent(40)};
  if (random_.percent(6)) return action_on_attachments(state);
  if (random_.percent(3)) return action_on_fees();
  if (random_.percent(state.status() == stored::SUSPENDED ? 40 : 22))
    return action_on_time(state, now);
  switch (random_.below(16)) {
    case 0:
      return domain::Assign{random_.percent(5) ? "no-such" : random_.pick(kStaff)};
    case 1:
      return domain::Accept{};
    case 2:
      return domain::Transfer{random_.percent(5) ? "no-such" : random_.pick(kUnits),
                              random_.percent(50) ? "" : random_.pick(kStaff), text()};
    case 3:
      return domain::Note{text(), random_.percent(50)};
    case 4:
      return domain::RequestDocuments{{random_.pick(kDocuments)}, text()};
    case 5:
    case 6: {
      domain::ReceiveDocuments received;
      received.arrived_ms = stated(state, now);
      if (random_.percent(40) && state.missing_documents_size() > 0)
        received.documents.push_back(state.missing_documents(0));
      if (random_.percent(5)) received.documents.push_back("no-such");
      return received;
    }
    case 7:
      return domain::Reply{random_.percent(5) ? stored::MEANS_UNSPECIFIED : stored::BY_PHONE,
                           text(), stated(state, now)};
    case 8:
      return domain::AgreeDate{now + random_.between(-kHourMs, 3 * kDayMs),
                               random_.percent(80) ? text() : "",
                               random_.percent(70) ? "" : random_.pick(kStaff)};
    case 9:
      return domain::Close{random_.percent(5) ? stored::OUTCOME_UNSPECIFIED : stored::RESOLVED,
                           random_.percent(30) ? std::string() : text(), stated(state, now)};
    case 10:
      return domain::Reopen{text(), random_.percent(50)};
    case 11:
      return random_.percent(40) ? domain::Action(domain::Withdraw{text()})
                                 : domain::Action(domain::Reopen{text(), random_.percent(50)});
    case 12:
      return domain::Note{text(), true};
    case 13:
      if (random_.percent(25))
        return domain::Erase{
            random_.percent(50) ? stored::AT_PERSONS_WISH : stored::RETENTION_ENDED,
            random_.percent(30), random_.percent(40)};
      return domain::AcknowledgeEscalation{
          random_.percent(50) ? 0u : static_cast<std::uint32_t>(random_.between(1, 4)), text()};
    default: {
      domain::ExtendClock extend;
      extend.clock = state.clocks_size() == 0
                         ? 1
                         : state
                               .clocks(static_cast<int>(
                                   random_.below(static_cast<std::uint64_t>(state.clocks_size()))))
                               .clock();
      if (random_.percent(5)) extend.clock = 99;
      extend.due_ms = now + random_.between(-kHourMs, 6 * kDayMs);
      extend.reason = text();
      return extend;
    }
  }
}

Asked Traffic::catalogue() {
  partition::CatalogueRequest request;
  request.who = {stored::OPERATOR, "op", domain::kEveryRole};
  request.tenants.push_back(catalogue_variant(random_.below(kTenants), random_.below(kVariants)));
  if (random_.percent(10)) request.tenants.front().set_tenant_number(77);  // for good: refused
  request.to_open_cases = random_.percent(40);
  return {Asked::What::kOther, Asked::Body::kFirst, 0, 0, std::move(request)};
}

Asked Traffic::first_catalogue() {
  partition::CatalogueRequest request;
  request.who = {stored::OPERATOR, "op", domain::kEveryRole};
  for (std::size_t tenant = 0; tenant < kTenants; ++tenant)
    request.tenants.push_back(catalogue_variant(tenant, 0));
  return {Asked::What::kOther, Asked::Body::kFirst, 0, 0, std::move(request)};
}

Asked Traffic::first_calendars() {
  partition::CalendarRequest request;
  request.who = {stored::OPERATOR, "op", domain::kEveryRole};
  request.calendars = simulation::first_calendars(world_.machine.system, random_.percent(25));
  return {Asked::What::kOther, Asked::Body::kFirst, 0, 0, std::move(request)};
}

Asked Traffic::calendar() {
  const catalogue::CalendarSet& set = world_.catalogue.get()->calendars().latest();
  partition::CalendarRequest request;
  request.who = {stored::OPERATOR, "op", domain::kEveryRole};
  // Never the same one twice: made from what is in force, the second would undo the first.
  const std::vector<std::string> ids = set.ids();
  const std::size_t first = random_.below(ids.size());
  const std::size_t count = random_.percent(15) ? 2 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const stored::Calendar* calendar = set.stored_calendar(ids[(first + i) % ids.size()]);
    request.calendars.push_back(changed_calendar(*calendar, random_, world_.clock().read().now));
    if (random_.percent(50)) request.calendars.back().set_version(0);
  }
  return {Asked::What::kOther, Asked::Body::kFirst, 0, 0, std::move(request)};
}

Asked Traffic::checkpoint() {
  partition::CheckpointRequest request;
  const std::size_t tenant = random_.below(kTenants);
  request.tenant = tenant_name(tenant);
  request.tenant_number = tenant_number(tenant);
  request.source = "feed-" + std::to_string(tenant);
  request.position = random_.below(1'000'000);
  request.kind = random_.percent(70) ? stored::FEED : stored::IMPORT;
  return {Asked::What::kOther, Asked::Body::kFirst, 0,
          static_cast<PartitionId>(random_.below(world_.partitions())), std::move(request)};
}

Asked Traffic::record() {
  partition::RecordRequest request;
  const std::string name = "person-" + std::to_string(random_.below(6));
  const std::string digest(32, static_cast<char>('a' + random_.below(8)));
  const auto add = [&]() -> stored::Event& {
    stored::Event& event = request.events.emplace_back();
    event.mutable_actor()->set_role(stored::ENGINE);
    return event;
  };
  switch (random_.below(6)) {
    case 0: {
      stored::Account& account = *add().mutable_account_changed()->mutable_account();
      account.set_name(name);
      account.set_version(static_cast<std::uint32_t>(++lines_));
      break;
    }
    case 1:
      add().mutable_account_removed()->set_name(name);
      break;
    case 2: {
      stored::ApiKey& key = *add().mutable_key_changed()->mutable_key();
      key.set_id(name);
      key.set_expires_ms(world_.clock().read().now);
      break;
    }
    case 3: {
      stored::Session& session = *add().mutable_session_opened()->mutable_session();
      session.set_digest(digest);
      session.set_account(name);
      break;
    }
    case 4: {
      stored::SessionUse& use = *add().mutable_sessions_used()->add_uses();
      use.set_digest(digest);
      use.set_used_ms(world_.clock().read().now);
      break;
    }
    default:
      add().mutable_session_ended()->set_digest(digest);
  }
  stored::AuditRecord& line = *add().mutable_audit_recorded();
  line.set_subject("line-" + std::to_string(++lines_));
  line.set_who(name);
  return {Asked::What::kOther, Asked::Body::kFirst, 0, 0, std::move(request)};
}

std::vector<Asked> Traffic::hammer() {
  std::vector<Asked> asked;
  if (ledger_.cases.empty()) return asked;
  const CaseAddress address = ledger_.cases.back();
  const std::size_t first = ledger_.deeds.size();
  const std::int64_t count = random_.between(18, 60);
  for (std::int64_t i = 0; i < count; ++i) {
    Deed& deed = ledger_.deeds.emplace_back();
    deed.address = address;
    deed.request.id = address.id;
    deed.request.command.action = domain::Note{text(), false};
    deed.request.command.who = {stored::OPERATOR, "op", domain::kEveryRole};
    deed.request.command.request_digest = short_digest(sha256("act " + std::to_string(++keys_)));
    deed.request.command.body_digest = random_.next() | 1;
    asked.push_back(send(deed, ledger_.deeds.size() - 1, Asked::Body::kFirst));
  }
  asked.push_back(send(ledger_.deeds[first], first, Asked::Body::kSame));
  return asked;
}

Asked Traffic::request() {
  if (random_.percent(12)) merges_.begin();
  if (random_.percent(40)) {
    if (std::optional<Asked> step = merges_.step()) return *std::move(step);
  }
  const TimeMs now = world_.clock().read().now;
  // Nobody retries what is older than requests are known.
  while (!waiting_.empty() && waiting_.front().what == Asked::What::kAct &&
         ledger_.deeds[waiting_.front().index].asked_at + 7 * kDayMs <= now)
    waiting_.pop_front();
  if (!waiting_.empty()) {  // it reaches the engine now
    Asked asked = std::move(waiting_.front());
    waiting_.pop_front();
    if (auto* lodge = std::get_if<partition::LodgeRequest>(&asked.request))
      lodge->command.received_ms = now;
    if (auto* act = std::get_if<partition::ActRequest>(&asked.request))
      act->command.received_ms = now;
    return asked;
  }
  if (ledger_.cases.empty())
    return ledger_.lodgings.empty() || random_.percent(70) ? lodge() : lodge_again();
  const std::uint64_t die = random_.below(100);
  if (die < 22) return lodge();
  if (die < 28) return lodge_again();
  if (die < 35) return act_again();
  if (die < 37) return checkpoint();
  if (die < 40) return record();
  if (die < 52) return call();
  return act();
}

}  // namespace casewheel::simulation
