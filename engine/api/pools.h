// Where handlers do what may take a while, apart by what it costs: what a person waits for is never behind
// a scan, and a scan never behind work that takes minutes. Sized from the processors; made before the
// handlers and ended after them. Thread-safe.
//
// - reads: one case, one call, one person. A handful of rows each.
// - scans: lists, searches and histories, and what parses or writes out long texts. Bounded each, see
//   limits.h, and served caller by caller.
// - long work: what goes over everything there is: Simulate, previews, Verify, CreateBackup, ExportPerson,
//   ErasePerson, ApplyRetention. One at a time, caller by caller, and only for as long as its caller waits.
// - feeds: the journal, read once for all who follow it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>

#include "engine/base/fair_threads.h"

namespace casewheel::api {

class Pools {
 public:
  struct Sizes {
    std::size_t reads = 2;
    std::size_t scans = 1;
    static Sizes of(std::size_t processors);
    static Sizes of_this_machine();
  };
  explicit Pools(Sizes sizes);

  boost::asio::any_io_executor reads() { return reads_.get_executor(); }
  boost::asio::any_io_executor feeds() { return feeds_.get_executor(); }
  FairThreads& scans() { return scans_; }
  FairThreads& long_work() { return long_work_; }

  // Long work waits for the partitions' answers, and those go on with reads and scans: so this ends before
  // the answering threads do, and join() after them.
  void join_long_work() { long_work_.join(); }
  void join();

 private:
  boost::asio::thread_pool reads_;
  boost::asio::thread_pool feeds_{1};
  FairThreads scans_;
  FairThreads long_work_;
};

}  // namespace casewheel::api
