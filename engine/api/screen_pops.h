// One agent's screen as it is watched: the desk says which call to show next, and what is shown of it is read
// from the store on the readers' threads, one call at a time. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "casewheel/v1/calls.pb.h"
#include "engine/api/call.h"
#include "engine/api/places.h"
#include "engine/api/watching.h"
#include "engine/views/call_desk.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

class ScreenPops final : public Watching, public std::enable_shared_from_this<ScreenPops> {
 public:
  // `who`: whose eyes it is for; `holder`: whose place among the screens.
  ScreenPops(Services services, std::string tenant, domain::Who who,
             std::shared_ptr<views::Watcher> watcher, std::shared_ptr<Places> screens,
             Holder holder)
      : services_(services),
        tenant_(std::move(tenant)),
        who_(std::move(who)),
        watcher_(std::move(watcher)),
        screens_(std::move(screens)),
        holder_(std::move(holder)) {}
  ~ScreenPops() override {
    if (entered_) screens_->leave(holder_);
  }

  // Once, first: whose screen it is.
  std::optional<Rejection> open(std::uint8_t tenant_number, const std::string& agent);
  std::shared_ptr<const google::protobuf::Message> take() override;

 private:
  void fetch(const views::CallWatch::Pop& pop);
  Result<v1::ScreenPop> show(const views::CallWatch::Pop& pop) const;

  const Services services_;
  const std::string tenant_;
  const domain::Who who_;
  const std::shared_ptr<views::Watcher> watcher_;
  const std::shared_ptr<Places> screens_;  // may outlive the handlers with this
  const Holder holder_;
  bool entered_ = false;  // by open()
  std::mutex mutex_;
  std::shared_ptr<views::CallWatch> calls_;
  std::shared_ptr<const v1::ScreenPop> ready_;
  bool fetching_ = false;
};

}  // namespace casewheel::api
