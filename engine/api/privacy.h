// Personal data: shown unmasked, given out to whom it is about, erased at her wish or when its time is
// up. Thread-safe. Erasing is done by a thread of its own, one call after the other, since each rewrites
// the state table; the others work on the readers' threads.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "casewheel/v1/privacy.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"

namespace casewheel::api {

class PrivacyApi {
 public:
  explicit PrivacyApi(Services services) : services_(services) {}
  ~PrivacyApi() { work_.join(); }

  void reveal(const Call& call, const v1::RevealCaseRequest& request, Done<v1::RevealedCase> done);
  void export_person(const Call& call, const v1::ExportPersonRequest& request,
                     Done<v1::ExportPersonResponse> done);
  void erase_person(const Call& call, const v1::ErasePersonRequest& request,
                    Done<v1::ErasePersonResponse> done);
  void apply_retention(const Call& call, const v1::ApplyRetentionRequest& request,
                       Done<v1::ApplyRetentionResponse> done);

 private:
  enum class Fate : std::uint8_t { kErased, kOpen, kErasedBefore, kUnreadable };
  using Calls = std::vector<std::pair<PartitionId, storage::Digest16>>;
  using RequestFor =
      std::function<std::pair<PartitionId, partition::RequestBody>(std::size_t index)>;

  // What the request is about, and what it names that there is not.
  struct Wanted {
    std::vector<CaseAddress> cases;
    Calls calls;
    std::vector<std::string> unknown;
    std::vector<std::string> since_restore;
    std::vector<std::string> unreadable;  // damaged: nothing is erased of them
    std::uint32_t stretches = 0;          // of look-up rows that cannot be read: there may be more
  };
  Status wanted_case(const Desk& desk, const storage::Snapshot& snapshot,
                     const v1::ErasePersonRequest& request, const CaseAddress& address,
                     Wanted* wanted) const;
  Status wanted_call(const Desk& desk, const storage::Snapshot& snapshot,
                     const v1::ErasePersonRequest& request, const storage::Digest16& id,
                     Wanted* wanted) const;
  Result<Wanted> wanted_by(const Desk& desk, const v1::ErasePersonRequest& request) const;
  // Those that held anything that is gone now. Of damaged ones their names are added to `unreadable`.
  Result<Calls> erase_calls(const Desk& desk, const Calls& calls, stored::EraseCause cause,
                            std::vector<std::string>* unreadable);
  // Those that hold anything; damaged ones likewise.
  Calls erasable(const Calls& calls, std::vector<std::string>* unreadable) const;
  // Those of the tenant whose time is up; `more`: beyond as many as are erased at once. Counts what cannot
  // be read.
  Result<Calls> calls_past_keeping(const Desk& desk, bool* more, std::uint32_t* unreadable) const;
  Result<v1::ErasePersonResponse> erase_now(const Desk& desk,
                                            const v1::ErasePersonRequest& request);
  Result<v1::ApplyRetentionResponse> retain_now(const Desk& desk, bool dry_run,
                                                CaseAddress position);
  // What erasing the case would come to, as it stands.
  static Fate fate_of(const stored::CaseState& state, bool open_too);
  // Asks for all of them and waits until that is durable; the answers in order, refused at most because the
  // case is open. As bulk work, so that nobody at work on cases is kept waiting.
  Result<std::vector<partition::Answer>> ask_all(std::size_t count, const RequestFor& request_for);
  // Their fates in order.
  Result<std::vector<Fate>> erase(std::span<const CaseAddress> cases, const domain::Who& who,
                                  const domain::Erase& how);
  // Whether no file holds any more of what was erased.
  bool purge();

  Services services_;
  std::vector<std::string> left_;  // of the shelf's files, that could not be removed yet
  boost::asio::thread_pool work_{1};
};

}  // namespace casewheel::api
