// POST /v1/intake?tenant=T&source=S: a table of cases in one request, as CSV (UTF-8, UTF-16 or Big5) or JSON
// Lines, whose columns are named as the fields of LodgeCaseRequest (engine/tables/lodge_columns.h). Every row is
// fed as Intake.Ingest feeds it, and answered on a line of JSON as soon as it is durable; the last line
// counts them. The same table again makes nothing new.
#pragma once

#include <memory>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

class IntakePage final : public Page {
 public:
  std::string_view path() const override { return "/v1/intake"; }
  Awaitable<PageAnswer> answer(Visit& visit) override;

 private:
  // A table is in memory while it is read.
  static constexpr std::size_t kTableBytes = 16 * 1024 * 1024;
  static constexpr std::size_t kTablesAtOnce = 4;

  // Counts the tables there are, which may outlast the page's own calls; on the door's thread.
  const std::shared_ptr<api::Places> tables_ =
      std::make_shared<api::Places>("tables being read", kTablesAtOnce, 10 * kSecondMs);
};

}  // namespace casewheel::doors
