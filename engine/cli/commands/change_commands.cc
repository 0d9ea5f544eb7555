// changes: everything that happens to cases, for other systems, as JSON Lines.
#include <fstream>
#include <memory>
#include <ostream>

#include "engine/cli/command_line.h"
#include "engine/cli/commands/change.h"

namespace casewheel::cli {
namespace {

struct Typed {
  v1::ChangeFilter filter;
  std::string position;
  std::string position_file;
  std::string out;
  std::vector<std::string> services;
  bool follow = false;
};

// The lines go where they were asked for; what was written is on the disk before the position that says
// so is.
class Sink {
 public:
  Sink(const Output& output, const Typed& typed) : output_(output), typed_(typed) {}

  std::string open() {
    if (typed_.out.empty()) return {};
    file_.open(typed_.out, std::ios::app);
    return file_ ? "" : "--out: " + typed_.out + " cannot be written";
  }
  // The mistake, or nothing.
  template <typename Changes>
  std::string write(const Changes& changes, const std::string& position) {
    std::ostream& to = typed_.out.empty() ? output_.out() : file_;
    const Output lines(to, output_.err(), {true, false, std::nullopt});
    for (const v1::CaseChange& change : changes) lines.line(change);
    to.flush();
    if (!to) return "--out: " + typed_.out + " cannot be written";
    written_ += static_cast<std::uint64_t>(changes.size());
    position_ = position;
    return typed_.position_file.empty() ? "" : keep(position);
  }
  std::uint64_t written() const { return written_; }
  const std::string& position() const { return position_; }

 private:
  // In its place at once or not at all.
  std::string keep(const std::string& position) const {
    const std::string next = typed_.position_file + ".new";
    std::ofstream file(next, std::ios::trunc);
    file << position << "\n";
    file.close();
    if (!file || std::rename(next.c_str(), typed_.position_file.c_str()) != 0)
      return "--position-file: " + typed_.position_file + " cannot be written";
    return {};
  }

  const Output& output_;
  const Typed& typed_;
  std::ofstream file_;
  std::uint64_t written_ = 0;
  std::string position_;
};

// Nothing where there is no such file yet.
std::string kept_position(const std::string& file) {
  std::ifstream in(file);
  std::string position;
  std::getline(in, position);
  return position;
}

int follow(Session& session, const Typed& typed, const std::string& position, Sink& sink) {
  v1::WatchChangesRequest request;
  *request.mutable_filter() = typed.filter;
  request.set_position(position);
  grpc::ClientContext context;
  session.prepare(context, Patience::kEndless);
  const auto reader = session.changes().WatchChanges(&context, request);
  v1::WatchChangesResponse message;
  while (reader->Read(&message)) {
    const std::string mistake = sink.write(message.changes(), message.position());
    if (mistake.empty()) continue;
    context.TryCancel();
    (void)reader->Finish();
    return session.refuse(mistake);
  }
  const grpc::Status status = reader->Finish();
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && session.options().timeout_ms)
    return kExitOk;  // followed for as long as was asked
  return session.fail(status);
}

int read_all(Session& session, const Typed& typed, std::string position, Sink& sink) {
  v1::ListChangesResponse page;
  std::uint64_t unreadable = 0;
  do {
    v1::ListChangesRequest request;
    *request.mutable_filter() = typed.filter;
    request.set_position(position);
    request.set_page_size(500);
    page.Clear();
    const auto status =
        session.call(session.changes(), &v1::Changes::Stub::ListChanges, request, &page);
    if (!status.ok()) return session.fail(status);
    const std::string mistake = sink.write(page.changes(), page.position());
    if (!mistake.empty()) return session.refuse(mistake);
    position = page.position();
    unreadable += page.unreadable_entries();
  } while (!page.at_end());
  if (unreadable > 0) {
    session.output().err() << "損壞或已遺失，略過 damaged or lost, passed over: " << unreadable
                           << " 筆歷程 journal entries\n";
  }
  if (!typed.out.empty()) {
    session.output().out() << "匯出 exported: " << sink.written() << " 筆 changes, " << typed.out
                           << "，至 up to " << sink.position() << "\n";
  }
  return kExitOk;
}

}  // namespace

void add_change_commands(CLI::App& app, CommandLine& line) {
  auto typed = std::make_shared<Typed>();
  auto* command = app.add_subcommand(
      "changes",
      "異動 every event of the cases, one JSON document a line; again from where it ended");
  v1::ChangeFilter& filter = typed->filter;
  command->add_option("--tenant", *filter.mutable_tenant(), "事業 enterprise")
      ->required()
      ->envname("CASEWHEEL_TENANT");
  command->add_option("--unit", *filter.mutable_unit(), "單位");
  command->add_flag_callback(
      "--subtree", [typed] { typed->filter.set_unit_subtree(true); },
      "含下級單位 the units below it too");
  command->add_option("--service", typed->services, "服務項目 of these services only");
  command->add_option_function<std::vector<std::string>>(
      "--event",
      [typed](const std::vector<std::string>& all) {
        for (const std::string& one : all) typed->filter.add_events(one);
      },
      "事件 these events only, e.g. case_closed");
  auto* position = command->add_option("--position", typed->position,
                                       "從何處起 of an earlier run; default: the first event");
  command
      ->add_option("--position-file", typed->position_file,
                   "位置檔 where the position is kept from run to run")
      ->excludes(position);
  command->add_option("--out", typed->out, "輸出檔 added to, instead of the output");
  command->add_flag("--follow", typed->follow,
                    "持續 goes on with what happens; --timeout says for how long");
  command->callback([&line, typed] {
    line.command = [typed](Session& session) {
      for (const std::string& service : typed->services) typed->filter.add_services(service);
      Sink sink(session.output(), *typed);
      const std::string mistake = sink.open();
      if (!mistake.empty()) return session.refuse(mistake);
      std::string from = typed->position;
      if (!typed->position_file.empty()) from = kept_position(typed->position_file);
      if (from.empty()) from = "start";
      return typed->follow ? follow(session, *typed, from, sink)
                           : read_all(session, *typed, from, sink);
    };
  });
}

}  // namespace casewheel::cli
