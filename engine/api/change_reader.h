// The journal from a position on, as changes in the API's words. Reads the store: never on a partition's
// thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "casewheel/v1/changes.pb.h"
#include "engine/api/call.h"
#include "engine/api/page_token.h"
#include "engine/domain/territory.h"

namespace casewheel::api {

// How far a reader has come: of each partition the entries read whole, and how many events of the next.
// It carries the digest of the entry it stands in or behind, so that one from a time that was lost in a
// restore fits no other entry of the same number.
struct FeedPosition {
  struct Place {
    std::uint64_t seq = 0;
    std::uint64_t events = 0;
    std::uint64_t digest =
        0;  // short_digest of entry seq + 1 where events is set, else of seq; 0: none
    // The entry the digest is of; 0: none.
    std::uint64_t entry() const { return events == 0 ? seq : seq + 1; }
    bool operator==(const Place&) const = default;
  };
  std::vector<Place> places;  // by partition

  std::string token(const ListTokens& tokens) const;
  static Result<FeedPosition> parse(const ListTokens& tokens, const std::string& token,
                                    PartitionId partitions);
  bool operator==(const FeedPosition&) const = default;
};

// Which changes somebody wants, and may see. Cases are chosen as they are now.
struct Selection {
  std::string tenant;
  std::uint8_t tenant_number = 0;
  std::set<std::string, std::less<>> units;            // none: every one
  std::set<std::string, std::less<>> services;         // likewise
  std::set<std::string, std::less<>> events;           // likewise
  std::shared_ptr<const domain::Territory> territory;  // null: everywhere

  // Equal for selections that choose alike.
  std::string key() const;
  bool takes(const v1::CaseChange& change, const stored::CaseState& now) const;
};
// Positions in the feed of a tenant, in whichever way and under whichever filter it is read: a reader may
// change what it wants and go on.
ListTokens feed_positions(const Services& services, std::uint8_t tenant_number);
Result<Selection> selection_of(const Call& call, const Services& services,
                               const v1::ChangeFilter& filter);

// Why the position is none in this installation's journal; reads an entry of each partition.
std::optional<Rejection> refusal_of(const Services& services, const FeedPosition& position);

struct ReadChange {
  std::shared_ptr<const partition::CaseRecord> record;
  v1::CaseChange change;
  FeedPosition::Place place;  // behind it
  PartitionId partition = 0;
};

struct ReadChanges {
  std::vector<ReadChange> changes;
  std::uint64_t unreadable_entries = 0;  // passed over
};

// Up to `most` changes between `*position` and `end`, which are of events of cases of `tenant`, or of any
// where it is empty; moves the position behind what was looked at, at most kEntriesLookedAt entries of each
// partition. An event of a case whose row cannot be read is given with what it says itself; an entry that
// cannot be read is passed over and counted.
Status read_changes(const Services& services, const FeedPosition& end, const std::string& tenant,
                    std::size_t most, FeedPosition* position, ReadChanges* read);

}  // namespace casewheel::api
