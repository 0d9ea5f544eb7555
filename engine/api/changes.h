// Everything that happens to cases, for other systems. The journal is the feed: whoever asks reads it from
// her position on; those who have come to its end go on together, each event read and put into words
// once for all who choose alike. Thread-safe.
#pragma once

#include <memory>

#include "casewheel/v1/changes.pb.h"
#include "engine/api/call.h"
#include "engine/api/watching.h"

namespace casewheel::api {

class ChangesApi {
 public:
  // `services.tail` is set where changes are served.
  explicit ChangesApi(Services services);
  ~ChangesApi();  // as close(), after which nothing of it is running on the readers but what they finish
  ChangesApi(const ChangesApi&) = delete;
  ChangesApi& operator=(const ChangesApi&) = delete;

  void list(const Call& call, const v1::ListChangesRequest& request,
            Done<v1::ListChangesResponse> done);
  Result<std::shared_ptr<Watching>> watch(const Call& call, const v1::WatchChangesRequest& request,
                                          std::shared_ptr<views::Watcher> watcher);

  // Ends every feed with kUnavailable and opens no more.
  void close();

 private:
  class Hub;
  std::shared_ptr<Hub> hub_;
};

}  // namespace casewheel::api
