#include "engine/views/call_desk.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <map>
#include <set>

#include "engine/base/limits.h"
#include "engine/views/call_figures_board.h"

namespace casewheel::views {
namespace {

using Seat = std::pair<std::uint8_t, std::string>;  // tenant number, staff id

// What is before an agent's eyes, the newest last. Of calls that nobody wraps up the oldest are let go.
using Present = std::set<std::pair<TimeMs, CallAddress>>;  // by when they were first heard of
constexpr std::size_t kPresentMax = 8;

// A watcher that takes none of so many calls is not there any more.
constexpr std::size_t kPopsWaitingMax = 100;

std::set<std::string> concerned(const journal::v1::Call& call) {
  std::set<std::string> staff(call.ringing().begin(), call.ringing().end());
  if (!call.agent().empty()) staff.insert(call.agent());
  return staff;
}

// Whether it is still before that agent's eyes: rings at her, is hers, or waits for her to wrap it up.
bool is_present(const journal::v1::Call& call, const std::string& staff) {
  if (call.agent() == staff) return call.ended_ms() == 0 || call.wrapped_ms() == 0;
  return call.ended_ms() == 0 && call.answered_ms() == 0 && concerned(call).contains(staff);
}

CallAddress address_of(PartitionId partition, const journal::v1::Call& call) {
  return {partition, partition::call_id_of(call.call_id())};
}

}  // namespace

class CallDesk::State : public std::enable_shared_from_this<CallDesk::State> {
 public:
  // One agent's screen, under the desk's lock.
  struct Screen {
    std::shared_ptr<Watcher> watcher;  // empty once it is over
    Seat seat;
    std::deque<CallAddress> waiting;
    bool begun = false;
    bool idle = false;  // waits for on_available()
    std::uint64_t revision = 0;
  };
  explicit State(boost::asio::any_io_executor executor)
      : executor_(executor), strand_(boost::asio::make_strand(std::move(executor))) {}

  // The figures of a call that was published already lack only what that publication took away.
  void load(PartitionId partition, const journal::v1::Call& call) {
    std::lock_guard lock(mutex_);
    const auto known = published_.find({partition, call.call_id()});
    if (known == published_.end()) {
      figures_.load(call);
      note(partition, call, concerned(call));
    } else if (known->second.before.version() != 0) {
      figures_.load(known->second.before);
    }
  }

  void loaded() {
    std::lock_guard lock(mutex_);
    loading_ = false;
    published_.clear();
  }

  void on_commit(const partition::Publication& publication) {
    std::vector<partition::CallChange> news;
    for (const partition::CallChange& one : publication.calls)
      if (change(one)) news.push_back(one);
    if (!news.empty() && figures_.hear(std::move(news))) schedule();
  }

  // False: older than what is known of the call.
  bool change(const partition::CallChange& change) {
    std::vector<std::shared_ptr<Watcher>> woken;
    std::vector<std::shared_ptr<Watcher>> behind;
    const CallAddress address = address_of(change.partition, change.after);
    {
      std::lock_guard lock(mutex_);
      if (!is_news(change)) return false;
      std::set<std::string> staff = concerned(change.before);
      staff.merge(concerned(change.after));
      note(change.partition, change.after, staff);
      for (const std::string& id : staff) {
        const Seat seat{static_cast<std::uint8_t>(change.after.tenant_number()), id};
        for (auto [at, end] = screens_.equal_range(seat); at != end; ++at)
          tell(*at->second, address, &woken, &behind);
      }
      const bool owed = change.after.callback_owed() && !change.before.callback_owed();
      const bool unfounded =
          change.after.callback_unfounded() && !change.before.callback_unfounded();
      if ((owed || unfounded) && owed_)
        boost::asio::post(executor_, [tell = owed_, address] { tell(address); });
    }
    if (woken.empty() && behind.empty()) return true;
    boost::asio::post(executor_, [woken = std::move(woken), behind = std::move(behind)] {
      for (const auto& watcher : woken) watcher->on_available();
      for (const auto& watcher : behind)
        watcher->on_end(Rejection::of(RejectionCode::kOverloaded, "the watch fell behind"));
    });
    return true;
  }

