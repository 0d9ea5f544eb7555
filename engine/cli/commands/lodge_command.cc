// lodge: a case is registered, by options, or by answers where somebody sits at a terminal.
#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

#include "engine/base/text.h"
#include "engine/cli/answers.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/directory.h"
#include "engine/cli/prompts.h"
#include "engine/cli/table.h"
#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

struct TypedLodging {
  v1::LodgeCaseRequest request;
  std::string kind, priority, channel, received, agreed;
  std::vector<std::string> documents, attributes, fees;
  std::optional<double> latitude, longitude;
};

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
  command->add_option("--call", *r.mutable_call(), "通話 id of the call it is lodged during");
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

// The service's guide; nothing where the engine does not tell it.
std::optional<v1::ServiceGuide> guide_of(Session& session, const v1::LodgeCaseRequest& request) {
  v1::GetServiceGuideRequest asked;
  asked.set_tenant(request.tenant());
  asked.set_service(request.service());
  v1::ServiceGuide guide;
  const auto status = session.call(session.counter(), &v1::Counter::Stub::GetServiceGuide, asked,
                                   &guide, Patience::kAside);
  if (!status.ok()) return std::nullopt;
  return guide;
}

std::vector<Entry> channel_entries() {
  std::vector<Entry> entries;
  const auto& type = *google::protobuf::GetEnumDescriptor<v1::Channel>();
  for (int i = 1; i < type.value_count(); ++i) {
    const Word one = word(static_cast<v1::Channel>(type.value(i)->number()));
    entries.push_back({one.english, one.chinese, one.english, "", ""});
  }
  return entries;
}

// "115/2/15 14:30" as the engine wants it, "2026-02-15T14:30"; anything else as it is.
std::string datetime_answer(const std::string& typed) {
  std::optional<std::string> date = with_common_date(typed);
  if (!date) return typed;
  std::replace(date->begin(), date->end(), ' ', 'T');
  return *date;
}

// Answers to questions for a date that are written otherwise than the engine reads them.
void mend_dates(Session& session, v1::LodgeCaseRequest* request) {
  const auto& answers = request->attributes();
  const bool dated = std::any_of(answers.begin(), answers.end(), [](const v1::Attribute& answer) {
    return answer.values_size() == 1 && datetime_answer(answer.values(0)) != answer.values(0);
  });
  if (!dated) return;
  const std::optional<v1::ServiceGuide> guide = guide_of(session, *request);
  if (!guide) return;
  for (v1::Attribute& answer : *request->mutable_attributes()) {
    for (const v1::AskedAttribute& asked : guide->attributes()) {
      if (asked.code() == answer.code() && asked.type() == v1::ATTRIBUTE_TYPE_DATETIME &&
          answer.values_size() == 1)
        answer.set_values(0, datetime_answer(answer.values(0)));
    }
  }
}

// Asks for what is missing. False when the input ended.
class Questions {
 public:
  Questions(Session& session, TypedLodging& typed)
      : session_(session), typed_(typed), prompts_(*session.people(), session.output().err()) {}

  bool ask_all() {
    v1::LodgeCaseRequest& r = typed_.request;
    v1::Applicant& person = *r.mutable_applicant();
    Directory& directory = *session_.directory();
    return pick("事業 Enterprise", directory.tenants(), r.mutable_tenant()) &&
           pick("服務項目 Service", directory.places(r.tenant()).services, r.mutable_service()) &&
           pick("受理管道 Channel", channel_entries(), &typed_.channel) &&
           line("主旨 Subject", true, r.mutable_subject()) &&
           line("內容 Description", false, r.mutable_description()) &&
           line("姓名 Name", false, person.mutable_name()) &&
           (!r.call().empty() || line("電話 Telephone", false, person.mutable_phone())) &&
           line("縣市 County", false, r.mutable_county()) && ask_attributes(false);
  }
  // Those the service asks; the required ones alone where the rest was typed.
  bool ask_attributes(bool required_only) {
    const std::optional<v1::ServiceGuide> guide = guide_of(session_, typed_.request);
    if (!guide) return true;
    for (const v1::AskedAttribute& asked : guide->attributes()) {
      if ((required_only && !asked.required()) || is_answered(asked.code())) continue;
      if (!ask(asked)) return false;
    }
    return true;
  }

 private:
  bool pick(const char* label, const std::vector<Entry>& entries, std::string* value) {
    if (!value->empty()) return true;
    if (entries.size() == 1) {
      *value = entries.front().id;
      return true;
    }
    // Where the engine tells no names, an id is typed.
    const std::optional<std::string> id =
        entries.empty() ? prompts_.line(label, true) : prompts_.pick(label, entries, true);
    if (id) *value = *id;
    return id.has_value();
  }
  bool line(const char* label, bool required, std::string* value) {
    if (!value->empty()) return true;
    const std::optional<std::string> text = prompts_.line(label, required);
    if (text) *value = *text;
    return text.has_value();
  }
  bool is_answered(const std::string& code) const {
    return std::any_of(typed_.attributes.begin(), typed_.attributes.end(),
                       [&](const std::string& one) { return one.starts_with(code + "="); });
  }
  bool ask(const v1::AskedAttribute& asked) {
    std::string label = asked.name_zh() + " " + asked.name_en();
    if (!asked.hint_zh().empty()) label += "（" + asked.hint_zh() + "）";
    std::vector<Entry> values;
    for (const auto& value : asked.values())
      values.push_back({value.key(), value.name_zh(), value.name_en(), "", ""});
    const bool many = asked.type() == v1::ATTRIBUTE_TYPE_MULTI_VALUE;
    while (true) {
      const std::optional<std::string> value = values.empty()
                                                   ? prompts_.line(label, asked.required())
                                                   : prompts_.pick(label, values, asked.required());
      if (!value) return false;
      if (value->empty()) return true;
      typed_.attributes.push_back(
          asked.code() + "=" +
          (asked.type() == v1::ATTRIBUTE_TYPE_DATETIME ? datetime_answer(*value) : *value));
      if (!many || !prompts_.confirm("還有其他 another one?")) return true;
    }
  }

  Session& session_;
  TypedLodging& typed_;
  Prompts prompts_;
};

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

int lodge(Session& session, TypedLodging& typed) {
  const std::string missing = missing_options(typed);
  if (session.people() == nullptr && !missing.empty())
    return session.refuse("缺少 " + missing + " is required; see casewheel lodge --help");
  if (session.people() != nullptr) {
    Questions questions(session, typed);
    if (!(missing.empty() ? questions.ask_attributes(true) : questions.ask_all()))
      return session.refuse("未送出，輸入已結束 nothing was sent: the input ended");
  }
  v1::LodgeCaseRequest request = typed.request;
  Arguments read(session.output().zone());
  const std::string mistake = read_request(typed, read, &request);
  if (!mistake.empty()) return session.refuse(mistake);
  mend_dates(session, &request);
  request.set_request_id(session.request_id());
  v1::LodgeCaseResponse response;
  const auto status =
      session.call(session.cases(), &v1::Cases::Stub::LodgeCase, request, &response);
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
