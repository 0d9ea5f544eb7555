// reveal, export-person, erase, retention: personal data shown, given out and erased, on record.
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/base/limits.h"
#include "engine/cli/case_view.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/directory.h"
#include "engine/cli/history_view.h"
#include "engine/cli/person_options.h"
#include "engine/cli/private_file.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/words.h"

namespace casewheel::cli {
namespace {

using Stub = v1::Privacy::Stub;

constexpr const char* kReasonHelp =
    "事由，記入稽核紀錄 why, for the audit trail; no personal data in it";

void add_tenant(CLI::App& command, std::string& tenant) {
  command.add_option("--tenant", tenant, "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
}

void add_reveal(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::vector<std::string> number;
    std::string reason;
    bool history = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "reveal", "顯示未遮罩的案件，留下紀錄 a case with nothing masked; goes on the audit trail");
  add_case_number(*command, typed->number);
  command->add_option("--reason", typed->reason, kReasonHelp)->required();
  command->add_flag("--history", typed->history, "含歷程 its history too");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      Arguments read(session.output().zone());
      v1::RevealCaseRequest request;
      request.set_case_number(read.case_number(typed->number));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      request.set_reason(typed->reason);
      request.set_page_size(typed->history ? limits::kHistoryPageMax : 1);
      v1::RevealedCase answer;
      do {
        v1::RevealedCase page;
        const auto status = session.call(session.privacy(), &Stub::RevealCase, request, &page);
        if (!status.ok()) return session.fail(status);
        *answer.mutable_case_() = page.case_();
        if (typed->history) answer.mutable_history()->MergeFrom(page.history());
        request.set_page_token(page.next_page_token());
      } while (typed->history && !request.page_token().empty());
      const Output& output = session.output();
      if (output.json()) {
        output.document(answer);
        return static_cast<int>(kExitOk);
      }
      const Viewpoint from{output.zone(), session.engine_now()};
      output.out() << case_text(answer.case_(), from);
      if (typed->history)
        output.out() << "\n"
                     << history_text(answer.history(), from,
                                     places_of(session, answer.case_().case_number()));
      return static_cast<int>(kExitOk);
    };
  });
}

void add_export(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string tenant, reason, file;
    TypedPerson person;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand("export-person",
                                     "匯出當事人資料 all that is held on one person: a case a line "
                                     "of JSON, her calls on lines of their own");
  add_tenant(*command, typed->tenant);
  add_person(*command, typed->person)->require_option(1);
  command->add_option("--reason", typed->reason, kReasonHelp)->required();
  command->add_option("--out", typed->file, "新檔案 a new file, readable by its owner alone")
      ->required();
  command->callback([&line, typed] {
    line.command =
        [typed](Session& session) {
          PrivateFile file;
          std::string problem;
          if (!file.create(typed->file, &problem)) return session.refuse(problem);
          v1::ExportPersonRequest request;
          request.set_tenant(typed->tenant);
          *request.mutable_person() = typed->person.key();
          request.set_reason(typed->reason);
          int cases = 0, calls = 0, former_cases = 0;
          do {
            v1::ExportPersonResponse page;
            const auto status =
                session.call(session.privacy(), &Stub::ExportPerson, request, &page);
            if (!status.ok()) return session.fail(status);
            for (const auto& held : page.cases()) file.line(held);
            for (const auto& former : page.former()) file.line(former);
            cases += page.cases_size();
            former_cases += page.former_size();
            if (!page.calls().empty()) {
              v1::ExportPersonResponse held;
              held.mutable_calls()->Swap(page.mutable_calls());
              file.line(held);
              calls += held.calls_size();
            }
            request.set_page_token(page.next_page_token());
          } while (!request.page_token().empty());
          if (!file.finish(&problem)) return session.refuse(problem);
          session.output().out() << "匯出 exported: " << cases << " 件 cases, " << calls
                                 << " 通 calls, " << typed->file << "\n";
          if (former_cases != 0)
            session.output().out()
                << "另有已更正為他人之案件中原有之資料 and what stood in cases of others "
                   "before a correction: "
                << former_cases << "\n";
          return static_cast<int>(kExitOk);
        };
  });
}

