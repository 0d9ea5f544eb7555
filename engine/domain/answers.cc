#include "engine/domain/answers.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace casewheel::domain {
namespace {

constexpr std::size_t kNumberCharsMax = 30;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 12, -3.5: no more signs than a person writes.
bool is_number(std::string_view text) {
  if (text.size() > kNumberCharsMax) return false;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  return digits(text.substr(0, point)) && (point == text.size() || digits(text.substr(point + 1)));
}

// The `count` digits at the front, taken off; -1 when there are not as many.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::all_of(text.begin(), text.begin() + count, is_digit)) return -1;
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

int days_of(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

bool take_time(std::string_view& text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return false;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return false;
  if (!take(text, ':')) return true;
  const int second = take_digits(text, 2);
  if (second < 0 || second > 59) return false;
  if (!take(text, '.')) return true;
  const std::size_t fraction = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(fraction);
  return fraction > 0 && fraction <= 9;
}

bool take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return true;
  if (!take(text, '+') && !take(text, '-')) return false;
  const int hours = take_digits(text, 2);
  if (hours < 0 || hours > 14) return false;
  take(text, ':');
  const int minutes = take_digits(text, 2);
  return minutes >= 0 && minutes <= 59;
}

// 2026-01-05, 2026-01-05T09:00, 2026-01-05T09:00:00+08:00
bool is_datetime(std::string_view text) {
  const int year = take_digits(text, 4);
  if (year < 0 || !take(text, '-')) return false;
  const int month = take_digits(text, 2);
  if (month < 1 || month > 12 || !take(text, '-')) return false;
  const int day = take_digits(text, 2);
  if (day < 1 || day > days_of(year, month)) return false;
  if (text.empty()) return true;
  return take(text, 'T') && take_time(text) && take_zone(text) && text.empty();
}

const stored::Attribute* find_attribute(const stored::Service& service, const std::string& code) {
  const auto found =
      std::find_if(service.attributes().begin(), service.attributes().end(),
                   [&](const stored::Attribute& asked) { return asked.code() == code; });
  return found == service.attributes().end() ? nullptr : &*found;
}

bool is_answered(const stored::AnsweredAttribute& answer) {
  return std::any_of(answer.values().begin(), answer.values().end(),
                     [](const std::string& value) { return !value.empty(); });
}

bool is_of_list(const stored::Attribute& asked, const std::string& value) {
  return std::any_of(asked.values().begin(), asked.values().end(),
                     [&](const stored::AttributeValue& known) { return known.key() == value; });
}

// Nothing when the value fits.
std::optional<AnswerFault> fault_of(const stored::Attribute& asked, const std::string& value) {
  switch (asked.type()) {
    case stored::ATTRIBUTE_NUMBER:
      if (!is_number(value)) return AnswerFault::kNoNumber;
      break;
    case stored::ATTRIBUTE_DATETIME:
      if (!is_datetime(value)) return AnswerFault::kNoDatetime;
      break;
    case stored::ATTRIBUTE_SINGLE_VALUE:
    case stored::ATTRIBUTE_MULTI_VALUE:
      if (!is_of_list(asked, value)) return AnswerFault::kNotOfList;
      break;
    case stored::ATTRIBUTE_STRING:
      if (value.find('\n') != std::string::npos) return AnswerFault::kSeveralLines;
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<AnswerFault> fault_of(const stored::Attribute& asked,
                                    const stored::AnsweredAttribute& answer) {
  if (asked.type() != stored::ATTRIBUTE_MULTI_VALUE && answer.values_size() > 1)
    return AnswerFault::kOnlyOne;
  for (const std::string& value : answer.values()) {
    if (const std::optional<AnswerFault> fault = fault_of(asked, value)) return fault;
    if (std::count(answer.values().begin(), answer.values().end(), value) > 1)
      return AnswerFault::kRepeated;
  }
  return std::nullopt;
}

}  // namespace

const char* description_of(AnswerFault fault) {
  switch (fault) {
    case AnswerFault::kMissing:
      return "is required";
    case AnswerFault::kNotAsked:
      return "the service asks no such attribute";
    case AnswerFault::kRepeated:
      return "stands here a second time";
    case AnswerFault::kOnlyOne:
      return "takes one value";
    case AnswerFault::kNotOfList:
      return "is none of the values of the list";
    case AnswerFault::kNoNumber:
      return "is no number, such as 12 or -3.5";
    case AnswerFault::kNoDatetime:
      return "is no time, such as 2026-01-05 or 2026-01-05T09:00:00+08:00";
    case AnswerFault::kSeveralLines:
      return "takes one line";
  }
  return "does not fit";
}

std::vector<WrongAnswer> check_answers(const stored::Service& service, const Answers& answers) {
  std::vector<WrongAnswer> wrong;
  for (int i = 0; i < answers.size(); ++i) {
    const stored::AnsweredAttribute& answer = answers[i];
    const stored::Attribute* asked = find_attribute(service, answer.code());
    const bool repeated = std::any_of(
        answers.begin(), answers.begin() + i,
        [&](const stored::AnsweredAttribute& other) { return other.code() == answer.code(); });
    if (asked == nullptr) {
      wrong.push_back({AnswerFault::kNotAsked, i, nullptr});
    } else if (repeated) {
      wrong.push_back({AnswerFault::kRepeated, i, asked});
    } else if (!is_answered(answer)) {
      continue;
    } else if (const std::optional<AnswerFault> fault = fault_of(*asked, answer)) {
      wrong.push_back({*fault, i, asked});
    }
  }
  for (const stored::Attribute& asked : service.attributes()) {
    const bool answered =
        std::any_of(answers.begin(), answers.end(), [&](const stored::AnsweredAttribute& answer) {
          return answer.code() == asked.code() && is_answered(answer);
        });
    if (asked.required() && !answered) wrong.push_back({AnswerFault::kMissing, -1, &asked});
  }
  return wrong;
}

std::vector<FieldViolation> answer_violations(const stored::Service& service,
                                              const Answers& answers) {
  std::vector<FieldViolation> violations;
  for (const WrongAnswer& wrong : check_answers(service, answers)) {
    // What is asked is named as the catalogue has it; nobody knows what else people may write there.
    const std::string place =
        wrong.asked != nullptr ? wrong.asked->code() : std::to_string(wrong.index);
    violations.push_back({"attributes[" + place + "]", description_of(wrong.fault)});
  }
  return violations;
}

const stored::Fee* find_fee(const stored::Service& service, const std::string& id) {
  const auto found = std::find_if(service.fees().begin(), service.fees().end(),
                                  [&](const stored::Fee& fee) { return fee.id() == id; });
  return found == service.fees().end() ? nullptr : &*found;
}

}  // namespace casewheel::domain
