// A QR code (ISO/IEC 18004) as SVG, to stand in a page. Pure, any thread.
#pragma once

#include <string>

namespace casewheel::pages {

// `label` says where it leads, for who does not see it. Empty when the text is longer than a code holds.
std::string qr_code(const std::string& text, const std::string& label);

}  // namespace casewheel::pages
