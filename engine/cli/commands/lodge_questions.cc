#include "engine/cli/commands/lodge_questions.h"

#include <algorithm>
#include <ostream>
#include <set>

#include "engine/base/limits.h"
#include "engine/catalogue/calendar/county.h"
#include "engine/cli/answers.h"
#include "engine/cli/directory.h"
#include "engine/cli/refusal_words.h"
#include "engine/cli/table.h"
#include "engine/cli/typed_again.h"
#include "engine/cli/typed_answers.h"
#include "engine/cli/typed_text.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

std::vector<Entry> county_entries() {
  std::vector<Entry> entries;
  for (const std::string_view county : catalogue::counties())
    entries.push_back({std::string(county), "", "", "", ""});
  return entries;
}

Reader text_reader(std::size_t characters_max, TextKind kind) {
  return [characters_max, kind](const std::string& typed) {
    return read_text(typed, characters_max, kind);
  };
}

grpc::Status get_call(Session& session, const v1::GetCallRequest& request, v1::Call* call) {
  return session.call(session.calls(), &v1::Calls::Stub::GetCall, request, call);
}

bool is_our_call_id(const std::string& text) {
  constexpr std::size_t kDigits = 32;
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// The call the caller's own telephone is concerned with; nothing where there is none, or nobody is told.
std::optional<v1::Call> present_call(Session& session, const std::string& tenant) {
  v1::WatchScreenPopRequest request;
  request.set_tenant(tenant);
  grpc::ClientContext context;
  session.prepare(context, Patience::kAside);
  const auto reader = session.calls().WatchScreenPop(&context, request);
  v1::ScreenPop pop;
  const bool told = reader->Read(&pop);
  context.TryCancel();
  (void)reader->Finish();  // cancelled, by us, or there are no screens for this caller
  if (!told || pop.idle() || pop.call().id().empty()) return std::nullopt;
  return std::move(*pop.mutable_call());
}

// "來電 0912-***-678 林○姐（通話中 talking）"
std::string call_told(const v1::Call& call) {
  std::string text = call.direction() == v1::OUTBOUND ? "去電 Call to " : "來電 Call of ";
  text += call.number().empty() ? "未顯示號碼 a withheld number" : one_line(call.number());
  if (!call.name().empty()) text += " " + one_line(call.name());
  text += call.has_end_time()      ? "（已結束 over"
          : call.has_answer_time() ? "（通話中 talking"
                                   : "（響鈴中 ringing";
  for (const std::string& number : call.case_numbers()) text += "，已受理 lodged: " + number;
  return text + "）";
}

}  // namespace

bool settle_call(Session& session, v1::LodgeCaseRequest* request, v1::Call* call,
                 grpc::Status* status) {
  const std::string typed = half_width_signs(request->call());
  const bool ours = is_our_call_id(typed);
  v1::GetCallRequest by_id;
  by_id.set_id(typed);
  v1::GetCallRequest by_exchange;
  by_exchange.set_tenant(request->tenant());
  by_exchange.set_exchange_call(typed);
  if (ours) {
    // An exchange may write its own ids so. Whoever may not look calls up has one of ours.
    *status = get_call(session, by_id, call);
    if (status->error_code() != grpc::StatusCode::NOT_FOUND) return true;
  }
  *status = get_call(session, by_exchange, call);
  if (status->ok()) request->set_call(call->id());
  // The engine says itself that it does not know an id of ours, and lodges the case all the same.
  return status->ok() || ours;
}

LodgeQuestions::LodgeQuestions(Session& session, TypedLodging& typed)
    : session_(session),
      typed_(typed),
      prompts_(*session.people(), session.output().err()),
      channels_(word_entries<v1::Channel>()) {
  v1::LodgeCaseRequest& r = typed_.request;
  v1::Applicant& person = *r.mutable_applicant();
  const auto line = [](std::size_t most) { return text_reader(most, TextKind::kLine); };
  questions_ = {
      {"tenant", "--tenant", "事業 Enterprise", true, r.mutable_tenant(), line(limits::kIdChars)},
      {"service", "--service", "服務項目 Service", true, r.mutable_service(),
       line(limits::kIdChars)},
      {"channel", "--channel", "受理管道 Channel", true, &typed_.channel, nullptr},
      {"subject", "--subject", "主旨 Subject", true, r.mutable_subject(),
       line(limits::kSubjectChars)},
      {"description", "--description", "內容 Description", false, r.mutable_description(),
       text_reader(limits::kTextChars, TextKind::kFree)},
      {"applicant.name", "--name", "姓名 Name", false, person.mutable_name(),
       line(limits::kNameChars)},
      {"applicant.phone", "--phone", "電話 Telephone", false, person.mutable_phone(),
       line(limits::kPhoneChars)},
      {"county", "--county", "縣市 County", false, r.mutable_county(),
       [counties = county_entries()](const std::string& text) {
         return read_name(counties, text);
       }}};
  session_.keep_answers([this](bool same_request) { return resend(same_request); });
}

