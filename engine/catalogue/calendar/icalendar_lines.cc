#include "engine/catalogue/calendar/icalendar_lines.h"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/catalogue/calendar/limits.h"
#include "engine/catalogue/yaml_tree.h"

namespace casewheel::catalogue {
namespace {

constexpr std::array<std::string_view, 12> kTelling{
    "DTSTART", "DTEND",   "DURATION", "RRULE",  "EXRULE", "RDATE",
    "EXDATE",  "SUMMARY", "TRANSP",   "STATUS", "UID",    "RECURRENCE-ID"};

std::string capitals(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

// Physical lines joined where the next one begins with a blank.
class Unfolder {
 public:
  explicit Unfolder(std::string_view text) : text_(text) {}

  // Empty at the end.
  std::optional<FeedLine> next() {
    if (text_.empty()) return std::nullopt;
    FeedLine line;
    line.line = number_;
    line.text = std::string(physical());
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) {
      const std::string_view more = physical().substr(1);
      // What is too long is reported by the reader; it need not be kept whole.
      if (line.text.size() <= kFeedLineBytesMax) line.text += more;
    }
    const auto end = line.text.find_first_of(":;");
    line.name = capitals(std::string_view(line.text).substr(0, end));
    return line;
  }

 private:
  std::string_view physical() {
    const auto end = text_.find('\n');
    std::string_view line = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::string_view text_;
  std::size_t number_ = 1;
};

class Sorter {
 public:
  explicit Sorter(LineProblems& problems) : problems_(problems) {}

  FeedLines sort(std::string_view text) {
    Unfolder unfolder(text);
    std::size_t last = 1;
    while (auto line = unfolder.next()) {
      last = line->line;
      if (!take(*std::move(line))) return std::move(result_);
    }
    if (!open_.empty()) problems_.add(last, "ends before END:" + open_.back());
    if (!any_ && problems_.none()) problems_.add(1, "is empty; it begins with BEGIN:VCALENDAR");
    return std::move(result_);
  }

 private:
  // False when going on makes no sense.
  bool take(FeedLine line) {
    if (line.text.find_first_not_of(" \t") == std::string::npos) return true;
    if (line.text.size() > kFeedLineBytesMax) {
      problems_.add(line.line, "is longer than " + std::to_string(kFeedLineBytesMax) + " bytes");
      return true;
    }
    if (line.name == "BEGIN") return begin(line);
    if (open_.empty()) {
      problems_.add(line.line, "is outside of any calendar; a feed begins with BEGIN:VCALENDAR");
      return false;
    }
    if (line.name == "END") return end(line);
    if (line.name.size() == line.text.size()) {
      problems_.add(line.line, shown(line.text) + " is no property: it has no colon");
      return true;
    }
    const bool of_event = open_.back() == "VEVENT";
    if (of_event && std::find(kTelling.begin(), kTelling.end(), line.name) != kTelling.end())
      result_.events.back().properties.push_back(std::move(line));
    return true;
  }

  static std::string component(const FeedLine& line) {
    const auto colon = line.text.find(':');
    if (colon == std::string::npos) return {};
    std::string name = capitals(std::string_view(line.text).substr(colon + 1));
    while (name.ends_with(' ') || name.ends_with('\t')) name.pop_back();
    return name;
  }

  bool begin(const FeedLine& line) {
    const std::string name = component(line);
    any_ = true;
    if (open_.empty() != (name == "VCALENDAR")) {
      problems_.add(line.line, open_.empty() ? "a feed begins with BEGIN:VCALENDAR"
                                             : "a calendar within " + open_.back());
      return false;
    }
    if (open_.size() >= kFeedNestingMax) {
      problems_.add(line.line,
                    "components lie more than " + std::to_string(kFeedNestingMax) + " deep");
      return false;
    }
    if (name == "VEVENT") {
      if (open_.size() != 1) {
        problems_.add(line.line, "an event within " + open_.back());
        return false;
      }
      if (result_.events.size() >= kFeedEventsMax) {
        problems_.add(line.line, "more events than the limit of " + std::to_string(kFeedEventsMax));
        return false;
      }
      result_.events.push_back({line.line, {}});
    } else if (open_.size() == 1 && name != "VTIMEZONE") {
      ++result_.other_components;
    }
    open_.push_back(name);
    return true;
  }

  bool end(const FeedLine& line) {
    if (component(line) != open_.back()) {
      problems_.add(line.line,
                    shown(line.text) + " closes nothing; END:" + open_.back() + " is awaited");
      return false;
    }
    open_.pop_back();
    return true;
  }

  LineProblems& problems_;
  FeedLines result_;
  std::vector<std::string> open_;  // names of the components that are open
  bool any_ = false;
};

}  // namespace

const FeedLine* FeedEvent::find(std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const FeedLine& line) { return line.name == name; });
  return found == properties.end() ? nullptr : &*found;
}

FeedLines read_feed_lines(std::string_view text, LineProblems& problems) {
  return Sorter(problems).sort(text);
}

}  // namespace casewheel::catalogue
