#include "engine/cli/import/account.h"

#include <boost/json/array.hpp>
#include <ostream>

#include "engine/cli/table.h"

namespace casewheel::cli {
namespace {

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMet:
      return "met";
    case Verdict::kBroken:
      return "broken";
    case Verdict::kNone:
      break;
  }
  return "none";
}

boost::json::object comparison_json(const Comparison& c) {
  boost::json::array disagreements;
  for (const Disagreement& d : c.first) {
    disagreements.push_back(boost::json::object{{"line", d.line},
                                                {"request_id", d.request_id},
                                                {"case_number", d.case_number},
                                                {"closed", d.closed},
                                                {"recorded", verdict_name(d.recorded)},
                                                {"engine", verdict_name(d.engine)}});
  }
  return {{"closed_agree", c.closed_agree}, {"closed_disagree", c.closed_disagree},
          {"open_agree", c.open_agree},     {"open_disagree", c.open_disagree},
          {"not_compared", c.not_compared}, {"first_disagreements", std::move(disagreements)}};
}

boost::json::array warnings_json(const RowWarnings& warnings) {
  boost::json::array first;
  for (const RowWarning& w : warnings.first()) {
    first.push_back(
        boost::json::object{{"line", w.line}, {"request_id", w.request_id}, {"message", w.text}});
  }
  return first;
}

boost::json::object account_json(const ImportAccount& a, const RowNotes& notes) {
  boost::json::array first;
  for (const RowError& e : notes.errors.first()) {
    first.push_back(boost::json::object{{"line", e.line},
                                        {"request_id", e.request_id},
                                        {"reason", e.reason},
                                        {"message", e.message}});
  }
  const FeedCounts& f = a.feed;
  boost::json::object json{{"source", a.source},
                           {"virtual_clock", a.virtual_clock},
                           {"seconds", a.seconds},
                           {"rows", a.rows + a.unreadable},
                           {"unreadable", a.unreadable},
                           {"unread_lines", a.unread_lines},
                           {"created", f.lodgings.done},
                           {"duplicate", f.lodgings.duplicate},
                           {"conflict", f.lodgings.conflict},
                           {"invalid", f.lodgings.invalid},
                           {"replies_applied", f.replies.done},
                           {"replies_duplicate", f.replies.duplicate},
                           {"replies_conflict", f.replies.conflict},
                           {"replies_invalid", f.replies.invalid},
                           {"actions_applied", f.actions.done},
                           {"actions_duplicate", f.actions.duplicate},
                           {"actions_conflict", f.actions.conflict},
                           {"actions_invalid", f.actions.invalid},
                           {"actions_skipped", f.actions_skipped},
                           {"already_answered", f.already_answered},
                           {"overloaded", f.overloaded},
                           {"streams_reopened", f.reopened},
                           {"replied_before_received", a.adjusted.replied_before_received},
                           {"closed_before_received", a.adjusted.closed_before_received},
                           {"closed_before_replied", a.adjusted.closed_before_replied},
                           {"closed_without_date", a.adjusted.closed_without_date},
                           {"agreed_dropped", a.adjusted.agreed_dropped},
                           {"warnings", notes.warnings.count()},
                           {"first_warnings", warnings_json(notes.warnings)},
                           {"errors", notes.errors.count()},
                           {"first_errors", std::move(first)}};
  if (a.comparison) json["comparison"] = comparison_json(*a.comparison);
  return json;
}

void add_count(Fields& fields, const char* label, std::uint64_t count, bool always = false) {
  if (always || count > 0) fields.add(label, std::to_string(count));
}

void warn_of(std::uint64_t rows, const char* what, const Output& output) {
  if (rows > 0) output.out() << "注意 warning: " << rows << " " << what << "\n";
}

void print_warnings(const ImportAccount& account, const RowNotes& notes, const Output& output) {
  const Adjusted& a = account.adjusted;
  warn_of(account.unread_lines,
          "行隨無法讀取的列一併略過，未計入列數 lines went with rows that could not be read, and "
          "are not "
          "counted as rows",
          output);
  warn_of(
      a.replied_before_received,
      "列回復早於收件 rows were answered before they were received; taken as answered on receipt",
      output);
  warn_of(a.closed_before_received,
          "列結案早於收件 rows were closed before they were received; taken as closed on receipt",
          output);
  warn_of(
      a.closed_before_replied,
      "列結案早於回復 rows were closed before they were answered; taken as closed on the answer",
      output);
  warn_of(a.closed_without_date,
          "列已結案但無日期，案件仍為未結 rows are closed and have no time; their cases stay open",
          output);
  warn_of(a.agreed_dropped,
          "列約定日期不晚於收件 rows have an agreed date not after their receipt; it was left out",
          output);
  for (const RowWarning& w : notes.warnings.first()) {
    output.out() << "注意 warning: 第 " << w.line << " 行 line: " << one_line(w.request_id) << ": "
                 << one_line(w.text) << "\n";
  }
  if (notes.warnings.count() > notes.warnings.first().size()) {
    output.out() << "  …另有 and " << notes.warnings.count() - notes.warnings.first().size()
                 << " more" << (notes.warnings_file.empty() ? "; --warnings FILE lists all" : "")
                 << "\n";
  }
  if (!notes.warnings_file.empty() && notes.warnings.count() > 0)
    output.out() << "  全部列於 all are in " << notes.warnings_file << "\n";
}

