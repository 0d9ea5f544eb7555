// A way in where nobody is left who can let others in: a new one-time password, on the store itself while no
// engine serves it. For whoever may write the data directory, who could change everything else in it, too.
#pragma once

#include <string>

#include "casewheel/v1/access.pb.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "storage/store.h"

namespace casewheel::api {

// Of an account that there is: its sessions end, and the trail has a line that says it was done offline and
// by which user of the machine. `now`: the machine's time.
Result<v1::UserPassword> reset_password_offline(storage::Store& store, const std::string& name,
                                                const std::string& machine_user, TimeMs now);

}  // namespace casewheel::api
