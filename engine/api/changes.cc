#include "engine/api/changes.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/api/change_reader.h"
#include "engine/api/convert.h"
#include "engine/api/places.h"
#include "engine/api/work.h"

namespace casewheel::api {
namespace {

constexpr std::size_t kChangesPerMessage = 500;
constexpr std::size_t kChangesPerSlice = 2000;
// What those who follow are told together: no oftener than this, so that many changes go in one message.
constexpr std::chrono::milliseconds kBetweenSlices{25};
constexpr std::chrono::milliseconds kAtOnce{0};
// And the less often the more they are: a message costs each of them as much whatever is in it.
constexpr std::chrono::microseconds kBetweenSlicesAReader{100};
// Of one selection, for readers who are slow; who falls further behind reads the journal for himself.
constexpr std::size_t kMessagesKept = 256;
// Of all selections together, but of each what one slice may bring: four thousand feeds that choose each
// something else would keep as many copies of everything.
constexpr std::size_t kChangesKept = 1'000'000;
// Readers to whom nothing of what happens is of interest still learn how far they have come.
constexpr std::chrono::seconds kBetweenPositions{5};

// Open at once.
constexpr std::size_t kFeeds = 4096;

constexpr const char* kFromTheFirst = "start";

}  // namespace

// Owns the readers' state under one mutex. Reading and telling run on a strand, and never under it.
class ChangesApi::Hub final : public std::enable_shared_from_this<Hub> {
 public:
  explicit Hub(Services services)
      : services_(services),
        strand_(boost::asio::make_strand(services.pools.feeds())),
        pause_(strand_) {}

  void start() {
    if (services_.tail == nullptr) return;
    services_.tail->tell([weak = weak_from_this()] {
      if (const auto hub = weak.lock())
        boost::asio::post(hub->strand_, [hub] { hub->slice_soon(); });
    });
  }
  void close();

  void list(const v1::ListChangesRequest& request, Selection selection, int page_size, Work& work,
            const Done<v1::ListChangesResponse>& done);
  Result<std::shared_ptr<Watching>> watch(const Holder& holder, Selection selection,
                                          const std::string& position,
                                          std::shared_ptr<views::Watcher> watcher);
  // Empty: `preset`.
  Result<FeedPosition> position_of(const Selection& selection, const std::string& token,
                                   const FeedPosition& preset) const;
  FeedPosition latest() const;
  FeedPosition first() const {
    return {std::vector<FeedPosition::Place>(services_.engine.partitions())};
  }
  TimeMs now() const { return services_.engine.clock().read().now; }
  const Services& services() const { return services_; }

 private:
  struct Message {
    std::shared_ptr<const v1::WatchChangesResponse> response;
    FeedPosition position;
  };
  class Reader;
  // Readers who choose alike and have come to the journal's end.
  struct Group {
    Selection selection;
    std::deque<Message> messages;
    std::uint64_t first = 0;  // number of messages.front()
    std::size_t changes = 0;  // in the messages
    std::size_t readers = 0;
    std::chrono::steady_clock::time_point told = std::chrono::steady_clock::now();
    std::uint64_t end() const { return first + messages.size(); }
  };
  using Watchers = std::vector<std::shared_ptr<views::Watcher>>;

  // Those of `changes` that the selection takes, as messages; the last one ends at `end`. `begin` is where
  // they were read from.
  std::vector<Message> messages_of(const ReadChanges& read, const Selection& selection,
                                   FeedPosition begin, const FeedPosition& end, TimeMs now) const;
  std::shared_ptr<const google::protobuf::Message> take(Reader& reader);
  void leave(Reader& reader);
  void leave_group(Reader& reader);
  void read_behind(const std::shared_ptr<Reader>& reader);
  void read_later(const Reader& reader, std::chrono::milliseconds after);
  void slice_soon();
  void slice();
  void tell(Group& group, std::vector<Message> messages, Watchers* watchers);
  void end_all(const Rejection& reason);

  const Services services_;
  Places feeds_{"feeds of changes", kFeeds, kMinuteMs};
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  // On the strand.
  boost::asio::steady_timer pause_;
  std::chrono::steady_clock::time_point next_slice_{};
  bool pausing_ = false;
  FeedPosition tail_;  // how far the groups have come

