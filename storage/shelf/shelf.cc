#include "storage/shelf/shelf.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "engine/base/result.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlobNameBytes = 32;

Status failed(const std::string& doing, const std::string& path, int error) {
  return {error == ENOSPC || error == EDQUOT ? Status::Code::kNoSpace : Status::Code::kIoError,
          "cannot " + doing + " " + path + ": " + std::strerror(error)};
}

// The folder and its name in the one above, durably.
Status make_folder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return {};
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("create", path, errno);
  return sync_folder(fs::path(path).parent_path());
}

std::string folder_of(const std::string& directory, std::string_view blob) {
  return directory + "/" + hex(blob.substr(0, 1));
}

// Fills `path` with the name of a new, empty file of the folder.
Status make_file(const std::string& folder, std::string* path, Descriptor* file) {
  *path = folder + "/XXXXXX";
  *file = Descriptor(::mkostemp(path->data(), O_CLOEXEC));
  return file->is_open() ? Status() : failed("create a file in", folder, errno);
}

}  // namespace

std::string shelf_path(const std::string& shelf, std::string_view blob) {
  return folder_of(shelf, blob) + "/" + hex(blob);
}

Shelf::Shelf(std::string directory, std::string secret, FindHolder find_holder)
    : directory_(std::move(directory)),
      drafts_(directory_ + "/drafts"),
      secret_(std::move(secret)),
      find_holder_(std::move(find_holder)) {}
Shelf::~Shelf() = default;

Status Shelf::open(const std::string& directory, std::string secret, FindHolder find_holder,
                   std::unique_ptr<Shelf>* shelf) {
  shelf->reset(new Shelf(directory, std::move(secret), std::move(find_holder)));
  const std::string& drafts = (*shelf)->drafts_;
  std::error_code error;
  fs::remove_all(drafts, error);
  if (error) return {Status::Code::kIoError, "cannot remove " + drafts + ": " + error.message()};
  if (Status status = make_folder(directory); !status) return status;
  return make_folder(drafts);
}

std::unique_ptr<Shelf> Shelf::read_only(const std::string& directory, std::string secret) {
  return std::unique_ptr<Shelf>(new Shelf(directory, std::move(secret), nullptr));
}

void Shelf::derive(std::string_view what, std::string_view scope, const Sha256& digest,
                   std::uint8_t* out) const {
  const std::string info =
      std::string(bytes_of(sha256_of_parts({"casewheel shelf", what, scope, bytes_of(digest)})));
  const auto octets = [](const char* name, const std::string& bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
  };
  std::string hash = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, secret_), octets(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end()};
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  const bool ok = EVP_KDF_derive(context, out, kBlobNameBytes, parameters) == 1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  CASEWHEEL_CHECK(ok, "a key could not be derived");
}

std::string Shelf::blob_of(std::string_view scope, const Sha256& digest) const {
  std::string blob(kBlobNameBytes, '\0');
  derive("name", scope, digest, reinterpret_cast<std::uint8_t*>(blob.data()));
  return blob;
}

FileKey Shelf::key_of(std::string_view scope, const Sha256& digest) const {
  FileKey key;
  static_assert(sizeof(key) == kBlobNameBytes);
  derive("key", scope, digest, key.data());
  return key;
}

std::string Shelf::path_of(std::string_view blob) const { return shelf_path(directory_, blob); }

Status Shelf::make_draft(std::unique_ptr<Draft>* draft) {
  std::string path;
  Descriptor file;
  if (Status status = make_file(drafts_, &path, &file); !status) return status;
  if (::unlink(path.c_str()) != 0) return failed("unlink", path, errno);
  FileKey key;
  CASEWHEEL_CHECK(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1, "no random bytes");
  draft->reset(new Draft(std::move(file), key));
  return {};
}

Status Shelf::Draft::read_all(std::string* content) {
  if (Status status = writer_.finish(); !status) return status;
  std::unique_ptr<SealedReader> reader;
  if (Status status = SealedReader::open(writer_.release(), key_, &reader); !status) return status;
  return reader->read_all(content);
}

// Under its own key already, synced, and not yet in its place.
Status Shelf::write_draft_of(std::string_view scope, const Sha256& digest, std::string_view content,
                             std::string* path) {
  Descriptor file;
  if (Status status = make_file(drafts_, path, &file); !status) return status;
  SealedWriter writer(std::move(file), key_of(scope, digest));
  Status status = writer.add(content);
  if (status) status = writer.finish();
  if (status && ::fsync(writer.descriptor()) != 0) status = failed("sync", *path, errno);
  if (!status) ::unlink(path->c_str());
  return status;
}

Status Shelf::put(std::string_view scope, std::string_view content, Placed* placed) {
  placed->digest = sha256(content);
  placed->blob = blob_of(scope, placed->digest);
  {
    const std::scoped_lock lock(mutex_);
    ++leases_[placed->blob];
  }
  placed->lease = Lease(this, placed->blob);
  const std::string folder = folder_of(directory_, placed->blob);
  // A file that was damaged since is written anew.
  if (has(placed->blob) && check(scope, placed->digest, content.size())) return sync_folder(folder);
  std::string path;
  if (Status status = make_folder(folder); !status) return status;
  if (Status status = write_draft_of(scope, placed->digest, content, &path); !status) return status;
  if (::rename(path.c_str(), path_of(placed->blob).c_str()) != 0) {
    const Status status = failed("move", path, errno);
    ::unlink(path.c_str());
    return status;
  }
  return sync_folder(folder);
}

