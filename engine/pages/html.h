// What the pages for people are made of: escaped text, two languages, dates, and one style that the
// security policy names by its digest. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "engine/sla/zone.h"

namespace casewheel::pages {

enum class Language { kChinese, kEnglish };

// In both languages; en may be empty: then the Chinese stands for both.
struct Names {
  std::string zh;
  std::string en;
  const std::string& in(Language language) const {
    return language == Language::kEnglish && !en.empty() ? en : zh;
  }
};

// For the content of elements and for attributes in quotes.
std::string escaped(std::string_view text);

// "115 年 3 月 2 日（一）13:00" or "Mon 2026-03-02 13:00". What is due at midnight is due at 24:00 of the day
// before.
enum class Midnight { kBegins, kEnds };
std::string date_text(const sla::Zone& zone, TimeMs time, Language language,
                      Midnight midnight = Midnight::kBegins);

// A whole document. `style` and `body` are HTML, `title` is text.
std::string document(Language language, std::string_view title, std::string_view style,
                     std::string_view body);

// "'sha256-…'" of a style, for style-src.
std::string style_source(std::string_view style);

}  // namespace casewheel::pages