  std::mutex mutex_;
  std::map<std::string, Group> groups_;  // by Selection::key
  std::set<Reader*> readers_;
  bool closed_ = false;
};

class ChangesApi::Hub::Reader final : public Watching {
 public:
  Reader(std::shared_ptr<Hub> hub, Holder opened_by, Selection selection_wanted, FeedPosition from,
         std::shared_ptr<views::Watcher> told)
      : holder(std::move(opened_by)),
        selection(std::move(selection_wanted)),
        watcher(std::move(told)),
        position(std::move(from)),
        hub_(std::move(hub)) {}
  ~Reader() override { hub_->leave(*this); }
  std::shared_ptr<const google::protobuf::Message> take() override { return hub_->take(*this); }

  const Holder holder;
  const Selection selection;
  const std::shared_ptr<views::Watcher> watcher;
  std::weak_ptr<Reader> self;
  bool proved = false;  // on the strand: its position is one of this journal
  // Under the hub's mutex.
  FeedPosition position;         // behind what was taken, or read for it
  Group* group = nullptr;        // null: it reads the journal for itself
  std::uint64_t next = 0;        // of the group's messages
  std::deque<Message> own = {};  // read for it
  bool idle = false;             // is to be told when there is something
  bool reading = false;

 private:
  const std::shared_ptr<Hub> hub_;
};

std::vector<ChangesApi::Hub::Message> ChangesApi::Hub::messages_of(const ReadChanges& read,
                                                                   const Selection& selection,
                                                                   FeedPosition begin,
                                                                   const FeedPosition& end,
                                                                   TimeMs now) const {
  const ListTokens tokens = feed_positions(services_, selection.tenant_number);
  std::vector<Message> messages;
  auto response = std::make_shared<v1::WatchChangesResponse>();
  const auto close = [&](const FeedPosition& position) {
    response->set_position(position.token(tokens));
    set_time(response->mutable_as_of(), now);
    messages.push_back({std::move(response), position});
    response = std::make_shared<v1::WatchChangesResponse>();
  };
  for (const ReadChange& change : read.changes) {
    if (selection.takes(change.change, change.record->state)) {
      if (response->changes_size() == static_cast<int>(kChangesPerMessage)) close(begin);
      *response->add_changes() = change.change;
    }
    begin.places[change.partition] = change.place;
  }
  response->set_unreadable_entries(read.unreadable_entries);
  if (response->changes_size() > 0 || read.unreadable_entries > 0) close(end);
  return messages;
}

FeedPosition ChangesApi::Hub::latest() const {
  FeedPosition latest;
  for (PartitionId id = 0; id < services_.engine.partitions(); ++id) {
    const views::Tail::End end = services_.tail->end(id);
    latest.places.push_back({end.seq, 0, end.digest});
  }
  return latest;
}

Result<FeedPosition> ChangesApi::Hub::position_of(const Selection& selection,
                                                  const std::string& token,
                                                  const FeedPosition& preset) const {
  if (token.empty()) return preset;
  if (token == kFromTheFirst) return first();
  const Result<FeedPosition> position = FeedPosition::parse(
      feed_positions(services_, selection.tenant_number), token, services_.engine.partitions());
  if (!position) return position.error();
  return *position;
}

void ChangesApi::Hub::list(const v1::ListChangesRequest& request, Selection selection,
                           int page_size, Work& work, const Done<v1::ListChangesResponse>& done) {
  Result<FeedPosition> position = position_of(selection, request.position(), first());
  if (!position) return done(position.error());
  const FeedPosition end = latest();
  if (std::optional<Rejection> refusal = refusal_of(services_, *position))
    return done(*std::move(refusal));
  const FeedPosition begin = *position;
  ReadChanges found;
  const Status read = read_changes(services_, end, selection.tenant,
                                   static_cast<std::size_t>(page_size), &*position, &found);
  if (!read) return done(unreadable(read));
  work.look_at(found.changes.size() + found.unreadable_entries);
  v1::ListChangesResponse response;
  for (ReadChange& change : found.changes) {
    if (selection.takes(change.change, change.record->state))
      *response.add_changes() = std::move(change.change);
  }
  response.set_position(position->token(feed_positions(services_, selection.tenant_number)));
  response.set_at_end(*position == end);
  response.set_unreadable_entries(found.unreadable_entries);
  done(std::move(response));
}

Result<std::shared_ptr<Watching>> ChangesApi::Hub::watch(const Holder& holder, Selection selection,
                                                         const std::string& position,
                                                         std::shared_ptr<views::Watcher> watcher) {
  Result<FeedPosition> from = position_of(selection, position, latest());
  if (!from) return from.error();
  if (std::optional<Rejection> full = feeds_.enter(holder)) return *std::move(full);
  auto reader = std::make_shared<Reader>(shared_from_this(), holder, std::move(selection),
                                         std::move(*from), std::move(watcher));
  reader->self = reader;
  const std::scoped_lock lock(mutex_);
  if (closed_) return Rejection::of(RejectionCode::kUnavailable, "the engine is stopping");
  readers_.insert(reader.get());
  return std::shared_ptr<Watching>(std::move(reader));
}

std::shared_ptr<const google::protobuf::Message> ChangesApi::Hub::take(Reader& reader) {
  const std::scoped_lock lock(mutex_);
  if (reader.own.empty() && reader.group != nullptr) {
    if (reader.next >= reader.group->first) {
      if (reader.next == reader.group->end()) {
        reader.idle = true;
        return nullptr;
      }
      const Message& message = reader.group->messages[reader.next++ - reader.group->first];
      reader.position = message.position;
      return message.response;
    }
    leave_group(reader);  // too far behind
  }
  if (!reader.own.empty()) {
    Message message = std::move(reader.own.front());
    reader.own.pop_front();
    return message.response;
  }
  reader.idle = true;
  if (!reader.reading && !closed_) {
    reader.reading = true;
    read_later(reader, kAtOnce);
  }
  return nullptr;
}

void ChangesApi::Hub::leave(Reader& reader) {
  const std::scoped_lock lock(mutex_);
  leave_group(reader);
  readers_.erase(&reader);
  feeds_.leave(reader.holder);
}

void ChangesApi::Hub::leave_group(Reader& reader) {
  if (reader.group == nullptr) return;
  if (--reader.group->readers == 0) groups_.erase(reader.selection.key());
  reader.group = nullptr;
}

// What lies between the reader and those who follow together; when nothing does, it joins them.
void ChangesApi::Hub::read_behind(const std::shared_ptr<Reader>& reader) {
  FeedPosition begin;
  {
    const std::scoped_lock lock(mutex_);
    if (groups_.empty()) tail_ = latest();
    begin = reader->position;
  }
  if (!std::exchange(reader->proved, true)) {
    if (std::optional<Rejection> refusal = refusal_of(services_, begin))
      return reader->watcher->on_end(*refusal);
  }
  FeedPosition position = begin;
  ReadChanges changes;
  const Status read = read_changes(services_, tail_, reader->selection.tenant, kChangesPerSlice,
                                   &position, &changes);
  if (!read) return reader->watcher->on_end(unreadable(read));
  std::vector<Message> messages = messages_of(changes, reader->selection, begin, position, now());
  const bool at_end = position == tail_;
  bool first_group = false;
  {
    const std::scoped_lock lock(mutex_);
    reader->position = position;
    for (Message& message : messages) reader->own.push_back(std::move(message));
    if (at_end && !closed_) {
      first_group = groups_.empty();
      Group& group = groups_[reader->selection.key()];
      if (group.readers++ == 0) group.selection = reader->selection;
      reader->group = &group;
      reader->next = group.end();
    }
    if (!reader->own.empty()) reader->idle = false;
    reader->reading = !at_end && reader->own.empty();
    // Nothing of its own to read, and not where the groups are: it began ahead of them.
    if (reader->reading) read_later(*reader, position == begin ? kBetweenSlices : kAtOnce);
  }
  if (first_group) slice();
  if (!messages.empty()) reader->watcher->on_available();
}

void ChangesApi::Hub::read_later(const Reader& reader, std::chrono::milliseconds after) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(strand_, after);
  timer->async_wait(
      [hub = shared_from_this(), weak = reader.self, timer](const boost::system::error_code&) {
        if (const auto found = weak.lock()) hub->read_behind(found);
      });
}

