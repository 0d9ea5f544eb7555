// One table on its way in: rows to an api::IngestSession as it has room for them, its answers as lines of JSON.
// On the door's thread, but for the reading of rows.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "engine/api/intake.h"
#include "engine/base/charset.h"
#include "engine/doors/http/page.h"
#include "engine/tables/lodge_columns.h"
#include "engine/tables/outcomes.h"
#include "engine/tables/rows.h"

namespace casewheel::doors {

// A table as it came.
struct Table {
  enum class Form { kCsv, kJsonLines };
  Form form = Form::kCsv;
  Charset charset = Charset::kUtf8;
  std::string text;
};

// What is said of all rows together.
struct UploadCounts {
  std::uint64_t rows = 0, unreadable = 0;
  std::uint64_t unread_lines = 0;  // went with rows that could not be read
  std::uint64_t warned = 0;        // rows that were taken and should be looked at
  tables::Outcomes outcomes;
};

// What comes of a row, as one line.
std::string line_of(const v1::IngestResult& result, const std::string& request_id,
                    const std::vector<std::string>& warnings);
std::string line_of(const UploadCounts& counts);

class Upload final : public Pieces {
 public:
  Upload(Visit& visit, const api::Call& call, Table table);
  ~Upload() override;

  // Opens the stream and reads the header; why the table is refused as a whole, or nothing.
  Awaitable<std::optional<Rejection>> open(const std::string& tenant, const std::string& source);
  Awaitable<Result<std::string>> next() override;

 private:
  using Instant = std::chrono::steady_clock::time_point;

  // What the engine's threads tell, brought to the door's own.
  struct Post {
    Post(Premises& premises) : running(premises.calls), wake(premises.io) {}
    const RunningCalls::Running running;
    boost::asio::steady_timer wake;
    std::deque<v1::IngestResponse> answers;
    std::optional<std::optional<Rejection>> end;
    bool room = true;
  };

  struct Asked {
    v1::IngestRequest request;
    std::vector<std::string> warnings;  // of its reading
  };

  // The next rows as messages; those that cannot be read as lines of the answer.
  struct Batch {
    std::vector<Asked> requests;
    std::string lines;
    bool at_end = false;
  };
  tables::RowReader::Outcome read_header(tables::Row* header);
  Batch read_rows();
  void feed(const v1::IngestRequest& request);
  void take(const v1::IngestResult& result);
  void send_again();

  Visit& visit_;
  const std::shared_ptr<const access::Caller> caller_;
  const Table::Form form_;
  const Charset charset_;
  std::istringstream text_;
  std::unique_ptr<tables::RowReader> reader_;
  tables::LodgeColumns columns_;
  std::shared_ptr<Post> post_;
  std::shared_ptr<api::IngestSession> session_;
  std::map<std::uint64_t, Asked> unanswered_;    // by position
  std::multimap<Instant, std::uint64_t> later_;  // what the engine was too busy for
  UploadCounts counts_;
  std::string lines_;
  bool read_all_ = false;
  bool finished_ = false;
  bool counted_ = false;
};

}  // namespace casewheel::doors
