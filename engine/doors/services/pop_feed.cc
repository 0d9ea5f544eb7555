#include "engine/doors/services/pop_feed.h"

#include <utility>

namespace casewheel::doors {

PopFeed::~PopFeed() { link_->detach(); }

void PopFeed::start(Answers& answers, const api::Call& call,
                    const google::protobuf::Message& request) {
  {
    const std::scoped_lock lock(mutex_);
    answers_ = &answers;
  }
  Result<api::CallsApi::Screen> screen =
      calls_.watch(call, static_cast<const v1::WatchScreenPopRequest&>(request), link_);
  if (!screen) return cut(screen.error());
  {
    const std::scoped_lock lock(mutex_);
    screen_ = std::move(*screen);
  }
  pump();
}

void PopFeed::on_written(bool ok) {
  {
    const std::scoped_lock lock(mutex_);
    busy_ = writing_ = false;
  }
  if (!ok) on_gone();
  pump();
}

void PopFeed::on_gone() {
  const std::scoped_lock lock(mutex_);
  ending_ = true;
  end();
}

void PopFeed::cut(const Rejection& reason) {
  const std::scoped_lock lock(mutex_);
  if (!ending_) reason_ = reason;
  ending_ = true;
  end();
}

// Once, and not while a write is under way.
void PopFeed::end() {
  if (writing_ || finished_) return;
  finished_ = true;
  if (reason_) return answers_->finish(reason_);
  answers_->abandon();
}

void PopFeed::pump() {
  const std::scoped_lock lock(mutex_);
  if (busy_ || finished_) return;
  if (ending_) return end();
  if (!screen_) return;
  if ((reason_ = answers_->over())) {
    ending_ = true;
    return end();
  }
  const std::optional<views::CallWatch::Pop> next = screen_->watch->take();
  if (!next) return;
  busy_ = true;
  calls_.pop(*screen_, *next,
             [link = link_](Result<v1::ScreenPop> pop) { link->on_fetched(std::move(pop)); });
}

void PopFeed::show(Result<v1::ScreenPop> pop) {
  if (!pop) return cut(pop.error());
  const std::scoped_lock lock(mutex_);
  if (finished_) return;
  if (ending_) return end();
  response_ = std::move(*pop);
  writing_ = true;
  answers_->write(response_);
}

}  // namespace casewheel::doors