void ChangesApi::Hub::slice_soon() {
  if (pausing_) return;
  const auto clock_now = std::chrono::steady_clock::now();
  if (clock_now >= next_slice_) return slice();
  pausing_ = true;
  pause_.expires_at(next_slice_);
  pause_.async_wait([hub = shared_from_this()](const boost::system::error_code&) {
    hub->pausing_ = false;
    hub->slice();
  });
}

// What has been committed since, to all groups.
void ChangesApi::Hub::slice() {
  {
    const std::scoped_lock lock(mutex_);
    if (groups_.empty() || closed_) return;  // the next who comes to the end starts anew
    next_slice_ =
        std::chrono::steady_clock::now() + kBetweenSlices + kBetweenSlicesAReader * readers_.size();
  }
  const FeedPosition begin = tail_;
  ReadChanges changes;
  const Status read = read_changes(services_, latest(), "", kChangesPerSlice, &tail_, &changes);
  if (!read) {
    services_.tail->want();  // for who joins a group of those that are ending
    return end_all(unreadable(read));
  }
  if (tail_ != begin) {
    const TimeMs as_of = now();
    Watchers watchers;
    {
      const std::scoped_lock lock(mutex_);
      for (auto& [key, group] : groups_)
        tell(group, messages_of(changes, group.selection, begin, tail_, as_of), &watchers);
    }
    for (const auto& watcher : watchers) watcher->on_available();
  }
  services_.tail->want();
  if (latest() != tail_) slice_soon();
}

