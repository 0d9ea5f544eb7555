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

boost::json::object account_json(const ImportAccount& a, const RowErrors& errors) {
  boost::json::array first;
  for (const RowError& e : errors.first()) {
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
                           {"created", f.lodgings.done},
                           {"duplicate", f.lodgings.duplicate},
                           {"conflict", f.lodgings.conflict},
                           {"invalid", f.lodgings.invalid},
                           {"actions_applied", f.actions.done},
                           {"actions_duplicate", f.actions.duplicate},
                           {"actions_conflict", f.actions.conflict},
                           {"actions_invalid", f.actions.invalid},
                           {"actions_skipped", f.actions_skipped},
                           {"already_answered", f.already_answered},
                           {"overloaded", f.overloaded},
                           {"streams_reopened", f.reopened},
                           {"closed_before_received", a.closed_before_received},
                           {"agreed_dropped", a.agreed_dropped},
                           {"errors", errors.count()},
                           {"first_errors", std::move(first)}};
  if (a.comparison) json["comparison"] = comparison_json(*a.comparison);
  return json;
}

void add_count(Fields& fields, const char* label, std::uint64_t count, bool always = false) {
  if (always || count > 0) fields.add(label, std::to_string(count));
}

void print_warnings(const ImportAccount& account, const Output& output) {
  if (account.closed_before_received > 0) {
    output.out()
        << "注意 warning: " << account.closed_before_received
        << " 列結案早於收件 rows were closed before they were received; taken as closed on "
           "receipt\n";
  }
  if (account.agreed_dropped > 0) {
    output.out()
        << "注意 warning: " << account.agreed_dropped
        << " 列約定日期不晚於收件 rows have an agreed date not after their receipt; it was "
           "left out\n";
  }
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
  return a.unreadable == 0 && a.feed.lodgings.conflict == 0 && a.feed.lodgings.invalid == 0 &&
         a.feed.actions.conflict == 0 && a.feed.actions.invalid == 0 && a.feed.actions_skipped == 0;
}

void print_account(const ImportAccount& account, const RowErrors& errors,
                   const std::string& errors_file, const Output& output) {
  if (output.json()) {
    output.document(account_json(account, errors));
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
  add_count(fields, "結案 Closed", f.actions.done, true);
  add_count(fields, "結案重複 Closed before", f.actions.duplicate);
  add_count(fields, "結案內容不同 Close conflict", f.actions.conflict);
  add_count(fields, "結案不合格 Close invalid", f.actions.invalid);
  add_count(fields, "結案未送 Close not sent", f.actions_skipped);
  add_count(fields, "先前已答覆 Answered before", f.already_answered);
  add_count(fields, "過載重送 Sent again after overload", f.overloaded);
  add_count(fields, "重新連線 Stream reopened", f.reopened);
  if (account.virtual_clock) fields.add("引擎時間 Engine time", output.time(account.engine_now_ms));
  output.out() << fields.text();
  print_warnings(account, output);
  if (account.comparison) print_comparison(*account.comparison, output);
  print_errors(errors, errors_file, output);
}

}  // namespace casewheel::cli
