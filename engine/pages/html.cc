#include "engine/pages/html.h"

#include <absl/strings/escaping.h>

#include <array>
#include <cstdio>

#include "engine/base/digest.h"
#include "engine/sla/calendar.h"

namespace casewheel::pages {

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string date_text(const sla::Zone& zone, TimeMs time, Language language, Midnight midnight) {
  constexpr std::array<const char*, 7> kZh = {"一", "二", "三", "四", "五", "六", "日"};
  constexpr std::array<const char*, 7> kEn = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  sla::WallTime wall = zone.wall_time(time);
  if (midnight == Midnight::kEnds && wall.time_ms == 0) wall = {wall.date - 1, kDayMs};
  const int day = static_cast<int>(sla::yyyymmdd(wall.date));
  const auto weekday = static_cast<std::size_t>(sla::weekday(wall.date) - 1);
  const int minutes = static_cast<int>(wall.time_ms / kMinuteMs);
  char buffer[80];
  if (language == Language::kChinese) {
    std::snprintf(buffer, sizeof buffer, "%d 年 %d 月 %d 日（%s）%02d:%02d", day / 10000 - 1911,
                  day / 100 % 100, day % 100, kZh[weekday], minutes / 60, minutes % 60);
  } else {
    std::snprintf(buffer, sizeof buffer, "%s %04d-%02d-%02d %02d:%02d", kEn[weekday], day / 10000,
                  day / 100 % 100, day % 100, minutes / 60, minutes % 60);
  }
  return buffer;
}

std::string document(Language language, std::string_view title, std::string_view style,
                     std::string_view body) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"";
  out += language == Language::kEnglish ? "en" : "zh-Hant-TW";
  out += "\"><head><meta charset=\"utf-8\">";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">";
  out += "<meta name=\"robots\" content=\"noindex\"><title>" + escaped(title) + "</title><style>";
  out += style;
  out += "</style></head>\n<body>";
  out += body;
  return out + "</body></html>\n";
}

std::string style_source(std::string_view style) {
  const Sha256 digest = sha256(style);
  return "'sha256-" +
         absl::Base64Escape(
             absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())) +
         "'";
}

}  // namespace casewheel::pages
