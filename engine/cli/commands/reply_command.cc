// reply: the answer to the applicant is put on record. Somebody at a terminal is shown what the applicant
// will have been told, and can still make a note of it that stays within.
#include <memory>
#include <ostream>

#include "engine/base/text.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"
#include "engine/cli/prompts.h"
#include "engine/cli/table.h"
#include "engine/cli/typed_again.h"

namespace casewheel::cli {
namespace {

struct TypedReply {
  CaseTarget target;
  std::string means, text, replied;
  bool yes = false;
};

enum class Ending { kSend, kNote, kNothing };

// What becomes of it, with what was missing asked for.
Ending ask(Session& session, Prompts& prompts, const v1::Case& view, TypedReply& typed) {
  std::ostream& out = session.output().err();
  if (typed.means.empty()) {
    const std::vector<Entry> ways = {
        {"reply", "回復申請人", "answer to the applicant", "", ""},
        {"note", "內部註記，申請人看不到", "a note that stays within", "", ""}};
    const auto way = prompts.pick("這是 What it is", ways, true);
    if (!way) return Ending::kNothing;
    if (*way == "note") {
      if (typed.text.empty()) typed.text = prompts.line("註記內容 Note", true).value_or("");
      return typed.text.empty() ? Ending::kNothing : Ending::kNote;
    }
    const auto means = prompts.pick("回復方式 Means", word_entries<v1::ReplyMeans>(), true);
    if (!means) return Ending::kNothing;
    typed.means = *means;
  }
  if (typed.text.empty()) typed.text = prompts.line("回復內容 Answer", true).value_or("");
  if (typed.text.empty()) return Ending::kNothing;
  session.answered();
  const auto means = parse_word<v1::ReplyMeans>(typed.means);
  if (!means) return Ending::kSend;  // said what it may be, as without a terminal
  out << "案號 " << group_case_number(view.case_number()) << "  " << one_line(view.subject())
      << "\n申請人 " << one_line(view.applicant().name())
      << " 可看到以下內容，方式 the applicant is told by：" << both(*means) << "\n「"
      << one_line(typed.text) << "」\n";
  return prompts.confirm("確定送出 send it?") ? Ending::kSend : Ending::kNothing;
}

// The line that sends again what was answered. A note is sent again by the same questions.
std::string reply_again(const Session& session, const TypedReply& typed, bool same_request) {
  std::vector<std::pair<std::string, std::string>> more;
  if (!typed.means.empty()) more.emplace_back("--means", typed.means);
  if (!typed.text.empty()) more.emplace_back("--text", typed.text);
  const std::string& key = session.options().request_id;
  const bool sent = same_request && !key.empty();
  if (sent) more.emplace_back("--request-id", key);
  return kept_text(typed_again(*session.command(), {"--means", "--text", "--request-id"}, more),
                   sent);
}

int send_note(Session& session, const TypedReply& typed, Arguments& read) {
  v1::AddNoteRequest note;
  note.set_text(typed.text);
  return change_case(session, session.cases(), &v1::Cases::Stub::AddNote, std::move(note),
                     typed.target, read);
}

int reply(Session& session, TypedReply& typed) {
  Arguments read(session.output().zone());
  if (session.people() != nullptr && !typed.yes) {
    v1::GetCaseRequest request;
    request.set_case_number(read.case_number(typed.target.number));
    if (!read.mistake().empty()) return session.refuse(read.mistake());
    v1::Case view;
    const auto status = session.call(session.cases(), &v1::Cases::Stub::GetCase, request, &view);
    if (!status.ok()) return session.fail(status);
    Prompts prompts(*session.people(), session.output().err());
    session.keep_answers([&session, &typed, given = typed.text](bool same_request) {
      return typed.text == given ? "" : reply_again(session, typed, same_request);
    });
    const Ending ending = ask(session, prompts, view, typed);
    if (ending == Ending::kNothing) return session.refuse("未送出 nothing was sent");
    if (ending == Ending::kNote) return send_note(session, typed, read);
  }
  if (typed.means.empty() || typed.text.empty())
    return session.refuse("缺少 " + std::string(typed.means.empty() ? "--means" : "--text") +
                          " is required; see casewheel reply --help");
  v1::ReplyCaseRequest request;
  request.set_means(read.word<v1::ReplyMeans>("--means", typed.means));
  request.set_text(typed.text);
  if (!typed.replied.empty()) read.time("--replied", typed.replied, request.mutable_replied_time());
  return change_case(session, session.cases(), &v1::Cases::Stub::ReplyCase, std::move(request),
                     typed.target, read);
}

}  // namespace

void add_reply_command(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<TypedReply>();
  auto* command = app.add_subcommand(
      "reply",
      "回復 record the answer to the applicant; at a terminal it is shown before it is sent");
  add_case_target(*command, typed->target);
  command->add_option("--means", typed->means,
                      "回復方式 phone, fax, letter, email, sms, in-person, app");
  command->add_option("--text", typed->text, "內容，申請人可看到 what the applicant was told");
  command->add_option("--replied", typed->replied, "回復時間 (default: now)");
  command->add_flag("-y,--yes", typed->yes, "不再確認 without being asked");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) { return reply(session, *typed); };
  });
}

}  // namespace casewheel::cli
