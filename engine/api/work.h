// A piece of work done for a caller apart from the door's threads: it says how many rows it looks at, which
// the caller pays for with her rate, and asks whether anybody still waits for it. See pools.h.
#pragma once

#include <boost/asio/post.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "engine/api/call.h"
#include "engine/api/pools.h"

namespace casewheel::api {

// Whose work it is: her identity, the network of a caller nobody knows, or what she calls herself where
// nobody has to sign in.
std::string payer_of(const Call& call);
// The same where `caller` is known, and the call does not say so yet; null: nobody has to sign in.
std::string payer_of(const access::Caller* caller, const Call& call);

// Takes `rows` off the caller's rate, so that what she asks next waits for as long as that many calls
// would have taken. Nothing is refused by it.
void charge(const Call& call, std::size_t rows);

class Work {
 public:
  explicit Work(const Call& call) : call_(call) {}
  ~Work() { charge(call_, rows_); }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  void look_at(std::size_t rows) { rows_ += rows; }
  // Counts a row; false: nobody waits for the outcome, and the work ends.
  bool goes_on() {
    ++rows_;
    return rows_ % kRowsBetweenLooks != 0 || is_awaited(call_);
  }
  bool awaited() const { return is_awaited(call_); }
  const Call& call() const { return call_; }

 private:
  static constexpr std::size_t kRowsBetweenLooks = 16;

  const Call call_;
  std::size_t rows_ = 0;
};

// Entries of a view in memory that cost as much to look at as one row of the store; bytes of YAML that cost
// as much to read.
inline constexpr std::size_t kEntriesPerRow = 16;
inline constexpr std::size_t kYamlBytesPerRow = 32;

// What is answered, to nobody, where work ended since nobody waits for it.
Rejection not_awaited();

// Does `work(Work&)`, which answers through `done`, among the scans, in the caller's turn.
template <typename T, typename Do>
void scan(const Services& services, const Call& call, const Done<T>& done, Do work) {
  std::optional<Rejection> refusal =
      services.pools.scans().post(payer_of(call), [call, work = std::move(work)]() mutable {
        Work part(call);
        work(part);
      });
  if (refusal) done(*std::move(refusal));
}

// The same as the long work. What nobody waits for any more when its turn comes is not begun.
template <typename T, typename Do>
void work_long(const Services& services, const Call& call, const Done<T>& done, Do work) {
  std::optional<Rejection> refusal = services.pools.long_work().post(
      payer_of(call), [call, done, work = std::move(work)]() mutable {
        Work part(call);
        if (!part.awaited()) return done(not_awaited());
        work(part);
      });
  if (refusal) done(*std::move(refusal));
}

}  // namespace casewheel::api