LodgeQuestions::~LodgeQuestions() { session_.keep_answers(nullptr); }

const LodgeQuestions::Question* LodgeQuestions::question_of(const std::string& field) const {
  const auto found = std::find_if(questions_.begin(), questions_.end(),
                                  [&](const Question& one) { return one.field == field; });
  return found == questions_.end() ? nullptr : &*found;
}

// Null where it is a line of text; empty where the engine tells no names and an id is typed.
const std::vector<Entry>* LodgeQuestions::choices_of(const std::string& field) {
  Directory& directory = *session_.directory();
  if (field == "tenant") return &directory.tenants();
  if (field == "service") return &directory.places(typed_.request.tenant()).services;
  return field == "channel" ? &channels_ : nullptr;
}

std::optional<std::string> LodgeQuestions::answer_of(const Question& question) {
  const std::vector<Entry>* choices = choices_of(question.field);
  if (choices != nullptr && !choices->empty())
    return prompts_.pick(question.label, *choices, question.required);
  return prompts_.line(question.label, question.required, question.read);
}

// False when the input ended.
bool LodgeQuestions::put(const Question& question) {
  if (!question.value->empty()) return true;
  const std::vector<Entry>* choices = choices_of(question.field);
  if (choices != nullptr && choices->size() == 1) {
    *question.value = choices->front().id;
    return true;
  }
  const std::optional<std::string> answer = answer_of(question);
  if (!answer) return false;
  *question.value = *answer;
  note_answer();
  return true;
}

LodgeQuestions::Ending LodgeQuestions::put_all(std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    if (!put(*question_of(field))) return Ending::kInputEnded;
  }
  return Ending::kAnswered;
}

LodgeQuestions::Ending LodgeQuestions::ask_all() {
  if (const Ending ending = put_all({"tenant"}); ending != Ending::kAnswered) return ending;
  if (const Ending ending = offer_call(); ending != Ending::kAnswered) return ending;
  const Ending of_case =
      put_all({"service", "channel", "subject", "description", "applicant.name"});
  if (of_case != Ending::kAnswered) return of_case;
  if (!number_known_ && !put(*question_of("applicant.phone"))) return Ending::kInputEnded;
  if (const Ending ending = put_all({"county"}); ending != Ending::kAnswered) return ending;
  return ask_attributes(false);
}

LodgeQuestions::Ending LodgeQuestions::ask_required() {
  if (const Ending ending = take_typed_call(); ending != Ending::kAnswered) return ending;
  return ask_attributes(true);
}

LodgeQuestions::Ending LodgeQuestions::take_typed_call() {
  if (typed_.request.call().empty()) return Ending::kAnswered;
  v1::Call call;
  if (!settle_call(session_, &typed_.request, &call, &refusal_)) return Ending::kRefused;
  // Of a call that this caller may not look up the engine may know the number.
  const bool unknown = refusal_.error_code() == grpc::StatusCode::NOT_FOUND;
  number_known_ = !unknown && (call.id().empty() || !call.number().empty());
  return Ending::kAnswered;
}

// The case of somebody who is on the line is lodged during the call: its number and its channel need not be
// typed. One that is over is not taken by the mere Enter, since the case may be of somebody else.
LodgeQuestions::Ending LodgeQuestions::offer_call() {
  if (!typed_.request.call().empty()) return take_typed_call();
  if (!typed_.channel.empty() && parse_word<v1::Channel>(typed_.channel) != v1::CHANNEL_HOTLINE)
    return Ending::kAnswered;
  const std::optional<v1::Call> call = present_call(session_, typed_.request.tenant());
  if (!call) return Ending::kAnswered;
  const std::string question = call_told(*call) + "，帶入？ take it over?";
  const std::optional<bool> taken =
      call->has_end_time() ? prompts_.confirm(question) : prompts_.offer(question);
  if (!taken) return Ending::kInputEnded;
  if (!*taken) return Ending::kAnswered;
  typed_.request.set_call(call->id());
  typed_.channel = word(v1::CHANNEL_HOTLINE).english;
  number_known_ = !call->number().empty();
  note_answer();
  return Ending::kAnswered;
}

const v1::ServiceGuide* LodgeQuestions::guide() {
  const std::string& service = typed_.request.service();
  if (guide_service_ != service) {
    guide_service_ = service;
    guide_ = guide_of(session_, typed_.request.tenant(), service);
  }
  return guide_ ? &*guide_ : nullptr;
}

LodgeQuestions::Ending LodgeQuestions::ask_attributes(bool required_only) {
  if (guide() == nullptr) return Ending::kAnswered;
  for (const v1::AskedAttribute& asked : guide_->attributes()) {
    if ((required_only && !asked.required()) || is_answered(asked.code())) continue;
    if (!ask(asked)) return Ending::kInputEnded;
  }
  return Ending::kAnswered;
}

