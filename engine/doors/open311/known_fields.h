// Which fields a request may have, by GeoReport v2 and the extensions that clients in use send (FixMyStreet,
// Boston's): what is not known is refused by name, so that no misspelled field is dropped. Any thread.
#pragma once

#include "engine/doors/http/form.h"
#include "engine/doors/open311/errors.h"
#include "engine/doors/open311/route.h"

namespace casewheel::doors::open311 {

// What is wrong with the names alone: fields and filters that are not known, and fields that say something
// twice. Empty where nothing is.
Errors check_names(const Form& form, Resource resource, bool posts);

}  // namespace casewheel::doors::open311