// As the API names a call: 32 hexadecimal digits, where a case number is of fewer and decimal ones.
bool is_call_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Before the number of a case of which only what stood there before corrections was erased.
constexpr std::string_view kFormerMark = "former ";

// One a line and nothing else: kept in a file, --cases reads it back after a restore.
std::string erased_ids(const v1::ErasePersonResponse& answer) {
  std::string text;
  for (const std::string& number : answer.erased()) text += group_case_number(number) + "\n";
  for (const std::string& number : answer.former())
    text += std::string(kFormerMark) + group_case_number(number) + "\n";
  for (const std::string& call : answer.erased_calls()) text += call + "\n";
  return text;
}

std::string erased_summary(const v1::ErasePersonResponse& answer, bool dry_run) {
  Fields fields;
  fields.add(dry_run ? "將刪除 Would be erased" : "已刪除 Erased",
             std::to_string(answer.erased_size()) + " 件 cases, " +
                 std::to_string(answer.erased_calls_size()) + " 通 calls");
  if (!answer.open().empty()) {
    std::string open;
    for (const std::string& number : answer.open())
      open += (open.empty() ? "" : ", ") + group_case_number(number);
    fields.add("未結，保留 Left, because open", open);
  }
  if (!answer.former().empty())
    fields.add("更正前曾列其中 Of cases that are now of others",
               std::to_string(answer.former_size()) +
                   " 件：原有資料、歷程文字與附件刪除，現有資料保留 what stood there, with the "
                   "texts and files of the history; what the case has now stays");
  for (const std::string& unknown : answer.unknown()) fields.add("查無 Unknown", unknown);
  for (const std::string& left : answer.since_restore())
    fields.add("還原後受理，保留 Left, lodged since the restore",
               is_call_id(left) ? left : group_case_number(left));
  if (answer.erased_before() != 0)
    fields.add("先前已刪 Erased before", std::to_string(answer.erased_before()));
  if (!dry_run) {
    fields.add("檔案 Files",
               answer.purged() ? "已無殘留 nothing is left in them"
                               : "尚有殘留，請再執行一次 old copies remain for now: run it again");
  }
  return fields.text();
}

void add_erase(CLI::App& app, CommandLine& line) {
  struct Typed {
    v1::ErasePersonRequest request;
    TypedPerson person;
    std::vector<std::string> numbers;
    std::string file;
  };
  auto typed = std::make_shared<Typed>();
  v1::ErasePersonRequest& r = typed->request;
  auto* command = app.add_subcommand(
      "erase", "刪除當事人個資 erase a person's data; the cases, dates and figures stay");
  add_tenant(*command, *r.mutable_tenant());
  auto* whom = add_person(*command, typed->person);
  whom->add_option("--case", typed->numbers, "案號 a case; may be repeated")
      ->allow_extra_args(false);
  whom->add_option("--cases", typed->file,
                   "案號與通話編號檔，如還原備份後 a file of what erase printed, a case number or "
                   "the id of a call a line: after a restore; what was lodged since is left")
      ->check(CLI::ExistingFile);
  whom->require_option(1);
  command->add_option("--reason", *r.mutable_reason(), kReasonHelp)->required();
  command->add_flag_function(
      "--open-too", [typed](std::int64_t) { typed->request.set_open_too(true); },
      "含未結案件 open cases as well");
  command->add_flag_function(
      "--dry-run", [typed](std::int64_t) { typed->request.set_dry_run(true); },
      "僅試算 only say which");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::ErasePersonRequest request = typed->request;
      if (typed->person.given()) *request.mutable_person() = typed->person.key();
      std::vector<std::string> numbers = typed->numbers;
      std::vector<std::string> former;
      if (!typed->file.empty()) {
        request.set_listed_before_restore(true);
        std::ifstream in(typed->file);
        for (std::string number; std::getline(in, number);) {
          if (is_call_id(number)) {
            request.add_calls(number);
          } else if (number.starts_with(kFormerMark)) {
            former.push_back(number.substr(kFormerMark.size()));
          } else if (!number.empty()) {
            numbers.push_back(number);
          }
        }
        if (numbers.empty() && former.empty() && request.calls().empty())
          return session.refuse(typed->file + " names no case and no call");
      }
      Arguments read(session.output().zone());
      for (const std::string& number : numbers)
        request.add_case_numbers(read.case_number({number}));
      for (const std::string& number : former)
        request.add_former_case_numbers(read.case_number({number}));
      if (!read.mistake().empty()) return session.refuse(read.mistake());
      v1::ErasePersonResponse answer;
      const auto status =
          session.call(session.privacy(), &Stub::ErasePerson, request, &answer, Patience::kEndless);
      if (!status.ok()) return session.fail(status);
      const Output& output = session.output();
      if (!output.json()) output.err() << erased_summary(answer, request.dry_run());
      return output.show(answer, erased_ids(answer));
    };
  });
}

