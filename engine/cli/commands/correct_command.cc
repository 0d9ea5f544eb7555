// correct: what was taken down wrong.
#include <CLI/App.hpp>
#include <CLI/Option.hpp>
#include <memory>
#include <optional>
#include <ostream>

#include "engine/cli/answers.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/table.h"
#include "engine/cli/typed_answers.h"

namespace casewheel::cli {
namespace {

// Holds what was typed, and which field of the case each option replaces.
struct Correction {
  CaseTarget target;
  v1::CorrectCaseRequest request;
  std::optional<double> latitude, longitude;
  std::vector<std::string> attributes;
  std::vector<std::pair<CLI::Option*, const char*>> options;

  void note(CLI::Option* option, const char* path) { options.emplace_back(option, path); }
};

void add_fields(CLI::App& command, Correction& typed) {
  v1::CorrectCaseRequest& r = typed.request;
  v1::Applicant& person = *r.mutable_applicant();
  v1::Place& place = *r.mutable_place();
  const auto text = [&](const char* name, std::string* field, const char* help, const char* path) {
    typed.note(command.add_option(name, *field, help), path);
  };
  text("--name", person.mutable_name(), "申請人姓名 applicant", "applicant.name");
  text("--phone", person.mutable_phone(), "電話", "applicant.phone");
  text("--email", person.mutable_email(), "電子郵件", "applicant.email");
  text("--home-address", person.mutable_address(), "地址 of the applicant", "applicant.address");
  text("--customer-number", person.mutable_customer_number(), "電號、水號、客戶編號",
       "applicant.customer_number");
  text("--subject", r.mutable_subject(), "主旨", "subject");
  text("--description", r.mutable_description(), "內容", "description");
  text("--place", place.mutable_address(), "地點, as a whole with the next three", "place");
  text("--place-id", place.mutable_address_id(), "地址編號 of the register", "place");
  auto* latitude = command.add_option("--lat", typed.latitude, "緯度 WGS 84, degrees");
  auto* longitude = command.add_option("--long", typed.longitude, "經度");
  latitude->needs(longitude);
  longitude->needs(latitude);
  typed.note(latitude, "place");
  auto* attributes =
      command.add_option("--attribute", typed.attributes,
                         "CODE=VALUE 服務要求的資料; CODE= takes the answer away; may be repeated");
  typed.note(attributes->allow_extra_args(false), "attributes");
  text("--media", r.mutable_media_url(), "照片網址 URL of a picture", "media_url");
  text("--county", r.mutable_county(), "縣市; dates by a calendar follow", "county");
  text("--language", r.mutable_language(), "語言", "language");
  text("--external-reference", r.mutable_external_reference(), "外部編號", "external_reference");
}

// The guide of the service the case is of; nothing where one of the two cannot be read.
std::optional<v1::ServiceGuide> guide_of_case(Session& session, const std::string& number) {
  v1::GetCaseRequest request;
  request.set_case_number(number);
  v1::Case view;
  const auto status =
      session.call(session.cases(), &v1::Cases::Stub::GetCase, request, &view, Patience::kAside);
  if (!status.ok()) return std::nullopt;
  return guide_of(session, view.tenant(), view.service());
}

// Dates and numbers are typed here as in `lodge`.
void settle_attributes(Session& session, v1::CorrectCaseRequest* request) {
  const auto guide = [&session, number = request->case_number()] {
    return guide_of_case(session, number);
  };
  if (may_need_reading(request->attributes())) {
    if (const std::optional<v1::ServiceGuide> known = guide())
      settle_answers(*known, request->mutable_attributes());
  }
  session.tell_fields(words_of_answers(guide, request->attributes()));
}

int correct(Session& session, const Correction& typed) {
  v1::CorrectCaseRequest request = typed.request;
  Arguments read(session.output().zone());
  for (const auto& [option, path] : typed.options) {
    auto* paths = request.mutable_update_mask()->mutable_paths();
    if (option->count() == 0 || (!paths->empty() && *paths->rbegin() == path)) continue;
    *paths->Add() = path;
  }
  if (request.update_mask().paths().empty())
    return session.refuse("請指定要更正的欄位 say which field to correct, e.g. --phone");
  if (typed.latitude) {
    request.mutable_place()->mutable_position()->set_latitude(*typed.latitude);
    request.mutable_place()->mutable_position()->set_longitude(*typed.longitude);
  }
  if (request.place().ByteSizeLong() == 0) request.clear_place();
  if (const std::string bad = read_answers(typed.attributes, request.mutable_attributes());
      !bad.empty())
    return session.refuse(bad);
  for (v1::Attribute& attribute : *request.mutable_attributes()) {
    if (attribute.values_size() == 1 && attribute.values(0).empty()) attribute.clear_values();
  }
  request.set_case_number(read.case_number(typed.target.number));
  if (!read.mistake().empty()) return session.refuse(read.mistake());
  settle_attributes(session, &request);
  request.set_etag(typed.target.etag);
  request.set_request_id(session.request_id());
  v1::CorrectCaseResponse corrected;
  const auto status =
      session.call(session.cases(), &v1::Cases::Stub::CorrectCase, request, &corrected);
  if (!status.ok()) return session.fail(status, session.request_id());
  const Output& output = session.output();
  if (output.json()) {
    output.document(corrected);
    return kExitOk;
  }
  output.out() << case_brief(corrected.case_(), {output.zone(), session.engine_now()});
  Fields fields;
  for (const auto& warning : corrected.warnings())
    fields.add("請確認 Please check",
               warning.text_zh() + " " + warning.field() + ": " + warning.text_en());
  output.out() << fields.text();
  return kExitOk;
}

}  // namespace

void add_correct_command(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<Correction>();
  auto* command = app.add_subcommand(
      "correct", "更正 what was taken down wrong; an option given as '' takes the field away");
  add_case_target(*command, typed->target);
  command->add_option("--reason", *typed->request.mutable_reason(), "原因")->required();
  add_fields(*command, *typed);
  command->callback([&line, typed] {
    line.command = [typed](Session& session) { return correct(session, *typed); };
  });
}

}  // namespace casewheel::cli
