// Text as other programs saved it, into UTF-8. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace casewheel {

// Big5 with Microsoft's additions, as Windows saves it. Nothing, with the byte it ended at, when the text
// is not that.
std::optional<std::string> from_big5(std::string_view text, std::size_t* at);

// UTF-8 with or without its mark, UTF-16 with its mark (a spreadsheet's "Unicode text"), or Big5, which has
// none: what is no UTF-8 is taken for it. Nothing when it is none of these.
std::optional<std::string> to_utf8(std::string text);

}  // namespace casewheel
