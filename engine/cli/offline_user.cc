// A new one-time password without an engine.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "engine/api/recovery.h"
#include "engine/base/clock.h"
#include "engine/cli/failure.h"
#include "engine/cli/offline.h"
#include "engine/cli/session.h"
#include "storage/rocks/rocks_store.h"

namespace casewheel::cli {
namespace {

std::string name_of(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  return entry == nullptr ? std::to_string(user) : entry->pw_name;
}

// Why this process must not write there; empty: it may. Files of another user than the engine's would keep it
// from starting.
std::string refused_owner(const std::string& directory) {
  struct stat found {};
  if (::stat(directory.c_str(), &found) != 0) return directory + ": " + std::strerror(errno);
  if (found.st_uid == ::geteuid()) return "";
  const std::string owner = name_of(found.st_uid);
  return directory + ": belongs to the user " + owner + "; run this as that user: runuser -u " +
         owner + " -- casewheel user reset …";
}

}  // namespace

int reset_user(const OfflineResetOptions& options, const Output& output,
               const std::function<int(const v1::UserPassword&)>& show) {
  if (const std::string refusal = refused_owner(options.data_directory); !refusal.empty())
    return usage_error(output, refusal);
  ::umask(0077);  // as the engine: what is stored is nobody else's
  std::unique_ptr<storage::Store> store;
  storage::RocksOptions opening;
  opening.path = options.data_directory;
  if (Status status = storage::open_rocks(opening, &store); !status) {
    const bool busy = status.code() == Status::Code::kBusy;
    return usage_error(output, options.data_directory + ": " + status.message() +
                                   (busy ? "; stop the engine first" : ""));
  }
  const Result<v1::UserPassword> answer = api::reset_password_offline(
      *store, options.name, name_of(::getuid()), machine_clock().system_ms());
  if (!answer) {
    const Status why(Status::Code::kInvalid, answer.error().message);
    return refused(why, "RESET_FAILED", "未重設 not reset", output);
  }
  return show(*answer);
}

}  // namespace casewheel::cli
