#include "engine/attachments/media_type.h"

#include <magic.h>

#include <algorithm>
#include <array>
#include <memory>

#include "engine/base/limits.h"
#include "engine/base/text.h"

namespace casewheel::attachments {
namespace {

struct Type {
  std::string_view found;                   // as libmagic says it
  std::string_view name;                    // as it is stored
  std::array<std::string_view, 4> endings;  // the first is the usual one
};

constexpr std::string_view kWordprocessing =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr std::string_view kSpreadsheet =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

constexpr std::array kTypes = {
    Type{"image/jpeg", "image/jpeg", {".jpg", ".jpeg"}},
    Type{"image/png", "image/png", {".png"}},
    Type{"image/gif", "image/gif", {".gif"}},
    Type{"image/webp", "image/webp", {".webp"}},
    Type{"image/heic", "image/heic", {".heic", ".heif"}},
    Type{"application/pdf", "application/pdf", {".pdf"}},
    Type{"text/plain", "text/plain", {".txt", ".csv", ".log"}},
    Type{"text/csv", "text/csv", {".csv", ".txt"}},
    Type{"application/csv", "text/csv", {".csv", ".txt"}},
    Type{kWordprocessing, kWordprocessing, {".docx"}},
    Type{kSpreadsheet, kSpreadsheet, {".xlsx"}},
    Type{"application/vnd.oasis.opendocument.text",
         "application/vnd.oasis.opendocument.text",
         {".odt"}},
    Type{"application/vnd.oasis.opendocument.spreadsheet",
         "application/vnd.oasis.opendocument.spreadsheet",
         {".ods"}},
    Type{"audio/mpeg", "audio/mpeg", {".mp3"}},
    Type{"audio/x-wav", "audio/wav", {".wav"}},
    Type{"audio/ogg", "audio/ogg", {".ogg", ".oga", ".opus"}},
    Type{"audio/AMR", "audio/amr", {".amr"}},
    Type{"audio/amr", "audio/amr", {".amr"}},
};

// What a browser shows as a page, or a program as a document with what runs in it.
constexpr std::array<std::string_view, 6> kPages = {"text/html",        "text/xml",
                                                    "text/rtf",         "text/x-server-parsed-html",
                                                    "text/vnd.wap.wml", "text/cache-manifest"};
// Text that libmagic does not call text.
constexpr std::array<std::string_view, 8> kOfApplications = {
    "application/json",       "application/x-ndjson",
    "application/javascript", "application/x-subrip",
    "application/x-tex",      "application/x-bibtex-text-file",
    "application/pgp-keys",   "application/x-wine-extension-ini"};

template <typename List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// A letter with its mail's head, a log with braces, a list that begins with "#!": libmagic guesses
// at what text is
// about, and here it is text all the same. It is kept as such, and given out as a file with a
// text's ending.
bool is_other_text(std::string_view found, std::string_view content) {
  if (content.find('\0') != std::string_view::npos) return false;
  if (found.starts_with("text/")) return !holds(kPages, found);
  return found.starts_with("message/") || holds(kOfApplications, found);
}

struct CloseMagic {
  void operator()(magic_set* magic) const { magic_close(magic); }
};

// A cookie is not for two threads at once. Null: what libmagic knows of types is not installed.
magic_t magic_of_thread() {
  thread_local const std::unique_ptr<magic_set, CloseMagic> magic = [] {
    std::unique_ptr<magic_set, CloseMagic> opened(
        magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR));
    if (opened && magic_load(opened.get(), nullptr) != 0) opened.reset();
    return opened;
  }();
  return magic.get();
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool ends_with(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() && std::equal(ending.rbegin(), ending.rend(), name.rbegin(),
                                                   [](char a, char b) { return a == lower(b); });
}

Rejection not_taken(const std::string& what) {
  return Rejection::invalid("content",
                            "is " + what +
                                ", which is not taken: send a photograph (JPEG, PNG, GIF, "
                                "WebP, HEIC), PDF, plain text, CSV, DOCX, XLSX, ODT, ODS, or "
                                "sound (MP3, WAV, OGG, AMR)");
}

}  // namespace

Result<std::string> media_type_of(std::string_view content) {
  if (content.empty()) return Rejection::invalid("content", "is empty");
  const magic_t magic = magic_of_thread();
  if (magic == nullptr)
    return Rejection::of(RejectionCode::kFailedPrecondition,
                         "the types of files are not known here: libmagic-mgc is not installed");
  const char* found = magic_buffer(magic, content.data(), content.size());
  if (found == nullptr) return not_taken("of a type that cannot be told");
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [found](const Type& one) { return one.found == found; });
  if (type == kTypes.end())
    return is_other_text(found, content) ? Result<std::string>("text/plain") : not_taken(found);
  // Macros of an office document run: their name stands in the list of what is in it.
  if (content.starts_with("PK") && content.find("vbaProject.bin") != std::string_view::npos)
    return not_taken("a document with macros");
  return std::string(type->name);
}

std::string with_ending(std::string name, std::string_view media_type) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [media_type](const Type& one) { return one.name == media_type; });
  if (type == kTypes.end()) return name;
  for (const std::string_view ending : type->endings) {
    if (!ending.empty() && ends_with(name, ending)) return name;
  }
  return name.append(type->endings.front());
}

Result<std::string> file_name_of(std::string_view field, std::string_view text) {
  const std::size_t slash = text.find_last_of("/\\");
  if (slash != std::string_view::npos) text.remove_prefix(slash + 1);
  if (text.empty() || text == "." || text == "..")
    return Rejection::invalid(std::string(field), "is required: the name of a file");
  Result<std::string> name = clean_text(field, text, limits::kFileNameChars, TextKind::kLine);
  if (!name) return name;
  // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: "gpj.exe" read as "exe.jpg".
  for (std::size_t i = 0; i + 2 < name->size(); ++i) {
    const std::string_view sign = std::string_view(*name).substr(i, 3);
    if (!sign.starts_with("\xe2\x80") && !sign.starts_with("\xe2\x81")) continue;
    const auto last = static_cast<unsigned char>(sign[2]);
    const bool turns = sign[1] == '\x80'
                           ? last == 0x8e || last == 0x8f || (last >= 0xaa && last <= 0xae)
                           : last >= 0xa6 && last <= 0xa9;
    if (turns)
      return Rejection::invalid(std::string(field),
                                "holds signs that turn the direction of writing");
  }
  return name;
}

}  // namespace casewheel::attachments
