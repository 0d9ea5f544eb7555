#include "engine/doors/http/page_table.h"

#include <algorithm>

#include "engine/doors/http/page.h"

namespace casewheel::doors {

PageTable::PageTable(std::vector<std::unique_ptr<Page>> pages) : pages_(std::move(pages)) {
  std::sort(pages_.begin(), pages_.end(),
            [](const auto& a, const auto& b) { return a->path().size() > b->path().size(); });
}
PageTable::~PageTable() = default;

Page* PageTable::find(std::string_view target) const {
  const std::string_view path = target.substr(0, std::min(target.find('?'), target.size()));
  for (const std::unique_ptr<Page>& page : pages_) {
    const std::string_view own = page->path();
    if (own.size() > 1 && own.ends_with('/') ? path.starts_with(own) : path == own)
      return page.get();
  }
  return nullptr;
}

}  // namespace casewheel::doors
