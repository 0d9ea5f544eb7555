#include "engine/catalogue/calendar/dgpa.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "engine/base/charset.h"
#include "engine/base/text.h"
#include "engine/catalogue/calendar/day_text.h"
#include "engine/catalogue/calendar/limits.h"
#include "engine/catalogue/calendar/line_problems.h"
#include "engine/catalogue/limits.h"
#include "engine/catalogue/yaml_tree.h"
#include "engine/sla/calendar.h"

namespace casewheel::catalogue {
namespace {

constexpr std::array<std::string_view, 4> kHeader{"西元日期", "星期", "是否放假", "備註"};
constexpr std::array<std::string_view, 7> kWeekdays{"一", "二", "三", "四", "五", "六", "日"};

// How much of the text is UTF-8, in whole lines.
std::size_t utf8_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = text.find('\n', at);
    const auto next = end == std::string_view::npos ? text.size() : end + 1;
    if (!is_utf8(text.substr(at, next - at))) break;
    at = next;
  }
  return at;
}

struct Row {
  std::size_t line = 0;  // where it begins
  std::vector<std::string> fields;
};

// The rows of a CSV (RFC 4180), blank ones left out.
class Rows {
 public:
  Rows(std::string_view text, LineProblems& problems) : text_(text), problems_(problems) {}

  std::vector<Row> read() {
    while (at_ < text_.size()) {
      Row row;
      row.line = line_;
      while (field(row)) {
      }
      const bool blank =
          std::all_of(row.fields.begin(), row.fields.end(), [](auto& f) { return f.empty(); });
      if (!blank) rows_.push_back(std::move(row));
    }
    return std::move(rows_);
  }

 private:
  // Whether another field of the row follows.
  bool field(Row& row) {
    std::string value;
    const std::size_t begin_line = line_;
    if (at_ < text_.size() && text_[at_] == '"') {
      bool closed = false;
      for (++at_; at_ < text_.size() && !closed; ++at_) {
        if (text_[at_] != '"') {
          if (text_[at_] == '\n') ++line_;
          value.push_back(text_[at_]);
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          value.push_back(text_[at_++]);
        } else {
          closed = true;
        }
      }
      if (!closed) problems_.add(begin_line, "a quotation mark is opened and never closed");
      if (closed && at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\r' &&
          text_[at_] != '\n') {
        problems_.add(line_, "text follows a closing quotation mark");
      }
    }
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') {
      value.push_back(text_[at_++]);
    }
    const bool more = at_ < text_.size() && text_[at_] == ',';
    if (at_ < text_.size() && text_[at_] == '\n') ++line_;
    if (at_ < text_.size()) ++at_;
    if (!more && value.ends_with('\r')) value.pop_back();
    const auto first = value.find_first_not_of(' ');
    value = first == std::string::npos
                ? std::string{}
                : value.substr(first, value.find_last_not_of(' ') - first + 1);
    row.fields.push_back(std::move(value));
    return more;
  }

  std::string_view text_;
  LineProblems& problems_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<Row> rows_;
};

class YearReader {
 public:
  explicit YearReader(LineProblems& problems) : problems_(problems) {}

  YearOfDays read(const std::vector<Row>& rows) {
    if (rows.empty()) {
      problems_.add(1, "is empty; it begins with 西元日期,星期,是否放假,備註");
      return {};
    }
    const Row& header = rows.front();
    if (!std::equal(header.fields.begin(), header.fields.end(), kHeader.begin(), kHeader.end())) {
      problems_.add(header.line, "the header is not 西元日期,星期,是否放假,備註: no DGPA calendar");
      return {};
    }
    for (auto one = rows.begin() + 1; one != rows.end(); ++one) row(*one);
    if (result_.year == 0) {
      if (problems_.none()) problems_.add(header.line, "no date follows the header");
      return {};
    }
    missing(rows.back().line);
    for (auto& [date, day] : days_) {
      if (day) result_.days.push_back(*std::move(day));
    }
    return std::move(result_);
  }

