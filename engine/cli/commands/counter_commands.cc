// services, check, fee, receipt: what the counter asks before a case is lodged, and gives out after.
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/cli/answers.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/table.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

std::string in_both(const std::string& zh, const std::string& en) {
  return one_line(en.empty() || en == zh ? zh : zh + " " + en);
}

std::string documents_text(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "、") + one_line(text);
  return all;
}

std::string asked_text(const v1::AskedAttribute& asked) {
  std::string values;
  for (const auto& value : asked.values())
    values +=
        (values.empty() ? "" : ", ") + one_line(value.key()) + " " + one_line(value.name_zh());
  return values.empty() ? one_line(asked.hint_zh()) : values;
}

std::string guide_text(const v1::ServiceGuide& guide) {
  Fields fields;
  fields.add("項目 Service",
             one_line(guide.id()) + "  " + in_both(guide.name_zh(), guide.name_en()));
  fields.add("性質 Kind", both(guide.kind()));
  fields.add("說明 About", in_both(guide.description_zh(), guide.description_en()));
  fields.add("應備文件 Documents", documents_text(guide.documents()));
  for (const auto& limit : guide.time_limits())
    fields.add("時限 Time limit", in_both(limit.text_zh(), limit.text_en()));
  std::string text = fields.text();
  if (!guide.attributes().empty()) {
    Table table({"資料 Attribute", "", "必填 Required", "選項或填法 Values or hint"});
    for (const auto& asked : guide.attributes())
      table.add({one_line(asked.code()), in_both(asked.name_zh(), asked.name_en()),
                 asked.required() ? "是 yes" : "", asked_text(asked)});
    text += "\n" + table.text();
  }
  if (!guide.fees().empty()) {
    Table table({"費用 Fee", "", "新臺幣 NT$"});
    for (const auto& fee : guide.fees())
      table.add({one_line(fee.id()), in_both(fee.name_zh(), fee.name_en()),
                 fee.amount() == 0 ? "另計 worked out" : group_thousands(fee.amount())});
    text += "\n" + table.text();
  }
  for (int i = 0; i < guide.steps_zh_size(); ++i)
    text += (i == 0 ? "\n流程 Steps\n" : "") + std::to_string(i + 1) + ". " +
            in_both(guide.steps_zh(i), i < guide.steps_en_size() ? guide.steps_en(i) : "") + "\n";
  return text;
}

CLI::Option* add_asked_tenant(CLI::App& command, std::string& tenant) {
  return command.add_option("--tenant", tenant, "事業 enterprise (default: the only one)")
      ->envname("CASEWHEEL_TENANT");
}

int list_services(Session& session, const std::string& tenant) {
  v1::ListServicesRequest request;
  request.set_tenant(tenant);
  v1::ListServicesResponse response;
  const auto status =
      session.call(session.counter(), &v1::Counter::Stub::ListServices, request, &response);
  if (!status.ok()) return session.fail(status);
  const Output& output = session.output();
  if (output.json()) {
    output.document(response);
    return kExitOk;
  }
  Table table({"項目 Service", "名稱 Name", "性質 Kind", "類別 Group", "文件 Documents"});
  for (const auto& service : response.services())
    table.add({one_line(service.id()), in_both(service.name_zh(), service.name_en()),
               both(service.kind()), one_line(service.group()),
               std::to_string(service.documents_size())});
  output.out() << table.text();
  return kExitOk;
}

int show_service(Session& session, const std::string& tenant, const std::string& service) {
  v1::GetServiceGuideRequest request;
  request.set_tenant(tenant);
  request.set_service(service);
  v1::ServiceGuide guide;
  const auto status =
      session.call(session.counter(), &v1::Counter::Stub::GetServiceGuide, request, &guide);
  if (!status.ok()) return session.fail(status);
  return session.output().show(guide, guide_text(guide));
}

void add_services(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string tenant, service;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      app.add_subcommand("services", "服務項目 what is to be had, or what one service asks");
  add_asked_tenant(*command, typed->tenant);
  command->add_option("service", typed->service, "項目 one of them, all it asks");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      return typed->service.empty() ? list_services(session, typed->tenant)
                                    : show_service(session, typed->tenant, typed->service);
    };
  });
}

