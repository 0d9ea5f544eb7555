// Text that is stored in the clear, for good: numbers of other systems, names of documents. Any
// thread.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace casewheel::api {

// One line of at most `limit` characters, brought to NFC. Refused when it holds a person's number
// (telephone, identity, customer or card number, e-mail address): such text could not be erased.
Result<std::string> plain_line(const std::string& field, const std::string& text,
                               std::size_t limit);

// A language as BCP 47 writes one, with its script and region at most ("zh-TW", "zh-Hant-TW");
// extensions and private use could hold anything. "zh-TW" where none is named.
Result<std::string> language_of(const std::string& tag);

}  // namespace casewheel::api
