// How the catalogue's enum values are written in YAML and in diffs: the stored names in lower case,
// without the to_ of recipients, the _role of integrator_role and the
// attribute_ of types. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casewheel/journal/v1/words.pb.h"

namespace casewheel::catalogue {

namespace stored = ::casewheel::journal::v1;

// The words of one enum in order of their numbers; the unspecified value has none.
struct Word {
  std::string text;
  int value = 0;
};
using Words = std::vector<Word>;

const Words& kind_words();
const Words& channel_words();
const Words& priority_words();
const Words& clock_kind_words();
const Words& role_words();  // without engine, which is no person's role
const Words& recipient_words();
const Words& pause_words();
const Words& day_rule_words();
const Words& clock_signal_words();
const Words& reply_means_words();
const Words& customer_number_words();
const Words& attribute_type_words();
const Words& publicity_words();
const Words& on_change_words();  // start, change

std::optional<int> value_of(const Words& words, std::string_view text);
// "?" for a value the words do not hold.
std::string_view word_of(const Words& words, int value);
// "complaint, application, ...", for messages.
std::string listed(const Words& words);

}  // namespace casewheel::catalogue
