#include "engine/domain/call.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/domain/call_answers.h"

namespace casewheel::domain {
namespace {

stored::CallEnd end_of(const stored::Call& call, const std::string& cause) {
  if (call.answered_ms() != 0) return stored::CALL_ANSWERED;
  if (call.seat() == kVoicemail) return stored::CALL_VOICEMAIL;
  if (cause == "forwarded") return stored::CALL_FORWARDED;
  const bool by_exchange = cause == "busy" || cause == "noAnswer" || cause == "congestion" ||
                           cause == "notFound" || cause == kUnendedCause;
  return by_exchange || call.direction() == stored::OUTBOUND ? stored::CALL_MISSED
                                                             : stored::CALL_ABANDONED;
}

bool was_missed(stored::CallEnd end) {
  return end == stored::CALL_ABANDONED || end == stored::CALL_MISSED ||
         end == stored::CALL_VOICEMAIL;
}

void end_call(stored::Call& call, TimeMs at, const std::string& cause) {
  call.set_ended_ms(std::max(at, call.answered_ms()));
  call.set_cause(cause);
  call.set_end(end_of(call, cause));
  call.clear_ringing();
  if (call.wrapped_ms() != 0) call.set_wrapped_ms(std::max(call.wrapped_ms(), call.ended_ms()));
}

void fill(std::string* known, const std::string& told) {
  if (known->empty()) *known = told;
}

bool has_answered(const stored::Call& call, const CallNews& news) {
  const auto same = [&](const auto& answer) {
    return answer.agent() == news.agent && answer.seat() == news.seat;
  };
  return same(call) || std::any_of(call.transfers().begin(), call.transfers().end(), same);
}

void add_answer(stored::Call& call, const std::string& agent, const std::string& seat, TimeMs at) {
  stored::CallTransfer& answer = *call.add_transfers();
  answer.set_agent(agent);
  answer.set_seat(seat);
  answer.set_answered_ms(at);
}

// Another answer of a call that was answered: told later, or later in fact.
void transfer(stored::Call& call, const CallNews& news) {
  const bool again = has_answered(call, news);
  const TimeMs last =
      call.transfers().empty() ? call.answered_ms() : call.transfers().rbegin()->answered_ms();
  // Who has it back is told apart from what is told twice by its time alone.
  if (again && (!news.dated || news.at_ms <= last ||
                (call.agent() == news.agent && call.seat() == news.seat)))
    return;
  if (call.transfers().empty()) add_answer(call, call.agent(), call.seat(), call.answered_ms());
  add_answer(call, news.agent, news.seat, news.at_ms);
  std::stable_sort(call.mutable_transfers()->begin(), call.mutable_transfers()->end(),
                   [](const auto& a, const auto& b) { return a.answered_ms() < b.answered_ms(); });
  call.set_answered_ms(call.transfers(0).answered_ms());
  call.set_agent(call.transfers().rbegin()->agent());
  call.set_seat(call.transfers().rbegin()->seat());
}

// Whether a seat is the number of who is at the other end: of a call of ours, exchanges name who was
// reached as who has answered, and that is not a seat. In whatever form both are written.
bool is_party(const stored::CallParty& party, const std::string& seat) {
  constexpr std::size_t kDigitsLeast = 6;
  constexpr std::size_t kDigitsCompared = 8;
  const auto last_digits = [&](const std::string& number) {
    std::string digits;
    std::copy_if(number.begin(), number.end(), std::back_inserter(digits),
                 [](char c) { return c >= '0' && c <= '9'; });
    return digits.substr(digits.size() - std::min(digits.size(), kDigitsCompared));
  };
  const std::string digits = last_digits(seat);
  return digits.size() >= kDigitsLeast &&
         (digits == last_digits(party.number()) || digits == last_digits(party.dialled_number()));
}

void answer(stored::Call& call, CallNews news) {
  if (news.seat != kVoicemail && is_party(call.party(), news.seat)) news.seat.clear();
  if (news.seat == kVoicemail) {
    if (call.answered_ms() == 0 && call.ended_ms() == 0) call.set_seat(kVoicemail);
    return;
  }
  if (news.seat == kNobody && call.direction() == stored::INBOUND) {
    if (call.answered_ms() == 0 && call.seat().empty()) call.set_seat(kNobody);
    return;
  }
  if (news.seat == kNobody) news.seat.clear();
  if (call.answered_ms() != 0) return transfer(call, news);
  call.set_answered_ms(news.at_ms);
  call.set_agent(news.agent);
  call.set_seat(news.seat);
  call.clear_ringing();
  if (call.ended_ms() == 0) return;
  // Told after the end.
  call.set_answered_ms(std::min(news.at_ms, call.ended_ms()));
  call.set_end(stored::CALL_ANSWERED);
}

// Of an erased call nothing is kept that the exchange writes freely.
CallNews without_free_text(CallNews news) {
  news.exchange_call.clear();
  news.line.clear();
  news.queue.clear();
  news.party.Clear();
  if (news.seat != kVoicemail && news.seat != kNobody) news.seat.clear();
  if (!is_known_cause(news.cause)) news.cause.clear();
  return news;
}

void tell(stored::Call& call, const CallNews& news) {
  fill(call.mutable_exchange_call(), news.exchange_call);
  if (call.direction() == stored::CALL_DIRECTION_UNSPECIFIED) call.set_direction(news.direction);
  fill(call.mutable_line(), news.line);
  if (call.erased_ms() == 0) {
    fill(call.mutable_party()->mutable_number(), news.party.number());
    fill(call.mutable_party()->mutable_dialled_number(), news.party.dialled_number());
    fill(call.mutable_party()->mutable_name(), news.party.name());
  }
  // Each thing told shows that it rang before, at the latest then.
  if (call.rang_ms() == 0 || news.at_ms < call.rang_ms()) call.set_rang_ms(news.at_ms);
  fill(call.mutable_queue(), news.queue);
  switch (news.what) {
    case CallNews::What::kRing:
      if (call.answered_ms() != 0 || call.ended_ms() != 0) break;
      for (const std::string& staff : news.ringing) {
        if (std::find(call.ringing().begin(), call.ringing().end(), staff) == call.ringing().end())
          call.add_ringing(staff);
      }
      break;
    case CallNews::What::kQueue:
      if (call.queued_ms() == 0) call.set_queued_ms(news.at_ms);
      if (call.answered_ms() == 0 && call.ended_ms() == 0 && !news.queue.empty())
        call.set_queue(news.queue);
      break;
    case CallNews::What::kAnswer:
      answer(call, news);
      break;
    case CallNews::What::kHangup:
      if (call.ended_ms() == 0 || call.cause() == kUnendedCause)
        end_call(call, news.at_ms, news.cause);
      break;
    case CallNews::What::kWrapUp:
      if (call.answered_ms() != 0 && call.wrapped_ms() == 0)
        call.set_wrapped_ms(std::max({news.at_ms, call.answered_ms(), call.ended_ms()}));
      break;
  }
}

bool has(const stored::Call& call, CaseAddress address) {
  return std::any_of(call.cases().begin(), call.cases().end(), [&](const stored::CallCase& known) {
    return known.case_id() == address.id.value && known.partition() == address.partition;
  });
}

void set(stored::CallCase* out, CaseAddress address) {
  out->set_case_id(address.id.value);
  out->set_partition(address.partition);
}

// Whether a call back is owed by what is known now. Once it was, a case may have been made of it, also
// where none is linked yet: when a later event takes the ground away, somebody has to look.
// Also where nobody here can read the number: the person who calls back may. One of an extension is of
// the house.
bool can_be_called_back(const stored::CallParty& party) {
  constexpr std::size_t kExtensionDigitsMax = 5;
  const std::string& number = party.number();
  const bool of_digits =
      std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !party.dialled_number().empty() ||
         (!number.empty() && !(of_digits && number.size() <= kExtensionDigitsMax));
}

std::optional<Rejection> check_bounds(const stored::Call& before, const stored::Call& next) {
  if (next.transfers_size() > kCallAnswersMax && next.transfers_size() > before.transfers_size())
    return Rejection::of(RejectionCode::kOverloaded,
                         "the call has reached its limit of 64 answers");
  if (next.ringing_size() > kCallRingingMax && next.ringing_size() > before.ringing_size())
    return Rejection::of(RejectionCode::kOverloaded,
                         "the call has reached its limit of 256 people it rings at");
  return std::nullopt;
}

void weigh_callback(stored::Call& call, const CallIdentity& identity) {
  const bool missed = was_missed(call.end()) && call.direction() == stored::INBOUND;
  const bool was_owed = call.callback_owed();
  call.set_callback_owed(missed && !call.has_callback() && !call.callback_unfounded() &&
                         call.erased_ms() == 0 && can_be_called_back(call.party()) &&
                         (identity.calls_back || was_owed));
  if (call.ended_ms() != 0 && !missed && (was_owed || call.has_callback()))
    call.set_callback_unfounded(true);
}

stored::Event begin(const CallCommand& command) {
  stored::Event event;
  event.mutable_actor()->set_role(command.who.role);
  event.mutable_actor()->set_id(command.who.id);
  return event;
}

}  // namespace

bool is_known_cause(std::string_view cause) {
  // Of sipgate and Zammad, of Asterisk, and our own.
  static constexpr std::array<std::string_view, 16> kCauses = {
      "",         "normalClearing", "busy",        "cancel",      "noAnswer", "congestion",
      "notFound", "forwarded",      "unallocated", "unreachable", "rejected", "answered",
      "normal",   "timeout",        "declined",    kUnendedCause};
  return std::find(kCauses.begin(), kCauses.end(), cause) != kCauses.end();
}

bool is_unsettled(const stored::Call& call) {
  return call.ended_ms() == 0 || call.callback_owed() || call.callback_unfounded();
}

Result<std::optional<stored::Event>> decide_call(const stored::Call& known,
                                                 const CallIdentity& identity,
                                                 const CallCommand& command, TimeMs now) {
  const auto* news = std::get_if<CallNews>(&command.action);
  if (known.version() == 0 && news == nullptr)
    return Rejection::of(RejectionCode::kNotFound, "no such call");
  if (known.version() == 0 && news->direction == stored::CALL_DIRECTION_UNSPECIFIED)
    return Rejection::invalid("direction", "is required of a call not heard of before");
  if (const auto* erase = std::get_if<EraseCall>(&command.action)) {
    if (known.erased_ms() != 0) return std::optional<stored::Event>();
    stored::Event event = begin(command);
    event.mutable_call_erased()->set_call_id(known.call_id());
    event.mutable_call_erased()->set_cause(erase->cause);
    return std::optional(std::move(event));
  }

  stored::Call next = known;
  next.mutable_party();  // so that one without anybody is the same as none
  stored::Call before = next;
  if (known.version() == 0) {
    next.set_call_id(identity.call_id);
    next.set_tenant(identity.tenant);
    next.set_tenant_number(identity.tenant_number);
    next.set_begun_ms(now);
    next.set_promised_ms(static_cast<std::uint32_t>(identity.answer_within_ms));
  }
  if (news != nullptr) {
    tell(next, next.erased_ms() == 0 ? *news : without_free_text(*news));
    if (std::optional<Rejection> refusal = check_bounds(before, next)) return *std::move(refusal);
  } else if (const auto* link = std::get_if<LinkCase>(&command.action)) {
    if (!has(next, link->address)) {
      if (next.cases_size() >= kCallCasesMax)
        return Rejection::of(RejectionCode::kOverloaded,
                             "the call has reached its limit of 50 cases");
      set(next.add_cases(), link->address);
    }
  } else if (const auto* back = std::get_if<CallBackBy>(&command.action)) {
    if (!next.has_callback()) set(next.mutable_callback(), back->address);
  } else if (std::holds_alternative<CallBackWithdrawn>(command.action)) {
    if (next.callback_unfounded()) next.clear_callback();
    next.set_callback_unfounded(false);
  } else if (next.ended_ms() == 0 && next.begun_ms() + kCallEndsWithinMs <= now) {
    end_call(next, now, kUnendedCause);
  }
  weigh_callback(next, identity);
  if (next.SerializeAsString() == before.SerializeAsString()) return std::optional<stored::Event>();
  if (known.version() >= kCallChangesMax && news != nullptr)
    return Rejection::of(RejectionCode::kOverloaded,
                         "the call has reached its limit of 1,000 changes");
  next.set_version(std::max(known.version() + 1, identity.version_from));
  stored::Event event = begin(command);
  *event.mutable_call_changed()->mutable_call() = std::move(next);
  return std::optional(std::move(event));
}

void apply_call(stored::Call& call, const stored::Event& event, TimeMs now) {
  if (event.has_call_changed()) {
    call = event.call_changed().call();
    return;
  }
  call.clear_sealed();
  call.clear_sealed_version();
  call.clear_party();
  call.set_callback_owed(false);
  call.set_erased_ms(now);
  call.set_version(call.version() + 1);
}

}  // namespace casewheel::domain
