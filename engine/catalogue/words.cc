#include "engine/catalogue/words.h"

#include <google/protobuf/descriptor.h>

namespace casewheel::catalogue {
namespace {

std::string yaml_word(std::string_view name) {
  if (name.starts_with("TO_")) name.remove_prefix(3);
  if (name.starts_with("ATTRIBUTE_")) name.remove_prefix(10);
  if (name.ends_with("_ROLE")) name.remove_suffix(5);
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Words words_of(const google::protobuf::EnumDescriptor* descriptor, int left_out = 0) {
  Words words;
  for (int i = 0; i < descriptor->value_count(); ++i) {
    const auto* value = descriptor->value(i);
    if (value->number() == 0 || value->number() == left_out) continue;
    words.push_back({yaml_word(value->name()), value->number()});
  }
  return words;
}

}  // namespace

const Words& customer_number_words() {
  static const Words words = words_of(stored::CustomerNumberForm_descriptor());
  return words;
}
const Words& attribute_type_words() {
  static const Words words = words_of(stored::AttributeType_descriptor());
  return words;
}
const Words& publicity_words() {
  static const Words words = words_of(stored::Publicity_descriptor());
  return words;
}
const Words& on_change_words() {
  static const Words words{{"start", stored::COUNT_FROM_START},
                           {"change", stored::COUNT_FROM_CHANGE}};
  return words;
}
const Words& kind_words() {
  static const Words words = words_of(stored::Kind_descriptor());
  return words;
}
const Words& channel_words() {
  static const Words words = words_of(stored::Channel_descriptor());
  return words;
}
const Words& priority_words() {
  static const Words words = words_of(stored::Priority_descriptor());
  return words;
}
const Words& clock_kind_words() {
  static const Words words = words_of(stored::ClockKind_descriptor());
  return words;
}
const Words& role_words() {
  static const Words words = words_of(stored::Role_descriptor(), stored::ENGINE);
  return words;
}
const Words& recipient_words() {
  static const Words words = words_of(stored::Recipient_descriptor());
  return words;
}

const Words& pause_words() {
  static const Words words{{"awaiting_documents", stored::AWAITING_APPLICANT_DOCUMENTS},
                           {"applicants_wish", stored::AT_APPLICANTS_WISH},
                           {"other_agency", stored::AWAITING_OTHER_AGENCY},
                           {"force_majeure", stored::FORCE_MAJEURE}};
  return words;
}
const Words& day_rule_words() {
  static const Words words = words_of(stored::DayRule_descriptor());
  return words;
}
const Words& clock_signal_words() {
  static const Words words{{"accepted", stored::CASE_WAS_ACCEPTED},
                           {"told", stored::APPLICANT_WAS_TOLD},
                           {"asked_documents", stored::DOCUMENTS_WERE_ASKED},
                           {"answered", stored::CASE_WAS_ANSWERED},
                           {"closed", stored::CASE_WAS_CLOSED}};
  return words;
}
const Words& reply_means_words() {
  static const Words words = words_of(stored::ReplyMeans_descriptor());
  return words;
}

std::optional<int> value_of(const Words& words, std::string_view text) {
  for (const Word& word : words) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

std::string_view word_of(const Words& words, int value) {
  for (const Word& word : words) {
    if (word.value == value) return word.text;
  }
  return "?";
}

std::string listed(const Words& words) {
  std::string text;
  for (const Word& word : words) {
    if (!text.empty()) text += ", ";
    text += word.text;
  }
  return text;
}

}  // namespace casewheel::catalogue
