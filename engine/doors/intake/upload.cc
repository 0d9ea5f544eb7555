#include "engine/doors/intake/upload.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "engine/tables/csv.h"
#include "engine/tables/json_lines.h"

namespace casewheel::doors {
namespace {

constexpr std::size_t kRowsAtOnce = 256;
// Of rows that cannot be read the answers are all there is: so much of them, then they are sent.
constexpr std::size_t kLineBytesAtOnce = 64 * 1024;
// Of rows the engine is too busy for: no more are read while so many wait to be sent again.
constexpr std::size_t kRefusedAtOnce = 256;
// Whether the engine stops.
constexpr std::chrono::seconds kBetweenLooks{1};

v1::IngestResult unreadable_row(std::uint64_t line, std::string why) {
  v1::IngestResult result;
  result.set_position(line);
  result.set_outcome(v1::IngestResult::INVALID);
  result.set_reason("UNREADABLE_ROW");
  result.set_error(std::move(why));
  return result;
}

}  // namespace

std::string line_of(const v1::IngestResult& result, const std::string& request_id,
                    const std::vector<std::string>& warnings) {
  boost::json::object line{{"line", result.position()},
                           {"outcome", v1::IngestResult::Outcome_Name(result.outcome())}};
  if (!request_id.empty()) line["request_id"] = request_id;
  if (!result.case_number().empty()) line["case_number"] = result.case_number();
  if (!result.reason().empty()) line["reason"] = result.reason();
  if (!result.error().empty()) line["error"] = result.error();
  boost::json::array said;
  for (const std::string& warning : warnings) said.emplace_back(boost::json::string(warning));
  for (const v1::Warning& warning : result.warnings()) {
    said.emplace_back(
        boost::json::string(warning.field() + ": " + warning.text_zh() + " " + warning.text_en()));
  }
  if (!said.empty()) line["warnings"] = std::move(said);
  return boost::json::serialize(line) + "\n";
}

std::string line_of(const UploadCounts& counts) {
  return boost::json::serialize(boost::json::object{{"rows", counts.rows},
                                                    {"created", counts.outcomes.done},
                                                    {"duplicate", counts.outcomes.duplicate},
                                                    {"conflict", counts.outcomes.conflict},
                                                    {"invalid", counts.outcomes.invalid},
                                                    {"unreadable", counts.unreadable},
                                                    {"unread_lines", counts.unread_lines},
                                                    {"warned", counts.warned}}) +
         "\n";
}

Upload::Upload(Visit& visit, const api::Call& call, Table table)
    : visit_(visit),
      caller_(call.caller),
      form_(table.form),
      charset_(table.charset),
      text_(std::move(table.text)),
      post_(std::make_shared<Post>(visit.premises())) {
  const auto tell = [post = post_, &io = visit.premises().io](auto change) {
    boost::asio::post(io, [post, change = std::move(change)]() mutable {
      change(*post);
      post->wake.cancel();
    });
  };
  session_ = std::make_shared<api::IngestSession>(
      visit.premises().handlers.services, call,
      api::IngestSession::Door{[tell](v1::IngestResponse&& response) {
                                 tell([response = std::move(response)](Post& post) mutable {
                                   post.answers.push_back(std::move(response));
                                 });
                               },
                               [tell](std::optional<Rejection> reason) {
                                 tell([reason = std::move(reason)](Post& post) mutable {
                                   post.end = std::move(reason);
                                 });
                               },
                               [tell] { tell([](Post& post) { post.room = true; }); }, false});
}

Upload::~Upload() { session_->abandon(); }

Awaitable<std::optional<Rejection>> Upload::open(const std::string& tenant,
                                                 const std::string& source) {
  v1::IngestRequest request;
  request.mutable_open()->set_tenant(tenant);
  request.mutable_open()->set_source(source);
  (void)session_->receive(request);
  while (post_->answers.empty() && !post_->end) {
    post_->wake.expires_at(Instant::max());
    co_await post_->wake.async_wait(kTold);
  }
  if (post_->end) co_return post_->end->value_or(Rejection{});
  post_->answers.pop_front();  // opened
  tables::Row header;
  using Outcome = tables::RowReader::Outcome;
  const Outcome outcome = co_await visit_.away([this, &header] { return read_header(&header); });
  if (outcome == Outcome::kEnd) co_return Rejection::invalid("the table", "is empty");
  if (outcome == Outcome::kError) co_return Rejection::invalid("the header", reader_->error());
  const std::string mistake = columns_.bind(header.fields);
  if (!mistake.empty()) co_return Rejection::invalid("the header", mistake);
  co_return std::nullopt;
}

// Of JSON Lines it is in the whole text.
tables::RowReader::Outcome Upload::read_header(tables::Row* header) {
  if (form_ == Table::Form::kJsonLines) {
    reader_ = std::make_unique<tables::JsonLinesReader>(text_, charset_);
  } else {
    reader_ = std::make_unique<tables::CsvReader>(text_, tables::CsvLimits{}, charset_);
  }
  return reader_->next(header);
}

Upload::Batch Upload::read_rows() {
  using Outcome = tables::RowReader::Outcome;
  Batch batch;
  tables::Row row;
  while (batch.requests.size() < kRowsAtOnce && batch.lines.size() < kLineBytesAtOnce) {
    const Outcome outcome = reader_->next(&row);
    if (outcome == Outcome::kEnd) {
      batch.at_end = true;
      break;
    }
    ++counts_.rows;
    Asked asked;
    v1::LodgeCaseRequest& lodge = *asked.request.mutable_item()->mutable_lodge();
    asked.request.mutable_item()->set_position(row.line);
    const std::string mistake =
        outcome == Outcome::kError ? reader_->error() : columns_.read(row.fields, &lodge);
    if (mistake.empty()) {
      asked.warnings = std::move(row.warnings);
      batch.requests.push_back(std::move(asked));
      continue;
    }
    ++counts_.unreadable;
    counts_.unread_lines += row.lines_behind();
    batch.lines += line_of(unreadable_row(row.line, mistake + tables::lines_lost_with(row)),
                           lodge.request_id(), {});
  }
  return batch;
}

void Upload::feed(const v1::IngestRequest& request) {
  // The last answer counts: a session that found room again meanwhile does not tell of it.
  post_->room = session_->receive(request);
}

void Upload::take(const v1::IngestResult& result) {
  const auto asked = unanswered_.find(result.position());
  if (asked == unanswered_.end()) return;
  if (result.outcome() == v1::IngestResult::OVERLOADED) {
    later_.emplace(std::chrono::steady_clock::now() +
                       std::chrono::milliseconds(std::max(1U, result.retry_after_ms())),
                   result.position());
    return;
  }
  const bool taken = counts_.outcomes.count(result.outcome());
  const std::vector<std::string>& warnings = asked->second.warnings;
  if (taken && (!warnings.empty() || !result.warnings().empty())) ++counts_.warned;
  lines_ += line_of(result, asked->second.request.item().lodge().request_id(), warnings);
  unanswered_.erase(asked);
}

void Upload::send_again() {
  while (!later_.empty() && later_.begin()->first <= std::chrono::steady_clock::now()) {
    feed(unanswered_.at(later_.begin()->second).request);
    later_.erase(later_.begin());
  }
}

Awaitable<Result<std::string>> Upload::next() {
  for (;;) {
    while (!post_->answers.empty()) {
      take(post_->answers.front().result());
      post_->answers.pop_front();
    }
    if (!lines_.empty()) co_return std::exchange(lines_, {});
    if (post_->end) {
      if (*post_->end) co_return **post_->end;
      if (std::exchange(counted_, true)) co_return std::string();
      co_return line_of(counts_);
    }
    if (std::optional<Rejection> over =
            visit_.premises().handlers.admission.over(caller_.get(), false))
      co_return *std::move(over);
    // An engine that stops is too busy for good.
    if (visit_.premises().closing && !later_.empty())
      co_return Rejection::of(RejectionCode::kUnavailable, "the engine is stopping");
    send_again();
    if (post_->room && !read_all_ && later_.size() < kRefusedAtOnce) {
      Batch batch = co_await visit_.away([this] { return read_rows(); });
      read_all_ = batch.at_end;
      lines_ += batch.lines;
      for (Asked& asked : batch.requests) {
        feed(asked.request);
        const std::uint64_t position = asked.request.item().position();
        unanswered_.emplace(position, std::move(asked));
      }
      continue;
    }
    if (read_all_ && unanswered_.empty() && !finished_) {
      finished_ = true;
      session_->finish();
    }
    const Instant look_again = std::chrono::steady_clock::now() + kBetweenLooks;
    post_->wake.expires_at(later_.empty() ? Instant::max()
                                          : std::min(later_.begin()->first, look_again));
    co_await post_->wake.async_wait(kTold);
  }
}

}  // namespace casewheel::doors
