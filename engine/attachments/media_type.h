// What a file is, by its content (libmagic), and which files are taken: what people send of a case, and
// nothing that runs or that a browser would show as a page. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace casewheel::attachments {

// "image/jpeg"; text is text/plain, whatever it is about (mail, source, scripts), but for pages
// (HTML, XML); refused, naming the field "content", where it is of none of the types that are
// taken.
Result<std::string> media_type_of(std::string_view content);

// The name with an ending of the type behind it, where it has none: a program's is never the last.
std::string with_ending(std::string name, std::string_view media_type);

// One line in NFC without a path before it, at most limits::kFileNameChars characters. Refused, naming
// `field`, where nothing is left or it holds signs that turn the direction of writing.
Result<std::string> file_name_of(std::string_view field, std::string_view text);

}  // namespace casewheel::attachments
