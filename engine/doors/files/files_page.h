// Files of cases over plain HTTP, for what is not made for the API: forms, curl, a picture's link.
//
//   POST   /v1/cases/CASE/attachments?name=…&request_id=…   the body is the file, of any Content-Type, or a
//                                           form with one file; 201 and the attachment
//   GET    /v1/cases/CASE/attachments       the list
//   GET    /v1/cases/CASE/attachments/ID    the file, or a range of it; HEAD too
//   DELETE /v1/cases/CASE/attachments/ID?reason=…
//
// Refusals are written as Connect writes them.
#pragma once

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class FilesPage final : public Page {
 public:
  std::string_view path() const override { return "/v1/cases/"; }
  Awaitable<PageAnswer> answer(Visit& visit) override;
};

}  // namespace casewheel::doors
