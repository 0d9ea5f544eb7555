// What people type as the answer to a question of a service, put as the engine reads it: one reader for the
// questions at a terminal and for the options of `lodge` and `correct`. A date becomes 2026-12-05T14:00, a
// number its digits; any other text stays as it was typed. Pure, but for guide_of().
#pragma once

#include <google/protobuf/repeated_field.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "casewheel/v1/cases.pb.h"
#include "casewheel/v1/counter.pb.h"
#include "engine/cli/prompts.h"

namespace casewheel::cli {

namespace v1 = ::casewheel::v1;

class Session;

// "2026-12-05" or "2026-12-05T14:00", of a date in any way typed_text.h has. Nothing where it is no date,
// or one that does not exist.
std::optional<std::string> typed_datetime(std::string_view typed);

// The answer as the engine reads it, or what is asked for, with an example. Of a list: as it was typed.
Reading read_answer(const v1::AskedAttribute& asked, const std::string& typed);

// "人數 People（hint）", as the question is put.
std::string label_of(const v1::AskedAttribute& asked);
// What the question takes, in both languages with an example; empty where any text is taken.
std::string answer_wanted(const v1::AskedAttribute& asked);

// True where one of the answers may be written otherwise than the engine reads it, so that the service's
// guide is worth asking for.
using SentAnswers = google::protobuf::RepeatedPtrField<v1::Attribute>;
bool may_need_reading(const SentAnswers& answers);
// Those that can be read are put as the engine reads them; the others are left for it to refuse.
void settle_answers(const v1::ServiceGuide& guide, SentAnswers* answers);

// The service's guide; nothing where the engine does not tell it.
std::optional<v1::ServiceGuide> guide_of(Session& session, const std::string& tenant,
                                         const std::string& service);

// The asked attribute a refusal means by "attributes[people]" or "attributes[0].values"; null where it is none.
const v1::AskedAttribute* asked_by_field(const v1::ServiceGuide& guide, const SentAnswers& answers,
                                         const std::string& field);
// What a refusal says of such a field in Chinese: the question's name and what it takes. The guide is asked
// for when a refusal needs it.
std::function<std::string(const std::string& field)> words_of_answers(
    std::function<std::optional<v1::ServiceGuide>()> guide, SentAnswers answers);

}  // namespace casewheel::cli
