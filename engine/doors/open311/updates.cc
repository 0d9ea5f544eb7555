// servicerequestupdates of open311_page.h: what another system has done, and what applicants were
// told for systems that show it on.
#include <algorithm>
#include <utility>

#include "engine/access/secrets.h"
#include "engine/base/digest.h"
#include "engine/doors/open311/asking.h"
#include "engine/doors/open311/open311_page.h"

namespace casewheel::doors {

using open311::as;
using open311::Element;
using open311::Error;
using open311::Errors;
using open311::key_of;
using open311::Sent;
using open311::Wanted;

namespace {

const ApiMethod kGetCase("/casewheel.v1.Cases/GetCase");
const ApiMethod kAddNote("/casewheel.v1.Cases/AddNote");
const ApiMethod kReplyCase("/casewheel.v1.Cases/ReplyCase");
const ApiMethod kCloseCase("/casewheel.v1.Cases/CloseCase");
const ApiMethod kReopenCase("/casewheel.v1.Cases/ReopenCase");
const ApiMethod kListTold("/casewheel.v1.Tracking/ListToldUpdates");

// How many calls of the API one query leads to.
constexpr int kToldCallsMax = 40;

// One id for each of several calls that one request leads to.
std::string id_of(const std::string& key, std::string_view step) {
  if (key.empty()) return access::new_id();
  return hex(bytes_of(sha256_of_parts({"open311", key, step})).substr(0, 16));
}

domain::Moment moment_of(Visit& visit) {
  EngineClock& clock = visit.premises().handlers.services.engine.clock();
  const EngineClock::Reading reading = clock.read();
  domain::Moment moment;
  moment.now = reading.now;
  if (reading.frozen) moment.machine_ms = clock.system_ms();
  return moment;
}

// "13…, 13…, ...": a line of the head names a few.
void name_shortened(std::string* names, const std::string& number) {
  constexpr std::size_t kNamesBytes = 120;
  if (names->size() < kNamesBytes) {
    *names += (names->empty() ? "" : ", ") + number;
  } else if (!names->ends_with("...")) {
    *names += ", ...";
  }
}

bool is_of_no_reader(const Rejection& rejection) {
  return rejection.code == RejectionCode::kUnauthenticated ||
         rejection.code == RejectionCode::kNotPermitted;
}

}  // namespace

// What another system has done: told to the applicant; where it is done, as the answer, and the
// end.
Awaitable<Open311Page::Told<Element>> Open311Page::update(Visit& visit, Asked& asked) {
  open311::UpdateForm update =
      open311::update_of(asked.form, asked.manner.time_zone, moment_of(visit));
  if (!update.errors.empty()) co_return update.errors;
  const std::string& jurisdiction = asked.form["jurisdiction_id"];
  const std::optional<CaseAddress> address = parse_case_number(update.case_number);
  if (!address ||
      (!jurisdiction.empty() && !open311::is_case_of(visit, asked.services.tenant(), *address)))
    co_return Errors{Error{404, "service_request_id was not found"}};
  const std::optional<std::string> token = key_of(asked.form);
  const Errors untimely = co_await settle_time(visit, update, token);
  if (!untimely.empty()) co_return untimely;
  Result<AnyMessage> answer = co_await carry_out(visit, update, token);
  // A time that was a little ahead when it was told first lies behind when it is told again: the
  // same update all the same.
  const bool conflict = !answer && answer.error().code == RejectionCode::kConflict;
  if (conflict && update.told_ms != 0 && !update.in_text) {
    update.put_stated_in_text();
    answer = co_await carry_out(visit, update, token);
  }
  if (!answer) co_return open311::errors_of(answer.error());
  const auto& changed = as<v1::Case>(*answer);
  asked.status = 201;
  const std::string& key = update.key;
  Element done = Element::members(
      "request_update",
      {Element::of("update_id", key.empty() ? changed.case_number() + "-" + changed.etag() : key),
       Element::of("service_request_id", changed.case_number())});
  co_return Element::list("service_request_updates", {std::move(done)});
}

Awaitable<Errors> Open311Page::settle_time(Visit& visit, open311::UpdateForm& update,
                                           const std::optional<std::string>& token) {
  if (update.told_ms == 0) co_return Errors();
  const auto request = std::make_shared<v1::GetCaseRequest>();
  request->set_case_number(update.case_number);
  const Sent sent = request;
  const Result<AnyMessage> answer = co_await visit.ask(kGetCase, sent, token);
  if (!answer) co_return open311::errors_of(answer.error());
  const TimeMs received_ms = open311::ms_of(as<v1::Case>(*answer).received_time());
  open311::place_in_time(&update, received_ms, moment_of(visit));
  if (!update.ends) co_return Errors();
  // Taken up again since: the end is of before, and is told without ending the case.
  v1::ListToldUpdatesRequest window;
  api::set_time(window.mutable_told_from(), update.told_ms);
  const std::vector<std::string> numbers = {update.case_number};
  const Told<ToldByNumber> told = co_await told_of(visit, numbers, window, token);
  if (!told) co_return told.error();
  for (const auto& [number, of_case] : *told) {
    for (const v1::ToldUpdate& one : of_case.updates()) {
      if (one.status() != v1::CASE_STATUS_UNSPECIFIED && one.open()) update.ends = false;
    }
  }
  co_return Errors();
}

Awaitable<Result<AnyMessage>> Open311Page::carry_out(Visit& visit,
                                                     const open311::UpdateForm& update,
                                                     const std::optional<std::string>& token) {
  if (update.ends) co_return co_await end(visit, update, token);
  co_return co_await go_on(visit, update, token);
}

Awaitable<Result<AnyMessage>> Open311Page::end(Visit& visit, const open311::UpdateForm& update,
                                               const std::optional<std::string>& token) {
  const auto reply = std::make_shared<v1::ReplyCaseRequest>();
  reply->set_case_number(update.case_number);
  reply->set_text(update.text);
  reply->set_means(v1::REPLY_MEANS_APP);
  if (update.told_ms != 0) api::set_time(reply->mutable_replied_time(), update.told_ms);
  reply->set_request_id(id_of(update.key, "reply"));
  const Sent sent_reply = reply;
  Result<AnyMessage> answer = co_await visit.ask(kReplyCase, sent_reply, token);
  if (!answer) co_return answer;
  const auto close = std::make_shared<v1::CloseCaseRequest>();
  close->set_case_number(update.case_number);
  close->set_outcome(update.outcome);
  if (update.told_ms != 0) api::set_time(close->mutable_closed_time(), update.told_ms);
  close->set_request_id(id_of(update.key, "close"));
  const Sent sent_close = close;
  co_return co_await visit.ask(kCloseCase, sent_close, token);
}

// A case that has ended is taken up again where the other system says that it is open, and has said
// so after the end: what was said before it was answered by the end.
Awaitable<Result<AnyMessage>> Open311Page::go_on(Visit& visit, const open311::UpdateForm& update,
                                                 const std::optional<std::string>& token) {
  const auto note = std::make_shared<v1::AddNoteRequest>();
  note->set_case_number(update.case_number);
  note->set_text(update.text);
  note->set_to_applicant(true);
  note->set_request_id(id_of(update.key, "note"));
  const Sent sent_note = note;
  Result<AnyMessage> answer = co_await visit.ask(kAddNote, sent_note, token);
  if (!answer) co_return answer;
  const auto& noted = as<v1::Case>(*answer);
  const bool opens = update.opens && noted.status() == v1::CASE_STATUS_CLOSED &&
                     (update.told_ms == 0 || update.told_ms > open311::ms_of(noted.close_time()));
  if (!opens) co_return answer;
  const auto reopen = std::make_shared<v1::ReopenCaseRequest>();
  reopen->set_case_number(update.case_number);
  reopen->set_reason(update.text);
  reopen->set_request_id(id_of(update.key, "reopen"));
  const Sent sent_reopen = reopen;
  co_return co_await visit.ask(kReopenCase, sent_reopen, token);
}

bool Open311Page::shows_key(Visit& visit, const Asked& asked) {
  // A certificate is the browser's to show, whichever site's page asks.
  const bool by_certificate = visit.peer().certificate && field_of(visit.head(), "origin").empty();
  return !asked.form["api_key"].empty() || !field_of(visit.head(), "authorization").empty() ||
         by_certificate;
}

Awaitable<Open311Page::Told<Open311Page::ToldByNumber>> Open311Page::told_of(
    Visit& visit, const std::vector<std::string>& numbers, const v1::ListToldUpdatesRequest& window,
    const std::optional<std::string>& token) {
  ToldByNumber found;
  std::size_t at = 0;
  for (int calls = 0; at < numbers.size(); ++calls) {
    if (calls == kToldCallsMax) {
      co_return Errors{Error{400,
                             "start_date, end_date: more was told in that time than one answer "
                             "holds; narrow them, or ask with page_size"}};
    }
    const auto request = std::make_shared<v1::ListToldUpdatesRequest>(window);
    const std::size_t end = std::min(numbers.size(), at + api::kToldCasesMax);
    for (std::size_t i = at; i < end; ++i) request->add_case_numbers(numbers[i]);
    const Sent sent = request;
    const Result<AnyMessage> answer = co_await visit.ask(kListTold, sent, token);
    if (!answer && is_of_no_reader(answer.error())) co_return found;
    if (!answer && answer.error().code != RejectionCode::kNotFound)
      co_return open311::errors_of(answer.error());
    if (!answer) {
      at = end;
      continue;
    }
    const auto& page = as<v1::ListToldUpdatesResponse>(*answer);
    for (const v1::ToldOfCase& of_case : page.cases()) found[of_case.case_number()] = of_case;
    at += static_cast<std::size_t>(std::max(page.looked_at(), 1));
  }
  co_return found;
}

// The cases are those a stranger lists, or those that are named. Of each the words that were told,
// where the caller may read it; else what a stranger sees.
Awaitable<Open311Page::Told<Element>> Open311Page::list_told(Visit& visit, Asked& asked,
                                                             const Wanted& wanted) {
  const std::string& jurisdiction = asked.form["jurisdiction_id"];
  std::vector<std::string> numbers;
  std::map<std::string, v1::PublicCase> shown;
  v1::ListToldUpdatesRequest window;
  if (wanted.numbers.empty()) {
    *window.mutable_told_from() = wanted.list.updated_from();
    *window.mutable_told_until() = wanted.list.updated_until();
    // What was told in that time stands, whatever has come after it.
    Wanted since = wanted;
    since.list.clear_updated_until();
    const Told<std::vector<v1::PublicCase>> listed = co_await listed_cases(visit, asked, since);
    if (!listed) co_return listed.error();
    if (wanted.undated) asked.dates = open311::dates_of(wanted, asked.manner.time_zone);
    for (const v1::PublicCase& one : *listed) {
      numbers.push_back(one.case_number());
      shown[one.case_number()] = one;
    }
  }
  for (const std::string& number : wanted.numbers) {
    const std::optional<CaseAddress> address = parse_case_number(number);
    if (address && open311::is_case_of(visit, jurisdiction, *address))
      numbers.push_back(format_case_number(address->partition, address->id));
  }
  const std::optional<std::string> token = key_of(asked.form);
  const Told<ToldByNumber> told = co_await told_of(visit, numbers, window, token);
  if (!told) co_return told.error();
  Wanted others;
  for (const std::string& number : numbers) {
    if (!told->contains(number) && !shown.contains(number)) others.numbers.push_back(number);
  }
  if (!wanted.numbers.empty() && (told->empty() || !others.numbers.empty())) {
    const Told<std::vector<v1::PublicCase>> named =
        co_await named_cases(visit, others, jurisdiction);
    if (!named && (told->empty() || named.error().front().code != 404)) co_return named.error();
    if (named) {
      for (const v1::PublicCase& one : *named) shown[one.case_number()] = one;
    }
  }
  co_return told_list(asked, wanted, numbers, *told, shown);
}

Element Open311Page::told_list(Asked& asked, const Wanted& wanted,
                               const std::vector<std::string>& numbers, const ToldByNumber& told,
                               const std::map<std::string, v1::PublicCase>& shown) {
  Element out = Element::list("service_request_updates");
  for (const std::string& number : numbers) {
    if (const auto of_case = told.find(number); of_case != told.end()) {
      for (const v1::ToldUpdate& one : of_case->second.updates())
        out.add(open311::told_document(number, one, asked.manner));
      if (of_case->second.shortened()) name_shortened(&asked.shortened, number);
    } else if (const auto public_case = shown.find(number); public_case != shown.end()) {
      const v1::PublicCase& one = public_case->second;
      const bool within =
          !wanted.list.has_updated_until() ||
          open311::ms_of(one.update_time()) < open311::ms_of(wanted.list.updated_until());
      if (within) out.add(open311::update_document(one, asked.manner));
    }
  }
  asked.for_one_key = !told.empty();
  return out;
}

}  // namespace casewheel::doors
