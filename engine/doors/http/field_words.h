// What the values of HTTP's fields are made of, https://www.rfc-editor.org/rfc/rfc9110#section-5.6, and of
// URLs. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace casewheel::doors {

// Without the spaces and tabs around it.
std::string_view trimmed(std::string_view text);

// Alike but for capitals.
bool same_word(std::string_view a, std::string_view b);

// "text/csv" of "text/csv; charset=utf-8"; capitals are left.
std::string_view media_type_of(std::string_view content_type);

// Whether it may be the host of a URL, with its port, so that it can be repeated in one.
bool names_host(std::string_view text);

// With %XX for all but letters, digits and "-._~": RFC 3986, 2.3.
std::string percent_escaped(std::string_view text);

}  // namespace casewheel::doors
