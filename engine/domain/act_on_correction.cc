// What was taken down wrong: the corrected fields are replaced, and what stood there is kept with the
// event, sealed.
#include <algorithm>
#include <string>

#include "engine/base/violations.h"
#include "engine/domain/act.h"
#include "engine/domain/answers.h"

namespace casewheel::domain {
namespace {

using stored::PersonalData;

constexpr int kFormerMax = 64;

// A text field that a correction may replace, in personal data.
std::string* text_of(stored::CorrectedField field, PersonalData& personal) {
  switch (field) {
    case stored::CORRECTED_NAME:
      return personal.mutable_applicant()->mutable_name();
    case stored::CORRECTED_PHONE:
      return personal.mutable_applicant()->mutable_phone();
    case stored::CORRECTED_EMAIL:
      return personal.mutable_applicant()->mutable_email();
    case stored::CORRECTED_ADDRESS:
      return personal.mutable_applicant()->mutable_address();
    case stored::CORRECTED_CUSTOMER_NUMBER:
      return personal.mutable_applicant()->mutable_customer_number();
    case stored::CORRECTED_SUBJECT:
      return personal.mutable_subject();
    case stored::CORRECTED_DESCRIPTION:
      return personal.mutable_description();
    case stored::CORRECTED_MEDIA_URL:
      return personal.mutable_media_url();
    default:
      return nullptr;
  }
}

stored::AnsweredAttribute* find_answer(Answers& answers, const std::string& code) {
  const auto found =
      std::find_if(answers.begin(), answers.end(),
                   [&](const stored::AnsweredAttribute& answer) { return answer.code() == code; });
  return found == answers.end() ? nullptr : &*found;
}

// The answers with those of the correction in place of the earlier ones; one without values takes its
// answer away.
Answers corrected_answers(const Answers& earlier, const Answers& given) {
  Answers answers = earlier;
  for (const stored::AnsweredAttribute& answer : given) {
    if (stored::AnsweredAttribute* known = find_answer(answers, answer.code())) {
      *known = answer;
    } else {
      *answers.Add() = answer;
    }
  }
  for (int i = answers.size() - 1; i >= 0; --i) {
    if (answers[i].values().empty()) answers.DeleteSubrange(i, 1);
  }
  return answers;
}

// Only the answers that are corrected must fit: the others may be of an earlier service.
Checked check_corrected(const stored::Service* service, const Answers& answers,
                        const Answers& given) {
  if (service == nullptr)
    return Rejection::of(
        RejectionCode::kWrongState,
        "the case's service is not in the catalogue any more: reclassify it first");
  std::vector<FieldViolation> wrong;
  for (int i = 0; i < given.size(); ++i) {
    if (std::any_of(given.begin(), given.begin() + i,
                    [&](const auto& other) { return other.code() == given[i].code(); }))
      wrong.push_back({"attributes[" + std::to_string(i) + "]", "stands here a second time"});
  }
  for (const WrongAnswer& fault : check_answers(*service, answers)) {
    const std::string& code =
        fault.asked != nullptr ? fault.asked->code() : answers[fault.index].code();
    const bool is_given =
        std::any_of(given.begin(), given.end(),
                    [&](const stored::AnsweredAttribute& answer) { return answer.code() == code; });
    if (is_given) wrong.push_back({"attributes[" + code + "]", description_of(fault.fault)});
  }
  if (wrong.empty()) return {};
  return refusal_of(std::move(wrong));
}

// The correction in hand: what the case has, what it will have, and what is replaced.
class Correction {
 public:
  Correction(const stored::CaseState& state, const Correct& asked)
      : asked_(asked), after_(asked.before) {
    after_.clear_text();
    after_.clear_file();
    after_.clear_before();
    facts_.set_county(state.county());
    facts_.set_language(state.language());
    facts_.set_external_reference(state.external_reference());
  }