  Result<std::shared_ptr<Screen>> subscribe(Seat seat, std::shared_ptr<Watcher> watcher) {
    std::lock_guard lock(mutex_);
    if (closed_)
      return Rejection::of(RejectionCode::kUnavailable, "the engine is stopping",
                           limits::kRetryAfterMs);
    if (screens_.size() >= limits::kWatchersMax)
      return Rejection::of(RejectionCode::kOverloaded, "too many screens are watched", kMinuteMs);
    if (screens_.count(seat) >= limits::kScreensOfAgent)
      return Rejection::of(RejectionCode::kOverloaded,
                           "too many screens of agent " + seat.second +
                               " are watched: " + std::to_string(limits::kScreensOfAgent),
                           kMinuteMs);
    auto screen = std::make_shared<Screen>();
    screen->watcher = std::move(watcher);
    screen->seat = seat;
    screens_.emplace(std::move(seat), screen);
    return screen;
  }

  std::optional<CallWatch::Pop> take(Screen& screen) {
    std::lock_guard lock(mutex_);
    if (screen.watcher == nullptr) return std::nullopt;
    CallWatch::Pop pop;
    if (!screen.begun) {
      screen.begun = pop.snapshot = true;
      if (const auto present = present_.find(screen.seat); present != present_.end())
        pop.address = present->second.rbegin()->second;
      screen.waiting.clear();
    } else if (screen.waiting.empty()) {
      screen.idle = true;
      return std::nullopt;
    } else {
      pop.address = screen.waiting.front();
      screen.waiting.pop_front();
    }
    pop.revision = ++screen.revision;
    return pop;
  }

  void cancel(Screen& screen) {
    std::lock_guard lock(mutex_);
    screen.watcher = nullptr;
    forget(screen);
  }

  void close() {
    std::vector<std::shared_ptr<Watcher>> ended;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      owed_ = nullptr;
      for (auto& [seat, screen] : screens_)
        ended.push_back(std::exchange(screen->watcher, nullptr));
      screens_.clear();
    }
    for (const auto& watcher : ended) {
      if (watcher != nullptr)
        watcher->on_end(Rejection::of(RejectionCode::kUnavailable, "the engine is stopping",
                                      limits::kRetryAfterMs));
    }
  }

  void when_owed(std::function<void(const CallAddress&)> tell) {
    std::lock_guard lock(mutex_);
    owed_ = std::move(tell);
  }

  const CallFiguresBoard& figures() const { return figures_; }

  std::size_t watches() const {
    std::lock_guard lock(mutex_);
    return screens_.size();
  }

 private:
  // Of a call published while calls are loaded: what the first publication replaced, and the latest.
  struct Published {
    journal::v1::Call before;
    std::uint32_t version = 0;
  };

  bool is_news(const partition::CallChange& change) {
    if (!loading_) return true;  // a partition publishes a call's versions in order
    const auto [known, is_new] =
        published_.try_emplace({change.partition, change.after.call_id()}, Published{});
    if (is_new) known->second.before = change.before;
    if (!is_new && change.after.version() < known->second.version) return false;
    known->second.version = change.after.version();
    return true;
  }

  void note(PartitionId partition, const journal::v1::Call& call,
            const std::set<std::string>& staff) {
    const std::pair<TimeMs, CallAddress> shown{call.begun_ms(), address_of(partition, call)};
    for (const std::string& id : staff) {
      const Seat seat{static_cast<std::uint8_t>(call.tenant_number()), id};
      if (is_present(call, id)) {
        Present& present = present_[seat];
        present.insert(shown);
        if (present.size() > kPresentMax) present.erase(present.begin());
      } else if (const auto at = present_.find(seat); at != present_.end()) {
        at->second.erase(shown);
        if (at->second.empty()) present_.erase(at);
      }
    }
  }

