// What people are to be told: escalations that name them and that nobody has acknowledged, by person.
// Quiet hours are heeded, and when hundreds break together a person gets one digest instead of
// hundreds of notices. The board feeds it on its own strand, so that no partition waits for a reader, and
// readers walk in bounded slices. Rebuilt at start; every method may be called from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "casewheel/journal/v1/rows.pb.h"
#include "engine/partition/publication.h"
#include "engine/views/turnstile.h"

namespace casewheel::views {

struct Notice {
  CaseAddress address;
  std::uint32_t escalation = 0;
  std::uint32_t level = 0;
  journal::v1::ClockKind clock{};
  TimeMs due = 0;
  TimeMs fired = 0;
  std::string unit;
  bool tells_applicant = false;
  std::string moved_by;  // staff id: it tells that this person moved the date; empty: of a ladder
  TimeMs moved_to = 0;   // with it; 0: the clock is owed no longer
};

// Notices of one kind taken together.
struct NoticeDigest {
  static constexpr std::size_t kExamplesKept = 5;

  std::string unit;
  journal::v1::ClockKind clock{};
  std::uint32_t level = 0;
  std::uint64_t count = 0;
  TimeMs oldest_due = 0;
  std::vector<CaseAddress> examples;  // the oldest
};

// A case with requests for extension that nobody has decided.
struct AskedCase {
  CaseAddress address;
  std::string unit;
  std::string handler;
  std::string service;
  journal::v1::Kind kind = journal::v1::KIND_UNSPECIFIED;
  std::vector<partition::UndecidedRequest> requests;
};

struct NoticeList {
  std::vector<Notice> notices;        // the oldest first; empty when digests stand for them
  std::vector<NoticeDigest> digests;  // the most cases first
  std::uint64_t waiting = 0;          // kept back until the quiet hours end
  TimeMs next = 0;                    // when the first of those may be told; 0: none waits
  std::size_t looked = 0;             // entries visited for it
};

class Notices {
 public:
  // More than this for one person at once are told as digests.
  static constexpr std::size_t kSinglyMax = 20;

  // What was published. Older than what is known of the case it does nothing.
  void apply(const partition::CaseChange& change);
  // As the store has it, at start: counts where nothing newer was published. loaded() ends that.
  void load(const partition::CaseChange& change);
  void loaded();
  NoticeList list(std::uint8_t tenant_number, std::string_view staff, TimeMs now) const;
  // The cases of the tenant behind `after` that somebody has to decide on, in the order of their numbers;
  // a slice of at most kNoticesPerHold, empty when there are no more.
  std::vector<AskedCase> asked(std::uint8_t tenant_number, CaseAddress after) const;

 private:
  using Person = std::pair<std::uint8_t, std::string>;  // tenant number, staff id
  using Place = std::pair<std::uint64_t, PartitionId>;  // case id, partition
  using Key = std::pair<Place, std::uint32_t>;          // and the escalation
  struct Entry {
    Notice notice;
    TimeMs notify = 0;
  };

  struct Named {
    std::uint32_t revision = 0;
    std::vector<std::string> staff;
  };
  using Entries = std::map<Key, Entry>;

  bool is_older(const Place& place, std::uint32_t revision) const;
  void replace(const Place& place, const partition::CaseChange& change);
  // The next slice of the person's entries behind `after`; false when there are no more.
  bool take_slice(const Person& person, TimeMs now, std::optional<Key>* after,
                  NoticeList* list) const;

  mutable Turnstile turnstile_;  // guards all below
  bool loading_ = true;
  absl::flat_hash_map<Place, std::uint32_t> published_;  // while loading: revisions
  std::map<Person, Entries> by_person_;
  absl::flat_hash_map<Place, Named> named_;  // whom a case's notices name
  std::map<Place, AskedCase> asked_;
};

}  // namespace casewheel::views
