// lodge: a case is registered, by options, or by answers where somebody sits at a terminal.
#include <memory>
#include <optional>
#include <ostream>

#include "engine/cli/answers.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/commands/lodge_questions.h"
#include "engine/cli/table.h"
#include "engine/cli/typed_answers.h"

namespace casewheel::cli {
namespace {

void add_options(CLI::App* command, const std::shared_ptr<TypedLodging>& typed) {
  v1::LodgeCaseRequest& r = typed->request;
  v1::Applicant& person = *r.mutable_applicant();
  command->add_option("--tenant", *r.mutable_tenant(), "事業 enterprise")
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--service", *r.mutable_service(), "服務項目 entry of the catalogue");
  command->add_option("--channel", typed->channel,
                      "受理管道 how it came: hotline, counter, web, ...");
  command->add_option("--subject", *r.mutable_subject(), "主旨");
  command->add_option("--description", *r.mutable_description(), "內容");
  command->add_option("--kind", typed->kind, "案件性質 (default: the service's)");
  command->add_option("--priority", typed->priority, "速別 low, normal, high, urgent");
  command->add_option("--name", *person.mutable_name(), "申請人姓名 applicant");
  command->add_option("--phone", *person.mutable_phone(), "電話");
  command->add_option("--email", *person.mutable_email(), "電子郵件");
  command->add_option("--home-address", *person.mutable_address(), "地址 of the applicant");
  command->add_option("--customer-number", *person.mutable_customer_number(),
                      "電號、水號、客戶編號");
  command->add_option("--unit", *r.mutable_unit(), "承辦單位 (default: the service's)");
  command->add_option("--handler", *r.mutable_handler(), "承辦人");
  command->add_option("--language", *r.mutable_language(), "語言 (default: zh-TW)");
  command->add_option("--external-reference", *r.mutable_external_reference(), "外部編號");
  command->add_option("--call", *r.mutable_call(),
                      "通話 the call it is lodged during: its id, or the exchange's");
  command->add_option("--county", *r.mutable_county(), "縣市");
  command->add_option("--received", typed->received, "收件時間 (default: now)");
  command->add_option("--agreed", typed->agreed, "約定日期 a date agreed with the applicant");
  command
      ->add_option("--missing", typed->documents,
                   "待補文件 a document that is missing; may be repeated")
      ->allow_extra_args(false);
  v1::Place& place = *r.mutable_place();
  command->add_option("--place", *place.mutable_address(), "地點 where the matter is");
  command->add_option("--place-id", *place.mutable_address_id(), "地址編號 of the register");
  auto* latitude = command->add_option("--lat", typed->latitude, "緯度 WGS 84, degrees");
  auto* longitude = command->add_option("--long", typed->longitude, "經度");
  latitude->needs(longitude);
  longitude->needs(latitude);
  command
      ->add_option("--attribute", typed->attributes,
                   "CODE=VALUE 服務要求的資料 what the service asks; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--media", *r.mutable_media_url(), "照片網址 URL of a picture");
  command->add_option("--fee", typed->fees, "FEE or FEE=AMOUNT 費用 that is due; may be repeated")
      ->allow_extra_args(false);
}

// What cannot be left out and is.
std::string missing_options(const TypedLodging& typed) {
  const v1::LodgeCaseRequest& r = typed.request;
  std::string missing;
  const auto need = [&missing](const char* option, const std::string& text) {
    if (text.empty()) missing += (missing.empty() ? "" : "、") + std::string(option);
  };
  need("--tenant", r.tenant());
  need("--service", r.service());
  need("--channel", typed.channel);
  need("--subject", r.subject());
  return missing;
}

// The mistake, or empty.
std::string read_request(const TypedLodging& typed, Arguments& read,
                         v1::LodgeCaseRequest* request) {
  request->set_kind(read.word<v1::Kind>("--kind", typed.kind));
  request->set_priority(read.word<v1::Priority>("--priority", typed.priority));
  request->set_channel(read.word<v1::Channel>("--channel", typed.channel));
  if (!typed.received.empty())
    read.time("--received", typed.received, request->mutable_received_time());
  if (!typed.agreed.empty())
    read.deadline("--agreed", typed.agreed, request->mutable_agreed_time());
  for (const std::string& document : typed.documents) request->add_missing_documents(document);
  if (typed.latitude) {
    request->mutable_place()->mutable_position()->set_latitude(*typed.latitude);
    request->mutable_place()->mutable_position()->set_longitude(*typed.longitude);
  }
  if (request->place().ByteSizeLong() == 0) request->clear_place();
  for (const std::string& bad : {read_answers(typed.attributes, request->mutable_attributes()),
                                 read_fees(typed.fees, request->mutable_fees())}) {
    if (!bad.empty()) return bad;
  }
  return read.mistake();
}

int show_lodged(Session& session, const v1::LodgeCaseResponse& response) {
  const Output& output = session.output();
  if (output.json()) {
    output.document(response);
    return kExitOk;
  }
  Fields fields;
  fields.add("案號 Case", group_case_number(response.case_number()));
  fields.add("收件 Received", output.time(to_ms(response.received_time())));
  fields.add("時區 Time zone", output.zone_name());
  if (response.duplicate())
    fields.add("重複 Duplicate",
               "先前已受理 lodged before with this request id: nothing new was made");
  for (const auto& warning : response.warnings())
    fields.add("請確認 Please check", warning_text(warning));
  output.out() << fields.text()
               << promises_text(response.promises(), {output.zone(), session.engine_now()});
  return kExitOk;
}

// One request of all that was typed and answered.
grpc::Status send_lodging(Session& session, const TypedLodging& typed,
                          v1::LodgeCaseResponse* response) {
  v1::LodgeCaseRequest request = typed.request;
  Arguments read(session.output().zone());
  (void)read_request(typed, read, &request);  // looked at before the first question
  const auto guide = [&session, tenant = request.tenant(), service = request.service()] {
    return guide_of(session, tenant, service);
  };
  if (may_need_reading(request.attributes())) {
    if (const std::optional<v1::ServiceGuide> known = guide())
      settle_answers(*known, request.mutable_attributes());
  }
  session.tell_fields(words_of_answers(guide, request.attributes()));
  request.set_request_id(session.request_id());
  return session.call(session.cases(), &v1::Cases::Stub::LodgeCase, request, response);
}

// True where other answers may be taken.
bool is_about_answers(const Failure& failure) {
  return failure.answered && (failure.code == "INVALID_ARGUMENT" || failure.code == "NOT_FOUND");
}

// With somebody at a terminal: what is missing is asked for, and what is refused is asked for again.
int lodge_with_questions(Session& session, TypedLodging& typed, bool all) {
  using Ending = LodgeQuestions::Ending;
  LodgeQuestions questions(session, typed);
  Ending ending = all ? questions.ask_all() : questions.ask_required();
  while (ending == Ending::kAnswered) {
    v1::LodgeCaseResponse response;
    const auto status = send_lodging(session, typed, &response);
    if (status.ok()) return show_lodged(session, response);
    const Failure failure = decode_failure(status);
    ending = is_about_answers(failure) ? questions.ask_again(failure) : Ending::kNoQuestion;
    if (ending == Ending::kNoQuestion) return session.fail(status, session.request_id());
  }
  if (ending == Ending::kRefused) return session.fail(questions.refusal());
  return session.refuse("未送出，輸入已結束 nothing was sent: the input ended");
}

int lodge(Session& session, TypedLodging& typed) {
  const std::string missing = missing_options(typed);
  if (session.people() == nullptr && !missing.empty())
    return session.refuse("缺少 " + missing + " is required; see casewheel lodge --help");
  // What was typed wrong is told before anything is asked.
  v1::LodgeCaseRequest trial = typed.request;
  Arguments read(session.output().zone());
  if (const std::string mistake = read_request(typed, read, &trial); !mistake.empty())
    return session.refuse(mistake);
  if (session.people() != nullptr) return lodge_with_questions(session, typed, !missing.empty());
  v1::Call call;
  grpc::Status status;
  if (!typed.request.call().empty() && !settle_call(session, &typed.request, &call, &status))
    return session.fail(status);
  v1::LodgeCaseResponse response;
  status = send_lodging(session, typed, &response);
  if (!status.ok()) return session.fail(status, session.request_id());
  return show_lodged(session, response);
}

}  // namespace

void add_lodge_command(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<TypedLodging>();
  auto* command = app.add_subcommand(
      "lodge", "受理案件 register a case; at a terminal, what is missing is asked for");
  add_options(command, typed);
  command->callback([&line, typed] {
    line.command = [typed](Session& session) { return lodge(session, *typed); };
  });
}

}  // namespace casewheel::cli
