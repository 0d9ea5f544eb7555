// Work on a data directory that no engine is serving, and on backups: proof, repair, restore, and a way in for
// an administrator. The only part of the
// command line that touches storage; everything else speaks to an engine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "casewheel/v1/access.pb.h"
#include "engine/base/result.h"
#include "engine/cli/output.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

// Says why on the error stream, as `code` for scripts and behind `what` for people; kExitRefused.
int refused(const Status& status, const char* code, const char* what, const Output& output);

struct OfflineVerifyOptions {
  std::string data_directory;
};

// Replays the journal and compares it with the state. Progress and report go to `output`; gives
// kExitOk, kExitDisagreed when problems were found (a directory too damaged to be opened is one), or
// kExitUsage when there is nothing to verify: no data directory, or one in use.
int verify_directory(const OfflineVerifyOptions& options, const Output& output);

struct BackupsOptions {
  std::string backup_directory;
  bool verify = false;
  std::uint32_t backup_id = 0;  // to verify; 0: all
};

// Lists the backups of a directory, oldest first; `verify` reads every file of theirs, attachments too,
// and compares it with their manifests. kExitOk, kExitDisagreed when one is not whole, kExitRefused when
// there is nothing to list.
int show_backups(const BackupsOptions& options, const Output& output);

struct OfflineRestoreOptions {
  std::string backup_directory;
  std::uint32_t backup_id = 0;  // 0: the latest
  std::string data_directory;   // absent or empty
  bool accept_lacking = false;  // also where attachments were lost before the backup was taken
};

// kExitOk, or kExitRefused with the reason on the error stream; nothing is left half restored.
int restore_backup(const OfflineRestoreOptions& options, const Output& output);

struct OfflineResetOptions {
  std::string data_directory;  // of the user who runs this
  std::string name;            // of the account
};

// Gives the account a new one-time password, which `show` is called with; the way back in where nobody can
// sign in. What `show` gives, kExitRefused where there is no such account, or kExitUsage where the directory
// cannot be written: there is none, it is another user's, or an engine serves it.
int reset_user(const OfflineResetOptions& options, const Output& output,
               const std::function<int(const v1::UserPassword&)>& show);

struct OfflineRepairOptions {
  std::string data_directory;  // read, never changed
  std::string
      out_directory;  // absent or empty; default: beside it, with ".repaired" behind its name
};

// Builds a new data directory of what can be read of a damaged one, and verifies it. Names every case of
// which something could not be had. kExitOk when everything was had again, kExitDisagreed when it was not
// or the result does not verify, kExitRefused when nothing can be built, kExitUsage when there is nothing
// to repair: no data directory, one in use, or an output that is not empty.
int repair_directory(const OfflineRepairOptions& options, const Output& output);

}  // namespace casewheel::cli
