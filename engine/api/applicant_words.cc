#include "engine/api/applicant_words.h"

#include <algorithm>
#include <array>

#include "engine/base/result.h"

namespace casewheel::api {
namespace {

struct StatusWords {
  v1::CaseStatus status;
  ApplicantWords state;
  ApplicantWords next;
};

constexpr ApplicantWords kWorkGoesOn = {
    "承辦人員處理後，會依您留下的聯絡方式回復您。",
    "Our staff work on it and will answer you by the contact you gave."};

constexpr std::array kStatusWords = {
    StatusWords{v1::CASE_STATUS_REGISTERED, {"已受理", "received"}, kWorkGoesOn},
    StatusWords{v1::CASE_STATUS_ASSIGNED, {"處理中", "being worked on"}, kWorkGoesOn},
    StatusWords{v1::CASE_STATUS_IN_PROGRESS, {"處理中", "being worked on"}, kWorkGoesOn},
    StatusWords{v1::CASE_STATUS_AWAITING_DOCUMENTS,
                {"待您補件", "waiting for your documents"},
                {"請補齊下列文件，本公司收到後將接續辦理。",
                 "Please hand in what is still needed; we go on as soon as it is here."}},
    StatusWords{v1::CASE_STATUS_REPLIED,
                {"已回復", "answered"},
                {"如仍有疑問，請與我們聯絡；否則本案將結案。",
                 "If anything is open, please contact us; otherwise the case will be closed."}},
    StatusWords{v1::CASE_STATUS_CLOSED,
                {"已結案", "closed"},
                {"本案已辦結；如仍有疑問，請與我們聯絡。",
                 "The case has ended; if anything is open, please contact us."}},
    StatusWords{v1::CASE_STATUS_WITHDRAWN,
                {"已撤案", "withdrawn"},
                {"本案已撤回；需要時請重新申請。",
                 "The case was withdrawn; please apply again if you need to."}},
    StatusWords{v1::CASE_STATUS_MERGED,
                {"已併入另一案", "goes on as another case"},
                {"以原案號即可查詢併案後的辦理情形。",
                 "Its number goes on showing how the matter stands."}},
    StatusWords{v1::CASE_STATUS_SUSPENDED,
                {"暫停處理", "suspended"},
                {"等待的事項完成後即接續辦理。", "We go on as soon as what we wait for is done."}},
};

const StatusWords& words_of(v1::CaseStatus status) {
  const auto words = std::find_if(kStatusWords.begin(), kStatusWords.end(),
                                  [&](const auto& row) { return row.status == status; });
  CASEWHEEL_CHECK(words != kStatusWords.end(), "a status without words for applicants");
  return *words;
}

}  // namespace

ApplicantWords status_words(v1::CaseStatus status) { return words_of(status).state; }
ApplicantWords next_words(v1::CaseStatus status) { return words_of(status).next; }

ApplicantWords corrected_words(journal::v1::CorrectedField field) {
  switch (field) {
    case journal::v1::CORRECTED_NAME:
      return {"姓名", "name"};
    case journal::v1::CORRECTED_PHONE:
      return {"電話", "telephone"};
    case journal::v1::CORRECTED_EMAIL:
      return {"電子信箱", "e-mail"};
    case journal::v1::CORRECTED_ADDRESS:
      return {"聯絡地址", "address"};
    case journal::v1::CORRECTED_CUSTOMER_NUMBER:
      return {"用戶號碼", "customer number"};
    case journal::v1::CORRECTED_SUBJECT:
      return {"主旨", "subject"};
    case journal::v1::CORRECTED_DESCRIPTION:
      return {"內容", "description"};
    case journal::v1::CORRECTED_PLACE:
      return {"地點", "place"};
    case journal::v1::CORRECTED_ATTRIBUTES:
      return {"填報事項", "answers to the form"};
    case journal::v1::CORRECTED_MEDIA_URL:
      return {"附圖連結", "link to a picture"};
    case journal::v1::CORRECTED_COUNTY:
      return {"縣市", "county"};
    case journal::v1::CORRECTED_LANGUAGE:
      return {"語言", "language"};
    default:
      return {"", ""};
  }
}

}  // namespace casewheel::api
