// Who stood in a case before a correction replaced them. An export gives nobody another person's data: what
// was replaced is withheld from the present applicant, and given to whom it was about. Reads the journal:
// on services.pools.
#pragma once

#include <string_view>

#include "casewheel/v1/privacy.pb.h"
#include "engine/api/convert.h"
#include "engine/api/persons.h"
#include "storage/log.h"

namespace casewheel::api {

// The revision of the latest correction of who the applicant is: name, telephone, e-mail, address or
// customer number. 0: there is none that can be read.
std::uint32_t latest_change_of_applicant(const storage::Log& log, const CaseAddress& address,
                                         const partition::CaseRecord& record);

// What corrections of the case replaced together with a telephone, e-mail or customer number that is the
// person's.
void add_former(const storage::Log& log, const CaseAddress& address,
                const partition::CaseRecord& record, std::string_view secret,
                const PersonDigests& person, v1::ExportPersonResponse* response);

}  // namespace casewheel::api
