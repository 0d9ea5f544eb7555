#include "engine/cli/typed_answers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cli/numerals.h"
#include "engine/cli/session.h"
#include "engine/cli/table.h"
#include "engine/cli/times.h"
#include "engine/cli/typed_text.h"

namespace casewheel::cli {
namespace {

// A unit stands in the question's hint: 瓩, 平方公尺.
std::optional<std::string> number_answer(const v1::AskedAttribute& asked,
                                         const std::string& typed) {
  return typed_number(typed, {asked.hint_zh(), asked.hint_en()});
}

std::optional<std::string> settled(const v1::AskedAttribute& asked, const std::string& typed) {
  if (asked.type() == v1::ATTRIBUTE_TYPE_DATETIME) return typed_datetime(typed);
  if (asked.type() == v1::ATTRIBUTE_TYPE_NUMBER) return number_answer(asked, typed);
  return typed;
}

const v1::AskedAttribute* asked_by_code(const v1::ServiceGuide& guide, std::string_view code) {
  const auto& all = guide.attributes();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& asked) { return asked.code() == code; });
  return found == all.end() ? nullptr : &*found;
}

bool is_answered_in(const SentAnswers& answers, const std::string& code) {
  return std::any_of(answers.begin(), answers.end(), [&](const v1::Attribute& answer) {
    return answer.code() == code && !answer.values().empty() && !answer.values(0).empty();
  });
}

}  // namespace

std::optional<std::string> typed_datetime(std::string_view typed) {
  std::optional<std::string> date = with_common_date(typed);
  if (!date || !parse_time(*date, absl::UTCTimeZone())) return std::nullopt;
  std::replace(date->begin(), date->end(), ' ', 'T');
  return date;
}

std::string label_of(const v1::AskedAttribute& asked) {
  std::string label = asked.name_zh() + " " + asked.name_en();
  if (!asked.hint_zh().empty()) label += "（" + asked.hint_zh() + "）";
  return one_line(label);
}

std::string answer_wanted(const v1::AskedAttribute& asked) {
  switch (asked.type()) {
    case v1::ATTRIBUTE_TYPE_DATETIME:
      return "請輸入存在的日期，含年份，例如 115/12/5 或 115年12月5日下午2點 "
             "a date with its year, such as 2026-12-05 or 2026-12-05 14:00";
    case v1::ATTRIBUTE_TYPE_NUMBER:
      return "請輸入數字，例如 40 或 四十 a number, such as 40 or -3.5";
    case v1::ATTRIBUTE_TYPE_SINGLE_VALUE:
    case v1::ATTRIBUTE_TYPE_MULTI_VALUE: {
      std::string values;
      for (const auto& value : asked.values())
        values += (values.empty() ? "" : "、") + value.key() + " " + value.name_zh();
      return "請選擇 one of: " + one_line(values);
    }
    default:
      return "";
  }
}

Reading read_answer(const v1::AskedAttribute& asked, const std::string& typed) {
  const std::optional<std::string> value = settled(asked, typed);
  if (!value) return {"", "「" + one_line(typed) + "」無法辨識，" + answer_wanted(asked)};
  if (*value != typed) return {*value, ""};
  return read_text(typed, limits::kTextChars, TextKind::kFree);
}

bool may_need_reading(const SentAnswers& answers) {
  return std::any_of(answers.begin(), answers.end(), [](const v1::Attribute& answer) {
    if (answer.values_size() != 1) return false;
    const std::string& typed = answer.values(0);
    if (typed_datetime(typed).value_or(typed) != typed) return true;
    // Which units a number may have is only known by the guide.
    const std::string plain = half_width_signs(typed);
    std::string_view numeral = plain;
    if (take_chinese_number(numeral)) return true;
    const std::size_t digits = plain.find_last_of("0123456789") + 1;  // npos + 1 is 0
    return typed_number(plain.substr(0, digits)).value_or(typed) != typed;
  });
}

void settle_answers(const v1::ServiceGuide& guide, SentAnswers* answers) {
  for (v1::Attribute& answer : *answers) {
    const v1::AskedAttribute* asked = asked_by_code(guide, answer.code());
    if (asked == nullptr || answer.values_size() != 1 || answer.values(0).empty()) continue;
    if (std::optional<std::string> value = settled(*asked, answer.values(0)))
      answer.set_values(0, *value);
  }
}

std::optional<v1::ServiceGuide> guide_of(Session& session, const std::string& tenant,
                                         const std::string& service) {
  v1::GetServiceGuideRequest asked;
  asked.set_tenant(tenant);
  asked.set_service(service);
  v1::ServiceGuide guide;
  const auto status = session.call(session.counter(), &v1::Counter::Stub::GetServiceGuide, asked,
                                   &guide, Patience::kAside);
  if (!status.ok()) return std::nullopt;
  return guide;
}

const v1::AskedAttribute* asked_by_field(const v1::ServiceGuide& guide, const SentAnswers& answers,
                                         const std::string& field) {
  constexpr std::string_view kBegins = "attributes[";
  const std::size_t end = field.find(']');
  if (!field.starts_with(kBegins) || end == std::string::npos) return nullptr;
  const std::string name = field.substr(kBegins.size(), end - kBegins.size());
  if (const v1::AskedAttribute* asked = asked_by_code(guide, name)) return asked;
  int index = -1;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc{} || stop != name.data() + name.size() || index < 0 ||
      index >= answers.size())
    return nullptr;
  return asked_by_code(guide, answers[index].code());
}

std::function<std::string(const std::string& field)> words_of_answers(
    std::function<std::optional<v1::ServiceGuide>()> guide, SentAnswers answers) {
  return [guide = std::move(guide), answers = std::move(answers),
          known = std::optional<v1::ServiceGuide>(),
          looked = false](const std::string& field) mutable -> std::string {
    if (!field.starts_with("attributes[")) return "";
    if (!std::exchange(looked, true)) known = guide();
    const v1::AskedAttribute* asked = known ? asked_by_field(*known, answers, field) : nullptr;
    if (asked == nullptr) return "";
    const std::string name = "「" + label_of(*asked) + "」";
    if (!is_answered_in(answers, asked->code())) return name + "必填";
    return name + answer_wanted(*asked);
  };
}

}  // namespace casewheel::cli