void add_up(const v1::ApplyRetentionResponse& page, v1::ApplyRetentionResponse* sum) {
  for (const auto& count : page.erased()) {
    v1::ApplyRetentionResponse::Count* known = nullptr;
    for (auto& before : *sum->mutable_erased()) {
      if (before.kind() == count.kind() && before.days() == count.days()) known = &before;
    }
    if (known == nullptr) {
      *sum->add_erased() = count;
      continue;
    }
    known->set_cases(known->cases() + count.cases());
    if (to_ms(count.oldest_close_time()) < to_ms(known->oldest_close_time()))
      *known->mutable_oldest_close_time() = count.oldest_close_time();
  }
  sum->set_purged(page.purged());
}

void add_retention(CLI::App& app, CommandLine& line) {
  struct Typed {
    std::string tenant;
    bool dry_run = false;
  };
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "retention",
      "刪除逾保存期限之個資 erase what the catalogue keeps no longer (retention: in its YAML)");
  add_tenant(*command, typed->tenant);
  command->add_flag("--dry-run", typed->dry_run, "僅試算 only say how much");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      v1::ApplyRetentionRequest request;
      request.set_tenant(typed->tenant);
      request.set_dry_run(typed->dry_run);
      v1::ApplyRetentionResponse sum;
      do {
        v1::ApplyRetentionResponse page;
        const auto status = session.call(session.privacy(), &Stub::ApplyRetention, request, &page,
                                         Patience::kEndless);
        if (!status.ok()) return session.fail(status);
        add_up(page, &sum);
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      const Output& output = session.output();
      if (output.json()) {
        output.document(sum);
        return static_cast<int>(kExitOk);
      }
      if (sum.erased().empty()) {
        output.out() << "無逾保存期限之個人資料 nothing is kept too long\n";
        return static_cast<int>(kExitOk);
      }
      Table table({"案件性質 Kind", "保存天數 Days", "案件 Cases", "最早結案 Oldest closed"});
      for (const auto& count : sum.erased()) {
        table.add({both(count.kind()), std::to_string(count.days()), std::to_string(count.cases()),
                   output.time(to_ms(count.oldest_close_time()))});
      }
      output.out() << table.text();
      if (typed->dry_run) {
        output.out() << "試算，未刪除 dry run, nothing was erased\n";
      } else if (!sum.purged()) {
        output.out() << "檔案尚有殘留，請再執行一次 old copies remain for now: run it again\n";
      }
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace

void add_privacy_commands(CLI::App& app, CommandLine& line) {
  add_reveal(app, line);
  add_export(app, line);
  add_erase(app, line);
  add_retention(app, line);
}

}  // namespace casewheel::cli