  void tell(Screen& screen, const CallAddress& address,
            std::vector<std::shared_ptr<Watcher>>* woken,
            std::vector<std::shared_ptr<Watcher>>* behind) {
    if (screen.watcher == nullptr || !screen.begun) return;  // its snapshot is still to come
    if (std::find(screen.waiting.begin(), screen.waiting.end(), address) == screen.waiting.end())
      screen.waiting.push_back(address);
    if (screen.waiting.size() > kPopsWaitingMax) {
      behind->push_back(std::exchange(screen.watcher, nullptr));
    } else if (std::exchange(screen.idle, false)) {
      woken->push_back(screen.watcher);
    }
  }

  void forget(const Screen& screen) {
    for (auto [at, end] = screens_.equal_range(screen.seat); at != end; ++at) {
      if (at->second.get() != &screen) continue;
      screens_.erase(at);
      return;
    }
  }

  void schedule() {
    boost::asio::post(strand_, [self = shared_from_this()] {
      if (self->figures_.apply_slice()) self->schedule();
    });
  }

  boost::asio::any_io_executor executor_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  CallFiguresBoard figures_;
  mutable std::mutex mutex_;  // guards all below; never held for longer than one call takes
  bool loading_ = true;
  std::map<std::pair<PartitionId, std::string>, Published> published_;  // by call id
  std::map<Seat, Present> present_;
  std::multimap<Seat, std::shared_ptr<Screen>> screens_;
  std::function<void(const CallAddress&)> owed_;
  bool closed_ = false;
};

class CallDesk::Subscription final : public CallWatch {
 public:
  Subscription(std::weak_ptr<State> desk, std::shared_ptr<State::Screen> screen)
      : desk_(std::move(desk)), screen_(std::move(screen)) {}
  ~Subscription() override {
    if (const auto desk = desk_.lock()) desk->cancel(*screen_);
  }
  std::optional<Pop> take() override {
    const auto desk = desk_.lock();
    return desk ? desk->take(*screen_) : std::nullopt;
  }

 private:
  const std::weak_ptr<State> desk_;
  const std::shared_ptr<State::Screen> screen_;
};

CallDesk::CallDesk(boost::asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}
CallDesk::~CallDesk() { close(); }

void CallDesk::load(PartitionId partition, const journal::v1::Call& call) {
  state_->load(partition, call);
}

void CallDesk::loaded() { state_->loaded(); }

void CallDesk::on_commit(const partition::Publication& publication) {
  state_->on_commit(publication);
}

void CallDesk::close() { state_->close(); }

void CallDesk::when_owed(std::function<void(const CallAddress&)> tell) {
  state_->when_owed(std::move(tell));
}

Result<std::shared_ptr<CallWatch>> CallDesk::watch(std::uint8_t tenant_number,
                                                   const std::string& staff,
                                                   std::shared_ptr<Watcher> watcher) {
  Result<std::shared_ptr<State::Screen>> screen =
      state_->subscribe({tenant_number, staff}, std::move(watcher));
  if (!screen) return screen.error();
  return std::shared_ptr<CallWatch>(std::make_shared<Subscription>(state_, std::move(*screen)));
}

bool CallDesk::knows_line(std::uint8_t tenant_number, std::string_view line) const {
  return state_->figures().knows_line(tenant_number, line);
}

bool CallDesk::knows_queue(std::uint8_t tenant_number, std::string_view queue) const {
  return state_->figures().knows_queue(tenant_number, queue);
}

CallDesk::Hours CallDesk::hours(std::uint8_t tenant_number, TimeMs from, TimeMs to,
                                std::string_view line, std::string_view queue, std::size_t* looked,
                                std::uint64_t* unnamed) const {
  return state_->figures().hours(tenant_number, from, to, line, queue, looked, unnamed);
}

std::size_t CallDesk::watches() const { return state_->watches(); }

}  // namespace casewheel::views
