// Counted names, see names.h. Under the board's lock.
#include "engine/views/names.h"

namespace casewheel::views {

NameId Names::acquire(const std::string& text) {
  const auto [found, is_new] = ids_.try_emplace(text, 0);
  if (is_new) {
    if (free_.empty()) {
      found->second = static_cast<NameId>(entries_.size());
      entries_.emplace_back();
    } else {
      found->second = free_.back();
      free_.pop_back();
    }
    entries_[found->second].text = &found->first;
  }
  ++entries_[found->second].holders;
  return found->second;
}

void Names::release(NameId id) {
  Entry& entry = entries_[id];
  if (--entry.holders > 0) return;
  ids_.erase(*entry.text);
  entry.text = nullptr;
  free_.push_back(id);
}

std::size_t Names::bytes() const {
  std::size_t total = ids_.capacity() * (sizeof(void*) + 1) + entries_.capacity() * sizeof(Entry) +
                      free_.capacity() * sizeof(NameId);
  for (const auto& [text, id] : ids_) total += sizeof(text) + sizeof(id) + text.capacity() + 1;
  return total;
}

}  // namespace casewheel::views
