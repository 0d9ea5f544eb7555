#include "engine/api/denials.h"

#include <utility>

namespace casewheel::api {

void Denials::end(Window* window, std::vector<Line>* lines) {
  if (window->folded == 0) return;
  Line& line = lines->emplace_back(std::move(window->last));
  // What the last of them was about may be said of it alone.
  line.set_detail("the last of " + std::to_string(window->folded) + " more denials within " +
                  std::to_string(kWindowMs / kSecondMs) + " s");
  window->folded = 0;
}

std::vector<Denials::Line> Denials::take(Line line, std::int64_t steady_ms) {
  std::vector<Line> lines;
  const std::scoped_lock lock(mutex_);
  auto found = windows_.find(line.who());
  if (found != windows_.end() && steady_ms - found->second.begun_ms >= kWindowMs) {
    end(&found->second, &lines);
    found->second = Window{steady_ms};
  }
  if (found == windows_.end()) {
    if (windows_.size() >= kNamesMax) {
      for (auto& [who, window] : windows_) end(&window, &lines);
      windows_.clear();
    }
    found = windows_.emplace(line.who(), Window{steady_ms}).first;
  }
  Window& window = found->second;
  if (window.lines < kLinesOfWindow) {
    ++window.lines;
    lines.push_back(std::move(line));
  } else {
    ++window.folded;
    window.last = std::move(line);
  }
  return lines;
}

std::vector<Denials::Line> Denials::over(std::int64_t steady_ms) {
  std::vector<Line> lines;
  const std::scoped_lock lock(mutex_);
  for (auto at = windows_.begin(); at != windows_.end();) {
    if (steady_ms - at->second.begun_ms < kWindowMs) {
      ++at;
      continue;
    }
    end(&at->second, &lines);
    at = windows_.erase(at);
  }
  return lines;
}

std::vector<Denials::Line> Denials::all() {
  std::vector<Line> lines;
  const std::scoped_lock lock(mutex_);
  for (auto& [who, window] : windows_) end(&window, &lines);
  windows_.clear();
  return lines;
}

}  // namespace casewheel::api
