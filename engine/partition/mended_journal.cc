#include "engine/partition/mended_journal.h"

#include <algorithm>
#include <optional>

#include "engine/partition/rows.h"
#include "storage/keys.h"

namespace casewheel::partition {
namespace {

using storage::Table;

constexpr std::size_t kMendedBatchBytes = std::size_t{4} << 20;
// A head that names more entries behind the last one found is taken for a wrong one.
constexpr std::uint64_t kMissingAtEndMax = 10'000'000;
constexpr std::uint64_t kGapMax = 10'000'000;  // entries missing in a row

// What of an entry the chain needs; which of the bytes found in its place it is.
struct Link {
  bool found = false;
  bool changed = false;
  std::size_t other = 0;  // 0: those in the pool's rows; n: the n-th of the others
  Sha256 hash{};
  Sha256 before{};
};

std::optional<Link> link_of(std::string_view bytes) {
  stored::JournalEntry entry;
  Link link;
  if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      entry.prev_hash().size() != link.before.size())
    return std::nullopt;
  link.found = true;
  link.hash = sha256(bytes);
  std::copy(entry.prev_hash().begin(), entry.prev_hash().end(), link.before.begin());
  // What stands for a lost entry since an earlier repair goes by the hash of that one.
  if (entry.events_size() == 1 && entry.events(0).entry_lost().hash().size() == link.hash.size()) {
    const std::string& lost = entry.events(0).entry_lost().hash();
    std::copy(lost.begin(), lost.end(), link.hash.begin());
  }
  return link;
}

class Mending {
 public:
  Mending(const SalvagePool& pool, PartitionId partition, storage::Store& out,
          MendedJournal* mended)
      : pool_(pool), partition_(partition), out_(out), mended_(*mended) {}

  Status run() {
    if (Status status = read_links(); !status) return status;
    prove();
    return write();
  }

 private:
  Status read_links() {
    const std::string prefix = storage::kind_prefix(storage::RowKind::kJournal, partition_);
    links_.resize(1);
    const Status status = pool_.rows().scan(Table::kJournal, prefix, storage::prefix_end(prefix),
                                            [&](std::string_view key, std::string_view bytes) {
                                              const auto seq = storage::decode_journal_seq(key);
                                              const std::optional<Link> link = link_of(bytes);
                                              // So far behind the rest it is no entry of ours.
                                              if (!seq || !link || *seq >= links_.size() + kGapMax)
                                                return true;
                                              links_.resize(*seq + 1);
                                              links_.back() = *link;
                                              return true;
                                            });
    // What is missing at the end is missed by the rows that tell of it.
    const stored::PartitionHead* head = pool_.head(partition_);
    for (const std::uint64_t named :
         {head != nullptr ? head->seq() : 0, pool_.last_entry_named(partition_)}) {
      const std::uint64_t last = links_.size() - 1;
      if (named > last && named - last < kMissingAtEndMax) links_.resize(named + 1);
    }
    return status;
  }

  // Of the bytes found in that place, those with that hash.
  void choose(std::uint64_t seq, const Sha256& hash) {
    Link& link = links_[seq];
    if (!link.found || link.hash == hash) return;
    const std::vector<std::string>* others = pool_.other_entries(partition_, seq);
    for (std::size_t i = 0; others != nullptr && i < others->size(); ++i) {
      const std::optional<Link> other = link_of((*others)[i]);
      if (!other || other->hash != hash) continue;
      link = *other;
      link.other = i + 1;
      return;
    }
    link.found = false;
    link.changed = true;
  }

  void prove() {
    names_.resize(links_.size());
    const stored::PartitionHead* head = pool_.head(partition_);
    if (head != nullptr && head->seq() < links_.size()) {
      Sha256& named = names_[head->seq()].emplace();
      std::copy(head->hash().begin(), head->hash().end(), named.begin());
      mended_.head_is_last = head->seq() == links_.size() - 1;
    }
    for (std::uint64_t seq = links_.size() - 1; seq > 0; --seq) {
      if (names_[seq]) choose(seq, *names_[seq]);
      if (links_[seq].found && seq > 1) names_[seq - 1] = links_[seq].before;
    }
  }

  Status write() {
    ChainPosition& position = mended_.end;
    for (std::uint64_t seq = 1; seq < links_.size(); ++seq) {
      std::string bytes;
      if (links_[seq].found) {
        if (Status status = read(seq, &bytes); !status) return status;
        stored::JournalEntry entry;
        ChainPosition next = position;
        if (!check_entry(bytes, partition_, &next, &entry).empty()) {
          bytes.clear();  // behind a gap whose hash is another: it cannot be proved
        } else {
          position = next;
          mended_.now_ms = entry.now_ms();
        }
      }
      if (bytes.empty()) bytes = stand_in(seq);
      batch_.put(Table::kJournal, storage::journal_key(partition_, seq), std::move(bytes));
      if (batch_.bytes() > kMendedBatchBytes) {
        if (Status status = out_.write(batch_); !status) return status;
        batch_.clear();
      }
    }
    return batch_.empty() ? Status() : out_.write(batch_);
  }

  Status read(std::uint64_t seq, std::string* bytes) const {
    if (links_[seq].other == 0)
      return pool_.rows().get(Table::kJournal, storage::journal_key(partition_, seq), bytes);
    *bytes = (*pool_.other_entries(partition_, seq))[links_[seq].other - 1];
    return {};
  }

  std::string stand_in(std::uint64_t seq) {
    stored::JournalEntry entry;
    entry.set_now_ms(mended_.now_ms);
    stored::EntryLost& lost = *entry.add_events()->mutable_entry_lost();
    entry.mutable_events(0)->mutable_actor()->set_role(stored::ENGINE);
    if (names_[seq]) lost.set_hash(std::string(bytes_of(*names_[seq])));
    std::string bytes = seal_entry(&entry, partition_, &mended_.end);
    if (names_[seq]) mended_.end.hash = *names_[seq];
    ++mended_.lost;
    if (mended_.gaps.empty() || mended_.gaps.back().last != seq - 1)
      mended_.gaps.push_back({seq, seq, false});
    mended_.gaps.back().last = seq;
    mended_.gaps.back().changed |= links_[seq].changed;
    return bytes;
  }

  const SalvagePool& pool_;
  const PartitionId partition_;
  storage::Store& out_;
  MendedJournal& mended_;
  std::vector<Link> links_;                   // by sequence, from 1
  std::vector<std::optional<Sha256>> names_;  // the hash by which an entry is known
  storage::Batch batch_;
};

}  // namespace

Status mend_journal(const SalvagePool& pool, PartitionId partition, storage::Store& out,
                    MendedJournal* mended) {
  return Mending(pool, partition, out, mended).run();
}

}  // namespace casewheel::partition
