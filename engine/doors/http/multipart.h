// Forms as RFC 7578 has them, beside those of application/x-www-form-urlencoded: what their heads say, and a
// whole one as its fields. Bytes of strangers: the caller bounds the body. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/doors/http/form.h"

namespace casewheel::doors {

// The boundary of "multipart/form-data; boundary=…"; nothing of another type. Refused: it has none.
std::optional<Result<std::string>> form_boundary(std::string_view content_type);

// Of `form-data; name="file"; filename="a.jpg"`, with the filename* of RFC 8187 before it; nothing where
// the part is no file.
std::optional<std::string> file_name_in(std::string_view disposition);

// What the head of a part names: lines that end with CR LF.
struct PartName {
  std::string field;
  std::optional<std::string> file;
};
PartName part_name_in(std::string_view head);

// Whether read_form() knows the type.
bool is_form(std::string_view content_type);

// A whole form of either type. Refused, by the name of its field: a file; else as Form::parse refuses.
Result<Form> read_form(std::string_view content_type, std::string_view body,
                       std::size_t fields_max);
Result<Form> read_parts(std::string_view body, std::string_view boundary, std::size_t fields_max);

}  // namespace casewheel::doors
