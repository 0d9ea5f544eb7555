#include "engine/cli/answers.h"

#include <algorithm>
#include <charconv>

namespace casewheel::cli {

std::string read_answers(const std::vector<std::string>& typed,
                         google::protobuf::RepeatedPtrField<v1::Attribute>* answers) {
  for (const std::string& text : typed) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      return "--attribute: write CODE=VALUE, not " + text;
    const std::string code = text.substr(0, equals);
    const auto known = std::find_if(answers->begin(), answers->end(),
                                    [&](const auto& answer) { return answer.code() == code; });
    v1::Attribute& answer = known == answers->end() ? *answers->Add() : *known;
    answer.set_code(code);
    answer.add_values(text.substr(equals + 1));
  }
  return "";
}

std::string read_fees(const std::vector<std::string>& typed,
                      google::protobuf::RepeatedPtrField<v1::NotedFee>* fees) {
  for (const std::string& text : typed) {
    const std::size_t equals = std::min(text.find('='), text.size());
    v1::NotedFee& fee = *fees->Add();
    fee.set_fee(text.substr(0, equals));
    if (equals == text.size()) continue;
    std::uint32_t amount = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + equals + 1, end, amount);
    if (error != std::errc{} || stop != end) return "--fee: write FEE or FEE=AMOUNT, not " + text;
    fee.set_amount(amount);
  }
  return "";
}

}  // namespace casewheel::cli
