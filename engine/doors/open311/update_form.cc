#include "engine/doors/open311/update_form.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/doors/open311/lodging_form.h"
#include "engine/doors/open311/request_documents.h"
#include "engine/sla/zone.h"

namespace casewheel::doors::open311 {
namespace {

struct Word {
  std::string_view word;
  v1::Outcome outcome;    // OUTCOME_UNSPECIFIED: the case goes on
  std::string_view told;  // where the update says nothing else
};
// As FixMyStreet, Open311's extension for updates and cities' own servers write them.
constexpr std::array kWords = {
    Word{"open", v1::OUTCOME_UNSPECIFIED, "辦理中 Open"},
    Word{"confirmed", v1::OUTCOME_UNSPECIFIED, "已確認 Confirmed"},
    Word{"acknowledged", v1::OUTCOME_UNSPECIFIED, "已收悉 Acknowledged"},
    Word{"received", v1::OUTCOME_UNSPECIFIED, "已收件 Received"},
    Word{"investigating", v1::OUTCOME_UNSPECIFIED, "查證中 Investigating"},
    Word{"in_progress", v1::OUTCOME_UNSPECIFIED, "處理中 In progress"},
    Word{"planned", v1::OUTCOME_UNSPECIFIED, "已排定 Planned"},
    Word{"action_scheduled", v1::OUTCOME_UNSPECIFIED, "已排定處理 Action scheduled"},
    Word{"for_triage", v1::OUTCOME_UNSPECIFIED, "待分派 To be assigned"},
    Word{"reopened", v1::OUTCOME_UNSPECIFIED, "重新辦理 Reopened"},
    Word{"closed", v1::OUTCOME_RESOLVED, "已結案 Closed"},
    Word{"fixed", v1::OUTCOME_RESOLVED, "已修復 Fixed"},
    Word{"fixed_user", v1::OUTCOME_RESOLVED, "已修復 Fixed"},
    Word{"fixed_council", v1::OUTCOME_RESOLVED, "已修復 Fixed"},
    Word{"resolved", v1::OUTCOME_RESOLVED, "已解決 Resolved"},
    Word{"completed", v1::OUTCOME_RESOLVED, "已完成 Completed"},
    Word{"no_further_action", v1::OUTCOME_NOT_ACCEPTED, "不再處理 No further action"},
    Word{"unable_to_fix", v1::OUTCOME_NOT_ACCEPTED, "無法修復 Unable to fix"},
    Word{"not_councils_responsibility", v1::OUTCOME_REFERRED,
         "非本機構權責 Not our responsibility"},
    Word{"not_responsible", v1::OUTCOME_REFERRED, "非本機構權責 Not our responsibility"},
    Word{"internal_referral", v1::OUTCOME_REFERRED, "已轉相關單位 Referred"},
    Word{"duplicate", v1::OUTCOME_DUPLICATE, "重複案件 Duplicate"},
};
constexpr std::string_view kPictureAlone = "附圖片 With a picture";

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

// Without a status an update goes on, and takes nothing up again.
void read_word(const Form& form, const Word* word, UpdateForm* out) {
  if (word != nullptr) {
    out->outcome = word->outcome;
    out->ends = word->outcome != v1::OUTCOME_UNSPECIFIED;
    out->opens = !out->ends;
    return;
  }
  if (form["status"].empty() && !out->text.empty()) return;
  std::string known;
  for (const Word& one : kWords) known += (known.empty() ? "" : ", ") + std::string(one.word);
  out->errors.push_back({400, "status: must be one of " + known});
}

// The description; where there is none, what the status or the picture says of itself.
std::string words_of(const Form& form, const Word* word, const std::string& pictures) {
  std::string text = form["description"];
  std::erase(text, '\r');
  if (!is_blank(text)) return text;
  if (word != nullptr) return std::string(word->told);
  return std::string(pictures.empty() ? std::string_view() : kPictureAlone);
}

}  // namespace

UpdateForm update_of(const Form& form, const std::string& time_zone, const domain::Moment& moment) {
  UpdateForm out;
  out.case_number = form["service_request_id"];
  if (out.case_number.empty()) out.errors.push_back({400, "service_request_id: is required"});
  const std::string status = plain_word(form["status"]);
  const auto found = std::find_if(kWords.begin(), kWords.end(),
                                  [&](const Word& one) { return one.word == status; });
  const Word* word = found == kWords.end() ? nullptr : &*found;
  const std::string pictures = media_lines(form, 0);
  out.text = words_of(form, word, pictures);
  read_word(form, word, &out);
  if (out.text.empty())
    out.errors.push_back({400, "description: is required where neither status nor media_url is"});
  out.text += pictures;
  const std::string who = name_of(form["first_name"], form["last_name"]);
  if (!who.empty()) out.text += "\n— " + who;
  out.key = form["update_id"].empty() ? form["update_id_ext"] : form["update_id"];
  const sla::Zone zone = sla::Zone::load(time_zone).value_or(sla::Zone::utc());
  out.told_ms = time_of(form, "updated_datetime", zone, false, &out.errors);
  out.stated = form["updated_datetime"];
  std::replace(out.stated.begin(), out.stated.end(), ' ', '+');
  if (out.told_ms > moment.now && !domain::is_now(out.told_ms, moment))
    out.errors.push_back({400, "updated_datetime: lies in the future"});
  return out;
}

void UpdateForm::put_stated_in_text() {
  if (!in_text) text += "\n（對方所載時間 Time stated: " + stated + "）";
  in_text = true;
}

void place_in_time(UpdateForm* update, TimeMs received_ms, const domain::Moment& moment) {
  if (update->told_ms == 0) return;
  if (update->told_ms < received_ms || update->told_ms > moment.now) update->put_stated_in_text();
  update->told_ms = std::max(update->told_ms, received_ms);
}

}  // namespace casewheel::doors::open311