void add_check(CLI::App& app, CommandLine& line) {
  struct Typed {
    v1::CheckApplicationRequest request;
    std::vector<std::string> documents, attributes;
  };
  auto typed = std::make_shared<Typed>();
  auto* command =
      app.add_subcommand("check", "一次告知 everything an application lacks, before it is lodged");
  add_asked_tenant(*command, *typed->request.mutable_tenant());
  command->add_option("--service", *typed->request.mutable_service(), "服務項目")->required();
  command->add_option("--document", typed->documents, "已備文件 a document that was brought")
      ->allow_extra_args(false);
  command->add_option("--attribute", typed->attributes, "CODE=VALUE 已填資料 an answer")
      ->allow_extra_args(false);
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::CheckApplicationRequest request = typed->request;
      for (const std::string& document : typed->documents) request.add_documents(document);
      if (const std::string bad = read_answers(typed->attributes, request.mutable_attributes());
          !bad.empty())
        return session.refuse(bad);
      v1::CheckApplicationResponse response;
      const auto status =
          session.call(session.counter(), &v1::Counter::Stub::CheckApplication, request, &response);
      if (!status.ok()) return session.fail(status);
      const Output& output = session.output();
      if (output.json()) {
        output.document(response);
      } else if (response.complete()) {
        output.out() << "齊備 complete\n";
      } else {
        output.out() << response.notice_zh() << "\n\n" << response.notice_en() << "\n";
      }
      for (const std::string& document : response.unknown_documents()) {
        if (output.json()) break;
        output.err() << "本項服務不需此文件 the service does not ask for this document: "
                     << one_line(document) << "\n";
      }
      return static_cast<int>(kExitOk);
    };
  });
}

void add_fee(CLI::App& app, CommandLine& line) {
  struct Typed {
    CaseTarget target;
    v1::NotedFee fee;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("fee", "記錄費用 note a fee, or that it was paid");
  add_case_target(*command, typed->target);
  command->add_option("--fee", *typed->fee.mutable_fee(), "費用 of the service")->required();
  command->add_option_function<std::uint32_t>(
      "--amount", [typed](std::uint32_t amount) { typed->fee.set_amount(amount); },
      "新臺幣 NT$ (default: as noted before, else the catalogue's)");
  command->add_flag_function(
      "--paid", [typed](std::int64_t) { typed->fee.set_paid(true); }, "已繳 it was paid");
  command->add_option("--receipt", *typed->fee.mutable_receipt(), "收據號碼 of the payment");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::RecordFeeRequest request;
      *request.mutable_fee() = typed->fee;
      return change_case(session, session.counter(), &v1::Counter::Stub::RecordFee,
                         std::move(request), typed->target, read);
    };
  });
}

void add_receipt(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::vector<std::string> number;
    std::string out;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("receipt", "受理回執 the applicant's receipt, to be printed");
  add_case_number(*command, typed->number);
  command->add_option("--out", typed->out, "檔案 write it there (default: print the HTML)");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::GetReceiptRequest request;
      request.set_case_number(read.case_number(typed->number));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::Receipt receipt;
      const auto status =
          session.call(session.counter(), &v1::Counter::Stub::GetReceipt, request, &receipt);
      if (!status.ok()) return session.fail(status);
      const Output& output = session.output();
      if (!output.json() && receipt.tracking_url().empty()) {
        output.err() << "請注意 note: 回執上沒有查詢網址與 QR code，引擎未以 --public-url 啟動 no "
                        "tracking address on it: the engine was started without --public-url\n";
      }
      if (typed->out.empty()) {
        return output.show(receipt, receipt.html());
      }
      std::ofstream file(typed->out, std::ios::binary | std::ios::trunc);
      file << receipt.html();
      file.close();
      if (!file) return session.refuse("--out：無法寫入 cannot be written: " + typed->out);
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace

void add_counter_commands(CLI::App& app, CommandLine& line) {
  add_services(app, line);
  add_check(app, line);
  add_fee(app, line);
  add_receipt(app, line);
}

}  // namespace casewheel::cli
