// The counties and cities (縣市) by which closures are declared and which cases name. Pure, any
// thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace casewheel::catalogue {

// The 22 of them, as the Ministry of the Interior writes them.
std::span<const std::string_view> counties();

// The one way a county is compared: blanks (half and full width) around it gone, 台 written 臺, so
// that 台北市 is 臺北市. Other text comes back as it is.
std::string county_name(std::string_view text);

// Whether `text`, after county_name(), is one of the 22.
bool is_county(std::string_view text);

// The one of the 22 that `text` means: in full, without 縣 or 市 where only one has that name (臺南), or with
// something behind it (臺北市中山區). Empty where none is meant, or more than one could be (新竹).
std::string_view meant_county(std::string_view text);

// Those that begin as `text` does: whoever wrote it may have meant one of them.
std::vector<std::string_view> like_counties(std::string_view text);

// Why `text` is none, for messages: "'台南' is no county or city; did you mean 臺南市?"
std::string no_county(std::string_view text);

}  // namespace casewheel::catalogue