void print_comparison(const Comparison& c, const Output& output) {
  output.out() << "\n與原紀錄比對 compared with the table\n"
               << "  已結 closed  一致 agree " << c.closed_agree << "  不一致 disagree "
               << c.closed_disagree << "\n"
               << "  未結 open    一致 agree " << c.open_agree << "  不一致 disagree "
               << c.open_disagree << "\n";
  if (c.not_compared > 0) output.out() << "  未比對 not compared " << c.not_compared << "\n";
  if (c.first.empty()) return;
  Table table(
      {"行 Line", "原編號 Request id", "案號 Case", "結案 Closed", "原紀錄 Table", "引擎 Engine"});
  for (const Disagreement& d : c.first) {
    table.add({std::to_string(d.line), one_line(d.request_id), group_case_number(d.case_number),
               d.closed ? "yes" : "no", verdict_name(d.recorded), verdict_name(d.engine)});
  }
  output.out() << table.text();
  const std::uint64_t all = c.closed_disagree + c.open_disagree;
  if (all > c.first.size()) output.out() << "…另有 and " << all - c.first.size() << " more\n";
}

void print_errors(const RowErrors& errors, const std::string& errors_file, const Output& output) {
  if (errors.count() == 0) return;
  for (const RowError& e : errors.first()) {
    output.err() << "  第 " << e.line << " 行 line: " << e.reason << " " << one_line(e.request_id)
                 << ": " << one_line(e.message) << "\n";
  }
  if (errors.count() > errors.first().size()) {
    output.err() << "  …另有 and " << errors.count() - errors.first().size() << " more";
    output.err() << (errors_file.empty() ? "; --errors FILE lists all" : "") << "\n";
  }
  if (!errors_file.empty()) output.err() << "  全部列於 all are in " << errors_file << "\n";
}

}  // namespace

bool all_taken(const ImportAccount& a) {
  const auto all_of = [](const tables::Outcomes& outcomes) {
    return outcomes.conflict == 0 && outcomes.invalid == 0;
  };
  return a.unreadable == 0 && all_of(a.feed.lodgings) && all_of(a.feed.replies) &&
         all_of(a.feed.actions) && a.feed.actions_skipped == 0;
}

void print_account(const ImportAccount& account, const RowNotes& notes, const Output& output) {
  if (output.json()) {
    output.document(account_json(account, notes));
    return;
  }
  const FeedCounts& f = account.feed;
  Fields fields;
  fields.add("來源 Source", account.source);
  add_count(fields, "列數 Rows", account.rows + account.unreadable, true);
  add_count(fields, "新受理 Created", f.lodgings.done, true);
  add_count(fields, "重複 Duplicate", f.lodgings.duplicate, true);
  add_count(fields, "內容不同 Conflict", f.lodgings.conflict);
  add_count(fields, "不合格 Invalid", f.lodgings.invalid);
  add_count(fields, "無法讀取 Unreadable", account.unreadable);
  add_count(fields, "未讀取的行 Lines not read", account.unread_lines);
  add_count(fields, "回復 Answered", f.replies.done);
  add_count(fields, "回復重複 Answered before this", f.replies.duplicate);
  add_count(fields, "回復內容不同 Reply conflict", f.replies.conflict);
  add_count(fields, "回復不合格 Reply invalid", f.replies.invalid);
  add_count(fields, "結案 Closed", f.actions.done, true);
  add_count(fields, "結案重複 Closed before", f.actions.duplicate);
  add_count(fields, "結案內容不同 Close conflict", f.actions.conflict);
  add_count(fields, "結案不合格 Close invalid", f.actions.invalid);
  add_count(fields, "未送 Not sent", f.actions_skipped);
  add_count(fields, "先前已答覆 Answered before", f.already_answered);
  add_count(fields, "過載重送 Sent again after overload", f.overloaded);
  add_count(fields, "重新連線 Stream reopened", f.reopened);
  if (account.virtual_clock) fields.add("引擎時間 Engine time", output.time(account.engine_now_ms));
  output.out() << fields.text();
  print_warnings(account, notes, output);
  if (account.comparison) print_comparison(*account.comparison, output);
  print_errors(notes.errors, notes.errors_file, output);
}

}  // namespace casewheel::cli
