#include "engine/api/missing_notice.h"

#include <algorithm>
#include <string>

namespace casewheel::api {
namespace {

using domain::AnswerFault;

struct FaultWords {
  const char* zh;
  const char* en;
};

FaultWords words_of(AnswerFault fault) {
  switch (fault) {
    case AnswerFault::kMissing:
      return {"未填", "is missing"};
    case AnswerFault::kNotAsked:
      return {"本項服務不需填寫", "is not asked by this service"};
    case AnswerFault::kRepeated:
      return {"重複填寫", "is given twice"};
    case AnswerFault::kOnlyOne:
      return {"只能填一項", "takes one value"};
    case AnswerFault::kNotOfList:
      return {"不在選項內", "is none of the choices"};
    case AnswerFault::kNoNumber:
      return {"應為數字", "must be a number"};
    case AnswerFault::kNoDatetime:
      return {"應為日期或時間，例如 2026-01-05", "must be a date or time, e.g. 2026-01-05"};
    case AnswerFault::kSeveralLines:
      return {"應為一行文字", "must be one line"};
  }
  return {"有誤", "does not fit"};
}

const std::string& english(const std::string& en, const std::string& zh) {
  return en.empty() ? zh : en;
}

void add(std::string& list, const char* between, const std::string& entry) {
  if (!list.empty()) list += between;
  list += entry;
}

}  // namespace

v1::CheckApplicationResponse check_application(
    const stored::Service& service, const google::protobuf::RepeatedPtrField<std::string>& brought,
    const domain::Answers& answers) {
  v1::CheckApplicationResponse out;
  std::string documents_zh, documents_en, faults_zh, faults_en;
  for (const std::string& document : service.documents()) {
    if (std::find(brought.begin(), brought.end(), document) != brought.end()) continue;
    out.add_missing_documents(document);
    add(documents_zh, "、", document);
    add(documents_en, ", ", document);
  }
  const auto& asked = service.documents();
  for (const std::string& document : brought) {
    if (std::find(asked.begin(), asked.end(), document) == asked.end())
      out.add_unknown_documents(document);
  }
  for (const domain::WrongAnswer& wrong : domain::check_answers(service, answers)) {
    const FaultWords words = words_of(wrong.fault);
    v1::AttributeFault& fault = *out.add_faults();
    // What nobody asked for is named as it was sent: the caller's own, to herself.
    const std::string& sent =
        wrong.asked != nullptr ? wrong.asked->code() : answers[wrong.index].code();
    fault.set_code(sent);
    const std::string& name_zh = wrong.asked != nullptr ? wrong.asked->name_zh() : sent;
    const std::string& name_en =
        wrong.asked != nullptr ? english(wrong.asked->name_en(), wrong.asked->name_zh()) : sent;
    fault.set_text_zh(name_zh + "（" + words.zh + "）");
    fault.set_text_en(name_en + " " + words.en);
    add(faults_zh, "、", fault.text_zh());
    add(faults_en, "; ", fault.text_en());
  }
  out.set_complete(documents_zh.empty() && faults_zh.empty());
  if (out.complete()) return out;
  std::string zh = "申辦「" + service.name_zh() + "」尚須補齊下列事項，請一次備妥：";
  std::string en = "For " + english(service.name_en(), service.name_zh()) +
                   " the following is still needed, all at once:";
  int number = 0;
  const auto line = [&](const char* what_zh, const std::string& list_zh, const char* what_en,
                        const std::string& list_en) {
    if (list_zh.empty()) return;
    ++number;
    zh += "\n" + std::to_string(number) + ". " + what_zh + "：" + list_zh + "。";
    en += "\n" + std::to_string(number) + ". " + what_en + ": " + list_en + ".";
  };
  line("文件", documents_zh, "Documents", documents_en);
  line("資料", faults_zh, "Particulars", faults_en);
  out.set_notice_zh(std::move(zh));
  out.set_notice_en(std::move(en));
  return out;
}

}  // namespace casewheel::api
