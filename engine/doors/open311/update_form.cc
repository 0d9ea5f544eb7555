#include "engine/doors/open311/update_form.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>

#include "engine/doors/open311/lodging_form.h"
#include "engine/doors/open311/request_documents.h"
#include "engine/sla/zone.h"

namespace casewheel::doors::open311 {
namespace {

struct Word {
  std::string_view word;
  v1::Outcome outcome;  // OUTCOME_UNSPECIFIED: the case goes on
};
// As FixMyStreet, Open311's extension for updates and cities' own servers write them.
constexpr std::array kWords = {
    Word{"open", v1::OUTCOME_UNSPECIFIED},
    Word{"confirmed", v1::OUTCOME_UNSPECIFIED},
    Word{"acknowledged", v1::OUTCOME_UNSPECIFIED},
    Word{"received", v1::OUTCOME_UNSPECIFIED},
    Word{"investigating", v1::OUTCOME_UNSPECIFIED},
    Word{"in_progress", v1::OUTCOME_UNSPECIFIED},
    Word{"planned", v1::OUTCOME_UNSPECIFIED},
    Word{"action_scheduled", v1::OUTCOME_UNSPECIFIED},
    Word{"for_triage", v1::OUTCOME_UNSPECIFIED},
    Word{"reopened", v1::OUTCOME_UNSPECIFIED},
    Word{"closed", v1::OUTCOME_RESOLVED},
    Word{"fixed", v1::OUTCOME_RESOLVED},
    Word{"fixed_user", v1::OUTCOME_RESOLVED},
    Word{"fixed_council", v1::OUTCOME_RESOLVED},
    Word{"resolved", v1::OUTCOME_RESOLVED},
    Word{"completed", v1::OUTCOME_RESOLVED},
    Word{"no_further_action", v1::OUTCOME_NOT_ACCEPTED},
    Word{"unable_to_fix", v1::OUTCOME_NOT_ACCEPTED},
    Word{"not_councils_responsibility", v1::OUTCOME_REFERRED},
    Word{"not_responsible", v1::OUTCOME_REFERRED},
    Word{"internal_referral", v1::OUTCOME_REFERRED},
    Word{"duplicate", v1::OUTCOME_DUPLICATE},
};

// "In Progress", "fixed - council" and "NO_FURTHER_ACTION" as the list has them.
std::string plain_word(const std::string& status) {
  std::string word;
  for (const char c : status) {
    if (c == '\'') continue;
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      word += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else if (!word.empty() && word.back() != '_') {
      word += '_';
    }
  }
  while (word.ends_with('_')) word.pop_back();
  return word;
}

}  // namespace

UpdateForm update_of(const Form& form, const std::string& time_zone, TimeMs now) {
  UpdateForm out;
  out.case_number = form["service_request_id"];
  if (out.case_number.empty()) out.errors.push_back({400, "service_request_id: is required"});
  const std::string status = plain_word(form["status"]);
  const auto word = std::find_if(kWords.begin(), kWords.end(),
                                 [&](const Word& one) { return one.word == status; });
  if (word == kWords.end()) {
    std::string known;
    for (const Word& one : kWords) known += (known.empty() ? "" : ", ") + std::string(one.word);
    out.errors.push_back({400, "status: must be one of " + known});
  } else {
    out.outcome = word->outcome;
    out.ends = word->outcome != v1::OUTCOME_UNSPECIFIED;
  }
  out.text = form["description"];
  std::erase(out.text, '\r');
  if (out.text.empty()) out.errors.push_back({400, "description: is required"});
  out.text += media_lines(form, 0);
  const std::string who = name_of(form["first_name"], form["last_name"]);
  if (!who.empty()) out.text += "\n— " + who;
  out.key = form["update_id"].empty() ? form["update_id_ext"] : form["update_id"];
  const sla::Zone zone = sla::Zone::load(time_zone).value_or(sla::Zone::utc());
  out.told_ms = time_of(form, "updated_datetime", zone, false, &out.errors);
  if (out.told_ms > now) out.errors.push_back({400, "updated_datetime: lies in the future"});
  return out;
}

}  // namespace casewheel::doors::open311
