// What a changed calendar or policy would do to open cases, as the API shows it. Long work.
#pragma once

#include "casewheel/v1/calendars.pb.h"
#include "engine/api/call.h"
#include "engine/api/convert.h"
#include "engine/api/work.h"

namespace casewheel::api {

// `next`: what would be in force, with versions and editions set.
Result<v1::ChangePreview> preview_of(const Services& services, const catalogue::Registry& next,
                                     Work& work);

}  // namespace casewheel::api
