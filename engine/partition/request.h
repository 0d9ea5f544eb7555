// What may be asked of a partition, and what it answers. A request is made on any thread, served on
// the partition's, and answered on another one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "casewheel/journal/v1/catalogue.pb.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/domain/call.h"
#include "engine/domain/command.h"
#include "engine/partition/call_rows.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {

// A new case, under the digest of its tenant and request_id.
struct LodgeRequest {
  std::string tenant;
  storage::Digest16 dedupe{};
  domain::Command command;  // holds a Lodge
};

// An action on a case, named by its id or by the digest it was lodged under. The tenant is the one its
// caller was admitted for, or whose case the engine acts on: a case of any other is no case.
struct ActRequest {
  std::uint8_t tenant_number = 0;  // 0 is no tenant's
  CaseId id;
  std::optional<storage::Digest16> lodged_under;
  domain::Command command;
};

// Whole tenants to put in force; versions are given out here. Partition 0 only.
struct CatalogueRequest {
  std::vector<stored::Catalogue> tenants;
  domain::Who who;
  bool to_open_cases = false;  // their clocks are laid anew under the new policies
};

// Whole calendars to put in force; versions and editions are given out here. A version other than 0
// is the one the calendar was made from: refused when another has come between, so that of two closures
// declared at once neither is lost. Open cases follow. Partition 0 only.
struct CalendarRequest {
  std::vector<stored::Calendar> calendars;
  domain::Who who;
};

// Up to which position a feed's items were answered durably.
struct CheckpointRequest {
  std::string tenant;
  std::uint8_t tenant_number = 0;
  std::string source;
  std::uint64_t position = 0;  // one that is no higher than the last changes nothing
  domain::stored::IntakeKind kind = domain::stored::FEED;
};

// An operator accepted the time after a jump, or moved the virtual clock.
struct ClockConfirmedRequest {
  TimeMs before = 0;
  TimeMs after = 0;
  domain::Who who;
};

// Facts the api has made sure of, for the record: accounts, keys and sessions (partition 0), audit.
struct RecordRequest {
  std::vector<domain::stored::Event> events;
  // More of them, called once when the batch is made: what came while the request waited. May be null.
  std::function<std::vector<domain::stored::Event>()> gathered = nullptr;
};

// What is told of a call, or done with it.
struct CallRequest {
  std::string tenant;
  storage::Digest16 id{};
  domain::CallCommand command;
};

using RequestBody =
    std::variant<LodgeRequest, ActRequest, CatalogueRequest, CalendarRequest, CheckpointRequest,
                 ClockConfirmedRequest, RecordRequest, CallRequest>;

struct Answer {
  std::optional<Rejection> rejection;
  std::shared_ptr<const CaseRecord>
      record;  // the case after the batch, where the request was about one
  std::shared_ptr<const CallRecord> call = nullptr;  // the call, likewise
  PartitionId partition = 0;
  // Of a lodging, first or again: the dates it gave out.
  google::protobuf::RepeatedPtrField<domain::stored::PromisedDate> promises = {};
  bool duplicate = false;  // known before: nothing new was done
  bool lodged = false;     // this request made the case
  // What of the case's files it let go of; another case may still hold it.
  std::vector<std::string> let_go = {};
  // Of a request that was refused because the case has been merged: into which one.
  std::optional<CaseAddress> goes_on_as = std::nullopt;
};

using Done = std::function<void(Answer&&)>;

struct Request {
  RequestBody body;
  Done done;
  std::size_t bytes = 0;  // about how much memory it holds
  // When the caller stops waiting: after it the request is not begun.
  std::chrono::steady_clock::time_point give_up = std::chrono::steady_clock::time_point::max();
};

}  // namespace casewheel::partition
