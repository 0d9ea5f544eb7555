// The intake stream behind a door of the test: an answer per item, positions that rise, resume
// points that are kept, a window that pushes back, and what becomes of refused items.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <map>

#include "engine/base/limits.h"
#include "tests/unit/api_fixture.h"

namespace casewheel::api {
namespace {

// What a session told its door, in order; a test waits for what it expects. What was on its way when the
// door gave the session up may still come.
struct Told {
  template <typename Holds>
  bool wait(Holds holds) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, holds);
  }
  void take(v1::IngestResponse&& response) {
    const std::scoped_lock lock(mutex);
    EXPECT_EQ(ends, 0) << "nothing comes after the end";
    if (response.has_opened()) {
      EXPECT_FALSE(opened.has_value());
      opened = response.opened();
    } else {
      EXPECT_FALSE(results.contains(response.result().position())) << "answered twice";
      results[response.result().position()] = response.result();
    }
    changed.notify_all();
  }
  void end(std::optional<Rejection> reason) {
    const std::scoped_lock lock(mutex);
    ++ends;
    why = std::move(reason);
    changed.notify_all();
  }
  void say_ready() {
    const std::scoped_lock lock(mutex);
    ++ready;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<v1::IngestOpened> opened;
  std::map<std::uint64_t, v1::IngestResult> results;
  std::optional<Rejection> why;
  int ends = 0;
  int ready = 0;
};

class FakeDoor {
 public:
  explicit FakeDoor(const Services& services, const Call& call = {},
                    bool keeps_resume_points = true) {
    session_ = std::make_shared<IngestSession>(
        services, call,
        IngestSession::Door{
            [told = told_](v1::IngestResponse&& r) { told->take(std::move(r)); },
            [told = told_](std::optional<Rejection> why) { told->end(std::move(why)); },
            [told = told_] { told->say_ready(); }, keeps_resume_points});
  }
  ~FakeDoor() { session_->abandon(); }

  // Opens and waits until it may go on; the resume point.
  std::uint64_t open(const std::string& source = "feed", const std::string& tenant = "utility",
                     v1::SourceKind kind = v1::SOURCE_KIND_FEED) {
    v1::IngestRequest request;
    request.mutable_open()->set_tenant(tenant);
    request.mutable_open()->set_source(source);
    request.mutable_open()->set_kind(kind);
    EXPECT_FALSE(session_->receive(request)) << "the door waits for Opened";
    EXPECT_TRUE(told_->wait([&] { return told_->opened.has_value() && told_->ready > 0; }));
    return told_->opened ? told_->opened->resume_after() : ~std::uint64_t{0};
  }
  bool send(const v1::IngestItem& item) {
    v1::IngestRequest request;
    *request.mutable_item() = item;
    return session_->receive(request);
  }
  bool send_raw(const v1::IngestRequest& request) { return session_->receive(request); }
  void finish() { session_->finish(); }
  void abandon() { session_->abandon(); }

  v1::IngestResult result(std::uint64_t position) {
    EXPECT_TRUE(told_->wait([&] { return told_->results.contains(position); }))
        << "no answer to " << position;
    const std::scoped_lock lock(told_->mutex);
    return told_->results[position];
  }
  void forget(std::uint64_t position) {
    const std::scoped_lock lock(told_->mutex);
    told_->results.erase(position);
  }
  std::size_t answered() {
    const std::scoped_lock lock(told_->mutex);
    return told_->results.size();
  }
  int ready() {
    const std::scoped_lock lock(told_->mutex);
    return told_->ready;
  }
  bool wait_ready(int times) {
    return told_->wait([&] { return told_->ready >= times; });
  }
  // How the stream ended; nothing but a reason for a fault.
  std::optional<Rejection> ended() {
    EXPECT_TRUE(told_->wait([&] { return told_->ends > 0; })) << "the stream has not ended";
    const std::scoped_lock lock(told_->mutex);
    EXPECT_EQ(told_->ends, 1);
    return told_->why;
  }
  bool has_ended() {
    const std::scoped_lock lock(told_->mutex);
    return told_->ends > 0;
  }