  Checked take(stored::CorrectedField field, const stored::Service* service) {
    if (std::string* text = text_of(field, after_)) {
      PersonalData given = asked_.personal;
      const std::string next = *text_of(field, given);
      if (*text == next) return {};
      *text_of(field, before_) = *text;
      *text = next;
      if (field == stored::CORRECTED_PHONE) {
        before_.mutable_applicant()->set_dialled_phone(after_.applicant().dialled_phone());
        after_.mutable_applicant()->set_dialled_phone(given.applicant().dialled_phone());
      }
    } else if (field == stored::CORRECTED_PLACE) {
      if (after_.place().SerializeAsString() == asked_.personal.place().SerializeAsString())
        return {};
      *before_.mutable_place() = after_.place();
      after_.clear_place();
      if (asked_.personal.has_place()) *after_.mutable_place() = asked_.personal.place();
    } else if (field == stored::CORRECTED_ATTRIBUTES) {
      return take_attributes(service);
    } else if (!take_fact(field)) {
      return {};
    }
    facts_.add_fields(field);
    return {};
  }

  const stored::CaseCorrected& facts() const { return facts_; }
  bool is_empty() const { return facts_.fields().empty(); }
  // False when the case has been another's too often for it to remember them all.
  bool remember_former() {
    stored::Applicant former;
    former.set_phone(before_.applicant().phone());
    former.set_dialled_phone(before_.applicant().dialled_phone());
    former.set_email(before_.applicant().email());
    former.set_customer_number(before_.applicant().customer_number());
    const std::string bytes = former.SerializeAsString();
    const auto& known = after_.formerly();
    if (bytes.empty() || std::any_of(known.begin(), known.end(), [&](const auto& one) {
          return one.SerializeAsString() == bytes;
        }))
      return true;
    if (known.size() >= kFormerMax) return false;
    *after_.add_formerly() = std::move(former);
    return true;
  }
  PersonalData personal() const {
    PersonalData whole = after_;
    *whole.mutable_before() = before_;
    whole.set_text(asked_.reason);
    return whole;
  }

 private:
  Checked take_attributes(const stored::Service* service) {
    const Answers& given = asked_.personal.attributes();
    Answers answers = corrected_answers(after_.attributes(), given);
    if (Checked wrong = check_corrected(service, answers, given)) return wrong;
    bool differs = false;
    for (const stored::AnsweredAttribute& answer : given) {
      const stored::AnsweredAttribute* was =
          find_answer(*after_.mutable_attributes(), answer.code());
      stored::AnsweredAttribute earlier;
      earlier.set_code(answer.code());
      if (was != nullptr) earlier = *was;
      if (earlier.SerializeAsString() == answer.SerializeAsString()) continue;
      differs = true;
      *before_.add_attributes() = earlier;
    }
    if (!differs) return {};
    *after_.mutable_attributes() = std::move(answers);
    facts_.add_fields(stored::CORRECTED_ATTRIBUTES);
    return {};
  }

  // False where the case has it so already.
  bool take_fact(stored::CorrectedField field) {
    std::string* fact = field == stored::CORRECTED_COUNTY     ? facts_.mutable_county()
                        : field == stored::CORRECTED_LANGUAGE ? facts_.mutable_language()
                                                              : facts_.mutable_external_reference();
    const std::string& next = field == stored::CORRECTED_COUNTY     ? asked_.county
                              : field == stored::CORRECTED_LANGUAGE ? asked_.language
                                                                    : asked_.external_reference;
    if (*fact == next) return false;
    *fact = next;
    return true;
  }

  const Correct& asked_;
  PersonalData after_;
  PersonalData before_;  // the fields that are replaced, as they were
  stored::CaseCorrected facts_;
};

}  // namespace

Checked act(Decider& d, const Transition&, const Correct& a) {
  if (a.carried_back != nullptr) {
    if (std::vector<FieldViolation> wrong = a.carried_back(a); !wrong.empty())
      return refusal_of(std::move(wrong));
  }
  Correction correction(d.state(), a);
  for (const stored::CorrectedField field : a.fields) {
    if (Checked wrong = correction.take(field, d.rules().service(d.state().service())))
      return wrong;
  }
  if (correction.is_empty()) return {};
  if (!correction.remember_former())
    return Rejection::of(RejectionCode::kWrongState,
                         "the telephone, e-mail or customer number has been corrected 64 times, as "
                         "often as can be remembered");
  const bool moves = correction.facts().county() != d.state().county();
  stored::Event event = d.begin();
  *event.mutable_case_corrected() = correction.facts();
  *event.mutable_personal() = correction.personal();
  d.commit(std::move(event));
  // Another county has other closures: the dates become those it would always have had.
  if (moves && is_open(d.state().status()))
    d.derive_clocks({stored::CASE_CHANGED, "county " + d.state().county()});
  return check_takes_back_no_breach(d);
}

}  // namespace casewheel::domain