bool LodgeQuestions::is_answered(const std::string& code) const {
  return std::any_of(typed_.attributes.begin(), typed_.attributes.end(),
                     [&](const std::string& one) { return one.starts_with(code + "="); });
}

void LodgeQuestions::forget(const std::string& code) {
  std::erase_if(typed_.attributes,
                [&](const std::string& one) { return one.starts_with(code + "="); });
}

// False when the input ended.
bool LodgeQuestions::ask(const v1::AskedAttribute& asked) {
  std::vector<Entry> values;
  for (const auto& value : asked.values())
    values.push_back({value.key(), value.name_zh(), value.name_en(), "", ""});
  const std::string label = label_of(asked);
  const Reader read = [&asked](const std::string& typed) { return read_answer(asked, typed); };
  const bool many = asked.type() == v1::ATTRIBUTE_TYPE_MULTI_VALUE;
  while (true) {
    const std::optional<std::string> value = values.empty()
                                                 ? prompts_.line(label, asked.required(), read)
                                                 : prompts_.pick(label, values, asked.required());
    if (!value) return false;
    if (value->empty()) return true;
    const std::string answer = asked.code() + "=" + *value;
    const auto& known = typed_.attributes;
    if (std::find(known.begin(), known.end(), answer) == known.end())
      typed_.attributes.push_back(answer);
    note_answer();
    if (!many || !prompts_.confirm("還有其他 another one?")) return true;
  }
}

SentAnswers LodgeQuestions::answers() const {
  SentAnswers answers;
  (void)read_answers(typed_.attributes, &answers);  // as sent: what is wrong is among them
  return answers;
}

void LodgeQuestions::tell(const std::string& label, const FieldViolation& violation,
                          const std::string& wanted) {
  const std::string words = description_words(violation.description);
  prompts_.say("  「" + label + "」" + words + " " + one_line(violation.description) +
               (wanted.empty() ? "" : "；" + wanted) + "\n");
}

LodgeQuestions::Ending LodgeQuestions::ask_again(const Failure& failure) {
  const SentAnswers sent = answers();
  const v1::ServiceGuide* known = guide();
  const auto asked_of = [&](const FieldViolation& violation) {
    return known == nullptr ? nullptr : asked_by_field(*known, sent, violation.field);
  };
  const bool all_are_asked =
      std::all_of(failure.fields.begin(), failure.fields.end(), [&](const FieldViolation& one) {
        return question_of(one.field) != nullptr || asked_of(one) != nullptr;
      });
  if (failure.fields.empty() || !all_are_asked) return Ending::kNoQuestion;
  prompts_.say(
      "無法執行，請重新輸入以下項目，其餘已保留 refused: only these are asked again, the rest is "
      "kept\n");
  const std::string service = typed_.request.service();
  std::set<std::string> done;
  for (const FieldViolation& violation : failure.fields) {
    const v1::AskedAttribute* asked = asked_of(violation);
    const Question* question = question_of(violation.field);
    if (!done.insert(asked != nullptr ? asked->code() + "=" : violation.field).second) continue;
    if (asked != nullptr) {
      const v1::AskedAttribute again = *asked;
      tell(label_of(again), violation, answer_wanted(again));
      const std::vector<std::string> before = typed_.attributes;
      forget(again.code());
      if (!ask(again)) {
        typed_.attributes = before;
        return Ending::kInputEnded;
      }
      continue;
    }
    tell(question->label, violation, "");
    const std::optional<std::string> answer = answer_of(*question);
    if (!answer) return Ending::kInputEnded;
    *question->value = *answer;
    note_answer();
  }
  return typed_.request.service() == service ? Ending::kAnswered : ask_of_new_service();
}

// What the service that is meant after all asks; answers to what it does not ask are left out.
LodgeQuestions::Ending LodgeQuestions::ask_of_new_service() {
  if (guide() == nullptr) return Ending::kAnswered;
  std::erase_if(typed_.attributes, [&](const std::string& one) {
    const auto& asked = guide_->attributes();
    return std::none_of(asked.begin(), asked.end(),
                        [&](const auto& known) { return one.starts_with(known.code() + "="); });
  });
  return ask_attributes(false);
}

void LodgeQuestions::note_answer() {
  answered_ = true;
  session_.answered();
}

std::string LodgeQuestions::resend(bool same_request) const {
  if (!answered_) return "";
  std::set<std::string> here = {"--attribute", "--call", "--request-id"};
  std::vector<std::pair<std::string, std::string>> more;
  for (const Question& question : questions_) {
    here.insert(question.option);
    if (!question.value->empty()) more.emplace_back(question.option, *question.value);
  }
  for (const std::string& attribute : typed_.attributes)
    more.emplace_back("--attribute", attribute);
  if (!typed_.request.call().empty()) more.emplace_back("--call", typed_.request.call());
  const std::string& key = session_.options().request_id;
  const bool sent = same_request && !key.empty();
  if (sent) more.emplace_back("--request-id", key);
  return kept_text(typed_again(*session_.command(), here, more), sent);
}

}  // namespace casewheel::cli