void ChangesApi::Hub::tell(Group& group, std::vector<Message> messages, Watchers* watchers) {
  const auto clock_now = std::chrono::steady_clock::now();
  if (messages.empty()) {
    if (clock_now < group.told + kBetweenPositions) return;
    auto position = std::make_shared<v1::WatchChangesResponse>();
    position->set_position(tail_.token(feed_positions(services_, group.selection.tenant_number)));
    set_time(position->mutable_as_of(), now());
    messages.push_back({std::move(position), tail_});
  }
  group.told = clock_now;
  const auto changes_in = [](const Message& message) {
    return static_cast<std::size_t>(message.response->changes_size());
  };
  for (Message& message : messages) {
    group.changes += changes_in(message);
    group.messages.push_back(std::move(message));
  }
  const std::size_t share = std::max(kChangesKept / groups_.size(), kChangesPerSlice);
  while (group.messages.size() > kMessagesKept || group.changes > share) {
    group.changes -= changes_in(group.messages.front());
    group.messages.pop_front();
    ++group.first;
  }
  for (Reader* reader : readers_) {
    if (reader->group != &group || !reader->idle) continue;
    reader->idle = false;
    watchers->push_back(reader->watcher);
  }
}

void ChangesApi::Hub::end_all(const Rejection& reason) {
  Watchers watchers;
  {
    const std::scoped_lock lock(mutex_);
    for (Reader* reader : readers_) watchers.push_back(reader->watcher);
  }
  for (const auto& watcher : watchers) watcher->on_end(reason);
}

void ChangesApi::Hub::close() {
  if (services_.tail != nullptr) services_.tail->tell(nullptr);
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) return;
    closed_ = true;
  }
  boost::asio::post(strand_, [hub = shared_from_this()] { hub->pause_.cancel(); });
  end_all(Rejection::of(RejectionCode::kUnavailable, "the engine is stopping"));
}

ChangesApi::ChangesApi(Services services) : hub_(std::make_shared<Hub>(services)) { hub_->start(); }
ChangesApi::~ChangesApi() { close(); }
void ChangesApi::close() { hub_->close(); }

void ChangesApi::list(const Call& call, const v1::ListChangesRequest& request,
                      Done<v1::ListChangesResponse> done) {
  Result<Selection> selection = selection_of(call, hub_->services(), request.filter());
  if (!selection) return done(selection.error());
  const Result<int> page_size =
      page_size_of(request.page_size(), 100, static_cast<int>(kChangesPerMessage));
  if (!page_size) return done(page_size.error());
  scan(hub_->services(), call, done,
       [hub = hub_, request, selection = std::move(*selection), most = *page_size,
        done](Work& work) { hub->list(request, selection, most, work, done); });
}

Result<std::shared_ptr<Watching>> ChangesApi::watch(const Call& call,
                                                    const v1::WatchChangesRequest& request,
                                                    std::shared_ptr<views::Watcher> watcher) {
  Result<Selection> selection = selection_of(call, hub_->services(), request.filter());
  if (!selection) return selection.error();
  return hub_->watch(holder_of(call), std::move(*selection), request.position(),
                     std::move(watcher));
}

}  // namespace casewheel::api
