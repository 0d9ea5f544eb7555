// What the service manager is told, by the protocol of sd_notify(3): one datagram to the socket it names in
// NOTIFY_SOCKET. Where it names none, nothing happens. The few lines here save a dependency on libsystemd.
#pragma once

#include <string_view>

namespace casewheel::daemon {

// `state` as sd_notify takes it: "READY=1", "STOPPING=1".
void tell_service_manager(std::string_view state);

}  // namespace casewheel::daemon
