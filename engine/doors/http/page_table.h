// The pages of the HTTP door by their paths. Filled in once; any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace casewheel::doors {

class Page;

class PageTable {
 public:
  explicit PageTable(std::vector<std::unique_ptr<Page>> pages);
  ~PageTable();

  // The one with the longest path that fits, before any "?" of the target; null: there is none.
  Page* find(std::string_view target) const;

 private:
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace casewheel::doors
