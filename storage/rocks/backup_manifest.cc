// See backup_manifest.h.
#include "storage/rocks/backup_manifest.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "storage/shelf/shelf.h"

namespace casewheel::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFirstLine = "casewheel-backup 1";
std::string text_of(const Sha256& digest) { return hex(bytes_of(digest)); }

std::string lines_of(const BackupManifest& manifest) {
  std::ostringstream out;
  out << kFirstLine << "\nbackup " << manifest.id << " " << manifest.taken << "\n";
  for (const auto& [path, file] : manifest.files)
    out << "file " << text_of(file.digest) << " " << file.bytes << " " << path << "\n";
  for (const auto& [blob, file] : manifest.attachments)
    out << "attachment " << text_of(file.digest) << " " << file.bytes << " " << hex(blob) << "\n";
  for (const std::string& blob : manifest.lacking) out << "lacking " << hex(blob) << "\n";
  for (const std::string& fact : manifest.facts) out << "fact " << fact << "\n";
  std::string lines = out.str();
  return lines + "end " + text_of(sha256(lines)) + "\n";
}

template <typename Number>
bool parse_number(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

// Takes the word before the next space off `line`.
std::string_view next_word(std::string_view* line) {
  const std::size_t space = line->find(' ');
  const std::string_view word = line->substr(0, space);
  line->remove_prefix(space == std::string_view::npos ? line->size() : space + 1);
  return word;
}

bool parse_line(std::string_view line, BackupManifest* manifest) {
  const std::string_view what = next_word(&line);
  if (what == "backup") {
    return parse_number(next_word(&line), &manifest->id) && parse_number(line, &manifest->taken);
  }
  if (what == "fact") {
    manifest->facts.emplace_back(line);
    return true;
  }
  if (what == "lacking") {
    const std::optional<std::string> blob = bytes_of_hex(line);
    return blob && manifest->lacking.insert(*blob).second;
  }
  if (what != "file" && what != "attachment") return false;
  ListedFile file;
  const std::optional<std::string> digest = bytes_of_hex(next_word(&line));
  if (!digest || digest->size() != file.digest.size()) return false;
  std::copy(digest->begin(), digest->end(), file.digest.begin());
  if (!parse_number(next_word(&line), &file.bytes) || line.empty()) return false;
  if (what == "file") return manifest->files.emplace(line, file).second;
  const std::optional<std::string> blob = bytes_of_hex(line);
  return blob && manifest->attachments.emplace(*blob, file).second;
}

bool parse(std::string_view bytes, BackupManifest* manifest) {
  const std::size_t end = bytes.rfind("end ");
  if (end == std::string_view::npos) return false;
  std::string_view lines = bytes.substr(0, end);
  if (bytes.substr(end) != "end " + text_of(sha256(lines)) + "\n") return false;
  bool first = true;
  while (!lines.empty()) {
    const std::size_t newline = lines.find('\n');
    if (newline == std::string_view::npos) return false;
    const std::string_view line = lines.substr(0, newline);
    if (first ? line != kFirstLine : !parse_line(line, manifest)) return false;
    first = false;
    lines.remove_prefix(newline + 1);
  }
  return !first;
}

}  // namespace

std::string manifests_of(const std::string& backup_dir) { return backup_dir + "/manifests"; }

Status write_manifest(const std::string& backup_dir, const BackupManifest& manifest) {
  const std::string folder = manifests_of(backup_dir);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return {Status::Code::kIoError, "cannot create " + folder + ": " + error.message()};
  const std::string path = folder + "/" + std::to_string(manifest.id);
  if (Status status = write_durably(path + ".partial", lines_of(manifest)); !status) return status;
  fs::rename(path + ".partial", path, error);
  if (error) return {Status::Code::kIoError, "cannot move " + path + ": " + error.message()};
  if (Status status = sync_folder(folder); !status) return status;
  return sync_folder(backup_dir);
}

Status read_manifest(const std::string& backup_dir, std::uint32_t id, BackupManifest* manifest) {
  *manifest = BackupManifest();
  const std::string path = manifests_of(backup_dir) + "/" + std::to_string(id);
  std::error_code error;
  if (!fs::exists(path, error)) {
    return {Status::Code::kNotFound, "backup " + std::to_string(id) +
                                         " is not whole: it has no manifest, so it was cut short"};
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in || !parse(bytes.view(), manifest) || manifest->id != id)
    return {Status::Code::kCorruption, "the manifest " + path + " is not as it was written"};
  return {};
}

Status list_manifests(const std::string& backup_dir, std::vector<std::uint32_t>* ids) {
  ids->clear();
  const std::string folder = manifests_of(backup_dir);
  std::error_code error;
  if (!fs::exists(folder, error)) return {};
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::uint32_t id = 0;
    if (parse_number(std::string_view(it->path().filename().string()), &id) && id != 0)
      ids->push_back(id);
  }
  if (error) return {Status::Code::kIoError, "cannot list " + folder + ": " + error.message()};
  std::sort(ids->begin(), ids->end());
  return {};
}

Status ManifestCheck::check_file(const std::string& path, const ListedFile& listed) {
  const auto [known, is_new] = looked_at_.try_emplace(path);
  if (is_new) {
    const Status status = look_at_file(path, &known->second);
    if (!status && status.code() != Status::Code::kNotFound) {
      looked_at_.erase(known);
      return status;
    }
  }
  if (known->second == listed) return {};
  if (known->second == ListedFile()) return {Status::Code::kCorruption, path + " is missing"};
  return {Status::Code::kCorruption, path + " is not as it was written"};
}

Status ManifestCheck::check(const BackupManifest& manifest) {
  for (const auto& [path, listed] : manifest.files) {
    if (Status status = check_file(backup_dir_ + "/" + path, listed); !status) return status;
  }
  for (const auto& [blob, listed] : manifest.attachments) {
    const std::string path = shelf_path(shelf_of(backup_dir_), blob);
    if (Status status = check_file(path, listed); !status) return status;
  }
  return {};
}

}  // namespace casewheel::storage
