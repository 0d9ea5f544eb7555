#include "engine/doors/services/watch_feed.h"

#include <utility>

#include "engine/api/audit.h"

namespace casewheel::doors {

WatchFeed::~WatchFeed() { watcher_->detach(); }

void WatchFeed::start(Answers& answers, const api::Call& call,
                      const google::protobuf::Message& request) {
  {
    const std::scoped_lock lock(mutex_);
    answers_ = &answers;
  }
  Result<std::shared_ptr<api::Watching>> watch = open_(call, request, watcher_);
  std::optional<Rejection> refusal;
  if (!watch) refusal = watch.error();
  answers.hold();  // until the line is written, where it has to be first
  api::conclude(call.line, refusal,
                [this, &answers, refusal,
                 opened = watch ? *watch : nullptr](std::optional<Rejection> unwritten) {
                  if (refusal || unwritten) {
                    cut(refusal ? *refusal : *unwritten);
                  } else {
                    {
                      const std::scoped_lock lock(mutex_);
                      watch_ = opened;
                    }
                    pump();
                  }
                  answers.release();
                });
}

void WatchFeed::on_written(bool ok) {
  {
    const std::scoped_lock lock(mutex_);
    writing_ = false;
  }
  if (!ok) on_gone();
  pump();
}

void WatchFeed::on_gone() {
  const std::scoped_lock lock(mutex_);
  ending_ = true;
  end();
}

void WatchFeed::cut(const Rejection& reason) {
  const std::scoped_lock lock(mutex_);
  if (!ending_) reason_ = reason;
  ending_ = true;
  end();
}

// Once, and not while a write is under way.
void WatchFeed::end() {
  if (writing_ || finished_) return;
  finished_ = true;
  if (reason_) return answers_->finish(reason_);
  answers_->abandon();
}

void WatchFeed::pump() {
  const std::scoped_lock lock(mutex_);
  if (writing_ || finished_) return;
  if (ending_) return end();
  if (!watch_) return;
  message_ = watch_->take();
  if (message_ == nullptr) return;
  if ((reason_ = answers_->over())) {
    ending_ = true;
    return end();
  }
  writing_ = true;
  answers_->write(*message_);
}

}  // namespace casewheel::doors
