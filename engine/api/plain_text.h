// Text that is stored in the clear, for good: numbers of other systems, names of documents. Any thread.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace casewheel::api {

// One line of at most `limit` characters, brought to NFC. Refused when it holds what is a person's for
// certain (a mobile telephone, identity or card number, an e-mail address): such text could not be erased.
Result<std::string> plain_line(const std::string& field, const std::string& text,
                               std::size_t limit);

}  // namespace casewheel::api