 private:
  const std::shared_ptr<Told> told_ = std::make_shared<Told>();
  std::shared_ptr<IngestSession> session_;
};

v1::IngestItem item(std::uint64_t position, const std::string& request_id = "") {
  v1::IngestItem item;
  item.set_position(position);
  *item.mutable_lodge() =
      lodge_request(request_id.empty() ? "item-" + std::to_string(position) : request_id);
  item.mutable_lodge()->clear_tenant();
  return item;
}

class Intake : public ApiTest {};

TEST_F(Intake, EveryItemIsAnsweredByItsPosition) {
  start(3);
  FakeDoor door(*services_);
  EXPECT_EQ(door.open(), 0u);
  EXPECT_TRUE(door.send(item(1)));
  EXPECT_TRUE(door.send(item(5)));
  const v1::IngestResult first = door.result(1);
  EXPECT_EQ(first.outcome(), v1::IngestResult::CREATED);
  EXPECT_EQ(first.promises_size(), 1);
  EXPECT_TRUE(get(first.case_number()));
  EXPECT_EQ(door.result(5).outcome(), v1::IngestResult::CREATED);

  door.send(item(6, "item-1"));
  EXPECT_EQ(door.result(6).outcome(), v1::IngestResult::DUPLICATE);
  EXPECT_EQ(door.result(6).case_number(), first.case_number());
  v1::IngestItem conflict = item(7, "item-1");
  conflict.mutable_lodge()->set_subject("別的事");
  door.send(conflict);
  EXPECT_EQ(door.result(7).outcome(), v1::IngestResult::CONFLICT);
  EXPECT_FALSE(door.result(7).reason().empty());

  v1::IngestItem by_key;
  by_key.set_position(8);
  by_key.set_case_of("item-5");
  by_key.mutable_close()->set_request_id("close-5");
  by_key.mutable_close()->set_outcome(v1::OUTCOME_RESOLVED);
  by_key.mutable_close()->set_text("已辦結");
  door.send(by_key);
  EXPECT_EQ(door.result(8).outcome(), v1::IngestResult::APPLIED) << door.result(8).error();
  EXPECT_EQ(get(door.result(5).case_number())->status(), v1::CASE_STATUS_CLOSED);
  v1::IngestItem by_number;
  by_number.set_position(9);
  *by_number.mutable_note() = note(first.case_number());
  by_number.mutable_note()->set_request_id("note-1");
  door.send(by_number);
  EXPECT_EQ(door.result(9).outcome(), v1::IngestResult::APPLIED);
  by_number.set_position(10);
  door.send(by_number);
  EXPECT_EQ(door.result(10).outcome(), v1::IngestResult::DUPLICATE);
  const auto entries = history(on<v1::ListCaseHistoryRequest>(first.case_number()));
  EXPECT_EQ(entries->entries(0).actor(), "feed") << "the source is on the record";
}

TEST_F(Intake, NumbersASpreadsheetHasSpoiledAreWarnedOf) {
  using ::testing::HasSubstr;
  start(1);
  FakeDoor door(*services_);
  door.open();
  const std::pair<const char*, const char*> kPhones[] = {
      {"0912345678", ""},     {"9.75E+08", "shortened"}, {"9.12346e+08", "shortened"},
      {"912345678", "the 0"}, {"225551234", "the 0"},    {"912345678.0", "decimal"},
      {"+886912345678", ""},  {"1E5", "no number"},
  };
  std::uint64_t position = 0;
  for (const auto& [phone, said] : kPhones) {
    v1::IngestItem item;
    item.set_position(++position);
    *item.mutable_lodge() = lodge_request("p" + std::to_string(position));
    item.mutable_lodge()->mutable_applicant()->set_phone(phone);
    door.send(item);
    const v1::IngestResult result = door.result(position);
    EXPECT_EQ(result.outcome(), v1::IngestResult::CREATED) << phone;
    EXPECT_EQ(result.warnings_size(), *said == 0 ? 0 : 1) << phone;
    if (result.warnings().empty()) continue;
    EXPECT_EQ(result.warnings(0).field(), "applicant.phone");
    EXPECT_THAT(result.warnings(0).text_en(), HasSubstr(said)) << phone;
  }
  v1::IngestItem item;
  item.set_position(++position);
  *item.mutable_lodge() = lodge_request("1.23457E+11");
  item.mutable_lodge()->set_external_reference("4.5E+15");
  door.send(item);
  ASSERT_EQ(door.result(position).warnings_size(), 2);
  EXPECT_EQ(door.result(position).warnings(0).field(), "request_id");
  EXPECT_EQ(door.result(position).warnings(1).field(), "external_reference");
}

TEST_F(Intake, ACountyIsPutRightOrAskedAbout) {
  start(1);
  FakeDoor door(*services_);
  door.open();
  std::uint64_t position = 0;
  const auto sent = [&](const std::string& county) {
    v1::IngestItem item;
    item.set_position(++position);
    *item.mutable_lodge() = lodge_request("c" + std::to_string(position));
    item.mutable_lodge()->set_county(county);
    door.send(item);
    return door.result(position);
  };
  for (const char* right : {"", "臺南市", "台南市", "台南"}) {
    const v1::IngestResult result = sent(right);
    EXPECT_EQ(result.warnings_size(), 0) << right;
    EXPECT_EQ(get(result.case_number())->county(), *right == 0 ? "" : "臺南市") << right;
  }
  const v1::IngestResult wrong = sent("台南縣");
  EXPECT_EQ(wrong.outcome(), v1::IngestResult::CREATED);
  ASSERT_EQ(wrong.warnings_size(), 1);
  EXPECT_EQ(wrong.warnings(0).field(), "county");
  EXPECT_THAT(wrong.warnings(0).text_zh(), ::testing::HasSubstr("臺南市"));
  EXPECT_EQ(get(wrong.case_number())->county(), "台南縣")
      << "as it was written, for a person to see";
}

TEST_F(Intake, WhatCannotBeDoneIsAnsweredAndTheStreamGoesOn) {
  start(2);
  const std::string number = lodged(lodge_request("r-1"));
  FakeDoor door(*services_);
  door.open();
  std::uint64_t position = 0;
  const auto answer = [&](const char* what, const std::function<void(v1::IngestItem&)>& change) {
    SCOPED_TRACE(what);
    v1::IngestItem bad;
    bad.set_position(++position);
    change(bad);
    EXPECT_TRUE(door.send(bad));
    const v1::IngestResult result = door.result(position);
    EXPECT_EQ(result.outcome(), v1::IngestResult::INVALID);
    EXPECT_TRUE(result.case_number().empty());
    EXPECT_EQ(result.retry_after_ms(), 0u);
    return result.reason() + " " + result.error();
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(answer("nothing to do", [](auto&) {}), HasSubstr("item.action"));
  EXPECT_THAT(answer("another tenant",
                     [](auto& i) {
                       *i.mutable_lodge() = lodge_request("x");
                       i.mutable_lodge()->set_tenant("other");
                     }),
              HasSubstr("lodge.tenant"));
  EXPECT_THAT(answer("no subject",
                     [](auto& i) {
                       *i.mutable_lodge() = lodge_request("x");
                       i.mutable_lodge()->clear_subject();
                     }),
              HasSubstr("subject"));
  EXPECT_THAT(
      answer("unknown service", [](auto& i) { *i.mutable_lodge() = lodge_request("x", "moon"); }),
      HasSubstr("service"));
  EXPECT_THAT(answer("no request_id", [&](auto& i) { *i.mutable_note() = note(number); }),
              HasSubstr("request_id"));
  EXPECT_THAT(answer("no such key",
                     [&](auto& i) {
                       *i.mutable_note() = note("");
                       i.mutable_note()->set_request_id("n");
                       i.set_case_of("nobody's");
                     }),
              HasSubstr("NOT_FOUND"));
  EXPECT_THAT(answer("a mistyped number",
                     [&](auto& i) {
                       *i.mutable_note() = note("123");
                       i.mutable_note()->set_request_id("n");
                     }),
              HasSubstr("case_number"));
  EXPECT_THAT(answer("a case of another tenant",
                     [&](auto& i) {
                       *i.mutable_note() =
                           note(format_case_number(0, CaseId::make(32, 1150202, 1)));
                       i.mutable_note()->set_request_id("n");
                     }),
              HasSubstr("NOT_FOUND"));
  EXPECT_THAT(answer("no means",
                     [&](auto& i) {
                       i.mutable_reply()->set_case_number(number);
                       i.mutable_reply()->set_request_id("y");
                       i.mutable_reply()->set_text("好");
                     }),
              HasSubstr("means"));
  door.send(item(++position));
  EXPECT_EQ(door.result(position).outcome(), v1::IngestResult::CREATED);
  door.finish();
  EXPECT_FALSE(door.ended());
  FakeDoor again(*services_);
  EXPECT_EQ(again.open(), position) << "what is invalid is answered for good";
}

TEST_F(Intake, PositionsMustRise) {
  start(1);
  for (const std::uint64_t second : {std::uint64_t{7}, std::uint64_t{6}, std::uint64_t{0}}) {
    FakeDoor door(*services_);
    door.open("s" + std::to_string(second));
    ASSERT_TRUE(door.send(item(7, "x" + std::to_string(second))));
    door.result(7);
    EXPECT_FALSE(door.send(item(second, "y" + std::to_string(second))));
    const auto why = door.ended();
    ASSERT_TRUE(why) << second;
    EXPECT_EQ(why->fields.at(0).field, "item.position");
  }
}

TEST_F(Intake, AFaultInTheProtocolEndsTheStreamNamingIt) {
  start(1);
  const auto fault = [&](const std::function<void(FakeDoor&)>& run, const Call& call = {}) {
    FakeDoor door(*services_, call);
    run(door);
    const auto why = door.ended();
    if (!why) return std::string("(no fault)");
    return why->fields.empty() ? std::string(rejection_name(why->code)) : why->fields[0].field;
  };
  const auto open = [](const std::string& tenant, const std::string& source) {
    return [=](FakeDoor& door) {
      v1::IngestRequest request;
      request.mutable_open()->set_tenant(tenant);
      request.mutable_open()->set_source(source);
      EXPECT_FALSE(door.send_raw(request));
    };
  };
  EXPECT_EQ(fault(open("", "feed")), "open.tenant");
  EXPECT_EQ(fault(open("nobody", "feed")), "open.tenant");
  EXPECT_EQ(fault(open("utility", "")), "open.source");
  EXPECT_EQ(fault(open("utility", std::string(65, 'x'))), "open.source");
  EXPECT_EQ(fault(open("utility", "a\nb")), "open.source");
  EXPECT_EQ(fault(open("utility", "feed"), {"nobody"}),
            rejection_name(RejectionCode::kNotPermitted));
  EXPECT_EQ(fault([](FakeDoor& door) { EXPECT_FALSE(door.send(item(1))); }), "open");
  EXPECT_EQ(fault([](FakeDoor& door) { EXPECT_FALSE(door.send_raw({})); }), "message");
  EXPECT_EQ(fault([&](FakeDoor& door) {
              door.open();
              open("utility", "feed")(door);
            }),
            "open");
}

TEST_F(Intake, ACutStreamIsResumedWhereEverythingBeforeWasAnswered) {
  start(2);
  {
    FakeDoor door(*services_);
    door.open();
    for (std::uint64_t i = 1; i <= 20; ++i) door.send(item(i));
    door.finish();
    EXPECT_FALSE(door.ended());
    EXPECT_EQ(door.answered(), 20u) << "the end comes after the last answer";
  }
  FakeDoor again(*services_);
  EXPECT_EQ(again.open(), 20u);
  for (std::uint64_t i = 15; i <= 25; ++i) again.send(item(i));
  EXPECT_EQ(again.result(15).outcome(), v1::IngestResult::DUPLICATE);
  EXPECT_EQ(again.result(21).outcome(), v1::IngestResult::CREATED);
  again.finish();
  EXPECT_FALSE(again.ended());
  EXPECT_EQ(FakeDoor(*services_).open(), 25u);
  EXPECT_EQ(FakeDoor(*services_).open("another feed"), 0u)
      << "each source has its own resume point";
  EXPECT_EQ(FakeDoor(*services_).open("feed", "other"), 0u);
}

TEST_F(Intake, ALongStreamKeepsResumePointsOnItsWay) {
  start(2);
  FakeDoor door(*services_);
  door.open();
  int ready = 1;
  for (std::uint64_t i = 1; i <= 2 * limits::kIngestCheckpoint + 10; ++i) {
    if (!door.send(item(i))) {
      ASSERT_TRUE(door.wait_ready(++ready));
    }
  }
  EXPECT_TRUE(eventually([&] {
    FakeDoor other(*services_);
    return other.open() >= limits::kIngestCheckpoint;
  })) << "without one a cut stream would begin anew";
  door.abandon();
}

TEST_F(Intake, TheWindowPushesBackAndOpensAgain) {
  start(1);
  FakeDoor door(*services_);
  door.open();
  gate_.hold();
  std::uint64_t sent = 0;
  while (door.send(item(++sent))) ASSERT_LE(sent, limits::kIngestWindow);
  EXPECT_EQ(sent, limits::kIngestWindow) << "so many may be unanswered";
  EXPECT_EQ(door.answered(), 0u);
  EXPECT_EQ(door.ready(), 1);
  gate_.release();
  ASSERT_TRUE(door.wait_ready(2));
  EXPECT_TRUE(door.send(item(sent + 1)));
  EXPECT_EQ(door.result(sent + 1).outcome(), v1::IngestResult::CREATED);
  door.finish();
  EXPECT_FALSE(door.ended());
  EXPECT_EQ(door.answered(), limits::kIngestWindow + 1u);
}

TEST_F(Intake, AnOverloadedItemIsSentAgainAndTheResumePointWaitsForIt) {
  start(1);
  std::vector<std::unique_ptr<FakeDoor>> crowd;
  for (int i = 0; i < 8; ++i) {
    crowd.push_back(std::make_unique<FakeDoor>(*services_));
    crowd.back()->open("crowd-" + std::to_string(i));
  }
  FakeDoor door(*services_);
  door.open();
  gate_.hold();
  std::promise<void> blocked;
  cases_->lodge({}, lodge_request("blocker"),
                [&](Result<v1::LodgeCaseResponse>) { blocked.set_value(); });
  gate_.wait_until_somebody_waits();
  static_assert(8 * limits::kIngestWindow == limits::kBulkQueue);
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    for (std::uint64_t p = 1; p <= limits::kIngestWindow; ++p)
      crowd[i]->send(item(p, "c" + std::to_string(i) + "-" + std::to_string(p)));
  }
  door.send(item(1));
  const v1::IngestResult refused = door.result(1);
  EXPECT_EQ(refused.outcome(), v1::IngestResult::OVERLOADED);
  EXPECT_EQ(refused.retry_after_ms(), limits::kRetryAfterMs);
  EXPECT_EQ(refused.reason(), rejection_name(RejectionCode::kOverloaded));
  gate_.release();
  blocked.get_future().wait();
  for (auto& one : crowd) {
    one->finish();
    EXPECT_FALSE(one->ended());
    EXPECT_EQ(one->answered(), limits::kIngestWindow);
  }
  door.send(item(2));
  EXPECT_EQ(door.result(2).outcome(), v1::IngestResult::CREATED);
  {
    FakeDoor beside(*services_);
    EXPECT_EQ(beside.open(), 0u);
  }
  door.forget(1);
  EXPECT_TRUE(door.send(item(1))) << "a refused position may come again";
  EXPECT_EQ(door.result(1).outcome(), v1::IngestResult::CREATED);
  door.finish();
  EXPECT_FALSE(door.ended());
  EXPECT_EQ(FakeDoor(*services_).open(), 2u);
}

TEST_F(Intake, ResumePointsBelongToOneKindOfSourceAndOnlyRise) {
  start(2);
  const auto run = [&](v1::SourceKind kind, std::uint64_t position, bool keeps = true) {
    FakeDoor door(*services_, {}, keeps);
    const std::uint64_t resumed = door.open("crm", "utility", kind);
    door.send(item(position, "crm-" + std::to_string(position)));
    door.result(position);
    door.finish();
    EXPECT_FALSE(door.ended());
    return resumed;
  };
  EXPECT_EQ(run(v1::SOURCE_KIND_FEED, 7), 0u);
  EXPECT_EQ(run(v1::SOURCE_KIND_IMPORT, 5001), 0u);
  EXPECT_EQ(run(v1::SOURCE_KIND_FEED, 6000, false), 0u) << "an upload keeps none and heeds none";
  EXPECT_EQ(run(v1::SOURCE_KIND_FEED, 3), 7u);
  EXPECT_EQ(run(v1::SOURCE_KIND_FEED, 8), 7u) << "a stream that begins again takes nothing back";
  EXPECT_EQ(run(v1::SOURCE_KIND_IMPORT, 5002), 5001u);
}

TEST_F(Intake, WhatRefersToAnItemRefusedForNowIsRefusedForNow) {
  start(1, true, 1 << 20);
  FakeDoor door(*services_);
  door.open();
  store_->set_free_bytes(0);
  door.send(item(1));
  EXPECT_EQ(door.result(1).outcome(), v1::IngestResult::OVERLOADED);
  store_->set_free_bytes(~std::uint64_t{0});
  const auto follow = [&](std::uint64_t position) {
    v1::IngestItem next;
    next.set_position(position);
    next.set_case_of("item-1");
    if (position == 2) {
      next.mutable_note()->set_text("後續");
      next.mutable_note()->set_request_id("note-2");
    } else {
      next.mutable_close()->set_outcome(v1::OUTCOME_RESOLVED);
      next.mutable_close()->set_text("已辦結");
      next.mutable_close()->set_request_id("close-3");
    }
    door.send(next);
    return door.result(position);
  };
  for (const std::uint64_t position : {2, 3}) {
    const v1::IngestResult waits = follow(position);
    EXPECT_EQ(waits.outcome(), v1::IngestResult::OVERLOADED) << waits.error();
    EXPECT_GT(waits.retry_after_ms(), 0u);
  }
  door.send(item(4));  // another case is none of its business
  EXPECT_TRUE(eventually([&] { return door.answered() == 4; }));
  for (const std::uint64_t position : {1, 2, 3}) door.forget(position);
  EXPECT_TRUE(eventually([&] {
    door.forget(1);
    door.send(item(1));
    return door.result(1).outcome() == v1::IngestResult::CREATED;
  }));
  EXPECT_EQ(follow(2).outcome(), v1::IngestResult::APPLIED);
  EXPECT_EQ(follow(3).outcome(), v1::IngestResult::APPLIED);
  EXPECT_EQ(get(door.result(1).case_number())->status(), v1::CASE_STATUS_CLOSED);
}

TEST_F(Intake, AStreamThatEndsWithAnItemStillRefusedResumesBeforeIt) {
  start(1, true, 1000);
  FakeDoor door(*services_);
  door.open();
  door.send(item(1));
  EXPECT_EQ(door.result(1).outcome(), v1::IngestResult::CREATED);
  store_->set_free_bytes(0);
  door.send(item(2));
  EXPECT_EQ(door.result(2).outcome(), v1::IngestResult::OVERLOADED);
  EXPECT_EQ(door.result(2).reason(), rejection_name(RejectionCode::kDiskFull));
  store_->set_free_bytes(~std::uint64_t{0});
  EXPECT_TRUE(eventually([&] { return lodge(lodge_request("probe")).has_value(); }));
  door.send(item(3));
  EXPECT_EQ(door.result(3).outcome(), v1::IngestResult::CREATED);
  door.finish();
  EXPECT_FALSE(door.ended());
  EXPECT_EQ(FakeDoor(*services_).open(), 1u);
}

// As by a full queue. It was tried again from within its own refusal, as deep as the stack.
TEST_F(Intake, AResumePointThatIsRefusedAtOnceWaitsForTheNextAnswer) {
  start(1);
  FakeDoor door(*services_);
  door.open();
  const std::uint64_t due = limits::kIngestCheckpoint;
  for (std::uint64_t position = 1; position < due; ++position) door.send(item(position));
  door.result(due - 1);
  gate_.hold();
  door.send(item(due));
  gate_.wait_until_somebody_waits();
  std::thread stopping([&] { engine_->stop(); });
  const auto refuses = [&] {
    const auto refused = std::make_shared<std::atomic<bool>>(false);
    partition::Request request;
    request.body = partition::CheckpointRequest{"utility", 31, "probe", 1};
    request.done = [refused](partition::Answer&& answer) {
      *refused = answer.rejection.has_value();
    };
    engine_->submit(0, partition::Class::kBulk, std::move(request));
    return refused->load();
  };
  EXPECT_TRUE(eventually(refuses));
  gate_.release();
  EXPECT_EQ(door.result(due).outcome(), v1::IngestResult::CREATED);
  std::promise<void> done_answering;
  boost::asio::post(answers_, [&] { done_answering.set_value(); });
  done_answering.get_future().wait();
  stopping.join();
}

}  // namespace
}  // namespace casewheel::api
