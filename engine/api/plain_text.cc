#include "engine/api/plain_text.h"

#include <algorithm>

#include "engine/access/personal_numbers.h"
#include "engine/base/half_width.h"
#include "engine/base/text.h"

namespace casewheel::api {
namespace {

// A company's 統一編號 is public.
bool is_somebodys(access::NumberKind kind) { return kind != access::NumberKind::kBusinessNumber; }

// Numbers of other systems have eleven digits too, and one of ten passes the check of a 電號.
bool is_taken_for_one_by_chance(const access::Found& found, std::string_view text) {
  return found.kind == access::NumberKind::kTaipowerNumber &&
         found.to - found.from == text.size() &&
         std::all_of(text.begin(), text.end(), is_ascii_digit);
}

}  // namespace

Result<std::string> plain_line(const std::string& field, const std::string& text,
                               std::size_t limit) {
  Result<std::string> clean = clean_text(field, text, limit, TextKind::kLine);
  if (!clean) return clean;
  for (const access::Found& found : access::find_personal(*clean)) {
    if (is_somebodys(found.kind) && !is_taken_for_one_by_chance(found, *clean)) {
      return Rejection::invalid(field,
                                "holds a personal number: this field is not sealed, put it into "
                                "the text or the applicant");
    }
  }
  return clean;
}

Result<std::string> language_of(const std::string& tag) {
  if (tag.empty()) return std::string("zh-TW");
  std::size_t part = 0;
  bool known = true;
  for (std::size_t from = 0; known && from <= tag.size(); ++part) {
    const std::size_t to = std::min(tag.find('-', from), tag.size());
    const std::string_view word = std::string_view(tag).substr(from, to - from);
    const bool letters = std::all_of(word.begin(), word.end(), is_ascii_letter);
    const bool digits = std::all_of(word.begin(), word.end(), is_ascii_digit);
    const bool region = (word.size() == 2 && letters) || (word.size() == 3 && digits);
    const bool script = word.size() == 4 && letters && part == 1;
    const bool language = (word.size() == 2 || word.size() == 3) && letters;
    known = part == 0 ? language : script || (region && to == tag.size());
    from = to + 1;
  }
  if (!known || part > 3) {
    return Rejection::invalid("language",
                              "must be a language of BCP 47 with its script and region at most, "
                              "such as zh-TW, en or zh-Hant-TW");
  }
  return tag;
}

}  // namespace casewheel::api
