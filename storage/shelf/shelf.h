// The shelf: the bytes of attachments, each content of a scope (a tenant) once, in sealed files outside
// the store, DIRECTORY/ab/ab… by the hexadecimal name of the blob. Knows nothing of cases.
//
// Name and key of a file are drawn from the installation's secret, the scope and the content's SHA-256
// (HKDF, RFC 5869). The shelf keeps no digest: who has lost it finds and opens the file no more, not even
// in an old copy of the disk.
//
// A file is whole, synced and in its place when put() returns; only then may a row refer to it, and while
// the lease lasts it is not discarded. What no row refers to goes by discard(), or by sweep() at the next
// start, wherever a crash came between. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/base/digest.h"
#include "storage/listed_file.h"
#include "storage/shelf/sealed_file.h"

namespace casewheel::storage {

// Where the shelf of a data directory is, and that of a backup directory.
inline std::string shelf_of(const std::string& directory) { return directory + "/attachments"; }

// Where the file of that blob is on a shelf.
std::string shelf_path(const std::string& shelf, std::string_view blob);

class Shelf {
 public:
  // Whether a row refers to the blob: kNotFound when none does. What cannot be told is kept.
  using FindHolder = std::function<Status(std::string_view blob)>;

  // Makes the directory when it is not there, and removes what was being written when the last process
  // ended.
  static Status open(const std::string& directory, std::string secret, FindHolder find_holder,
                     std::unique_ptr<Shelf>* shelf);
  // To look at: nothing is made, removed or put. A directory that is not there holds nothing.
  static std::unique_ptr<Shelf> read_only(const std::string& directory, std::string secret);
  ~Shelf();

  // 32 bytes: where content of that digest lies.
  std::string blob_of(std::string_view scope, const Sha256& digest) const;

  // Bytes as they come in, sealed under a key that is in memory alone. Gone with this, or with the process.
  class Draft {
   public:
    Status add(std::string_view bytes) { return writer_.add(bytes); }
    // After the last add().
    Status read_all(std::string* content);

   private:
    friend class Shelf;
    Draft(Descriptor file, const FileKey& key) : writer_(std::move(file), key), key_(key) {}
    SealedWriter writer_;
    FileKey key_;
  };
  Status make_draft(std::unique_ptr<Draft>* draft);

  // Keeps a blob from being discarded. Ends by looking whether anything refers to it: reads the store.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept { *this = std::move(other); }
    Lease& operator=(Lease&& other) noexcept {
      std::swap(shelf_, other.shelf_);
      std::swap(blob_, other.blob_);
      return *this;
    }
    ~Lease() {
      if (shelf_ != nullptr) shelf_->end_lease(blob_);
    }

   private:
    friend class Shelf;
    Lease(Shelf* shelf, std::string blob) : shelf_(shelf), blob_(std::move(blob)) {}
    Shelf* shelf_ = nullptr;
    std::string blob_;
  };
  struct Placed {
    std::string blob;
    Sha256 digest{};
    Lease lease;
  };
  Status put(std::string_view scope, std::string_view content, Placed* placed);

  // kNotFound: there is no such file. kCorruption: it is not what was put.
  Status open_file(std::string_view scope, const Sha256& digest,
                   std::unique_ptr<SealedReader>* reader) const;
  // Reads all of it and compares with the digest.
  Status check(std::string_view scope, const Sha256& digest, std::uint64_t bytes) const;
  bool has(std::string_view blob) const;

  // Unlinks the file, durably, unless a row refers to it. Not ok: it is still there; kBusy: until the end of
  // a lease or hold.
  Status discard(const std::string& blob);
  // Nothing is discarded while one of these is there: what is copied or verified stays whole.
  class Hold {
   public:
    explicit Hold(Shelf* shelf) : shelf_(shelf) {
      if (shelf_ != nullptr) shelf_->begin_hold();
    }
    ~Hold() {
      if (shelf_ != nullptr) shelf_->end_hold();
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    Shelf* shelf_;
  };
  // Waits for the end of a hold to be discarded.
  bool is_waiting(std::string_view blob) const;

  // Discards every file nothing refers to.
  Status sweep();
  // Calls with each blob that lies here; false stops.
  Status visit(const std::function<bool(const std::string& blob)>& blob) const;

  const std::string& directory() const { return directory_; }

 private:
  Shelf(std::string directory, std::string secret, FindHolder find_holder);

  std::string path_of(std::string_view blob) const;
  void derive(std::string_view what, std::string_view scope, const Sha256& digest,
              std::uint8_t* out) const;
  FileKey key_of(std::string_view scope, const Sha256& digest) const;
  Status write_draft_of(std::string_view scope, const Sha256& digest, std::string_view content,
                        std::string* path);
  Status discard_now(const std::string& blob);  // under the lock
  void end_lease(const std::string& blob);
  void begin_hold();
  void end_hold();

  const std::string directory_;
  const std::string drafts_;
  const std::string secret_;
  const FindHolder find_holder_;
  mutable std::mutex mutex_;
  std::map<std::string, int> leases_;
  int holds_ = 0;
  std::set<std::string, std::less<>> waiting_;  // to be discarded when the last hold ends
};

// Copies files of a shelf to another directory, durably. What is there is read and kept where it is as
// listed, or as the file it would be copied from; anything else is replaced. kNotFound names a file that
// should be there.
class ShelfCopy {
 public:
  ShelfCopy(std::string from, std::string to) : from_(std::move(from)), to_(std::move(to)) {}
  // `listed`: as an earlier copy was; nothing: that is not known. `found`: as it is there now.
  Status add(std::string_view blob, const std::optional<ListedFile>& listed = {},
             ListedFile* found = nullptr);
  std::uint64_t bytes() const { return bytes_; }  // of what was copied

 private:
  std::string from_;
  std::string to_;
  std::uint64_t bytes_ = 0;
};

}  // namespace casewheel::storage
