#include "engine/partition/installation.h"

#include "engine/base/limits.h"
#include "engine/partition/rows.h"
#include "storage/keys.h"
#include "storage/readable_scan.h"

namespace casewheel::partition {
namespace {

constexpr std::string_view kInstallationRow = "installation";
constexpr std::string_view kStartRow = "start";

template <typename Message>
Status read_meta(const storage::Store& store, std::string_view name, Message* message) {
  std::string value;
  if (Status status = store.get(storage::Table::kState, storage::meta_key(name), &value); !status)
    return status;
  if (!message->ParseFromString(value)) {
    return {Status::Code::kCorruption, "meta row \"" + std::string(name) + "\" cannot be decoded"};
  }
  return {};
}

// The secret is nowhere else, and nothing can be rebuilt without it: the row stands in the journal table as
// well, that is in another file, for a start that finds its block damaged.
Status read_installation_row(const storage::Store& store, stored::Installation* row) {
  Status status = read_meta(store, kInstallationRow, row);
  std::string value;
  if (!storage::is_damage(status) || status.message().ends_with("cannot be decoded")) return status;
  const Status copy =
      store.get(storage::Table::kJournal, storage::meta_key(kInstallationRow), &value);
  return copy && row->ParseFromString(value) ? copy : status;
}

Status check(const stored::Installation& row) {
  if (row.format() == kFormat && row.partitions() >= 1 &&
      row.partitions() <= limits::kPartitionsMax)
    return {};
  return {Status::Code::kInvalid, "the data directory has format " + std::to_string(row.format()) +
                                      "; this casewheel reads format " + std::to_string(kFormat)};
}

// A restore has marked the directory; a copy is known by its place.
void draw_mark(const RandomBytes& random, std::uint64_t place, stored::StartRecord* start) {
  const bool copied = place != 0 && start->place() != 0 && place != start->place();
  if (start->restored() || copied) {
    std::uint64_t mark = 0;
    while (mark == 0 || mark == start->restore())
      random(reinterpret_cast<std::uint8_t*>(&mark), sizeof mark);
    start->set_restore(mark);
    start->set_copied(!start->restored());
  }
  start->set_restored(false);
  if (place != 0) start->set_place(place);
}

Status is_empty(const storage::Store& store, bool* empty) {
  *empty = true;
  return store.scan(storage::Table::kState, {}, {}, [&](std::string_view, std::string_view) {
    *empty = false;
    return false;
  });
}

}  // namespace

Status start_installation(storage::Store& store, std::uint32_t partitions, TimeMs now,
                          const RandomBytes& random, Installation* installation,
                          std::uint64_t place) {
  stored::Installation row;
  stored::StartRecord start;
  storage::Batch batch;
  Status status = read_installation_row(store, &row);
  if (status.code() == Status::Code::kNotFound) {
    bool empty = false;
    if (Status scanned = is_empty(store, &empty); !scanned) return scanned;
    if (!empty)
      return {Status::Code::kInvalid,
              "the data directory holds rows but no casewheel installation"};
    row.set_format(kFormat);
    row.set_partitions(partitions);
    row.mutable_secret()->resize(32);
    random(reinterpret_cast<std::uint8_t*>(row.mutable_secret()->data()), row.secret().size());
    row.set_created_ms(now);
    batch.put(storage::Table::kState, storage::meta_key(kInstallationRow), encode(row));
    installation->created = true;
  } else if (!status) {
    return status;
  } else if (status = read_meta(store, kStartRow, &start); !status) {
    return status;
  }
  if (status = check(row); !status) return status;
  installation->partitions = row.partitions();
  installation->secret = row.secret();
  installation->restored = start.restored();
  installation->epoch = start.epoch() + 1;
  start.set_epoch(installation->epoch);
  const std::uint64_t before = start.restore();
  draw_mark(random, place, &start);
  installation->first_after_restore = start.restore() != before;
  installation->restore = start.restore();
  installation->copied = start.copied();
  installation->started_ms = now;
  batch.put(storage::Table::kState, storage::meta_key(kStartRow), encode(start));
  std::string copy;
  if (!store.get(storage::Table::kJournal, storage::meta_key(kInstallationRow), &copy) ||
      copy != encode(row))
    batch.put(storage::Table::kJournal, storage::meta_key(kInstallationRow), encode(row));
  return store.write(batch);
}

Status count_start(const storage::Store& store, storage::Batch* batch, std::uint64_t* epoch) {
  stored::StartRecord start;
  Installation installation;
  if (Status status = read_installation(store, &installation); !status) return status;
  if (Status status = read_meta(store, kStartRow, &start); !status) return status;
  *epoch = start.epoch() + 1;
  start.set_epoch(*epoch);
  batch->put(storage::Table::kState, storage::meta_key(kStartRow), encode(start));
  return {};
}

Status write_installation(storage::Store& store, const stored::Installation& row,
                          const stored::StartRecord& start) {
  if (Status status = check(row); !status) return status;
  storage::Batch batch;
  batch.put(storage::Table::kState, storage::meta_key(kInstallationRow), encode(row));
  batch.put(storage::Table::kJournal, storage::meta_key(kInstallationRow), encode(row));
  batch.put(storage::Table::kState, storage::meta_key(kStartRow), encode(start));
  return store.write(batch);
}

Status read_installation(const storage::Store& store, Installation* installation) {
  stored::Installation row;
  stored::StartRecord start;
  Status status = read_installation_row(store, &row);
  if (status.code() == Status::Code::kNotFound)
    return {Status::Code::kInvalid, "no casewheel installation here"};
  if (!status) return status;
  if (status = check(row); !status) return status;
  if (status = read_meta(store, kStartRow, &start); !status) return status;
  installation->partitions = row.partitions();
  installation->secret = row.secret();
  installation->epoch = start.epoch();
  installation->restored = start.restored();
  return {};
}

Status mark_restored(storage::Store& store) {
  stored::StartRecord start;
  if (Status status = read_meta(store, kStartRow, &start); !status) return status;
  start.set_restored(true);
  start.clear_place();  // it has another one now, and is known to
  storage::Batch batch;
  batch.put(storage::Table::kState, storage::meta_key(kStartRow), encode(start));
  return store.write(batch);
}

}  // namespace casewheel::partition
