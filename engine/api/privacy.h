// Personal data: shown unmasked, given out to whom it is about, erased at her wish or when its time is
// up. Thread-safe. Giving out and erasing are long work, one call after the other: erasing rewrites the
// state table. It ends with its caller, between two slices; the same call again goes on.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "casewheel/v1/privacy.pb.h"
#include "engine/api/call.h"
#include "engine/api/call_records.h"
#include "engine/api/convert.h"
#include "engine/api/page_token.h"
#include "engine/api/persons.h"

namespace casewheel::api {

class Work;

class PrivacyApi {
 public:
  explicit PrivacyApi(Services services) : services_(services) {}

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

  // How far an export has come: of the calls and of the cases, both newest first.
  struct ExportPlace {
    std::optional<PersonCall> call;
    std::optional<CaseAddress> at_case;
    bool calls_end = false;
    bool cases_end = false;
    bool more() const { return !calls_end || !cases_end; }
  };
  static std::vector<std::uint64_t> numbers_of(const ExportPlace& place);
  static ExportPlace export_place(const std::vector<std::uint64_t>& numbers);
  // Each adds what the page has room for and moves the place behind it.
  std::optional<Rejection> export_calls(const storage::Snapshot& snapshot,
                                        const PersonDigests& digests, std::uint8_t tenant_number,
                                        ExportPlace* at, v1::ExportPersonResponse* response);
  std::optional<Rejection> export_cases(const storage::Snapshot& snapshot,
                                        const PersonDigests& digests, std::uint8_t tenant_number,
                                        int page_size, ExportPlace* at,
                                        v1::ExportPersonResponse* response, Work& work);

  // What the request is about, and what it names that there is not.
  struct Wanted {
    std::vector<CaseAddress> cases;
    std::vector<CaseAddress> former;  // somebody else's, in which the person stood before
    Calls calls;
    std::vector<std::string> unknown;
    std::vector<std::string> since_restore;
    std::vector<std::string> unreadable;  // damaged: nothing is erased of them
    std::uint32_t stretches = 0;          // of look-up rows that cannot be read: there may be more
  };
  Status wanted_case(const Desk& desk, const storage::Snapshot& snapshot,
                     const v1::ErasePersonRequest& request, const CaseAddress& address,
                     std::vector<CaseAddress>* cases, Wanted* wanted) const;
  // Those of a list, by its field in the request.
  std::optional<Rejection> wanted_cases(const Desk& desk, const storage::Snapshot& snapshot,
                                        const v1::ErasePersonRequest& request, const char* field,
                                        const google::protobuf::RepeatedPtrField<std::string>& list,
                                        std::vector<CaseAddress>* cases, Wanted* wanted) const;
  Status wanted_call(const Desk& desk, const storage::Snapshot& snapshot,
                     const v1::ErasePersonRequest& request, const storage::Digest16& id,
                     Wanted* wanted) const;
  Result<Wanted> wanted_by(const Desk& desk, const v1::ErasePersonRequest& request) const;
  // Those that held anything that is gone now. Of damaged ones their names are added to `unreadable`.
  Result<Calls> erase_calls(const Desk& desk, const Calls& calls, stored::EraseCause cause,
                            Work& work, std::vector<std::string>* unreadable);
  // Those that hold anything; damaged ones likewise.
  Calls erasable(const Calls& calls, std::vector<std::string>* unreadable) const;
  // Those of the tenant whose time is up; `more`: beyond as many as are erased at once. Counts what cannot
  // be read.
  Result<Calls> calls_past_keeping(const Desk& desk, bool* more, std::uint32_t* unreadable) const;
  Result<v1::ErasePersonResponse> erase_now(const Desk& desk, const v1::ErasePersonRequest& request,
                                            Work& work);
  Result<v1::ApplyRetentionResponse> retain_now(const Desk& desk, bool dry_run,
                                                CaseAddress position, const ListTokens& tokens,
                                                Work& work);
  // What erasing the case would come to, as it stands.
  static Fate fate_of(const stored::CaseState& state, bool open_too);
  // Erases them, unless it is a dry run.
  Result<std::vector<Fate>> fates_of(const Desk& desk, std::span<const CaseAddress> cases,
                                     const domain::Erase& how, bool dry_run, Work& work);
  // Tells in `erased` which are, and of the others why not.
  static void tell_fates(std::span<const CaseAddress> cases, const std::vector<Fate>& fates,
                         google::protobuf::RepeatedPtrField<std::string>* erased,
                         v1::ErasePersonResponse* response);
  // Asks for all of them and waits until that is durable; the answers in order, refused at most because the
  // case is open or its row cannot be read. As bulk work, so that nobody at work on cases is kept waiting.
  Result<std::vector<partition::Answer>> ask_all(std::size_t count, const RequestFor& request_for,
                                                 Work& work);
  // Their fates in order.
  Result<std::vector<Fate>> erase(const Desk& desk, std::span<const CaseAddress> cases,
                                  const domain::Erase& how, Work& work);
  // Whether no file holds any more of what was erased.
  bool purge();

  Services services_;
  std::vector<std::string>
      left_;  // of the long work; of the shelf's files, that could not be removed yet
};

}  // namespace casewheel::api