 private:
  void row(const Row& row) {
    if (row.fields.size() != kHeader.size()) {
      problems_.add(row.line,
                    "has " + std::to_string(row.fields.size()) + " columns; the header has 4");
      return;
    }
    const auto date = date_of(row);
    if (!date) return;
    const std::uint32_t number = sla::yyyymmdd(*date);
    const int year = static_cast<int>(number / 10'000);
    if (result_.year == 0) result_.year = year;
    if (year != result_.year) {
      problems_.add(row.line, written_date(number) + " is not of " + std::to_string(result_.year) +
                                  "; a file is one year");
      return;
    }
    const auto [before, is_new] = lines_.emplace(*date, row.line);
    if (!is_new) {
      problems_.add(row.line, written_date(number) + " stands in line " +
                                  std::to_string(before->second) + " already");
      return;
    }
    const int weekday = sla::weekday(*date);
    const std::string_view written = kWeekdays[static_cast<std::size_t>(weekday - 1)];
    if (row.fields[1] != written) {
      problems_.add(row.line, written_date(number) + " is a " + std::string(written) + ", not " +
                                  shown(row.fields[1]));
    }
    const std::string& flag = row.fields[2];
    if (flag != "0" && flag != "2") {
      problems_.add(row.line, shown(flag) + " is no flag; 0 is a working day, 2 a day off");
      return;
    }
    const std::string name = name_of(row);
    const bool weekend = weekday >= 6;
    const bool off = flag == "2";
    std::optional<stored::CalendarDay>& day = days_[*date];
    if (off == weekend && !(weekend && !name.empty())) return;  // as the week has it
    day.emplace();
    day->set_date(number);
    day->set_what(off ? stored::CalendarDay::HOLIDAY : stored::CalendarDay::WORKING_DAY);
    day->set_name(name);
  }

  std::optional<sla::Date> date_of(const Row& row) {
    const std::string& text = row.fields[0];
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.size() != 8 || error != std::errc{} || end != text.data() + text.size() ||
        !is_date(number)) {
      problems_.add(row.line, shown(text) + " is no date; dates are written like 20250928");
      return std::nullopt;
    }
    return sla::date_of_yyyymmdd(number);
  }

  std::string name_of(const Row& row) {
    const std::string& text = row.fields[3];
    if (text.size() > kTextBytesMax) {
      problems_.add(row.line, "備註 is " + std::to_string(text.size()) + " bytes; the limit is " +
                                  std::to_string(kTextBytesMax));
      return {};
    }
    auto clean = clean_text("備註", text, kTextBytesMax, TextKind::kLine);
    if (!clean) {
      problems_.add(row.line, "備註 " + clean.error().fields[0].description);
      return {};
    }
    return *std::move(clean);
  }

  // Names the dates the file leaves out, a run of them at once, at the line they should precede.
  void missing(std::size_t last_line) {
    const sla::Date end = sla::date_of(result_.year + 1, 1, 1);
    auto next = lines_.begin();
    for (sla::Date date = sla::date_of(result_.year, 1, 1); date < end;) {
      const sla::Date present = next == lines_.end() ? end : next->first;
      if (date < present) {
        std::string dates = written_date(sla::yyyymmdd(date));
        if (present - date > 1) dates += " to " + written_date(sla::yyyymmdd(present - 1));
        problems_.add(next == lines_.end() ? last_line : next->second, dates + " missing");
      }
      date = present + 1;
      if (next != lines_.end()) ++next;
    }
  }

  LineProblems& problems_;
  YearOfDays result_;
  std::map<sla::Date, std::size_t> lines_;  // of every date read
  std::map<sla::Date, std::optional<stored::CalendarDay>> days_;
};

}  // namespace

Result<YearOfDays> parse_dgpa(std::string_view csv, std::string_view file_name) {
  LineProblems problems(file_name, "the office calendar");
  const auto refuse = [&](std::size_t line, std::string why) {
    problems.add(line, std::move(why));
    return problems.rejection();
  };
  if (csv.size() > kDgpaBytesMax) {
    return refuse(1, "is " + std::to_string(csv.size()) + " bytes; the limit is " +
                         std::to_string(kDgpaBytesMax));
  }
  std::string converted;
  if (!is_utf8(csv)) {
    std::size_t at = 0;
    auto text = from_big5(csv, &at);
    if (!text) {
      // The encoding that went further is the one it was meant to be.
      at = std::max(at, utf8_bytes(csv));
      const auto line = 1 + std::count(csv.begin(), csv.begin() + static_cast<long>(at), '\n');
      return refuse(static_cast<std::size_t>(line), "is neither UTF-8 nor Big5");
    }
    converted = *std::move(text);
    csv = converted;
  }
  if (csv.starts_with(kUtf8Mark)) csv.remove_prefix(kUtf8Mark.size());
  const std::vector<Row> rows = Rows(csv, problems).read();
  YearOfDays year = YearReader(problems).read(rows);
  if (!problems.none()) return problems.rejection();
  return year;
}

stored::Calendar with_year(stored::Calendar calendar, const YearOfDays& year) {
  const auto first = static_cast<std::uint32_t>(year.year) * 10'000 + 101;
  const auto last = static_cast<std::uint32_t>(year.year) * 10'000 + 1231;
  google::protobuf::RepeatedPtrField<stored::CalendarDay> days;
  auto old = calendar.mutable_days()->begin();
  const auto end = calendar.mutable_days()->end();
  for (; old != end && old->date() < first; ++old) *days.Add() = std::move(*old);
  for (const stored::CalendarDay& day : year.days) *days.Add() = day;
  for (; old != end; ++old) {
    if (old->date() > last) *days.Add() = std::move(*old);
  }
  *calendar.mutable_days() = std::move(days);
  calendar.set_known_until(std::max(calendar.known_until(), last));
  return calendar;
}

}  // namespace casewheel::catalogue
