// The door to the board: checks what comes in and hands it to the shared state. Any thread.
#include "engine/views/board.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/views/board_state.h"

namespace casewheel::views {

namespace {

std::optional<Rejection> problem_of(const DueFilter& filter) {
  if (filter.tenant_number == 0) return Rejection::invalid("filter.tenant", "is required");
  if (filter.units.size() > kFilterUnitsMax) {
    return Rejection::invalid("filter.unit",
                              absl::StrCat("stands for more than ", kFilterUnitsMax, " units"));
  }
  if (filter.horizon_ms < 0) return Rejection::invalid("filter.horizon", "must not be negative");
  return std::nullopt;
}

}  // namespace

// Does not keep the board's state alive: a watcher often holds its watch, and the state holds the
// watcher until it has told it the end.
class Board::Subscription final : public Watch {
 public:
  Subscription(std::weak_ptr<State> board, std::shared_ptr<WatchState> watch)
      : board_(std::move(board)), watch_(std::move(watch)) {}
  ~Subscription() override { cancel(); }

  std::vector<WatchMessage> take(std::size_t rows_max) override {
    const std::shared_ptr<State> board = board_.lock();
    return board ? board->take(watch_, rows_max) : std::vector<WatchMessage>();
  }
  void cancel() override {
    if (const std::shared_ptr<State> board = board_.lock()) board->cancel(watch_);
  }

 private:
  const std::weak_ptr<State> board_;
  const std::shared_ptr<WatchState> watch_;
};

Board::Board(boost::asio::any_io_executor executor)
    : state_(std::make_shared<State>(executor)), calls_(executor) {}

Board::~Board() { close(); }

void Board::load(const std::vector<partition::CaseChange>& cases) { state_->load(cases); }

void Board::loaded() {
  calls_.loaded();
  state_->loaded();
}

void Board::load_totals(PartitionId partition, const journal::v1::Totals& totals) {
  state_->load_totals(partition, totals);
}

void Board::on_commit(const partition::Publication& publication) {
  calls_.on_commit(publication);
  state_->on_commit(publication);
}

void Board::tick(TimeMs now) { state_->tick(now); }

Result<DuePage> Board::list(const DueFilter& filter, TimeMs now, std::size_t page_size,
                            DueKey after) const {
  if (auto problem = problem_of(filter)) return *std::move(problem);
  if (page_size < 1 || page_size > kPageRowsMax) {
    return Rejection::invalid("page_size", absl::StrCat("must be from 1 to ", kPageRowsMax));
  }
  const DueKey start = DueKey::start_of_tenant(filter.tenant_number);
  return state_->list(filter, now, page_size, std::max(after, start));
}

Result<std::shared_ptr<Watch>> Board::subscribe(const DueFilter& filter, TimeMs now,
                                                std::shared_ptr<Watcher> watcher) {
  if (auto problem = problem_of(filter)) return *std::move(problem);
  CASEWHEEL_CHECK(watcher != nullptr, "a watch without a watcher");
  const auto watch = state_->subscribe(filter, now, std::move(watcher));
  if (watch.has_error()) return watch.error();
  return std::shared_ptr<Watch>(std::make_shared<Subscription>(state_, *watch));
}

const Notices& Board::notices() const { return state_->notices(); }

Statistics Board::statistics(TimeMs now) const { return state_->statistics(now); }

std::size_t Board::open_cases() const { return state_->open_cases(); }
std::uint64_t Board::unclocked_cases() const { return state_->unclocked_cases(); }

std::size_t Board::watches() const { return state_->watches(); }

std::size_t Board::bytes() const { return state_->bytes(); }

void Board::close() {
  calls_.close();
  state_->close();
}

}  // namespace casewheel::views
