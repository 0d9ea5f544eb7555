// The telephone numbers applicants give, in the one form they are dialled by. Any thread.
#pragma once

#include <string>

namespace casewheel::api {

// E.164, with "x" and the extension behind; empty when it is nobody's (1911) or cannot be dialled.
std::string dialled_phone(const std::string& typed);

}  // namespace casewheel::api