Status Shelf::open_file(std::string_view scope, const Sha256& digest,
                        std::unique_ptr<SealedReader>* reader) const {
  const std::string path = path_of(blob_of(scope, digest));
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open() && errno == ENOENT) return {Status::Code::kNotFound, "there is no " + path};
  if (!file.is_open()) return failed("open", path, errno);
  const Status status = SealedReader::open(std::move(file), key_of(scope, digest), reader);
  return status ? status : Status(status.code(), status.message() + ": " + path);
}

Status Shelf::check(std::string_view scope, const Sha256& digest, std::uint64_t bytes) const {
  std::unique_ptr<SealedReader> reader;
  if (Status status = open_file(scope, digest, &reader); !status) return status;
  if (reader->bytes() != bytes) return {Status::Code::kCorruption, "has another length"};
  Sha256Stream content;
  std::string piece;
  for (std::uint64_t offset = 0; offset < bytes; offset += piece.size()) {
    if (Status status = reader->read(offset, &piece); !status) return status;
    content.add(piece);
  }
  if (content.finish() != digest) return {Status::Code::kCorruption, "has another content"};
  return {};
}

bool Shelf::has(std::string_view blob) const { return ::access(path_of(blob).c_str(), F_OK) == 0; }

Status Shelf::discard(const std::string& blob) {
  const std::scoped_lock lock(mutex_);
  return discard_now(blob);
}

Status Shelf::discard_now(const std::string& blob) {
  if (leases_.contains(blob))  // looked at again when the last ends
    return {Status::Code::kBusy, "the same file is just being sent once more"};
  if (holds_ > 0) {
    waiting_.insert(blob);
    return {Status::Code::kBusy, "files are being copied or verified"};
  }
  waiting_.erase(blob);
  const Status held = find_holder_(blob);
  if (held) return {};
  if (held.code() != Status::Code::kNotFound) return held;
  const std::string path = path_of(blob);
  if (::unlink(path.c_str()) != 0)
    return errno == ENOENT ? Status() : failed("unlink", path, errno);
  return sync_folder(folder_of(directory_, blob));
}

void Shelf::end_lease(const std::string& blob) {
  const std::scoped_lock lock(mutex_);
  const auto lease = leases_.find(blob);
  if (--lease->second > 0) return;
  leases_.erase(lease);
  // What cannot be discarded now is so at the next start.
  static_cast<void>(discard_now(blob).is_ok());
}

void Shelf::begin_hold() {
  const std::scoped_lock lock(mutex_);
  ++holds_;
}

void Shelf::end_hold() {
  const std::scoped_lock lock(mutex_);
  if (--holds_ > 0) return;
  const auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const std::string& blob : waiting) static_cast<void>(discard_now(blob).is_ok());
}

bool Shelf::is_waiting(std::string_view blob) const {
  const std::scoped_lock lock(mutex_);
  return waiting_.contains(blob);
}

Status Shelf::visit(const std::function<bool(const std::string& blob)>& visit) const {
  std::error_code error;
  if (!fs::exists(directory_, error)) return {};
  for (fs::recursive_directory_iterator it(directory_, error), end; !error && it != end;
       it.increment(error)) {
    if (it.depth() != 1 || !it->is_regular_file(error)) continue;
    const std::optional<std::string> blob = bytes_of_hex(it->path().filename().string());
    if (blob && blob->size() == kBlobNameBytes && !visit(*blob)) return {};
  }
  if (error) return {Status::Code::kIoError, "cannot list " + directory_ + ": " + error.message()};
  return {};
}

Status Shelf::sweep() {
  Status worst;
  const Status visited = visit([&](const std::string& blob) {
    Status status = discard(blob);
    if (!status && status.code() != Status::Code::kBusy) worst = std::move(status);
    return true;
  });
  return visited ? worst : visited;
}

Status ShelfCopy::add(std::string_view blob, const std::optional<ListedFile>& listed,
                      ListedFile* found) {
  ListedFile ignored;
  ListedFile* const copied = found == nullptr ? &ignored : found;
  const std::string from = shelf_path(from_, blob);
  const std::string to = shelf_path(to_, blob);
  const Status there = look_at_file(to, copied);
  if (!there && there.code() != Status::Code::kNotFound) return there;
  if (there && listed && *copied == *listed) return {};
  ListedFile source;
  if (Status status = look_at_file(from, &source); !status) return status;
  if (there && *copied == source) return {};
  if (Status status = make_folder(to_); !status) return status;
  const std::string folder = folder_of(to_, blob);
  if (Status status = make_folder(folder); !status) return status;
  const std::string partial = to + ".partial";
  if (Status status = copy_durably(from, partial); !status) return status;
  if (Status status = look_at_file(partial, copied); !status) return status;
  if (*copied != source) return {Status::Code::kIoError, partial + " was written other than read"};
  if (::rename(partial.c_str(), to.c_str()) != 0) return failed("move", partial, errno);
  bytes_ += source.bytes;
  return sync_folder(folder);
}

}  // namespace casewheel::storage
