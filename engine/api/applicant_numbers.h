// The numbers applicants give: telephones in the one form they are dialled by, and what to ask about
// when a number cannot be right. Any thread.
#pragma once

#include <string>

#include "casewheel/v1/cases.pb.h"
#include "engine/catalogue/catalogue.h"

namespace casewheel::api {

namespace v1 = ::casewheel::v1;

// E.164, with "x" and the extension behind; empty when it is nobody's (1911) or cannot be dialled.
std::string dialled_phone(const std::string& typed);

// What does not look right in a lodging that was taken. Never a reason to refuse it: callers misread
// their bills, and no published number confirms the check digit of a 電號.
void add_warnings(const v1::LodgeCaseRequest& request, const catalogue::TenantRules& rules,
                  v1::LodgeCaseResponse* response);

}  // namespace casewheel::api
