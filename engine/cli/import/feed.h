// Feeds a plan to an engine through one Ingest stream and keeps account of every answer. A stream
// that is cut is opened again and what was unanswered is sent again; what the engine was too busy
// for is sent again when it said. One thread sends; a second one reads answers for as long as a
// stream is open.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/cli/import/plan.h"
#include "engine/cli/import/row_errors.h"
#include "engine/cli/session.h"
#include "engine/tables/outcomes.h"

namespace casewheel::cli {

struct FeedCounts {
  tables::Outcomes lodgings, replies, actions;  // actions: closings
  std::uint64_t actions_skipped = 0;            // their case was refused, or the reply before them
  std::uint64_t already_answered = 0;           // passed over by a resumed import
  std::uint64_t overloaded = 0;                 // answers that asked to try again later
  std::uint64_t reopened = 0;                   // streams cut and opened again
};

struct FeedOptions {
  std::string tenant;
  std::string source;
  bool resume = false;         // begin behind what an earlier run had answered
  bool virtual_clock = false;  // move the engine's clock to each instant before it is sent
  TimeMs engine_now_ms = 0;    // where a virtual clock stands
};

class Feed {
 public:
  Feed(Session& session, const ImportPlan& plan, FeedOptions options, RowErrors& errors,
       RowWarnings& warnings);
  ~Feed();

  // Sends everything and waits for every answer. Not OK: the import did not finish and may be
  // resumed.
  grpc::Status run(Progress& progress);

  const FeedCounts& counts() const { return counts_; }
  // By row of the plan; empty where the engine has not told it in this run.
  const std::vector<std::string>& case_numbers() const { return case_numbers_; }
  TimeMs engine_now_ms() const { return options_.engine_now_ms; }

 private:
  using Clock = std::chrono::steady_clock;
  using Stream = grpc::ClientReaderWriter<v1::IngestRequest, v1::IngestResponse>;
  enum class RowState : std::uint8_t {
    kUnsent,
    kSent,
    kLodged,  // and answered, where there is a reply
    kRefused,
    kReplySent,
    kReplyRefused,
  };

  grpc::Status open();
  void close();
  grpc::Status reopen(std::unique_lock<std::mutex>& lock);
  void read_answers();
  void take_answer(const v1::IngestResult& result);
  bool send(std::uint64_t position);
  bool waits_for_earlier(const PlannedEvent& event) const;
  bool skip_after_refusal(const PlannedEvent& event);
  grpc::Status send_when_possible(std::uint64_t position);
  grpc::Status advance_to(TimeMs instant_ms);
  template <typename Condition>
  grpc::Status wait_until(Condition condition);

  Session& session_;
  const ImportPlan& plan_;
  FeedOptions options_;
  RowErrors& errors_;
  RowWarnings& warnings_;

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<Stream> stream_;
  std::thread reader_;
  std::uint64_t resume_after_ = 0;
  std::size_t window_ = 1;
  int reopened_in_a_row_ = 0;

  std::mutex mutex_;  // guards what follows, errors_ and warnings_
  std::condition_variable changed_;
  bool ended_ = false;                                // the stream gives no more answers
  std::set<std::uint64_t> unanswered_;                // positions sent
  std::map<std::uint64_t, Clock::time_point> later_;  // positions to send again, and when
  std::vector<RowState> states_;
  std::vector<std::string> case_numbers_;
  FeedCounts counts_;
};

}  // namespace casewheel::cli
